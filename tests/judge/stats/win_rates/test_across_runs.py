"""Two runs on what they have in common, against numbers worked out by hand and by scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from judge.stats.notes import UNDEFINED
from judge.stats.win_rates.across_runs import judges_agreement, win_rate_difference

PAIRS = st.lists(st.tuples(st.integers(-1, 3), st.integers(-1, 3), st.integers(0, 6)), max_size=40)


def agreement(rows: list[tuple[int, int]], clusters: list[int] | None = None):  # type: ignore[no-untyped-def]
    codes = np.array(rows, dtype=np.int64).reshape(-1, 2)
    of = np.array(clusters if clusters is not None else range(len(rows)), dtype=np.int64)
    return judges_agreement(codes, of, 3, seed=0, resamples=200)


def test_by_hand() -> None:
    # Three of six alike; margins (3, 2, 1) and (3, 1, 2): expected (9 + 2 + 2) / 36 = 13/36.
    found = agreement([(0, 0), (0, 0), (0, 1), (1, 0), (1, 2), (2, 2)])
    assert found["agreement"].value == pytest.approx(3 / 6)
    assert found["kappa"].value == pytest.approx((3 / 6 - 13 / 36) / (1 - 13 / 36))
    # 12 values, (6, 3, 3) of each label: Do = 6 / 12, De = (144 - 36 - 9 - 9) / (12 * 11).
    assert found["alpha"].value == pytest.approx(1 - (6 / 12) / (90 / 132))
    assert found["kappa"].n == found["kappa"].clusters == 6


def test_inconsistent_agrees_with_nothing_and_missing_is_no_part() -> None:
    rows = [(0, 0), (2, 2), (0, 2), (3, 3), (3, 0), (-1, 0), (2, -1)]
    found = agreement(rows)
    assert found["agreement"].value == pytest.approx(2 / 5)
    assert found["agreement"].n == 5
    assert found["kappa"].n == 3
    assert found["kappa"].value == agreement(rows[:3])["kappa"].value


def test_undefined_with_its_reason() -> None:
    assert agreement([])["kappa"].flags == {"no_common_item"}
    assert agreement([(-1, 0)])["agreement"].value is None
    alike = agreement([(2, 2)] * 8)
    assert alike["agreement"].value == 1
    assert alike["kappa"].value is None
    assert alike["kappa"].flags == {"one_label"}
    assert agreement([(3, 0), (0, 3)])["kappa"].flags == {"undecided"}
    few = agreement([(0, 1), (0, 0), (2, 2)] * 4, [0, 1, 2] * 4)
    assert few["kappa"].value is not None
    assert few["kappa"].low is None
    assert few["kappa"].flags == {"too_few_clusters"}


@given(PAIRS)
def test_it_does_not_matter_which_run_comes_first(rows: list[tuple[int, int, int]]) -> None:
    clusters = [cluster for _, _, cluster in rows]
    one = agreement([(first, second) for first, second, _ in rows], clusters)
    other = agreement([(second, first) for first, second, _ in rows], clusters)
    for name, found in one.items():
        assert found.value == pytest.approx(other[name].value, nan_ok=True)
        assert found.n == other[name].n
        assert found.value is not None or found.flags <= UNDEFINED


@given(PAIRS)
def test_kappa_is_that_of_scikit_learn(rows: list[tuple[int, int, int]]) -> None:
    decided = [(first, second) for first, second, _ in rows if 0 <= first < 3 and 0 <= second < 3]
    found = agreement([(first, second) for first, second, _ in rows])["kappa"]
    if len({code for pair in decided for code in pair}) > 1:
        assert found.value == pytest.approx(cohen_kappa_score(*zip(*decided, strict=True)))
    else:
        assert found.value is None


def difference(first: list[float], second: list[float], clusters: list[int]):  # type: ignore[no-untyped-def]
    scores = np.array([first, second], dtype=np.float64).T
    return win_rate_difference(scores, np.array(clusters, dtype=np.int64), seed=0)


def test_a_difference_by_hand() -> None:
    nan = float("nan")
    one, other, found = difference([1, 0, 0.5, 1, 0, nan, 1], [1, 1, 0.5, 0, 1, 1, nan], [0, 1, 2, 3, 4, 5, 6])
    assert one == pytest.approx(2.5 / 5)  # over the five that both have
    assert other == pytest.approx(3.5 / 5)
    assert found.estimate.value == pytest.approx(0.2)
    assert found.estimate.n == found.estimate.clusters == 5
    assert found.estimate.low is not None
    assert found.estimate.low < 0
    assert found.estimate.high > 0.2
    assert found.p is not None
    assert found.p > 0.2


def test_items_of_one_question_are_drawn_together() -> None:
    first, second = [0.0] * 40, [1.0, 0.0] * 20
    alone = difference(first, second, list(range(40)))[2].estimate
    together = difference(first, second, [n % 20 for n in range(40)])[2].estimate
    assert alone.value == together.value == 0.5
    assert together.clusters == 20
    assert difference(first, second, [n % 4 for n in range(40)])[2].estimate.low is None


def test_nothing_in_common_is_undefined() -> None:
    one, other, found = difference([1.0], [float("nan")], [0])
    assert one is None
    assert other is None
    assert found.p is None
    assert found.estimate.flags == {"no_common_item"}
