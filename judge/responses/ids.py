"""Ids for rows that have none: made from the question, so that two models' rows of one question meet."""

from __future__ import annotations

import hashlib
import re
from collections import Counter

_NO_WORD = re.compile(r"[^\w]+")


def id_of_question(question: str) -> str:
    """A readable id that is the same for the same text: its first words, and eight digits of its sha256."""
    words = _NO_WORD.sub("-", question.strip().lower())[:40].strip("-_")
    digits = hashlib.sha256(question.strip().encode("utf-8", "replace")).hexdigest()[:8]
    return f"{words}-{digits}" if words else digits


class Occurrences:
    """Numbers the rows of one id: where a file has an id several times, these are samples of one item."""

    def __init__(self) -> None:
        self._seen: Counter[tuple[str, str]] = Counter()

    def next(self, item_id: str, contestant: object = None) -> int:
        """How often this contestant had this id before."""
        key = item_id, str(contestant)
        self._seen[key] += 1
        return self._seen[key] - 1
