"""A judge against people: counted by hand, and what must hold for any ratings."""

from __future__ import annotations

import numpy as np
import pytest

from judge.stats.agreement.judge_and_annotators import judge_against_annotators
from judge.stats.agreement.ratings import IntArray, Ratings

X, Y, INCONSISTENT, INVALID = 0, 1, 2, 3


def people(codes: IntArray, labels: int = 2) -> Ratings:
    names = tuple("xyz"[:labels])
    return Ratings(
        tuple(f"i{n}" for n in range(len(codes))),
        tuple(f"r{n}" for n in range(codes.shape[1])),
        names,
        "nominal",
        True,
        np.arange(float(labels)),
        codes,
    )


def test_every_number_by_hand() -> None:
    codes = np.array([[X, X], [X, Y], [Y, Y], [Y, -1], [X, X], [-1, -1], [X, Y]])
    judge = np.array([X, X, INCONSISTENT, Y, INVALID, X, -1])
    found = judge_against_annotators(people(codes), judge, seed=0, resamples=100)
    assert (found.items, found.judged, found.inconsistent, found.invalid, found.no_judgment) == (6, 3, 1, 1, 1)
    assert found.tied_votes == 1  # of the four items that were judged or inconsistent
    assert found.by_person["r0"]["agreement"].value == pytest.approx(3 / 4)
    assert found.by_person["r1"]["agreement"].value == pytest.approx(1 / 3)
    assert found.judge_human["agreement"].value == pytest.approx((3 / 4 + 1 / 3) / 2)
    assert found.agreement_pooled.value == pytest.approx(4 / 7)
    assert found.human_human["agreement"].value == pytest.approx(2 / 3)  # on the judged items alone
    assert found.shared == 3  # the fourth item has one person only
    assert found.judge_human_shared["agreement"].value == pytest.approx((2 / 3 + 1 / 3) / 2)
    assert found.difference["agreement"].value == pytest.approx(1 / 2 - 2 / 3)
    assert found.judge_majority["agreement"].value == pytest.approx(2 / 3)
    assert (found.judge_majority["agreement"].n, found.judge_majority["kappa"].n) == (3, 2)
    assert found.judge_majority["kappa"].value == 1  # x and y on the two items that it decided
    assert found.confusion == {
        "x": {"x": 1, "y": 0, "inconsistent": 0, "invalid": 1},
        "y": {"x": 0, "y": 1, "inconsistent": 1, "invalid": 0},
    }
    assert found.confusion_ratings["x"] == {"x": 3, "y": 0, "inconsistent": 0, "invalid": 2}
    counted = judge_against_annotators(people(codes), judge, tie=Y, seed=0, resamples=100)
    assert counted.judge_majority["agreement"].value == pytest.approx(2 / 4)


def test_a_confusion_table_of_many_labels_holds_what_occurs() -> None:
    names = tuple(map(str, range(300)))
    codes = np.array([[7, 7], [7, 9], [250, 250], [3, -1]])
    table = Ratings(tuple("abcd"), ("r", "s"), names, "interval", True, np.arange(300.0), codes)
    found = judge_against_annotators(table, np.array([7, 9, 300, 4]), seed=0, resamples=100)
    assert set(found.confusion) == set(names)
    assert {label: row for label, row in found.confusion.items() if row} == {
        "7": {"7": 1},
        "250": {"inconsistent": 1},
        "3": {"4": 1},
    }
    assert found.confusion_ratings["7"] == {"7": 2, "9": 1}


def test_people_are_compared_on_the_items_the_judge_decided() -> None:
    """Where the judge contradicts itself people disagree: with those items their kappa is 0, without them 1."""
    decided = [(X, X, X), (Y, Y, Y), (X, X, Y), (Y, Y, Y)]
    unsure = [(X, Y, INCONSISTENT), (Y, X, INCONSISTENT)] * 2
    rows = np.array([*decided, *unsure, (X, Y, INVALID), (Y, X, -1)])
    found = judge_against_annotators(people(rows[:, :2]), rows[:, 2], seed=0, resamples=100)
    assert (found.shared, found.shared_decided) == (8, 4)
    assert found.human_human["kappa"].value == 1
    assert found.judge_human_shared["kappa"].value == pytest.approx((0.75 - 0.5) / 0.5)
    assert found.difference["kappa"].value == pytest.approx(-0.5)
    # AC1 of two labels: pi of x is .5 for people, 3/8 for the judge with a person.
    chance = 2 * (3 / 8) * (5 / 8)
    assert found.human_human["ac1"].value == 1
    assert found.difference["ac1"].value == pytest.approx((0.75 - chance) / (1 - chance) - 1)
    # 1 - (n - 1) D_o / D_e over 8 values, 3 of them x: 1 - 7 * 2 / (2 * 3 * 5)
    assert found.difference["alpha"].value == pytest.approx(1 - 14 / 30 - 1)
    assert {name: found.human_human[name].n for name in ("agreement", "kappa", "alpha")} == {
        "agreement": 8,
        "kappa": 4,
        "alpha": 4,
    }
    assert found.human_human["agreement"].value == pytest.approx(4 / 8)
    assert found.judge_human_shared["agreement"].value == pytest.approx(3 / 8)


def test_an_item_of_one_person_is_no_part_of_the_comparison() -> None:
    codes = np.array([[X, X], [Y, Y], [X, -1], [-1, Y]])
    found = judge_against_annotators(people(codes), np.array([X, Y, Y, X]), seed=0, resamples=100)
    assert found.judge_human["agreement"].value == pytest.approx((2 / 3 + 2 / 3) / 2)
    assert found.judge_human_shared["agreement"].value == 1
    assert found.difference["agreement"].value == 0


def test_a_judge_like_a_person_differs_from_people_by_nothing_in_every_resample() -> None:
    """Two people who are one, and a judge who is the third: both sides are the same in each resample."""
    rng = np.random.default_rng(4)
    one, other = rng.integers(0, 2, 60), rng.integers(0, 2, 60)
    codes = np.stack([one, other], axis=1)
    found = judge_against_annotators(people(codes), other, seed=0, resamples=200)
    kappa = found.by_person["r0"]["kappa"].value
    assert found.human_human["kappa"].value == pytest.approx(kappa)
    swapped = judge_against_annotators(people(np.stack([one, other, other], axis=1)), one, seed=0, resamples=200)
    # judge-person is k, k and 1; person-person is k, k, 1 with the judge's double among them
    assert swapped.judge_human_shared["kappa"].value == pytest.approx((1 + 2 * kappa) / 3)  # type: ignore[operator]
    assert swapped.human_human["kappa"].value == pytest.approx((1 + 2 * kappa) / 3)  # type: ignore[operator]
    difference = swapped.difference["kappa"]
    bound = 2 * (1 - 0.025 ** (1 / 60))  # of 60 items none differs: the exact bound of differences from -2 to 2
    assert (difference.value, difference.low, difference.high) == pytest.approx((0, -bound, bound))
    assert difference.method == "exact"


def test_nothing_in_common_is_undefined() -> None:
    codes = np.array([[X, Y], [Y, Y]])
    found = judge_against_annotators(people(codes), np.array([-1, INVALID]), seed=0, resamples=100)
    assert found.judge_human["agreement"].value is None
    assert found.judge_human["agreement"].flags == {"no_judged_label"}
