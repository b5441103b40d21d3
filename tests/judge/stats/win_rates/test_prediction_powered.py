"""Corrected win rates against ppi-python, by hand, and where there is nothing to correct with."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import t

from judge.stats.estimate import Estimate
from judge.stats.win_rates.prediction_powered import Sample, corrected_rate, score_levels
from judge.stats.win_rates.sensitivity import sensitivity_plug_in


def draw(seed: int, labelled: int = 200, pool: int = 1_500) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """People's scores and the judge's of labelled items, and the judge's of others."""
    rng = np.random.default_rng(seed)
    y = rng.choice([0, 0.5, 1], size=labelled + pool, p=[0.3, 0.1, 0.6])
    f = np.where(rng.random(len(y)) < 0.7, y, rng.choice([0, 0.5, 1], size=len(y)))
    return y[:labelled], f[:labelled], f[labelled:]


def apart(y: np.ndarray, f: np.ndarray, others: np.ndarray, weights: np.ndarray | None = None) -> Sample:
    """Labelled items beside a pool of others, as ppi-python has it; each item alone."""
    number = len(f) + len(others)
    return Sample(
        np.concatenate([f, others]),
        np.concatenate([y, np.full(len(others), np.nan)]),
        np.ones(number) if weights is None else np.concatenate([weights, np.ones(len(others))]),
        np.arange(number),
        np.arange(number) >= len(f),
    )


@pytest.mark.parametrize("tuning", [0.0, 0.4, 1.0])
def test_the_value_at_a_given_lambda_equals_ppi_python(tuning: float) -> None:
    from ppi_py import ppi_mean_pointestimate  # loads half of statsmodels

    y, f, others = draw(1)
    found = corrected_rate(apart(y, f, others), tuning=tuning)
    assert found.corrected.value == pytest.approx(float(ppi_mean_pointestimate(y, f, others, lam=tuning)[0]))


def test_the_tuned_value_is_that_of_ppi_python_nearly() -> None:
    """ppi-python takes the variance of f from all items together, we from labelled and others apart."""
    from ppi_py import ppi_mean_pointestimate

    y, f, others = draw(2)
    found = corrected_rate(apart(y, f, others))
    assert found.corrected.value == pytest.approx(float(ppi_mean_pointestimate(y, f, others)[0]), abs=2e-3)
    assert found.worth is not None
    assert found.worth > 200
    assert found.tuning is not None
    assert 0 < found.tuning < 1


def test_weights_are_those_of_hajek() -> None:
    y, f, others = draw(3)
    weights = np.random.default_rng(0).uniform(1, 5, len(y))
    for tuning in (0.0, 0.7):
        found = corrected_rate(apart(y, f, others, weights), tuning=tuning)
        expected = tuning * others.mean() + np.average(y - tuning * f, weights=weights)
        assert found.corrected.value == pytest.approx(expected)


def test_lambda_makes_the_variance_least_and_worth_is_that_of_the_intervals() -> None:
    y, f, others = draw(4)
    sample = apart(y, f, others)
    best = corrected_rate(sample)
    assert best.worth is not None
    for tuning in (0.0, 0.2, 0.9):
        assert best.worth >= 0.98 * (corrected_rate(sample, tuning=tuning).worth or 0)
    assert corrected_rate(sample, tuning=0.0).worth == pytest.approx(200)
    widths = [width(each) for each in (best.human_only, best.corrected)]
    assert best.worth == pytest.approx(200 * (widths[0] / widths[1]) ** 2, rel=0.1)


def test_lambda_is_0_where_all_is_labelled() -> None:
    """Cov(Y, f) / ((1 + n / N) Var f) of the paper, with N = 0 items without a label."""
    rng = np.random.default_rng(2)
    f = rng.choice([0.0, 0.25, 0.5, 1.0], 90)
    y = np.where(rng.random(90) < 0.8, f, rng.choice([0.0, 0.5, 1.0], 90))
    for clusters in (np.arange(90), np.repeat(np.arange(30), 3)):
        for strata in (None, (f > 0.4).astype(np.int64)):
            found = corrected_rate(Sample(f, y, np.full(90, 1.7), clusters, strata=strata))
            assert (found.tuning, found.corrected.value) == (0, pytest.approx(y.mean()))
            assert found.worth == pytest.approx(90)
            assert found.corrected == found.human_only
    there = np.arange(90) % 3 > 0
    some = corrected_rate(Sample(f, np.where(there, y, np.nan), np.ones(90), np.arange(90)))
    of_f = np.var(f[there]) / 3 + np.var(f[~there]) * 2 / 3
    slope = np.cov(y[there], f[there], ddof=0)[0, 1] / of_f
    assert some.tuning == pytest.approx(slope, rel=0.03)  # 1 + n / N times the paper's


