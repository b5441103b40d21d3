"""The columns of a survey file as they were read, before any code is given a meaning."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Wanted:
    """What to read: columns of numbers, columns of text, and which value of one text column to keep (all if None)."""

    numbers: tuple[str, ...]
    texts: tuple[str, ...] = ()
    column: str | None = None
    keep: frozenset[str] | None = None


@dataclass(frozen=True)
class Columns:
    """Columns of N respondents. A column that the file does not have is absent.

    ``numbers`` holds float arrays (N,), NaN where a cell is empty; ``texts`` arrays of text, stripped; ``lines`` the
    line (CSV) or row (SPSS, Stata) of each respondent; ``labels`` the file's own value labels. ``seen`` are all values
    of the column by which rows were kept. ``unit`` says what ``lines`` counts.
    """

    numbers: dict[str, NDArray[np.float64]]
    texts: dict[str, NDArray[np.str_]]
    lines: NDArray[np.int64]
    labels: dict[str, dict[int, str]] = field(default_factory=dict)
    seen: tuple[str, ...] = ()
    unit: str = "row"

    def __len__(self) -> int:
        return len(self.lines)

    def has(self, column: str) -> bool:
        """Whether the file has this column."""
        return column in self.numbers or column in self.texts

    def take(self, rows: NDArray[np.generic]) -> Columns:
        """The same for some of the respondents: a mask or row numbers."""
        return Columns(
            numbers={name: column[rows] for name, column in self.numbers.items()},
            texts={name: column[rows] for name, column in self.texts.items()},
            lines=self.lines[rows],
            labels=self.labels,
            seen=self.seen,
            unit=self.unit,
        )


def locate(header: Sequence[str], wanted: Iterable[str]) -> dict[str, str]:
    """Map wanted names to the file's own.

    Country files of the World Values Survey may write the label after the name ("Q1: Important in life: Family"), and
    some programs change the case: the exact name is taken first, then the part before the colon, then without case.
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
    """The first wanted name that several columns could be, and their places from 1; None where each is one column.

    ``found`` is what :func:`locate` said. Where a column has the exact name, only its exact namesakes count.
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
