"""Weights by agreement with people: golden values by loops, shrinkage, degenerate cases, and no leakage."""

from __future__ import annotations

import math
from itertools import product
from statistics import fmean as mean_of

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judge.stats.agreement.ratings import IntArray
from judge.stats.estimate import FloatArray
from judge.stats.panels.weights import agreement_weights, cross_fitted_weights, question_folds

Panel = tuple[FloatArray, FloatArray, IntArray]


def panel(seed: int, *, questions: int = 30, each: int = 6, errors: tuple[float, ...] = (0.1, 0.2, 0.4)) -> Panel:
    """Judges that say the opposite of people with these chances; a third of the comparisons has a label."""
    rng = np.random.default_rng(seed)
    clusters = np.repeat(np.arange(questions), each)
    truth = rng.integers(0, 3, len(clusters)) / 2
    wrong = rng.random((len(clusters), len(errors))) < np.array(errors)
    scores = np.where(wrong, 1 - truth[:, None], truth[:, None])
    scores[rng.random(scores.shape) < 0.1] = math.nan
    people = np.where(rng.random(len(clusters)) < 1 / 3, truth, math.nan)
    return scores, people, clusters


def by_loops(scores: FloatArray, people: FloatArray, clusters: IntArray, sampling: FloatArray) -> FloatArray:
    """Spell the formulas out: the shrunken matrix of errors (J, J), whose least weights are wanted."""
    rows = [i for i in range(len(people)) if not math.isnan(people[i]) and not all(map(math.isnan, scores[i]))]
    scale = sum(sampling[i] for i in rows) / len(rows)
    judges = range(scores.shape[1])
    total, mean = np.ones((3, 3)), np.zeros((3, 3))
    error = {(i, j): scores[i, j] - people[i] for i in rows for j in judges}
    pairs = {
        (j, k): [i for i in rows if not math.isnan(error[i, j] * error[i, k])] for j, k in product(judges, repeat=2)
    }
    for (j, k), own in pairs.items():
        total[j, k] += sum(sampling[i] / scale for i in own)
        mean[j, k] = sum(sampling[i] / scale * error[i, j] * error[i, k] for i in own) + (0.25 if j == k else 0)
    mean /= total
    names = sorted({int(clusters[i]) for i in rows})
    chance = 0.0
    for g in names:
        moves = [
            mean_of(
                sum(
                    sampling[i] / scale * (error[i, j] * error[i, k] - mean[j, k])
                    for i in pairs[j, k]
                    if clusters[i] == g
                )
                / total[j, k]
                for k in judges
            )
            for j in judges
        ]
        chance += sum((move - mean_of(moves)) ** 2 for move in moves)
    r = [mean_of(mean[j]) for j in judges]
    trust = max(0.0, 1 - chance * len(names) / (len(names) - 1) / sum((each - mean_of(r)) ** 2 for each in r))
    inner, outer = mean_of(mean[j, j] for j in judges), mean_of(mean[j, k] for j, k in pairs if j != k)
    alike = np.array([[inner if j == k else outer for k in judges] for j in judges])
    return trust * mean + (1 - trust) * alike


def least_on_grid(matrix: FloatArray) -> FloatArray:
    """The least weights on a grid of hundredths."""
    grid = [np.array([a, b, 100 - a - b]) / 100 for a in range(101) for b in range(101 - a)]
    return min(grid, key=lambda w: float(w @ matrix @ w))


@pytest.mark.parametrize("seed", range(5))
def test_weights_are_those_of_loops(seed: int) -> None:
    scores, people, clusters = panel(seed)
    sampling = np.random.default_rng(seed).uniform(1, 5, len(people))
    found = agreement_weights(scores, people, clusters, sampling)
    plain = agreement_weights(scores, people, clusters)
    for each, weighted in ((found, sampling), (plain, np.ones(len(people)))):
        matrix = by_loops(scores, people, clusters, weighted)
        best = least_on_grid(matrix)
        assert each.weights == pytest.approx(best, abs=0.011)
        assert each.weights @ matrix @ each.weights <= best @ matrix @ best + 1e-12
    assert found.labels.tolist() == plain.labels.tolist()


