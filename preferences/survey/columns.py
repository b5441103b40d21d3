"""The columns of a survey file as read, before codes are interpreted."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

_NUMBER = re.compile(r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d+)?")


@dataclass(frozen=True)
class Wanted:
    """What to read from a file.

    Attributes:
        numbers: columns of codes or other numbers.
        texts: columns of text.
        column: the text column by which rows are selected (the country).
        keep: the values of ``column`` whose rows are kept; None keeps all rows.
        named: names that stand for values of ``column``: Singapore -> SGP.
        codes: for columns whose cells may be labels instead of codes: :func:`label_key` of a label -> its code, NaN
            for a label that is no answer.
    """

    numbers: tuple[str, ...]
    texts: tuple[str, ...] = ()
    column: str | None = None
    keep: frozenset[str] | None = None
    named: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def values_of(self, texts: NDArray[np.str_]) -> NDArray[np.str_]:
        """The values of ``column``, names replaced by what they stand for."""
        found, places = np.unique(texts, return_inverse=True)
        return np.array([self.named.get(value, value) for value in found.tolist()], dtype=np.str_)[places]

    def spellings(self) -> frozenset[str]:
        """The values that are kept, and the names that stand for them."""
        keep = self.keep or frozenset()
        return keep | {name for name, value in self.named.items() if value in keep}


@dataclass(frozen=True)
class Columns:
    """Columns of N respondents. Columns that the file does not have are not in ``numbers`` and ``texts``.

    Attributes:
        numbers: float arrays (N,); NaN for an empty cell, infinity for text that is neither a number nor a label.
        texts: arrays of text (N,), stripped.
        lines: line (CSV) or row (SPSS, Stata) of each respondent (N,).
        labels: the file's own value labels.
        countries: all values of the column by which rows were selected, whether kept or not.
        unit: what ``lines`` counts.
        unreadable: column -> line -> the text where ``numbers`` is infinite.
    """

    numbers: dict[str, NDArray[np.float64]]
    texts: dict[str, NDArray[np.str_]]
    lines: NDArray[np.int64]
    labels: dict[str, dict[int, str]] = field(default_factory=dict)
    countries: tuple[str, ...] = ()
    unit: str = "row"
    unreadable: dict[str, dict[int, str]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.lines)

    def has(self, column: str) -> bool:
        """Whether the file has this column."""
        return column in self.numbers or column in self.texts

    def take(self, rows: NDArray[np.generic]) -> Columns:
        """The columns of some respondents; ``rows`` is a mask or row numbers."""
        return Columns(
            numbers={name: column[rows] for name, column in self.numbers.items()},
            texts={name: column[rows] for name, column in self.texts.items()},
            lines=self.lines[rows],
            labels=self.labels,
            countries=self.countries,
            unit=self.unit,
            unreadable=self.unreadable,
        )

    def cell(self, name: str, at: int) -> str:
        """A cell of a number column as a message shows it: the number, or the text that is none, in quotes."""
        text = self.unreadable.get(name, {}).get(int(self.lines[at]))
        return f"{self.numbers[name][at]:g}" if text is None else repr(text)


def label_key(label: str) -> str:
    """A label without case, punctuation and repeated blanks, for comparisons."""
    text = re.sub("['\u2019]", "", unicodedata.normalize("NFKC", label)).casefold()
    return " ".join(re.findall(r"[^\W_]+", text))


def numbers_of(cells: Iterable[object], codes: Mapping[str, float]) -> tuple[NDArray[np.float64], dict[int, str]]:
    """Numbers from cells of text; decimal commas are read as points.

    Args:
        cells: text, numbers, or None or NaN for an empty cell.
        codes: :func:`label_key` of a label -> its code.

    Returns:
        Numbers (N,): NaN for an empty cell, infinity for text that is neither a number nor a label; and these texts by
        their position.
    """
    known: dict[object, float] = {}
    numbers: list[float] = []
    unreadable: dict[int, str] = {}
    for at, cell in enumerate(cells):
        if cell not in known:
            known[cell] = _number(cell, codes)
        numbers.append(known[cell])
        if known[cell] == np.inf:
            unreadable[at] = str(cell)
    return np.array(numbers, dtype=np.float64), unreadable


def _number(cell: object, codes: Mapping[str, float]) -> float:
    """One cell as a number; infinity where it is none."""
    if cell is None or isinstance(cell, float | int):
        return np.nan if cell is None else float(cell)
    text = str(cell).strip()
    if not text:
        return np.nan
    if _NUMBER.fullmatch(text):
        return float(text.replace(",", "."))
    return codes.get(label_key(text), np.inf)


def locate(header: Sequence[str], wanted: Iterable[str]) -> dict[str, str]:
    """Map wanted column names to the names in the file; names without a column are absent.

    Country files of the World Values Survey may write the label after the name ("Q1: Important in life: Family"), and
    some programs change the case. The exact name has precedence, then the part before the colon, then any case.
    """
    exact = set(header)
    short = {name.split(":")[0].strip(): name for name in reversed(header)}
    folded = {name.casefold(): own for name, own in short.items()}
    found: dict[str, str] = {}
    for name in wanted:
        own = name if name in exact else short.get(name) or folded.get(name.casefold())
        if own is not None:
            found[name] = own
    return found


def repeated(header: Sequence[str], found: dict[str, str]) -> tuple[str, list[int]] | None:
    """The first wanted name that several columns have, and their positions from 1; None if there is none.

    ``found`` is the result of :func:`locate`. Where a column has the exact name, only exact duplicates count.
    """
    exact = set(header)
    for name in found:
        places = [
            at
            for at, own in enumerate(header, start=1)
            if (own == name if name in exact else own.split(":")[0].strip().casefold() == name.casefold())
        ]
        if len(places) > 1:
            return name, places
    return None