def test_worth_is_undefined_where_nothing_varies() -> None:
    y = np.where(np.arange(60) < 40, 1.0, np.nan)
    for f in (np.ones(60), np.random.default_rng(0).integers(0, 2, 60).astype(float)):
        found = corrected_rate(Sample(f, y, np.ones(60), np.arange(60)), tuning=None if f.all() else 0.0)
        assert found.worth is None
        assert (found.corrected.method, found.human_only.method) == ("exact", "exact")
        assert found.corrected.low == pytest.approx(0.025 ** (1 / 40))
    judge = np.where(np.arange(60) % 3, 1.0, 0.0)  # makes no error on the labels, which vary
    assert corrected_rate(Sample(judge, np.where(np.arange(60) < 40, judge, np.nan), np.ones(60), np.arange(60))).worth


def width(estimate: Estimate) -> float:
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.high - estimate.low


@pytest.mark.parametrize("clusters", [12, 60])
def test_a_judge_that_costs_precision_is_worth_less_than_the_labels(clusters: int) -> None:
    """A judge that guesses: tuning lambda on it only adds noise, and worth says what the intervals show."""
    rng = np.random.default_rng(clusters)
    lesser = 0
    for _ in range(20):
        y = rng.choice([0.0, 1.0], 2 * clusters)
        f = rng.choice([0.0, 1.0], 2 * clusters)
        found = corrected_rate(
            Sample(f, np.where(np.arange(len(y)) % 2, np.nan, y), np.ones(len(y)), np.repeat(np.arange(clusters), 2)),
        )
        assert found.worth is not None
        wider = width(found.corrected) > width(found.human_only)
        lesser += found.worth < found.labelled
        if abs(found.worth / found.labelled - 1) > 0.2:
            assert wider == (found.worth < found.labelled)
    assert lesser > 5


def test_human_only_counts_labels_and_not_weights() -> None:
    y, f, others = draw(6)
    found = corrected_rate(apart(y, f, others, np.full(len(y), 5.0)))
    assert found.human_only.n == found.corrected.n == 200


def test_labels_that_are_all_alike_leave_room_for_others() -> None:
    y = np.where(np.arange(100) % 2, np.nan, 1.0)
    found = corrected_rate(Sample(np.ones(100), y, np.ones(100), np.arange(100)))
    for each in (found.corrected, found.human_only):
        assert (each.value, each.high) == (1, 1)
        assert each.low == pytest.approx(0.025 ** (1 / 50))
    assert found.judge_only.low == pytest.approx(0.025 ** (1 / 100))


def test_strata_of_the_sample_take_their_variance_out_of_the_interval() -> None:
    rng = np.random.default_rng(6)
    f = np.repeat([0.0, 1.0], 500)
    y = np.where(rng.random(1_000) < 0.95, f, 1 - f)
    labelled = np.zeros(1_000, dtype=bool)
    labelled[rng.choice(500, 40, replace=False)] = labelled[500 + rng.choice(500, 40, replace=False)] = True
    sample = Sample(f, np.where(labelled, y, np.nan), np.full(1_000, 12.5), rng.integers(0, 100, 1_000))
    plain, stratified = (corrected_rate(each) for each in (sample, replace(sample, strata=f.astype(np.int64))))
    assert stratified.human_only.value == pytest.approx(plain.human_only.value)
    assert width(stratified.human_only) < 0.6 * width(plain.human_only)
    assert width(stratified.human_only) == pytest.approx(width(plain.corrected), rel=0.2)
    alone = replace(sample, strata=np.where(np.arange(1_000) == 0, 2, f).astype(np.int64))  # without a label: merged
    assert corrected_rate(alone) == plain


def test_a_judge_that_is_always_right_is_worth_the_whole_run() -> None:
    rng = np.random.default_rng(5)
    f = rng.choice([0.0, 1.0], size=1_000)
    y = np.where(np.arange(1_000) < 100, f, np.nan)
    found = corrected_rate(Sample(f, y, np.ones(1_000), np.arange(1_000) % 50))
    assert found.tuning == pytest.approx(1, abs=0.35)
    assert found.human_only.low is not None
    assert found.human_only.high is not None
    assert found.corrected.low is not None
    assert found.corrected.high is not None
    assert found.corrected.high - found.corrected.low < found.human_only.high - found.human_only.low


@pytest.mark.parametrize("clusters", [12, 60])
def test_the_interval_covers_and_the_judge_alone_does_not(clusters: int) -> None:
    rng = np.random.default_rng(clusters)
    held = judge = 0
    for _ in range(200):
        of = np.repeat(np.arange(clusters), rng.integers(4, 15, clusters))
        y = (rng.random(len(of)) < rng.beta(3, 2, clusters)[of]).astype(float)
        f = np.where(rng.random(len(of)) < 0.6, y, rng.random(len(of)) < 0.9)
        labelled = rng.random(len(of)) < 0.4
        found = corrected_rate(Sample(f, np.where(labelled, y, np.nan), np.full(len(of), 2.5), of))
        assert found.corrected.low is not None
        assert found.corrected.high is not None
        assert found.judge_only.low is not None
        assert found.judge_only.high is not None
        held += found.corrected.low <= 0.6 <= found.corrected.high
        judge += found.judge_only.low <= 0.6 <= found.judge_only.high
    assert held / 200 >= 0.9
    assert judge < held


