"""Clustered intervals of shares that hold at all looks together, while comparisons spread over clusters come in.

An interval at one look excludes the true mean with probability alpha; looked at again and again while a run goes on, it
does so sooner or later with a far greater one. These intervals are those of :mod:`.share_interval` at a higher nominal
level. With theta the mean, SE its standard error and I = 1 / SE^2 the information, I (estimate - theta) behaves like
Brownian motion at time I, provided that estimates at later looks have independent increments: so it is where
comparisons are spread over clusters (:mod:`judge.core.item_sequence`; Jennison and Turnbull 1997, J. Am. Stat. Assoc.
92(440), 1330-1341). Mixed over a normal distribution of drifts (Robbins 1970, Ann. Math. Stat. 41(5), 1397-1409),

    P(for some I: |estimate - theta| / SE >= z(I)) <= alpha,  z(I)^2 = (1 + r / I) log((1 + I / r) / alpha^2)

for any r that does not depend on the data. The bound is asymptotic in the number of clusters; with few, the quantile of
Student's t at the level of z(I) takes the place of z(I), as usual for repeated t tests (Jennison and Turnbull 2000,
Group Sequential Methods, section 4.4). Coverage: ``python -m benchmarks.anytime``.
"""

from __future__ import annotations

import numpy as np

from judge.stats.estimate import LEVEL, Estimate, FloatArray
from judge.stats.intervals.share_interval import share_estimates
from judge.stats.intervals.t_interval import cr2

TUNED_AT = 0.05  # the standard error at which the intervals are narrowest, compared with those of one look
_LEAST_ERROR = 1e-12  # below, nothing varies
_GREATEST_VARIANCE = 0.25  # of a score in [0, 1]


def anytime_level(error: FloatArray, clusters: FloatArray, level: float = LEVEL) -> FloatArray:
    """Compute the nominal level at which an interval of one look holds at all looks together.

    r is that which makes z(I) least at I = 1 / ``TUNED_AT``^2 (Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas 2024,
    Ann. Stat. 52(6), 2613-2640, appendix B.2: r = I / (-2 log alpha + log(1 - 2 log alpha)), up to a small error).

    Args:
        error: Standard errors of means in [0, 1] (M,). Where nothing varies, the information is taken as that of scores
            with the greatest variance, which is the least.
        clusters: Number of clusters of each mean (M,).
        level: Coverage over all looks.

    Returns:
        Nominal levels (M,), above ``level``; NaN where the error is NaN.
    """
    from scipy.special import ndtr

    alpha = 1 - level
    varies = error > _LEAST_ERROR
    information = np.where(varies, 1 / np.where(varies, error, 1.0) ** 2, clusters / _GREATEST_VARIANCE)
    information = np.where(np.isnan(error), np.nan, information)
    logarithm = -2 * np.log(alpha)
    r = 1 / TUNED_AT**2 / (logarithm + np.log(1 + logarithm))
    z = np.sqrt((1 + r / information) * (np.log1p(information / r) + logarithm))
    return np.asarray(1 - 2 * ndtr(-z))


def anytime_estimates(
    sums: FloatArray, counts: FloatArray, squares: FloatArray, *, level: float = LEVEL
) -> list[Estimate]:
    """Estimate the mean score of each column, with an interval that holds at all looks together.

    Degenerate cases are those of :func:`.share_estimates`: below 5 clusters there is no interval.

    Args:
        sums: Sum of scores of each cluster in each column, (clusters K, columns M).
        counts: Number of scores of each cluster in each column, (K, M).
        squares: Sums of squared scores (M,).
        level: Coverage over all looks of each column by itself.

    Returns:
        One estimate per column.
    """
    _, error, _ = cr2(sums, counts, squares)
    levels = anytime_level(error, (counts > 0).sum(axis=0).astype(np.float64), level)
    return [
        share_estimates(
            sums[:, [column]],
            counts[:, [column]],
            squares=squares[[column]],
            level=level if np.isnan(nominal) else float(nominal),
        )[0]
        for column, nominal in enumerate(levels)
    ]
