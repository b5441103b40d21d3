"""Do the file's own value labels say what the catalogue says? A release in which codes run the other way is refused."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from judge.core.errors import InputError
from judge.preferences.survey.columns import Columns
from judge.preferences.survey.mapping import Mapping

_ALIKE = 0.5  # share of words in common from which two labels may be one
_SHOWN = 5

Differences = dict[str, dict[str, tuple[str, str]]]


def check_labels(columns: Columns, mapping: Mapping, path: Path | None) -> Differences:
    """Per question, the end codes whose label in the file has other words than ours: code -> (the file's, ours).

    Case, punctuation and the order of words do not matter; codes that the file does not label are passed over.
    Errors: the labels of the ends are exchanged, by question: one end has exactly the other's words, or each resembles
    the other's more than its own. A CSV brings no labels, and passes.
    """
    differences: Differences = {}
    turned: list[str] = []
    for name, question in mapping.questions.items():
        given = columns.labels.get(mapping.columns[name], {})
        ours = dict(zip(question.scale.codes, question.scale.labels, strict=True))
        low, high = min(ours), max(ours)
        theirs = {code: given[code] for code in (low, high) if code in given and _words(given[code], code)}
        if not theirs:
            continue
        if _exchanged(theirs, ours, low, high):
            code = min(theirs)
            turned.append(f"{name} ({code} is {theirs[code]!r} there, {ours[code]!r} here)")
        elif other := {
            str(code): (label, ours[code])
            for code, label in theirs.items()
            if _words(label, code) != _words(ours[code], code)
        }:
            differences[name] = other
    if turned:
        raise InputError(
            f"the file's value labels run the other way in {len(turned)} of the questions: "
            f"{'; '.join(turned[:_SHOWN])}{'; ...' if len(turned) > _SHOWN else ''}",
            path=path or "the survey in memory",
            hint="this looks like the inverted release under another name: download the one that is not inverted, or "
            "describe the file as it is with a --mapping of your own",
        )
    return differences


def _exchanged(theirs: dict[int, str], ours: dict[int, str], low: int, high: int) -> bool:
    opposite = {low: high, high: low}
    crossed = {code: _alike(label, code, ours[opposite[code]], opposite[code]) for code, label in theirs.items()}
    straight = {code: _alike(label, code, ours[code], code) for code, label in theirs.items()}
    if max(crossed.values()) == 1.0 and max(straight.values()) < 1.0:
        return True
    return len(theirs) == 2 and min(crossed.values()) >= _ALIKE and sum(crossed.values()) > sum(straight.values())


def _alike(label: str, code: int, other: str, other_code: int) -> float:
    """Words in common over all words of two labels; 1 only where they have the same."""
    one, two = set(_words(label, code)), set(_words(other, other_code))
    return len(one & two) / len(one | two)


def _words(label: str, code: int) -> list[str]:
    """A label's words in alphabetical order, without its own code."""
    text = re.sub("['\u2019]", "", unicodedata.normalize("NFKC", label)).casefold()
    return sorted(word for word in re.findall(r"[^\W_]+", text) if word != str(code))
