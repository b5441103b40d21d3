"""Comparison of the file's value labels with the catalogue's: files with reversed scales are refused."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from judge.core.errors import InputError
from judge.preferences.survey.columns import Columns
from judge.preferences.survey.mapping import Mapping

_ALIKE = 0.5  # share of common words from which two labels may be the same
_SHOWN = 5

Differences = dict[str, dict[str, tuple[str, str]]]


def check_labels(columns: Columns, mapping: Mapping, path: Path | None) -> Differences:
    """Compare the file's labels of the first and last code of each question with ours.

    Case, punctuation and the order of words are ignored; codes without a label in the file are skipped. A CSV has no
    labels and is not checked.

    Returns:
        Per question, the end codes whose label has other words: code -> (the file's, ours).

    Raises:
        InputError: the labels of a question's ends are exchanged: one end has exactly the other's words, or each
            resembles the other's more than its own.
    """
    differences: Differences = {}
    reversed_: list[str] = []
    for name, question in mapping.questions.items():
        given = columns.labels.get(mapping.columns[name], {})
        ours = dict(zip(question.scale.codes, question.scale.labels, strict=True))
        low, high = min(ours), max(ours)
        theirs = {code: given[code] for code in (low, high) if code in given and _words(given[code], code)}
        if not theirs:
            continue
        if _exchanged(theirs, ours, low, high):
            code = min(theirs)
            reversed_.append(f"{name} ({code} is {theirs[code]!r} in the file, {ours[code]!r} in the catalogue)")
        elif other := {
            str(code): (label, ours[code])
            for code, label in theirs.items()
            if _words(label, code) != _words(ours[code], code)
        }:
            differences[name] = other
    if reversed_:
        raise InputError(
            f"the file's value labels are reversed in {len(reversed_)} of the questions: "
            f"{'; '.join(reversed_[:_SHOWN])}{'; ...' if len(reversed_) > _SHOWN else ''}",
            path=path or "the survey in memory",
            hint="this seems to be the inverted release: download the one without `inverted` in its name, or describe "
            "the file with your own --mapping FILE",
        )
    return differences


def _exchanged(theirs: dict[int, str], ours: dict[int, str], low: int, high: int) -> bool:
    """Whether the labels of the two ends are exchanged."""
    opposite = {low: high, high: low}
    crossed = {code: _alike(label, code, ours[opposite[code]], opposite[code]) for code, label in theirs.items()}
    straight = {code: _alike(label, code, ours[code], code) for code, label in theirs.items()}
    if max(crossed.values()) == 1.0 and max(straight.values()) < 1.0:
        return True
    return len(theirs) == 2 and min(crossed.values()) >= _ALIKE and sum(crossed.values()) > sum(straight.values())


def _alike(label: str, code: int, other: str, other_code: int) -> float:
    """Common words over all words of two labels; 1 only where the words are the same."""
    one, two = set(_words(label, code)), set(_words(other, other_code))
    return len(one & two) / len(one | two)


def _words(label: str, code: int) -> list[str]:
    """A label's words in alphabetical order, without its own code."""
    text = re.sub("['\u2019]", "", unicodedata.normalize("NFKC", label)).casefold()
    return sorted(word for word in re.findall(r"[^\W_]+", text) if word != str(code))
