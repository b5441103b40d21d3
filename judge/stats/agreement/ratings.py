"""Arrays of ratings: the form from which agreement is computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from judge.stats.estimate import FloatArray

Level = Literal["nominal", "ordinal", "interval", "ratio"]
LEVELS: tuple[Level, ...] = ("nominal", "ordinal", "interval", "ratio")
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Ratings:
    """Ratings of U items by R raters under one criterion.

    Attributes:
        items: Names of the items (U,).
        raters: Names of the raters (R,).
        labels: The V labels, in order.
        level: Level of measurement.
        ordered: Whether the order of the labels is meaningful.
        values: The labels as numbers (V,): numeric values for interval and ratio data, else positions in the order.
        codes: Positions in ``labels`` (U, R); -1 where a rater gave no label. A code of ``len(labels)`` or above is a
            reply that is not a label (a judge's ``inconsistent``) and agrees with nothing.
        clusters: Cluster numbers (U,); the items of a cluster are resampled together. None: each item is its own
            cluster.
    """

    items: tuple[str, ...]
    raters: tuple[str, ...]
    labels: tuple[str, ...]
    level: Level
    ordered: bool
    values: FloatArray
    codes: IntArray
    clusters: IntArray | None = None

    @property
    def valid(self) -> NDArray[np.bool_]:
        """Where there is a label (U, R)."""
        return (self.codes >= 0) & (self.codes < len(self.labels))


def in_use(ratings: Ratings) -> Ratings:
    """Restrict ratings to the labels that occur, as if none were declared.

    Positions of labels, and coefficients that depend on the number of labels, then use only the labels that these
    raters gave.
    """
    there = np.unique(ratings.codes[ratings.valid])
    codes = np.where(ratings.valid, np.searchsorted(there, ratings.codes), -1)
    placed = ratings.level in ("nominal", "ordinal")
    return replace(
        ratings,
        labels=tuple(ratings.labels[code] for code in there),
        codes=codes,
        values=np.arange(len(there), dtype=np.float64) if placed else ratings.values[there],
    )


class LabelError(ValueError):
    """A label that the level of measurement does not allow.

    Attributes:
        label: The label.
    """

    def __init__(self, label: str, problem: str) -> None:
        super().__init__(f"{label!r} {problem}")
        self.label = label


def label_values(labels: Sequence[str], level: Level) -> FloatArray:
    """Return the labels as numbers (V,): numeric values for interval and ratio data, else their positions.

    Args:
        labels: The labels, in order.
        level: Level of measurement.

    Raises:
        LabelError: A label of interval or ratio data is not a finite number, or one of ratio data is below 0.
    """
    if level in ("nominal", "ordinal"):
        return np.arange(len(labels), dtype=np.float64)
    values = []
    for label in labels:
        try:
            values.append(float(label))
        except ValueError:
            raise LabelError(label, f"is not a number; {level} data must be numbers") from None
        if not np.isfinite(values[-1]):
            raise LabelError(label, f"is not a finite number; {level} data must be finite")
        if level == "ratio" and values[-1] < 0:
            raise LabelError(label, "is below 0: ratio data must not be negative")
    return np.array(values, dtype=np.float64)


def majority(codes: IntArray, labels: int, *, tie: int | None = None) -> IntArray:
    """Compute the majority label of each item: (U,) codes, -1 where there is none.

    Args:
        codes: Codes of the raters' labels (U, R).
        labels: Number of labels.
        tie: Code of an item on which several labels are equally frequent; None: such an item has no majority label.
    """
    if not codes.size or not labels:
        return np.full(len(codes), -1, dtype=np.int64)
    ordered = np.sort(np.where(codes < labels, codes, -1), axis=1)
    places = np.arange(codes.shape[1])
    first = np.maximum.accumulate(
        np.where(np.diff(ordered, axis=1, prepend=-2) != 0, places, 0), axis=1
    )  # where the run of equal labels begins
    votes = np.where(ordered >= 0, places - first + 1, 0)
    lead = votes.max(axis=1)
    leaders = (votes == lead[:, None]).sum(axis=1)
    found = np.where(leaders == 1, np.take_along_axis(ordered, votes.argmax(axis=1)[:, None], 1)[:, 0], _code(tie))
    return np.asarray(np.where(lead == 0, -1, found), dtype=np.int64)


def _code(tie: int | None) -> int:
    return -1 if tie is None else tie
