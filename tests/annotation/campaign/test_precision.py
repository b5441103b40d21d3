"""What a plan promises: load by hand, precision by its model."""

from __future__ import annotations

import math

import pytest

from judge.annotation.campaign.precision import ASSUMED, expected_load, expected_precision


def test_load_by_hand() -> None:
    # 238 words are a minute of reading, three choices 15 s: 75 s a task, 2 tasks, 3 people on each, 4 at work.
    load = expected_load([238, 238], criteria=3, annotators=4, overlap=3)
    assert (load.ratings, load.per_annotator) == (6, 1.5)
    assert load.hours == pytest.approx(75 * 2 * 3 / 4 / 3600)


def test_nobody_judges_a_task_twice() -> None:
    assert expected_load([100], criteria=1, annotators=2, overlap=5).ratings == 2


def test_more_items_make_alpha_more_precise_as_the_square_root_tells() -> None:
    few = expected_precision(50, 3, (0.4, 0.3, 0.3), seed=1)
    many = expected_precision(450, 3, (0.4, 0.3, 0.3), seed=1)
    assert [one.alpha for one in few] == list(ASSUMED)
    for wide, narrow in zip(few, many, strict=True):
        assert wide.half_width is not None
        assert narrow.half_width is not None
        assert wide.half_width / narrow.half_width == pytest.approx(math.sqrt(450 / 50), rel=0.25)


@pytest.mark.parametrize(("raters", "shares"), [(1, (0.5, 0.5)), (3, (1.0, 0.0, 0.0))])
def test_what_cannot_be_known_is_undefined(raters: int, shares: tuple[float, ...]) -> None:
    assert {one.half_width for one in expected_precision(30, raters, shares, seed=0)} == {None}
