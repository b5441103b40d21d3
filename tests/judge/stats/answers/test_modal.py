"""Modal answers, ties, margins and stability: hand-computed cases, and what holds of any answers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judge.stats.answers.modal import MISSING, Answers, modes

EVERYBODY = np.arange(8)


def column(*codes: int, options: int = 3) -> Answers:
    return Answers(np.array(codes, dtype=np.int8)[:, None], [options])


def test_mode_share_and_margin_by_hand() -> None:
    # 4 of 7 valid answers are code 1, 2 code 0, 1 code 2; one is missing: shares 2/7, 4/7, 1/7, margin 2/7.
    answers = column(1, 1, 1, 1, 0, 0, 2, MISSING)
    found = modes(answers.counts(EVERYBODY))
    assert found.mode.tolist() == [1]
    assert found.shares[0] == pytest.approx([2 / 7, 4 / 7, 1 / 7])
    assert found.margin[0] == pytest.approx(2 / 7)
    assert found.tied.tolist() == [[False, True, False]]


def test_of_ties_the_lowest_code_is_taken_and_all_are_named() -> None:
    found = modes(column(2, 2, 1, 1, 0, MISSING, MISSING, MISSING).counts(EVERYBODY))
    assert found.mode.tolist() == [1]
    assert found.tied.tolist() == [[False, True, True]]
    assert found.margin.tolist() == [0.0]


def test_no_answer_is_no_mode() -> None:
    found = modes(column(*[MISSING] * 8).counts(EVERYBODY))
    assert found.mode.tolist() == [MISSING]
    assert np.isnan(found.margin).all()
    assert np.isnan(found.shares).all()
    assert not found.tied.any()


def test_weights_move_the_mode_and_rounding_errors_do_not_break_ties() -> None:
    answers = column(0, 0, 1, options=2)
    heads, weighted = (modes(answers.counts(np.arange(3), each)) for each in (None, np.array([0.1, 0.2, 0.9])))
    assert (heads.mode[0], weighted.mode[0]) == (0, 1)
    tied = modes(answers.counts(np.arange(3), np.array([0.1, 0.2, 0.3])))  # 0.1 + 0.2 is 0.30000000000000004
    assert tied.tied.tolist() == [[True, True]]
    assert tied.mode.tolist() == [0]


def test_options_beyond_a_questions_own_are_never_its_mode() -> None:
    answers = Answers(np.array([[1, 4], [0, 4]], dtype=np.int8), [2, 5])
    found = modes(answers.counts(np.arange(2)))
    assert found.mode.tolist() == [0, 4]
    assert found.shares[0].tolist() == [0.5, 0.5, 0, 0, 0]


def stability(answers: Answers, members: np.ndarray, **options: object) -> list[float]:
    mode = modes(answers.counts(members, options.get("weights"))).mode  # type: ignore[arg-type]
    settings = {"resamples": 4000, "seed": (0, 1)} | options
    return answers.stability(members, mode, **settings).tolist()  # type: ignore[arg-type]


def test_consensus_is_stable_and_the_stability_of_a_small_group_is_the_binomial_one() -> None:
    assert stability(column(1, 1, 1), np.arange(3)) == [1.0]
    # Of 3 respondents 2 say 0: the mode stays if at least 2 of 3 draws are of those two. 3 (2/3)^2 (1/3) + (2/3)^3.
    (share,) = stability(column(0, 0, 1, options=2), np.arange(3))
    assert share == pytest.approx(20 / 27, abs=0.025)


def test_a_sample_without_answers_has_no_mode() -> None:
    # One of 2 respondents answers: a quarter of the samples hold nobody's answer.
    (share,) = stability(column(1, MISSING), np.arange(2))
    assert share == pytest.approx(0.75, abs=0.025)


def test_stability_is_undefined_without_a_mode() -> None:
    assert np.isnan(stability(column(MISSING, MISSING), np.arange(2))).all()


def test_equal_weights_give_the_stability_of_heads() -> None:
    rng = np.random.default_rng(3)
    answers = Answers(rng.integers(-1, 4, size=(60, 12)).astype(np.int8), [4] * 12)
    members = np.arange(60)
    assert stability(answers, members, weights=np.full(60, 0.7)) == stability(answers, members)


@pytest.mark.parametrize("size", [1e-200, 0.1, 1e7 / 3, 1e200])
def test_the_size_of_weights_changes_nothing(size: float) -> None:
    # Weights that extrapolate to a population are large, and their sums carry rounding errors of their own size.
    rng = np.random.default_rng(4)
    answers = Answers(rng.integers(-1, 4, size=(64, 12)).astype(np.int8), [4] * 12)
    members, each = np.arange(64), rng.integers(1, 4, size=64).astype(np.float64)
    assert stability(answers, members, weights=each * size) == stability(answers, members, weights=each)
    assert stability(answers, members, weights=np.full(64, size)) == stability(answers, members)
    found, plain = (modes(answers.counts(members, weights)) for weights in (each * size, each))
    assert found.mode.tolist() == plain.mode.tolist()
    assert found.tied.tolist() == plain.tied.tolist()


def test_the_seed_decides_and_blocks_do_not() -> None:
    answers = Answers(np.random.default_rng(1).integers(0, 3, size=(40, 5)).astype(np.int8), [3] * 5)
    members = np.arange(40)
    whole = stability(answers, members, resamples=300)
    assert stability(answers, members, resamples=300) == whole
    assert stability(answers, members, resamples=300, seed=(1, 1)) != whole
    assert stability(answers, members, resamples=300, cells_at_once=400) == whole


def test_wrong_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="N x 2"):
        Answers(np.zeros((3, 1), dtype=np.int8), [2, 2])
    with pytest.raises(ValueError, match="beyond"):
        Answers(np.full((3, 1), 2, dtype=np.int8), [2])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.integers(-1, 3), min_size=3, max_size=3), min_size=1, max_size=25))
def test_any_answers_agree_with_counting_one_by_one(rows: list[list[int]]) -> None:
    codes = np.array(rows, dtype=np.int8)
    found = modes(Answers(codes, [4, 4, 4]).counts(np.arange(len(rows))))
    for question in range(3):
        valid = [row[question] for row in rows if row[question] >= 0]
        counts = [valid.count(code) for code in range(4)]
        if not valid:
            assert found.mode[question] == MISSING
            continue
        assert found.mode[question] == counts.index(max(counts))
        assert [int(code) for code in np.flatnonzero(found.tied[question])] == [
            code for code in range(4) if counts[code] == max(counts)
        ]
        assert found.margin[question] == pytest.approx((max(counts) - sorted(counts)[-2]) / len(valid), abs=1e-8)
