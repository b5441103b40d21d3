"""Coefficients that papers and manuals print for data small enough to be printed too: to all their digits."""

from __future__ import annotations

import numpy as np
import pytest

from judge.stats.agreement.annotators import annotator_agreement
from judge.stats.agreement.ratings import IntArray, Ratings
from tests.support import agreement_data as data


def value(codes: IntArray, name: str) -> float:
    labels = int(codes.max()) + 1
    table = Ratings(
        tuple(map(str, range(len(codes)))),
        tuple(map(str, range(codes.shape[1]))),
        tuple(map(str, range(labels))),
        "nominal",
        True,
        np.arange(float(labels)),
        codes,
    )
    found = annotator_agreement(table, seed=0, resamples=100).coefficients[name].value
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("codes", "percent", "ac1", "fleiss", "alpha"),
    [
        (data.GWET_OBSERVERS, 0.616, 0.497, 0.458, 0.481),
        (data.GWET_GROUPS, 0.744, 0.685, 0.657, 0.632),
        (data.GWET_GENDER, 0.456, 0.208, 0.129, 0.143),
        (data.GWET_BEN_GERRY, 0.727, 0.661, 0.649, 0.665),
        (data.KRIPPENDORFF, 0.818, 0.775, 0.761, 0.743),
    ],
    ids=["five observers", "four raters", "four raters, three labels", "two raters", "4 x 12"],
)
def test_many_raters_with_missing_ratings(
    codes: IntArray, percent: float, ac1: float, fleiss: float, alpha: float
) -> None:
    """Gwet (2014); the values are irrCAC's (`gwet`, `fleiss`, `krippendorff`, and `pa`), which its tests hold."""
    assert round(value(codes, "percent_items"), 3) == percent
    assert round(value(codes, "ac1"), 3) == ac1
    assert round(value(codes, "fleiss_gwet"), 3) == fleiss
    assert round(value(codes, "alpha"), 3) == alpha


@pytest.mark.parametrize(
    ("table", "kappa", "linear", "quadratic", "ac1"),
    [
        (data.GWET_PREGNANCIES, 0.796, 0.843, 0.892, 0.849),
        (data.GWET_DIAGNOSES, 0.432, 0.407, 0.383, 0.456),
    ],
    ids=["pregnancies", "diagnoses"],
)
def test_tables_of_two_raters(table: np.ndarray, kappa: float, linear: float, quadratic: float, ac1: float) -> None:
    """Gwet (2014): Cohen's kappa (1960, 1968) with all three weightings, and AC1."""
    codes = data.pair_of(table)
    assert round(value(codes, "kappa_mean"), 3) == kappa
    assert round(value(codes, "kappa_linear_mean"), 3) == linear
    assert round(value(codes, "kappa_quadratic_mean"), 3) == quadratic
    assert round(value(codes, "ac1"), 3) == ac1


def test_alpha_of_two_observers() -> None:
    """Krippendorff (2011), sections A and B."""
    assert round(value(data.MEG_OWEN, "alpha"), 3) == 0.095
    assert round(value(data.BEN_GERRY, "alpha"), 3) == 0.692
