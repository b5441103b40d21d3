"""Variance components of a panel: the model that made the scores, and the identities of a mean."""

from __future__ import annotations

import math

import numpy as np
import pytest

from judge.stats.agreement.ratings import IntArray
from judge.stats.estimate import FloatArray
from judge.stats.panels.another_judge import judge_variances, scaled_to

QUESTION, REST, QUESTION_SHARED, REST_SHARED = 1.0, 4.0, 0.5, 3.0


def drawn(seed: int, judges: int = 3, questions: int = 1_500, each: int = 5) -> tuple[FloatArray, IntArray]:
    """Scores (no shares) with known components."""
    rng = np.random.default_rng(seed)
    clusters = np.repeat(np.arange(questions), each)
    of_question = math.sqrt(QUESTION_SHARED) * rng.normal(size=(questions, 1))
    of_question = of_question + math.sqrt(QUESTION - QUESTION_SHARED) * rng.normal(size=(questions, judges))
    rest = math.sqrt(REST_SHARED) * rng.normal(size=(len(clusters), 1))
    rest = rest + math.sqrt(REST - REST_SHARED) * rng.normal(size=(len(clusters), judges))
    return of_question[clusters] + rest, clusters


def test_components_are_those_of_the_model() -> None:
    found = judge_variances(*drawn(0))
    assert found is not None
    assert found.question == pytest.approx(QUESTION, abs=0.12)
    assert found.rest == pytest.approx(REST, abs=0.2)
    assert found.question_shared == pytest.approx(QUESTION_SHARED, abs=0.12)
    assert found.rest_shared == pytest.approx(REST_SHARED, abs=0.2)
    assert found.correlation == pytest.approx(0.7, abs=0.03)


def test_from_three_judges_a_panel_of_six_is_foretold() -> None:
    scores, clusters = drawn(1, judges=6, questions=3_000)
    three, six = judge_variances(scores[:, :3], clusters), judge_variances(scores, clusters)
    assert three is not None
    assert six is not None
    assert three.of_panel(6) == pytest.approx(six.of_panel(6), rel=0.08)
    by_question = scores.mean(axis=1).reshape(-1, 5).mean(axis=1)
    wanted = 1.96 * by_question.std(ddof=1) / math.sqrt(3_000)
    assert three.half_width(6, 3_000, 5) == pytest.approx(wanted, rel=0.06)


def test_as_many_judges_as_there_are_have_the_components_of_their_mean() -> None:
    scores, clusters = drawn(2, questions=30)
    found, alone = (
        judge_variances(scores, clusters),
        judge_variances(scores.mean(axis=1)[:, None], clusters, correlation=1),
    )
    assert found is not None
    assert alone is not None
    assert found.of_panel(3) == pytest.approx((alone.question, alone.rest))


def test_one_judge_needs_a_correlation() -> None:
    scores, clusters = drawn(3, judges=1, questions=50)
    assert judge_variances(scores, clusters) is None
    found = judge_variances(scores, clusters, correlation=0.4)
    assert found is not None
    assert found.correlation == pytest.approx(0.4)
    assert sum(found.of_panel(2)) == pytest.approx(0.7 * sum(found.of_panel(1)))
    with pytest.raises(ValueError, match="correlation of 1"):
        judge_variances(scores, clusters, correlation=1.5)


def test_copies_share_everything_and_add_nothing() -> None:
    scores, clusters = drawn(4, judges=1, questions=40)
    found = judge_variances(np.repeat(scores, 3, axis=1), clusters)
    assert found is not None
    assert found.correlation == pytest.approx(1)
    assert found.of_panel(9) == pytest.approx(found.of_panel(1))


def test_what_is_unknown_has_no_components() -> None:
    scores, clusters = drawn(5, questions=20)
    assert judge_variances(np.ones_like(scores), clusters) is None
    assert judge_variances(scores, np.arange(len(scores))) is None
    assert judge_variances(np.full_like(scores, math.nan), clusters) is None
    scores[::2, 0] = math.nan
    found = judge_variances(scores, clusters)
    assert found is not None
    assert found.n == 50


def test_components_are_scaled_to_the_panels_scores() -> None:
    scores, clusters = drawn(6, questions=200)
    whole = judge_variances(scores, clusters)
    assert whole is not None
    panel = scores.mean(axis=1)
    same, twice = scaled_to(whole, panel, clusters), scaled_to(whole, 2 * panel, clusters)
    assert same.of_panel(3) == pytest.approx(whole.of_panel(3))
    assert twice.of_panel(4) == pytest.approx([4 * each for each in same.of_panel(4)])
    assert sum(same.of_panel(4)) == pytest.approx(sum(whole.of_panel(4)))
    assert twice.correlation == pytest.approx(whole.correlation)
    assert scaled_to(whole, np.full(len(scores), math.nan), clusters) == whole
