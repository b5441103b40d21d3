"""Codes as a file holds them: which are missing, which index a known one has, which band a number falls in."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from judge.stats.modal import MISSING
from preferences.mapping import Missing

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


def missing_codes(values: FloatArray, missing: Missing) -> BoolArray:
    """Which values (N,) are empty or a missing code of the survey."""
    found = np.isnan(values) | np.isin(values, missing.codes)
    return found if missing.below is None else found | (values < missing.below)


def index_of(values: FloatArray, codes: Sequence[int]) -> tuple[NDArray[np.int64], BoolArray]:
    """Index of each value in ascending codes (-1: none), and which values are there but not among the codes."""
    if not codes:
        return np.full(len(values), MISSING, dtype=np.int64), ~np.isnan(values)
    known = np.asarray(codes, dtype=np.float64)
    place = np.minimum(np.searchsorted(known, np.nan_to_num(values, nan=np.inf)), len(known) - 1)
    hit = known[place] == values
    return np.where(hit, place, MISSING), ~hit & ~np.isnan(values)


def banded(values: FloatArray, bands: dict[int, tuple[int, int | None]]) -> FloatArray:
    """The code of the band that each value falls in (first and last inclusive), NaN for none."""
    coded = np.full(len(values), np.nan)
    for code, (first, last) in bands.items():
        coded[(values >= first) & (values <= (np.inf if last is None else last))] = code
    return coded
