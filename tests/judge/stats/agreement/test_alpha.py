"""Nominal agreement against published numbers, by hand, by property, and where it is undefined."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from judge.stats.agreement.alpha import nominal_agreement

NAN = float("nan")


def test_the_published_example_of_four_observers() -> None:
    # K. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), part C: twelve units, values missing.
    ratings = np.array(
        [
            [1, 2, 3, 3, 2, 1, 4, 1, 2, NAN, NAN, NAN],
            [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NAN, 3],
            [NAN, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NAN],
            [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NAN],
        ]
    )
    found = nominal_agreement(ratings)
    assert found.alpha == pytest.approx(0.743, abs=0.0005)
    assert (found.units, found.ratings, found.raters, found.undefined) == (11, 40, 4, None)


def test_two_raters_by_hand() -> None:
    # Units: aa, ab, bb, bb. Observed disagreement 1/4. Of 8 values 3 are a and 5 are b: expected 2*3*5/(8*7) = 15/28.
    found = nominal_agreement(np.array([[0.0, 0.0, 1.0, 1.0], [0.0, 1.0, 1.0, 1.0]]))
    assert found.alpha == pytest.approx(1 - (1 / 4) / (15 / 28))
    assert found.percent == pytest.approx(3 / 4)


@pytest.mark.parametrize("ratings", [np.full((3, 4), NAN), np.array([[1.0, NAN], [NAN, 1.0]]), np.empty((0, 0))])
def test_without_two_ratings_of_one_item_nothing_is_defined(ratings: np.ndarray) -> None:
    found = nominal_agreement(ratings)
    assert (found.alpha, found.percent, found.units, found.ratings) == (None, None, 0, 0)
    assert found.undefined == "no item has two ratings"


def test_one_category_leaves_alpha_undefined_but_not_percent() -> None:
    # The lone 2 in the last unit can be paired with nothing, so that it is no second category.
    found = nominal_agreement(np.array([[1.0, 1.0, 2.0], [1.0, 1.0, NAN]]))
    assert (found.alpha, found.percent, found.units) == (None, 1.0, 2)
    assert found.undefined is not None
    assert found.undefined.startswith("all ratings are the same")


def test_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="raters x units"):
        nominal_agreement(np.zeros(3))


@given(
    arrays(np.float64, st.tuples(st.integers(2, 5), st.integers(1, 8)), elements=st.sampled_from([0.0, 1.0, 2.0, NAN]))
)
def test_percent_is_the_mean_share_of_agreeing_pairs_and_order_does_not_matter(ratings: np.ndarray) -> None:
    found = nominal_agreement(ratings)
    shares = []
    for unit in ratings.T:
        pairs = list(combinations([value for value in unit if not np.isnan(value)], 2))
        if pairs:
            shares.append(sum(a == b for a, b in pairs) / len(pairs))
    assert found.percent == (pytest.approx(sum(shares) / len(shares)) if shares else None)
    assert (found.alpha is None) == (found.undefined is not None)
    turned = nominal_agreement(ratings[::-1, ::-1])
    assert turned.alpha == (None if found.alpha is None else pytest.approx(found.alpha))
    relabelled = nominal_agreement((ratings + 1) % 3)
    assert relabelled.alpha == (None if found.alpha is None else pytest.approx(found.alpha))
