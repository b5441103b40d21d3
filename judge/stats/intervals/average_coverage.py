"""Critical values of biased normal estimates that cover on average, whatever the distribution of their biases.

Source: Armstrong, Kolesar and Plagborg-Moller (2022), "Robust Empirical Bayes Confidence Intervals", Econometrica
90(6), 2567-2602: the critical value if the second moment of the biases is known, and no other.
"""

from __future__ import annotations

import functools

import numpy as np

from judge.stats.estimate import LEVEL, FloatArray

_NARROWEST, _WIDEST, _STEPS = 1.0, 25.0, 120  # half-widths, in standard errors, that are tried
_BEYOND = 6.0  # a bias this much larger than the half-width is never covered
_BIASES = 200


def critical_values(second: FloatArray, *, level: float = LEVEL) -> FloatArray:
    """Compute half-widths of intervals that cover with probability ``level`` on average, in standard errors.

    An estimate is normal with standard error 1 about its target plus a bias b. Over all estimates the mean of b^2 is
    ``second``, and nothing else is known of b: the half-width chi is the one with which the worst such distribution
    misses with probability 1 - ``level``. With r(t) the probability that a normal number with mean sqrt(t) is outside
    +-chi, the worst probability is the least concave function above r, at ``second``: the straight line from r(0) that
    touches r, up to where it does, and r itself beyond. Interpolated between :data:`_STEPS` half-widths, with an error
    below .1 %.

    Args:
        second: Mean squared biases (M,), 0 or more.
        level: Average coverage.

    Returns:
        Half-widths (M,): the normal quantile where ``second`` is 0; at most the bound of Chebyshev, sqrt((1 + second) /
        (1 - level)).
    """
    from scipy.special import ndtr, ndtri

    chis, at_none, slopes, touching = _lines()
    error, bias = 1 - level, np.sqrt(second)[:, None]
    itself = ndtr(-chis - bias) + ndtr(bias - chis)
    worst = np.where(second[:, None] < touching, at_none + second[:, None] * slopes, itself)
    found = np.array([np.interp(-np.log(error), -np.log(each), chis, right=np.inf) for each in worst])
    return np.asarray(np.clip(found, -ndtri(error / 2), np.sqrt((1 + second) / error)))


@functools.cache
def _lines() -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Half-widths (H,) with, for each: r(0), the slope of the line from there that touches r, and the t where it does.

    Below sqrt(3) the function is concave, and the line touches at the first t that is tried.
    """
    from scipy.special import ndtr

    chis: FloatArray = np.asarray(np.geomspace(_NARROWEST, _WIDEST, _STEPS), dtype=np.float64)
    biases = np.linspace(0, 1, _BIASES)[1:] * (chis[:, None] + _BEYOND)
    at_none = 2 * ndtr(-chis)
    outside = ndtr(-chis[:, None] - biases) + ndtr(biases - chis[:, None])
    slopes = (outside - at_none[:, None]) / biases**2
    place, rows = np.argmax(slopes, axis=1), np.arange(len(chis))
    return chis, np.asarray(at_none), slopes[rows, place], biases[rows, place] ** 2
