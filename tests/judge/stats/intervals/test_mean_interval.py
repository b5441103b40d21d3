"""The interval of a mean of grades: the usual t interval of single values, and none where it would say nothing."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.regression.linear_model import OLS

from judge.stats.intervals.mean_interval import mean_estimate


def test_it_is_the_t_interval_of_independent_values() -> None:
    values = np.random.default_rng(0).normal(3, 1, 30)
    found = mean_estimate(values, np.arange(30))
    assert [found.low, found.high] == pytest.approx(list(OLS(values, np.ones(30)).fit().conf_int()[0]))
    assert (found.n, found.clusters, found.method) == (30, 30, "t")


def test_equal_values_of_a_question_count_once() -> None:
    values = np.random.default_rng(1).normal(3, 1, 30)
    once, thrice = (
        mean_estimate(values, np.arange(30)),
        mean_estimate(np.repeat(values, 3), np.repeat(np.arange(30), 3)),
    )
    assert (thrice.low, thrice.high) == pytest.approx((once.low, once.high))


def test_it_does_not_depend_on_where_the_scale_begins() -> None:
    values = np.random.default_rng(2).normal(3, 1, 40)
    of = np.repeat(np.arange(8), 5)
    one, other = mean_estimate(values, of), mean_estimate(values + 1000, of)
    assert one.low is not None
    assert other.low == pytest.approx(one.low + 1000)


@pytest.mark.parametrize(
    ("values", "clusters", "why"),
    [
        (np.full(9, np.nan), 9, "nothing_scored"),
        (np.arange(9.0), 4, "too_few_clusters"),
        (np.full(9, 4.0), 9, "no_variation"),
    ],
)
def test_degenerate_cases_have_no_interval(values: np.ndarray, clusters: int, why: str) -> None:
    found = mean_estimate(values, np.arange(9) % clusters)
    assert found.low is None
    assert why in found.flags
