"""Looks at a win rate: what decides, what missing comparisons do, and how many comparisons come next."""

from __future__ import annotations

import numpy as np
import pytest

from judge.stats.agreement.ratings import BoolArray
from judge.stats.estimate import FloatArray
from judge.stats.win_rates.early_decision import LOOKS, Design, Look, Next, first_look, look_at

QUESTIONS, EACH = 100, 4
POOL = (QUESTIONS * EACH, QUESTIONS)


def looks_at(design: Design, scores: FloatArray, missing: BoolArray | None = None) -> tuple[Look, ...]:
    lost = np.zeros(len(scores), dtype=bool) if missing is None else missing
    questions = np.tile(np.arange(QUESTIONS), EACH)
    seen = np.where(lost, np.nan, scores)
    looks: tuple[Look, ...] = ()
    planned: Next | None = first_look(design, POOL[0])
    while planned is not None:
        n = planned.comparisons
        look, planned = look_at(design, looks, planned, seen[:n], lost[:n], questions[:n], POOL)
        looks += (look,)
    return looks


def drawn(rate: float, seed: int) -> FloatArray:
    rng = np.random.default_rng(seed)
    own = rng.beta(8 * rate, 8 * (1 - rate), QUESTIONS)
    return (rng.random((EACH, QUESTIONS)) < own).astype(float).ravel()


def test_the_first_look_is_at_a_fifth_of_what_the_greatest_variance_needs() -> None:
    """(1.960 + 1.282)^2 .25 / .0973^2 = 278 comparisons with one look; .0973 = logit(.6) .6 .4."""
    assert first_look(Design(), 10_000) == Next(58, is_last=False)
    assert first_look(Design(), 40) == Next(40, is_last=True)
    assert (
        first_look(Design(detect=0.95), 10_000).comparisons == first_look(Design(detect=0.83), 10_000).comparisons < 15
    )


def test_a_clear_win_rate_is_decided_early_and_on_its_side() -> None:
    for rate, side in ((0.9, "above"), (0.1, "below")):
        looks = looks_at(Design(), drawn(rate, 1))
        assert looks[-1].decision == side
        assert looks[-1].comparisons < 100
        assert looks[-1].p is not None
        assert looks[-1].p <= looks[-1].level


def test_the_error_holds_at_all_looks_together_and_the_power_is_kept() -> None:
    for rate, least, most in ((0.5, 0.0, 0.09), (0.66, 0.85, 1.0)):
        found = [looks_at(Design(detect=0.66), drawn(rate, seed)) for seed in range(200)]
        assert all(len(looks) <= LOOKS for looks in found)
        assert all(looks[-1].is_last or looks[-1].decision for looks in found)
        assert least <= np.mean([looks[-1].decision is not None for looks in found]) <= most


def test_information_and_bounds_grow_from_look_to_look() -> None:
    looks = next(found for seed in range(50) if len(found := looks_at(Design(detect=0.56), drawn(0.5, seed))) > 3)
    fractions, levels = ([getattr(look, name) for look in looks] for name in ("fraction", "level"))
    assert fractions == sorted(set(fractions))
    assert levels == sorted(levels)
    assert levels[0] < 0.01
    assert [look.is_last for look in looks] == [False] * (len(looks) - 1) + [True]


def test_missing_comparisons_count_against_the_decision() -> None:
    """Thirty of a hundred missing: 70 of 70 won decides, 50 of 70 may be 50 of 100 and does not."""
    questions, missing = np.arange(100), np.arange(100) >= 70
    for won, side in ((70, "above"), (50, None), (0, "below")):
        scores = np.where(missing, np.nan, (np.arange(100) < won).astype(float))
        look, after = look_at(Design(), (), Next(100, is_last=True), scores, missing, questions, (100, 100))
        assert (look.decision, look.missing, after) == (side, 30, None)
        assert look.win_rate == pytest.approx(won / 70)
    left_out = look_at(Design(), (), Next(100, is_last=True), scores, np.zeros(100, bool), questions, (100, 100))[0]
    assert (left_out.questions, left_out.decision) == (70, "below")


def test_fewer_than_five_questions_decide_nothing() -> None:
    questions = np.arange(40) % 4
    look, _ = look_at(Design(), (), Next(40, is_last=True), np.ones(40), np.zeros(40, bool), questions, (40, 4))
    assert (look.p, look.decision, look.is_last) == (None, None, True)


def test_a_pool_that_cannot_give_the_information_is_read_to_its_end() -> None:
    looks = looks_at(Design(detect=0.51), drawn(0.5, 3))
    assert looks[-1].decision is None
    assert looks[-1].comparisons == POOL[0]
    assert looks[-1].fraction == pytest.approx(1)
