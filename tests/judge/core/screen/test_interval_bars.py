"""Bars of intervals, from 0 to 1."""

from __future__ import annotations

import pytest

from judge.core.screen.interval_bars import AXIS, WIDTHS, interval_bar


@pytest.mark.parametrize(
    ("value", "low", "high", "drawn"),
    [
        (0.75, 0.6, 0.9, "          ┊ ├──●──┤  "),
        (0.5, 0.3, 0.7, "      ├───●───┤      "),
        (1.0, 0.735, 1.0, "          ┊    ├────●"),
        (0.0, 0.0, 0.2, "●───┤     ┊          "),
        (0.75, None, None, "          ┊    ●     "),
        (None, None, None, "          ┊          "),
        (1.2, 0.9, 1.4, "          ┊       ├─●"),
    ],
)
def test_a_bar_marks_the_value_its_interval_and_parity(
    value: float | None, low: float | None, high: float | None, drawn: str
) -> None:
    assert interval_bar(value, low, high) == drawn
    assert len(drawn) == len(AXIS) == WIDTHS[0]
