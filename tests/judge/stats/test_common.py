"""What every agreement coefficient and every estimator must do, whatever it measures."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judge.stats.agreement.annotators import MANY, PAIR_MEANS, annotator_agreement
from judge.stats.agreement.ratings import LEVELS, IntArray, Level, Ratings
from judge.stats.estimate import Estimate, FloatArray
from judge.stats.intervals.share_interval import share_estimates
from judge.stats.notes import UNDEFINED
from judge.stats.win_rates.paired import paired_differences
from judge.stats.win_rates.prediction_powered import Sample, corrected_rate

# Agreement among raters

COEFFICIENTS = (*MANY, *PAIR_MEANS)
FROM_EQUAL_LABELS = tuple(name for name in COEFFICIENTS if "linear" not in name and "quadratic" not in name)
UNCORRECTED = ("percent_pooled", "percent_items")  # for chance
LABELS = 3

tables = st.integers(2, 4).flatmap(
    lambda raters: st.lists(
        st.lists(st.integers(-1, LABELS - 1), min_size=raters, max_size=raters), min_size=6, max_size=20
    )
)


def ratings(codes: IntArray, level: Level = "nominal") -> Ratings:
    items, raters = (
        tuple(f"{kind}{number}" for number in range(size)) for kind, size in zip("ir", codes.shape, strict=True)
    )
    return Ratings(items, raters, tuple("abc"), level, True, np.arange(float(LABELS)), codes)


def coefficients(codes: IntArray, level: Level = "nominal") -> dict[str, Estimate]:
    return annotator_agreement(ratings(codes, level), seed=0, resamples=100).coefficients


@cache
def known(number: int, change: str = "none", level: Level = "nominal") -> dict[str, Estimate]:
    """The coefficients of one of some random tables, changed."""
    rng = np.random.default_rng(number)
    codes = rng.integers(-1, LABELS, size=(12 + number, 2 + number % 3))
    if change == "relabelled":
        codes = np.where(codes < 0, -1, rng.permutation(LABELS)[codes])
    elif change == "reversed":
        codes = np.where(codes < 0, -1, LABELS - 1 - codes)
    elif change == "an item without labels":
        codes = np.vstack([codes, np.full(codes.shape[1], -1)])
    elif change == "a rater without labels":
        codes = np.hstack([codes, np.full((len(codes), 1), -1)])
    return coefficients(codes, level)


def assert_same_values(one: Estimate, other: Estimate) -> None:
    assert (one.value is None) == (other.value is None)
    if one.value is not None:
        assert one.value == pytest.approx(other.value)


@settings(max_examples=40, deadline=None)
@given(rows=tables, seed=st.integers(0, 99))
def test_coefficients_do_not_depend_on_who_or_in_which_order_and_never_exceed_one(
    rows: list[list[int]], seed: int
) -> None:
    codes = np.array(rows)
    rng = np.random.default_rng(seed)
    shuffled = codes[rng.permutation(len(codes))][:, rng.permutation(codes.shape[1])]
    one, other = (annotator_agreement(ratings(each), seed=0, resamples=100) for each in (codes, shuffled))
    assert one.ratings == int((codes >= 0).sum())
    assert tuple(one.coefficients) == COEFFICIENTS
    for name, found in one.coefficients.items():
        assert_same_values(found, other.coefficients[name])
        if found.value is None:
            assert found.flags <= UNDEFINED
        else:
            assert found.value <= 1 + 1e-9


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("name", FROM_EQUAL_LABELS)
def test_names_of_labels_do_not_matter(name: str, number: int) -> None:
    assert_same_values(known(number)[name], known(number, "relabelled")[name])


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
@pytest.mark.parametrize("name", COEFFICIENTS)
def test_an_order_may_be_reversed(name: str, level: Level, number: int) -> None:
    assert_same_values(known(number, level=level)[name], known(number, "reversed", level)[name])


@pytest.mark.parametrize("change", ["an item without labels", "a rater without labels"])
@pytest.mark.parametrize("name", COEFFICIENTS)
def test_what_nobody_labelled_changes_nothing(name: str, change: str) -> None:
    assert_same_values(known(1)[name], known(1, change)[name])


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", COEFFICIENTS)
def test_perfect_agreement_is_one(name: str, level: Level) -> None:
    codes = np.repeat(np.arange(12)[:, None] % LABELS, 3, axis=1)
    assert coefficients(codes, level)[name].value == pytest.approx(1)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", COEFFICIENTS)
def test_labels_that_cannot_be_compared_give_no_value_and_no_interval(name: str, level: Level) -> None:
    alone = np.where(np.eye(8, 2, dtype=bool) | (np.arange(8)[:, None] % 2 == np.arange(2)), 1, -1)
    alone[0] = [1, -1]
    for codes in (np.full((8, 2), -1), alone):
        found = coefficients(codes, level)[name]
        assert (found.value, found.low, found.high) == (None, None, None)
        assert found.flags
        assert found.flags <= UNDEFINED


@pytest.mark.parametrize("name", COEFFICIENTS)
def test_one_label_alone_says_nothing_beyond_chance(name: str) -> None:
    found = coefficients(np.zeros((8, 2), dtype=np.int64))[name]
    assert found.value in ((1.0,) if name in UNCORRECTED else (None, 1.0))
    if name.startswith(("alpha", "fleiss", "kappa")):
        assert found.value is None
        assert found.flags <= UNDEFINED


# Estimators of means over clusters: sums (K,) and counts (K,) of the scores of each cluster

Estimator = Callable[[FloatArray, FloatArray], Estimate]


def mean(sums: FloatArray, counts: FloatArray) -> Estimate:
    return share_estimates(sums[:, None], counts[:, None])[0]


def difference(sums: FloatArray, counts: FloatArray) -> Estimate:
    return paired_differences(sums[:, None], counts[:, None], seed=0, swaps=99)[0].estimate


def corrected(sums: FloatArray, counts: FloatArray) -> Estimate:
    """Every item is labelled, and the judge says what the label says."""
    clusters = np.repeat(np.arange(len(counts)), counts.astype(int))
    scores = np.repeat(np.divide(sums, counts, out=np.zeros_like(sums), where=counts > 0), counts.astype(int))
    sample = Sample(y=scores, f=scores, weights=np.ones(len(scores)), clusters=clusters)
    return corrected_rate(sample).corrected


ESTIMATORS = (mean, difference, corrected)
SIZES = (12, 80)  # a t interval, and the bootstrap


@cache
def scores(clusters: int) -> tuple[FloatArray, FloatArray]:
    rng = np.random.default_rng(clusters)
    counts = rng.integers(1, 5, clusters).astype(np.float64)
    return rng.uniform(0.2, 0.9, clusters) * counts, counts


@pytest.mark.parametrize("clusters", SIZES)
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_the_estimate_lies_in_its_interval_and_is_the_mean(estimator: Estimator, clusters: int) -> None:
    sums, counts = scores(clusters)
    found = estimator(sums, counts)
    assert found.value == pytest.approx(sums.sum() / counts.sum())
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.value < found.high
    assert (found.n, found.clusters) == (counts.sum(), clusters)


@pytest.mark.parametrize("clusters", SIZES)
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_the_order_of_clusters_does_not_matter(estimator: Estimator, clusters: int) -> None:
    order = np.random.default_rng(1).permutation(clusters)
    sums, counts = scores(clusters)
    one, other = estimator(sums, counts), estimator(sums[order], counts[order])
    assert other.value == pytest.approx(one.value)
    draws = estimator is corrected and clusters > min(SIZES)  # a bootstrap draws by place
    exact = {"abs": 0.02 if draws else 1e-12}
    assert (other.low, other.high) == (pytest.approx(one.low, **exact), pytest.approx(one.high, **exact))


@pytest.mark.parametrize("clusters", SIZES)
@pytest.mark.parametrize("estimator", [mean, difference])
def test_scores_turned_round_mirror_value_and_interval(estimator: Estimator, clusters: int) -> None:
    sums, counts = scores(clusters)
    whole = 1.0 if estimator is mean else 0.0  # a difference turned round is minus itself
    one, other = estimator(sums, counts), estimator(whole * counts - sums, counts)
    assert one.value is not None
    assert one.low is not None
    assert one.high is not None
    assert other.value == pytest.approx(whole - one.value)
    assert (other.low, other.high) == (pytest.approx(whole - one.high), pytest.approx(whole - one.low))


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_a_cluster_without_scores_changes_nothing(estimator: Estimator) -> None:
    sums, counts = scores(min(SIZES))
    one, other = estimator(sums, counts), estimator(np.append(sums, 0.0), np.append(counts, 0.0))
    assert other.value == pytest.approx(one.value)
    assert (other.low, other.high) == (pytest.approx(one.low), pytest.approx(one.high))
    assert (other.n, other.clusters) == (one.n, one.clusters)


@pytest.mark.parametrize("clusters", [1, 4])
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_fewer_than_five_clusters_have_a_value_and_no_interval(estimator: Estimator, clusters: int) -> None:
    sums, counts = scores(min(SIZES))
    found = estimator(sums[:clusters], counts[:clusters])
    assert found.value is not None
    assert (found.low, found.high) == (None, None)
    assert "too_few_clusters" in found.flags


@pytest.mark.parametrize("estimator", [mean, difference])
def test_no_score_gives_no_value(estimator: Estimator) -> None:
    found = estimator(np.zeros(6), np.zeros(6))
    assert (found.value, found.low, found.high) == (None, None, None)
    assert found.flags


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_scores_that_are_all_alike_are_said_not_to_vary(estimator: Estimator) -> None:
    found = estimator(np.full(12, 0.5), np.ones(12))
    assert found.value == pytest.approx(0.5)
    assert "no_variation" in found.flags
