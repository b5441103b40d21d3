"""A judge against people: counted by hand, and what must hold for any ratings."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judge.stats.against_people import against_people
from judge.stats.agreement import people_agreement
from judge.stats.ratings import IntArray, Ratings

X, Y, INCONSISTENT, INVALID = 0, 1, 2, 3


def people(codes: IntArray, labels: int = 2) -> Ratings:
    names = tuple("xyz"[:labels])
    return Ratings(
        tuple(f"i{n}" for n in range(len(codes))), tuple(f"r{n}" for n in range(codes.shape[1])), names, "nominal",
        True,
        np.arange(float(labels)), codes,
    )  # fmt: skip


def test_every_number_by_hand() -> None:
    codes = np.array([[X, X], [X, Y], [Y, Y], [Y, -1], [X, X], [-1, -1], [X, Y]])
    judge = np.array([X, X, INCONSISTENT, Y, INVALID, X, -1])
    found = against_people(people(codes), judge, seed=0, resamples=100)
    assert (found.items, found.judged, found.inconsistent, found.invalid, found.no_judgment) == (6, 3, 1, 1, 1)
    assert found.tied_votes == 1  # of the four items that were judged or inconsistent
    assert found.by_person["r0"]["agreement"].value == pytest.approx(3 / 4)
    assert found.by_person["r1"]["agreement"].value == pytest.approx(1 / 3)
    assert found.judge_human["agreement"].value == pytest.approx((3 / 4 + 1 / 3) / 2)
    assert found.agreement_pooled.value == pytest.approx(4 / 7)
    assert found.human_human["agreement"].value == pytest.approx(2 / 3)  # on the judged items alone
    assert found.difference["agreement"].value == pytest.approx((3 / 4 + 1 / 3) / 2 - 2 / 3)
    assert found.judge_majority["agreement"].value == pytest.approx(2 / 3)
    assert (found.judge_majority["agreement"].n, found.judge_majority["kappa"].n) == (3, 2)
    assert found.judge_majority["kappa"].value == 1  # x and y on the two items that it decided
    assert found.confusion == {
        "x": {"x": 1, "y": 0, "inconsistent": 0, "invalid": 1},
        "y": {"x": 0, "y": 1, "inconsistent": 1, "invalid": 0},
    }
    assert found.confusion_ratings["x"] == {"x": 3, "y": 0, "inconsistent": 0, "invalid": 2}
    counted = against_people(people(codes), judge, tie=Y, seed=0, resamples=100)
    assert counted.judge_majority["agreement"].value == pytest.approx(2 / 4)


def test_orders_are_read_alone_and_together() -> None:
    codes = np.array([[X], [X], [Y], [Y]])
    orders = {"first": np.array([X, X, X, Y]), "second": np.array([X, Y, X, INVALID])}
    judge = np.array([X, INCONSISTENT, X, INVALID])
    found = against_people(people(codes), judge, orders, seed=0, resamples=100)
    assert found.by_order["first"].value == pytest.approx(2 / 3)  # the invalid item is out
    assert found.by_order["second"].value == pytest.approx(1 / 3)
    assert found.positional is not None
    assert found.positional.value == pytest.approx(2 / 3)


def test_nothing_in_common_is_undefined() -> None:
    codes = np.array([[X, Y], [Y, Y]])
    found = against_people(people(codes), np.array([-1, INVALID]), seed=0, resamples=100)
    assert found.judge_human["agreement"].value is None
    assert found.judge_human["agreement"].note.startswith("undefined: no item has both")


tables = st.integers(2, 4).flatmap(
    lambda raters: st.lists(st.lists(st.integers(-1, 2), min_size=raters, max_size=raters), min_size=6, max_size=20)
)


@settings(max_examples=40, deadline=None)
@given(rows=tables, seed=st.integers(0, 99))
def test_coefficients_do_not_depend_on_who_or_in_which_order_and_never_exceed_one(
    rows: list[list[int]], seed: int
) -> None:
    codes = np.array(rows)
    rng = np.random.default_rng(seed)
    shuffled = codes[rng.permutation(len(codes))][:, rng.permutation(codes.shape[1])]
    one, other = (people_agreement(people(each, 3), seed=0, resamples=100) for each in (codes, shuffled))
    for name, found in one.coefficients.items():
        again = other.coefficients[name]
        assert (found.value is None) == (again.value is None), name
        if found.value is not None:
            assert found.value == pytest.approx(again.value)
            assert found.value <= 1 + 1e-9
        else:
            assert found.note.startswith("undefined: ")
    assert one.ratings == int((codes >= 0).sum())
