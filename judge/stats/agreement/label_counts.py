"""Sparse tables of how many raters gave each label to each item."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from judge.stats.estimate import FloatArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from judge.stats.agreement.ratings import IntArray

    Counts: TypeAlias = csr_array[np.float64, tuple[int, int]]


def counts_of(codes: IntArray, labels: int) -> Counts:
    """Count how many raters gave each label: (U, V) from (U, R) codes.

    Codes below 0 or beyond the labels are ignored.
    """
    items, raters = np.nonzero((codes >= 0) & (codes < labels))
    return cells(items, codes[items, raters], (len(codes), labels))


def cells(rows: IntArray, columns: IntArray, shape: tuple[int, int]) -> Counts:
    """Count how often each (row, column) occurs, as a sparse table."""
    from scipy.sparse import csr_array

    return csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)


def summed(weights: FloatArray, counts: Counts) -> FloatArray:
    """Sum the rows of a table (P, V) with weights (b, P): (b, V)."""
    return np.asarray(weights @ counts)


def per_row(counts: Counts) -> FloatArray:
    """Sum each row of a table (P, V): (P,)."""
    return np.asarray(counts.sum(axis=1))


def per_label(counts: Counts) -> FloatArray:
    """Sum each column of a table (P, V): (V,)."""
    return np.asarray(counts.sum(axis=0))
