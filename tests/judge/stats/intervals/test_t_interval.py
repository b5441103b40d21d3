"""The cluster-robust t interval against textbook formulas and statsmodels."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from judge.stats.intervals.t_interval import alikeness, cr2, freedom_of, jackknife_error, t_p_value, t_quantile


def test_clusters_of_one_size_give_the_t_interval_of_their_means() -> None:
    means = np.array([0.2, 0.9, 0.4, 0.7, 0.65])
    mean, error, freedom = (each[0] for each in cr2(4 * means[:, None], np.full((5, 1), 4.0)))
    assert (mean, error, freedom) == pytest.approx((means.mean(), means.std(ddof=1) / 5**0.5, 4))
    low, high = stats.t.interval(0.95, 4, loc=mean, scale=error)
    half = float(t_quantile(freedom, 0.95)) * error
    assert (mean - half, mean + half) == pytest.approx((low, high))


def slow(scores: list[list[float]], alike: float) -> tuple[float, float]:
    """CR2 of a regression on a constant and its degrees of freedom, spelt out with matrices.

    ``alike`` is the working correlation within clusters.
    """
    y = np.concatenate([np.array(each) for each in scores])
    size = len(y)
    hat = np.full((size, size), 1 / size)
    rest = np.eye(size) - hat
    starts = np.cumsum([0, *map(len, scores)])
    vectors, variance = [], 0.0
    for start, end in pairwise(starts):
        own = rest[start:end, start:end]
        values, axes = np.linalg.eigh(own)
        root = axes @ np.diag(1 / np.sqrt(values)) @ axes.T
        ones = np.ones(end - start) / size
        vectors.append(rest[:, start:end] @ root @ ones)
        variance += float(ones @ root @ (rest @ y)[start:end]) ** 2
    of = np.repeat(np.arange(len(scores)), [len(each) for each in scores])
    working = np.where(of[:, None] == of, alike, 0.0) + (1 - alike) * np.eye(size)
    gram = np.array([[float(one @ working @ other) for other in vectors] for one in vectors])
    return variance**0.5, float(np.trace(gram) ** 2 / (gram**2).sum())


@pytest.mark.parametrize("seed", range(5))
def test_uneven_clusters_give_what_the_matrices_give(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores = [list(rng.random(rng.integers(1, 8))) for _ in range(rng.integers(3, 12))]
    sums = np.array([[sum(each)] for each in scores])
    counts = np.array([[float(len(each))] for each in scores])
    _, error, freedom = cr2(sums, counts)
    assert (error[0], freedom[0]) == pytest.approx(slow(scores, 1.0))
    assert freedom_of(counts[:, 0]) == pytest.approx(freedom[0])
    squares = np.array([sum(score**2 for each in scores for score in each)])
    alike = alikeness(sums, counts, squares)
    assert 0 <= alike[0] < 1
    assert cr2(sums, counts, squares)[2][0] == pytest.approx(slow(scores, float(alike[0]))[1])
    assert freedom[0] <= len(scores) - 1 + 1e-9


def test_how_alike_a_clusters_scores_are_by_hand() -> None:
    """Three pairs (1, 1), (0, 0), (1, 0): between 2 * (.25 + .25) / 2 = .5, within .5 / 3; (.5 - 1/6) / (.5 + 1/6)."""
    sums, counts = np.array([[2.0], [0.0], [1.0]]), np.full((3, 1), 2.0)
    assert alikeness(sums, counts, np.array([3.0]))[0] == pytest.approx(0.5)
    assert alikeness(np.full((3, 1), 2.0), counts, np.array([6.0]))[0] == 0  # no variation
    assert alikeness(np.array([[2.0], [0.0], [2.0]]), counts, np.array([4.0]))[0] == 1


def test_clusters_of_very_unequal_size_are_worth_few() -> None:
    even, uneven = np.full(60, 5.0), np.repeat([60.0, 4.0], [3, 57])
    assert freedom_of(even) == pytest.approx(59)
    assert freedom_of(uneven) < 5


def test_a_cluster_without_a_score_is_no_part_of_it() -> None:
    sums, counts = np.array([[3.0], [0.0], [1.0], [2.0]]), np.array([[4.0], [0.0], [3.0], [2.0]])
    assert [each[0] for each in cr2(sums, counts)] == pytest.approx(
        [each[0] for each in cr2(sums[[0, 2, 3]], counts[[0, 2, 3]])]
    )
    assert np.isnan(cr2(sums[:1], counts[:1])[1][0])


def test_the_jackknife_error_of_a_mean_is_its_standard_error() -> None:
    values = np.array([1.0, 4, 2, 8, 5])
    left_out = np.array([[np.delete(values, place).mean()] for place in range(5)])
    assert jackknife_error(left_out)[0] == pytest.approx(values.std(ddof=1) / 5**0.5)


def test_p_values_are_those_of_student() -> None:
    assert t_p_value(np.array([2.1]), np.array([7.0]))[0] == pytest.approx(2 * stats.t.sf(2.1, 7))