def test_without_labels_nothing_is_corrected() -> None:
    found = corrected_rate(Sample(np.ones(9), np.full(9, np.nan), np.ones(9), np.arange(9)))
    assert found.corrected.value is None
    assert found.corrected.flags == {"no_label"}
    assert found.tuning is None
    assert found.judge_only.value == 1


def test_the_plug_in_by_hand_and_where_it_is_undefined() -> None:
    f = np.array([1.0, 1, 0, 0, 0, 1, 0, 0, 1, 0])
    y = np.array([1.0, 1, 1, 0, 0, 0, 0, 0, np.nan, np.nan])  # sensitivity 2/3, specificity 4/5
    sample = Sample(f, y, np.ones(10), np.arange(10))
    found, sensitivity, specificity = sensitivity_plug_in(sample, seed=0, resamples=200)
    assert (sensitivity, specificity) == pytest.approx((2 / 3, 4 / 5))
    assert found.value == pytest.approx((0.4 + 0.8 - 1) / (2 / 3 + 0.8 - 1))
    # A partial score, from orders that differ, is no verdict of two outcomes: it changes nothing.
    more = Sample(np.append(f, [0.75, 0.25, 0.5]), np.append(y, [0, 1, 1.0]), np.ones(13), np.arange(13))
    assert sensitivity_plug_in(more, seed=0, resamples=200)[0].value == found.value
    blind = Sample(f, np.where(y == 1, np.nan, y), np.ones(10), np.arange(10))
    assert sensitivity_plug_in(blind, seed=0, resamples=100)[0].flags == {"one_outcome_labelled"}


def test_calibration_by_score_corrects_by_peoples_mean_at_each_score_and_is_narrower_where_it_is_no_line() -> None:
    rng = np.random.default_rng(8)
    clusters = np.repeat(np.arange(60), 12)
    people = (rng.random(720) < np.clip(rng.normal(0.6, 0.15, 60), 0, 1)[clusters]).astype(float)
    judge = np.where((people == 1) & (rng.random(720) < 0.4), 0.25, np.where(rng.random(720) < 0.9, people, 0.5))
    labels = np.where(rng.random(720) < 0.2, people, np.nan)
    levels = score_levels(judge, labels)
    line = corrected_rate(Sample(judge, labels, np.ones(720), clusters)).corrected
    found = corrected_rate(Sample(judge, labels, np.ones(720), clusters, strata=levels)).corrected
    means = [np.nanmean(labels[levels == level]) for level in np.unique(levels)]
    shares = [np.mean(levels == level) for level in np.unique(levels)]
    assert found.value == pytest.approx(np.dot(shares, means), abs=0.02)
    assert None not in (found.low, found.high, line.low, line.high)
    assert (found.high or 0) - (found.low or 0) < 0.95 * ((line.high or 0) - (line.low or 0))


def test_scores_with_few_labels_are_merged_towards_the_middle() -> None:
    f = np.repeat([0.0, 0.25, 0.5, 0.75, 1.0], 10)
    y = np.full(50, np.nan)
    y[[*range(2), *range(10, 14), *range(20, 30), *range(40, 46)]] = 1.0  # 2, 4, 10, 0, 6 labels
    assert score_levels(f, y).tolist() == [1] * 20 + [2] * 20 + [4] * 10
    assert set(score_levels(f, np.where(np.arange(50) < 4, 1.0, np.nan))) == {0}


def test_scores_of_adaptive_orders_beyond_0_and_1_are_of_the_outer_levels() -> None:
    """A loss of -.2 is no win: both ends have labels enough for a level of their own."""
    f = np.repeat([-0.2, 0.0, 0.5, 1.0, 1.2], 6)
    assert score_levels(f, np.full(30, 0.5)).tolist() == [0] * 12 + [2] * 6 + [4] * 12


def test_two_way_intervals_have_the_degrees_of_freedom_of_the_fewer() -> None:
    rng = np.random.default_rng(5)
    questions, subgroups = np.repeat(np.arange(40), 8), np.tile(np.arange(8), 40)
    odds = rng.normal(0.4, 1, 40)[questions] + rng.normal(0, 0.7, 8)[subgroups]
    y = rng.binomial(1, 1 / (1 + np.exp(-odds))).astype(float)
    f = np.where(rng.random(320) < 0.2, 0.5, y)
    labels = np.where(rng.random(320) < 0.4, y, np.nan)
    one = corrected_rate(Sample(f, labels, np.ones(320), questions))
    both = corrected_rate(Sample(f, labels, np.ones(320), questions, subgroups=subgroups))
    for way, alone in ((both.corrected, one.corrected), (both.human_only, one.human_only)):
        assert way.value == alone.value
        assert (way.method, alone.method) == ("two_way_t", "jackknife_t")
        assert way.degrees_of_freedom is not None
        assert way.degrees_of_freedom <= 7 < (alone.degrees_of_freedom or 0)
    assert both.errors is not None
    # The half-width is at least that of Student's t of these degrees of freedom.
    assert both.corrected.high is not None
    assert both.corrected.value is not None
    half = t.ppf(0.975, both.corrected.degrees_of_freedom) * both.errors[0]
    assert both.corrected.high - both.corrected.value >= min(half, 1 - both.corrected.value) - 1e-12
