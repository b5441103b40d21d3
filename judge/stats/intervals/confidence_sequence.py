"""Confidence sequence for the mean of a fixed pool sampled without replacement, valid at every look.

Source: Waudby-Smith and Ramdas (2024), "Estimating means of bounded random variables by betting", J. R. Statist. Soc. B
86(1), 1-27, arXiv 2010.09686, section 5 (sampling without replacement) with the predictable plug-in bets of section 4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from judge.stats.estimate import LEVEL, FloatArray

GRID = 1_000
_TRUNCATION = 0.5


@dataclass(frozen=True)
class Sequence:
    """Bounds of a mean after each draw.

    Attributes:
        low: Lower bound after each draw (t,).
        high: Upper bound after each draw (t,).
        pool: Number of values in the pool.
        level: Coverage over all looks.
    """

    low: FloatArray
    high: FloatArray
    pool: int
    level: float

    def first_within(self, half_width: float) -> int | None:
        """Return the number of draws until the interval is at most twice ``half_width`` wide; None if it is not yet."""
        narrow = np.flatnonzero(self.high - self.low <= 2 * half_width + 1e-12)
        return int(narrow[0]) + 1 if len(narrow) else None


def confidence_sequence(values: FloatArray, pool: int, *, level: float = LEVEL, grid: int = GRID) -> Sequence:
    """Compute bounds for the mean of a pool of values in [0, 1], valid after every draw.

    The order of ``values`` must be a uniformly random permutation of the pool that does not depend on the values. NaN
    is a failure: it counts as 0 in the lower and as 1 in the upper bound, which makes the bounds valid whatever its
    value.

    For each candidate mean m two gamblers bet that the next value is above, or below, its conditional mean under m,
    mu_i = (N m - sum of the earlier values) / (N - i + 1). Their stakes depend on earlier values only, so their capital
    is a supermartingale if m is true. m is excluded from below once the capital of the first gambler reaches 2 / alpha,
    and from above once that of the second does (alpha / 2 each). The stakes are the paper's times N / (N - i + 1).
    Bounds are running, on a grid of 1 / ``grid``, rounded outwards, and limited to the means that the observed values
    allow.

    Args:
        values: Values drawn so far (t,), in drawn order.
        pool: Number of values in the pool.
        level: Coverage over all looks.
        grid: Number of steps of the grid.

    Raises:
        ValueError: A value is outside [0, 1], or there are more values than the pool has.
    """
    seen = values[~np.isnan(values)]
    if len(values) > pool or ((seen < 0) | (seen > 1)).any():
        raise ValueError("values must be in [0, 1], and at most as many as the pool has")
    low = _lower(np.where(np.isnan(values), 0.0, values), pool, (1 - level) / 2, grid)
    high = 1 - _lower(1 - np.where(np.isnan(values), 1.0, values), pool, (1 - level) / 2, grid)
    return Sequence(low, high, pool, level)


def _lower(values: FloatArray, pool: int, alpha: float, grid: int) -> FloatArray:
    """Compute lower bounds after each draw: the smallest m that the first gambler has not excluded."""
    means = np.arange(grid + 1) / grid
    capital = np.zeros(grid + 1)  # log
    threshold = np.log(1 / alpha)
    ruled_out = np.zeros(grid + 1, dtype=bool)
    bounds = np.empty(len(values))
    total, squares, centre = 0.0, 0.25, 0.5
    for step, value in enumerate(values, start=1):
        left = pool - step + 1
        conditional = (pool * means - total) / left
        variance = squares / step
        stake = np.sqrt(2 * np.log(1 / alpha) / (variance * step * np.log(1 + step)))
        stake *= pool / left  # the rest of the pool must offset past deviations: drift and stake grow
        inside = (conditional > 0) & (conditional < 1)
        bet = np.minimum(stake, _TRUNCATION / np.where(inside, conditional, 1.0))
        capital += np.where(inside, np.log1p(bet * (value - np.where(inside, conditional, 0.5))), 0.0)
        total += value
        # A mean is impossible if the values so far exceed it even when all remaining values are 0.
        ruled_out |= (capital >= threshold) | (pool * means < total - 1e-9)
        squares += (value - centre) ** 2  # about the mean of the earlier values, as in the paper
        centre = (0.5 + total) / (step + 1)
        kept = np.flatnonzero(~ruled_out)
        first = int(kept[0]) if len(kept) else grid
        bounds[step - 1] = max(total / pool, (first - 1) / grid if first else 0.0)
    return np.maximum.accumulate(bounds) if len(bounds) else bounds
