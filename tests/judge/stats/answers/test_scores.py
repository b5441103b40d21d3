"""Accuracy and NMAE by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge.stats.answers.scores import absolute_errors, correct

NAN = float("nan")


def test_accuracy_and_nmae_by_hand() -> None:
    # Scales 1-10, 1-4, 1-2, 0-1; the last was not answered.
    predicted = np.array([7.0, 4.0, 1.0, 0.0, NAN])
    modal = np.array([10.0, 1.0, 1.0, 1.0, 3.0])
    low, high = np.array([1.0, 1, 1, 0, 1]), np.array([10.0, 4, 2, 1, 5])
    errors = absolute_errors(predicted, modal, low, high)
    assert errors[:4].tolist() == pytest.approx([3 / 9, 1.0, 0.0, 1.0])
    assert np.nanmean(errors) == pytest.approx((1 / 3 + 2) / 4)
    assert np.nanmean(correct(predicted, modal)) == pytest.approx(1 / 4)


def test_what_was_not_answered_has_no_score() -> None:
    nothing = np.array([NAN, NAN])
    assert np.isnan(correct(nothing, np.ones(2))).all()
    assert np.isnan(correct(nothing, np.ones(2))).all()


def test_a_scale_needs_two_ends() -> None:
    with pytest.raises(ValueError, match="above its lowest"):
        absolute_errors(np.ones(1), np.ones(1), np.ones(1), np.ones(1))


@given(st.lists(st.tuples(st.integers(1, 2), st.integers(1, 2)), min_size=1))
def test_on_two_options_nmae_is_one_less_accuracy(pairs: list[tuple[int, int]]) -> None:
    predicted, modal = (np.array(column, dtype=np.float64) for column in zip(*pairs, strict=True))
    ones = np.ones(len(pairs))
    accuracy = np.nanmean(correct(predicted, modal))
    assert accuracy is not None
    assert np.nanmean(absolute_errors(predicted, modal, ones, 2 * ones)) == pytest.approx(1 - accuracy)