def test_a_panel_by_hand() -> None:
    # Ten questions of one label each: no error, and one of a half on each. S is 1/4 / 11 and (2.5 + 1/4) / 11 on the
    # diagonal, 0 beside it; both vary between questions by what the further label leaves: 1/44 of 11/4.
    people = np.ones(10)
    scores = np.stack([np.ones(10), np.full(10, 0.5)], axis=1)
    found = agreement_weights(scores, people, np.arange(10))
    assert found.errors.tolist() == [0.0, 0.25]
    assert found.trust == pytest.approx(1, abs=0.01)
    assert found.weights == pytest.approx([11 / 12, 1 / 12], abs=0.01)


def test_judges_that_repeat_each_other_share_their_weight() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 3_000).astype(np.float64)
    wrong = rng.random((3_000, 2)) < 0.2
    scores = np.where(wrong[:, [0, 0, 1]], 1 - truth[:, None], truth[:, None])
    found = agreement_weights(scores, truth, np.arange(3_000))
    assert found.weights == pytest.approx([0.25, 0.25, 0.5], abs=0.04)


@given(st.integers(0, 200))
@settings(max_examples=30)
def test_weights_sum_to_1_and_are_equal_without_trust(seed: int) -> None:
    found = agreement_weights(*panel(seed))
    assert found.weights.sum() == pytest.approx(1)
    assert (found.weights >= 0).all()
    assert 0 <= found.trust <= 1
    assert (found.trust == 0) == (np.ptp(found.weights) == 0)


def test_equal_judges_mostly_have_nearly_equal_weights_and_unequal_ones_do_not() -> None:
    equal = [agreement_weights(*panel(seed, errors=(0.2, 0.2, 0.2))) for seed in range(200)]
    apart = [agreement_weights(*panel(seed, questions=100, errors=(0.05, 0.3, 0.3))) for seed in range(50)]
    assert np.mean([np.ptp(found.weights) < 0.1 for found in equal]) > 0.6
    assert np.mean([found.trust == 0 for found in equal]) > 0.4
    assert min(found.weights[0] for found in apart) > 0.4
    assert np.mean([found.weights[0] for found in apart]) > 0.75


def test_few_labels_one_judge_and_no_labels_give_equal_weights() -> None:
    scores, people, clusters = panel(1)
    four = np.where(clusters < 4, people, math.nan)
    for labels in (four, np.full(len(people), math.nan)):
        found = agreement_weights(scores, labels, clusters)
        assert (found.weights.tolist(), found.trust) == ([1 / 3] * 3, 0.0)
    assert agreement_weights(scores[:, :1], people, clusters).weights.tolist() == [1.0]


def test_a_judge_without_labelled_comparisons_has_the_mean_error() -> None:
    scores, people, clusters = panel(2, questions=80)
    scores[~np.isnan(people), 1] = math.nan
    found = agreement_weights(scores, people, clusters)
    assert math.isnan(found.errors[1])
    assert found.weights[0] > found.weights[1] >= found.weights[2]


def test_a_labels_question_never_weights_its_own_comparisons() -> None:
    scores, people, clusters = panel(3)
    folds = question_folds(clusters, ~np.isnan(people), seed=0)
    before = cross_fitted_weights(scores, people, clusters, folds)
    for question in range(30):
        changed = np.where(clusters == question, (people + 0.5) % 1.5, people)  # another label
        after = cross_fitted_weights(scores, changed, clusters, folds)
        own = folds == folds[clusters == question][0]
        assert (after.weights[own] == before.weights[own]).all()
        if not np.isnan(people[clusters == question]).all():
            assert not np.array_equal(after.weights[~own], before.weights[~own])


def test_folds_divide_the_labelled_questions_evenly() -> None:
    clusters = np.repeat(np.arange(23), 4)
    labelled = clusters % 3 == 0  # eight questions
    folds = question_folds(clusters, labelled, seed=5, folds=4)
    assert [len(np.unique(clusters[labelled & (folds == fold)])) for fold in range(4)] == [2] * 4
    assert all(len(np.unique(folds[clusters == question])) == 1 for question in range(23))
    assert (folds == question_folds(clusters, labelled, seed=5, folds=4)).all()
    assert (folds != question_folds(clusters, labelled, seed=6, folds=4)).any()


def test_a_question_in_two_folds_is_refused() -> None:
    scores, people, clusters = panel(0)
    with pytest.raises(ValueError, match="two folds"):
        cross_fitted_weights(scores, people, clusters, np.arange(len(people)) % 2)
    with pytest.raises(ValueError, match="1 folds"):
        question_folds(clusters, ~np.isnan(people), seed=0, folds=1)
