"""Each order of a judge alone, and both against one another: counted by hand."""

from __future__ import annotations

import numpy as np

from judge.stats.agreement.presentation_orders import Readings, shown_orders

X, Y, INCONSISTENT, INVALID, NOT_READ, NO_VOTE = 0, 1, 2, 3, -1, -1
LABELS = 2


def test_an_order_counts_whatever_became_of_the_other() -> None:
    vote = np.array([X, X, Y, Y, NO_VOTE])
    rows = [  # first order, second order, place among people's items
        (X, INVALID, 0),  # right; the second is invalid
        (X, NOT_READ, 1),  # right; the second was not asked
        (X, Y, 2),  # wrong, right
        (Y, Y, 3),  # right, right
        (X, X, 4),  # a tied vote: no accuracy, but positions can be compared
        (Y, Y, -1),  # nobody labelled it
        (Y, X, -1),
        (INVALID, INVALID, -1),
        (NOT_READ, X, -1),
    ]
    table = np.array(rows)
    readings = Readings(("first", "second"), table[:, :2], table[:, 2])
    found = shown_orders(readings, vote, LABELS, seed=0, resamples=100)
    first, second = found.by_order["first"], found.by_order["second"]
    assert (first.read, first.invalid, first.not_read, first.agreement.value) == (4, 0, 0, 3 / 4)
    assert (second.read, second.invalid, second.not_read, second.agreement.value) == (2, 1, 1, 1)
    # Read in both: 0, 2, 3, 4, 5, 6, 7; invalid in one: 0 and 7; alike: 3, 4, 5 of the other five.
    assert (found.read_in_all, found.invalid, found.read_in_some) == (7, 2, 2)
    assert (found.positional.value, found.positional.n) == (3 / 5, 5)


def test_an_order_that_contradicts_itself_agrees_with_nothing() -> None:
    readings = Readings(("a", "b"), np.array([[INCONSISTENT, INCONSISTENT], [X, X]]), np.array([0, 1]))
    found = shown_orders(readings, np.array([X, X]), LABELS, seed=0, resamples=100)
    assert found.by_order["a"].agreement.value == 1 / 2
    assert found.positional.value == 1 / 2


def test_nothing_read_twice_is_undefined() -> None:
    readings = Readings(("a", "b"), np.array([[X, -1], [-1, Y]]), np.array([0, 1]))
    found = shown_orders(readings, np.array([X, X]), LABELS, seed=0, resamples=100)
    assert found.positional.value is None
    assert found.positional.flags == {"not_in_all_orders"}
    assert (found.by_order["a"].agreement.value, found.by_order["b"].agreement.value) == (1, 0)


def test_intervals_draw_the_clusters() -> None:
    rng = np.random.default_rng(0)
    same = np.repeat(rng.random(50) < 0.7, 20)
    codes = np.stack([np.zeros(1000, dtype=np.int64), np.where(same, X, Y)], axis=1)
    clusters = np.repeat(np.arange(50), 20)
    vote = np.zeros(1000, dtype=np.int64)
    wide = shown_orders(Readings(("a", "b"), codes, np.arange(1000), clusters), vote, LABELS, seed=0, resamples=500)
    narrow = shown_orders(Readings(("a", "b"), codes, np.arange(1000)), vote, LABELS, seed=0, resamples=500)
    for found, other in ((wide.positional, narrow.positional), (wide.by_order["b"].agreement,) * 2):
        assert found.clusters == 50
        assert None not in (found.low, found.high, other.low, other.high)
    assert wide.positional.high - wide.positional.low > 3 * (narrow.positional.high - narrow.positional.low)  # type: ignore[operator]
