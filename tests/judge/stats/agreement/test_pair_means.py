"""Means over pairs of raters: their error is that of leaving each cluster out, computed where it changes something."""

from __future__ import annotations

import numpy as np
import pytest

from judge.stats.agreement.annotators import annotator_agreement, mean_defined
from judge.stats.agreement.pair_means import MOST_GROUPS, common_ratings, pair_means
from judge.stats.agreement.pairs import MEASURES, Scale, all_pairs
from judge.stats.agreement.ratings import IntArray, Ratings

SCALE = Scale(3, "ordinal", np.arange(3.0), True)
KAPPAS = [MEASURES.index(name) for name in ("kappa", "kappa_linear", "kappa_quadratic")]


def draw(seed: int, items: int, raters: int, each: int) -> IntArray:
    rng = np.random.default_rng([seed, items, raters, each])
    codes = np.full((items, raters), -1)
    truth = rng.integers(0, 3, items)
    for item in range(items):
        own = rng.choice(raters, each, replace=False)
        codes[item, own] = np.where(rng.random(each) < 0.7, truth[item], rng.integers(0, 3, each))
    return codes


def rated(codes: IntArray) -> Ratings:
    names = tuple(map(str, range(max(codes.shape))))
    items, raters = codes.shape
    return Ratings(names[:items], names[:raters], ("a", "b", "c"), "ordinal", True, np.arange(3.0), codes)


@pytest.mark.parametrize("grouped", [False, True])
def test_the_error_is_that_of_leaving_each_cluster_out(grouped: bool) -> None:
    codes = draw(0, 40, 8, 3)
    clusters = np.arange(40) // 3 if grouped else None
    found = pair_means(codes, clusters, SCALE, KAPPAS)
    of = np.arange(40) if clusters is None else clusters
    left = np.array([mean_defined(all_pairs(codes[of != k], SCALE)[2][:, KAPPAS]) for k in range(int(of.max()) + 1)])
    assert found.values == pytest.approx(mean_defined(all_pairs(codes, SCALE)[2][:, KAPPAS]))
    assert found.errors == pytest.approx(left.std(axis=0, ddof=1) * np.sqrt(len(left) - 1))


def test_many_raters_with_enough_items_in_common_have_an_interval() -> None:
    """1,770 pairs; more than 400 items are left out in groups, and the error is as large."""
    codes = draw(1, MOST_GROUPS + 100, 60, 12)
    assert common_ratings(codes) == (MOST_GROUPS + 100) * 66
    found = annotator_agreement(rated(codes), seed=0, resamples=100)
    assert len(found.pairs) == 1_770
    kappa = found.coefficients["kappa_mean"]
    assert kappa.method == "jackknife_t"
    assert kappa.low is not None
    assert kappa.value is not None
    assert kappa.low < kappa.value < (kappa.high or 0)
    one, other = pair_means(codes, None, SCALE, KAPPAS, seed=1), pair_means(codes[:400], None, SCALE, KAPPAS)
    assert one.errors is not None
    assert one.errors == pytest.approx(np.sqrt(400 / 500) * other.errors, rel=0.25)


def test_pairs_with_few_items_in_common_have_a_value_and_no_interval() -> None:
    """Kappas of few items are biased towards 0, and their mean hides it."""
    found = annotator_agreement(rated(draw(2, 60, 30, 3)), seed=0, resamples=100).coefficients
    assert found["kappa_mean"].value is not None
    assert (found["kappa_mean"].low, found["kappa_mean"].flags) == (None, {"few_in_common"})
    few = annotator_agreement(rated(draw(2, 8, 3, 3)), seed=0, resamples=100).coefficients["kappa_mean"]
    assert few.low is not None  # all items there are: the interval is wide


def test_no_item_in_common() -> None:
    found = pair_means(np.array([[0, -1], [-1, 1]]), None, SCALE, KAPPAS)
    assert np.isnan(found.values).all()
