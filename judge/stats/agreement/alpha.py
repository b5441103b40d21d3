"""Krippendorff's alpha for nominal data, and plain percent agreement.

The one module that imports the package ``krippendorff``, whose licence is GPL-3.0-or-later.
Source: K. Krippendorff, Content Analysis, 4th ed., Sage 2019, chapter 12.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from judge.stats.agreement.ratings import Level


@dataclass(frozen=True)
class Agreement:
    """Agreement of raters on one nominal variable, with the numbers of units, ratings and raters.

    Attributes:
        alpha: Krippendorff's alpha; None where undefined.
        percent: Mean over units of the share of agreeing pairs of ratings, in [0, 1]; None where undefined.
        undefined: Why ``alpha`` or ``percent`` is undefined.
        units: Units with two ratings or more.
        ratings: Ratings of these units.
        raters: Raters who gave them.
    """

    alpha: float | None
    percent: float | None
    undefined: str | None
    units: int
    ratings: int
    raters: int


def nominal_agreement(ratings: NDArray[np.float64]) -> Agreement:
    """Compute Krippendorff's alpha (nominal) and the percent agreement of raters.

    Units with one rating carry no information about agreement and are excluded. Undefined: no unit has two ratings
    (both numbers), or all pairable ratings are in one category (alpha: no disagreement is expected).

    Args:
        ratings: Category codes, raters x units; NaN where a rater did not rate a unit.

    Raises:
        ValueError: The array does not have two dimensions.
    """
    import krippendorff

    if ratings.ndim != 2:
        raise ValueError(f"ratings must be a raters x units array, not one of {ratings.ndim} dimensions")
    given = ~np.isnan(ratings)
    pairable = ratings[:, given.sum(axis=0) >= 2]
    given = ~np.isnan(pairable)
    units, raters = pairable.shape[1], int(given.any(axis=1).sum())
    if not units:
        return Agreement(None, None, "no item has two ratings", 0, 0, raters)
    categories = np.unique(pairable[given])
    counts = np.stack([(pairable == category).sum(axis=0) for category in categories], axis=1)
    per_unit = counts.sum(axis=1)
    percent = float(((counts * (counts - 1)).sum(axis=1) / (per_unit * (per_unit - 1))).mean())
    total = int(per_unit.sum())
    if len(categories) == 1:
        reason = "all ratings are the same, so no disagreement could be expected"
        return Agreement(None, percent, reason, units, total, raters)
    alpha = float(krippendorff.alpha(value_counts=counts, level_of_measurement="nominal"))
    return Agreement(alpha, percent, None, units, total, raters)


def coefficient(counts: NDArray[np.float64], values: NDArray[np.float64], level: Level) -> float:
    """Compute Krippendorff's alpha with the package ``krippendorff``.

    Args:
        counts: Number of ratings of each value per unit, units x values.
        values: The values as numbers (V,), ascending.
        level: Level of measurement.

    Raises:
        ValueError: Alpha is undefined.
    """
    import krippendorff

    found: float = krippendorff.alpha(value_counts=counts, value_domain=values, level_of_measurement=level)
    return float(found)
