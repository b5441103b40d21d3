"""How many raters gave each label to each item, of which only what is not 0 takes up memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from judge.stats.estimate import FloatArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from judge.stats.agreement.ratings import IntArray

    Counts: TypeAlias = csr_array[np.float64, tuple[int, int]]


def counts_of(codes: IntArray, labels: int) -> Counts:
    """How many raters gave each label: (U, V) from (U, R) codes. Codes below 0, and of no label, count as nothing."""
    items, raters = np.nonzero((codes >= 0) & (codes < labels))
    return cells(items, codes[items, raters], (len(codes), labels))


def cells(rows: IntArray, columns: IntArray, shape: tuple[int, int]) -> Counts:
    """A table of how often each (row, column) occurs."""
    from scipy.sparse import csr_array

    return csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)


def summed(weights: FloatArray, counts: Counts) -> FloatArray:
    """The rows of a table (P, V), each as often as the weights (b, P) say: (b, V)."""
    return np.asarray(weights @ counts)


def per_row(counts: Counts) -> FloatArray:
    """Sums of the rows of a table (P, V): (P,)."""
    return np.asarray(counts.sum(axis=1))


def per_label(counts: Counts) -> FloatArray:
    """Sums of the columns of a table (P, V): (V,)."""
    return np.asarray(counts.sum(axis=0))
