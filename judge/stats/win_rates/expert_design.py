"""Which comparisons an expensive judge reads beside a cheap one that reads all: two-phase sampling.

Each comparison has a random number in [0, 1) of its own that never changes (a permanent random number: Ohlsson 1995,
in Business Survey Methods). Those below a chance a are the pilot; from the pilot follow the chances p_h >= a of the
strata h of the cheap judge's verdicts, and comparisons whose number lies between a and p_h are read, too. So a larger
chance extends the sample of a smaller one. The share that is best for the money: Cochran (1977), Sampling Techniques,
section 12.8 (double sampling with regression); the allocation to strata: Neyman (1934).
"""

from __future__ import annotations

import numpy as np

from judge.stats.agreement.ratings import IntArray
from judge.stats.estimate import LEVEL, MIN_CLUSTERS, Estimate, FloatArray, undefined
from judge.stats.intervals.cluster_bootstrap import cluster_flags
from judge.stats.intervals.t_interval import jackknife_interval

LEAST_SHARE = 0.05
_EVEN = 0.3  # the part of the allocation that ignores spreads, since a pilot knows them only roughly
_MOST = 0.999999  # a correlation of 1, whose z is infinite, is taken as this
_NO_ERROR = 1e-12
_PRIOR = 5  # comparisons that the spread of all strata together counts for in each


def explained(f: FloatArray, y: FloatArray, clusters: IntArray, *, level: float = LEVEL) -> Estimate:
    """Estimate R2, the share of the variance of the expert's scores that the cheap judge's explain.

    It is the squared correlation. Its interval is a jackknife t interval over questions on Fisher's z scale, squared;
    where it includes no correlation, it starts at 0.

    Args:
        f: Scores of the cheap judge (n,).
        y: Scores of the expert (n,), NaN where there is none.
        clusters: Question numbers (n,).
        level: Coverage of the interval.

    Returns:
        R2. Undefined where one of the judges gives all comparisons one score; without an interval below 5 questions,
        and where it does not vary between them, as if both judges give the same scores.
    """
    there = ~np.isnan(y) & ~np.isnan(f)
    of = np.unique(clusters[there], return_inverse=True)[1]
    n, k = int(there.sum()), int(of.max(initial=-1)) + 1
    columns = np.stack([np.ones(n), f[there], y[there], f[there] ** 2, y[there] ** 2, (f * y)[there]], axis=1)
    sums = np.stack([np.bincount(of, weights=column, minlength=k) for column in columns.T], axis=1)
    z = _fisher(sums.sum(axis=0))
    if np.isnan(z):
        return undefined("nothing_scored" if not n else "no_variation", n, k)
    value = float(np.tanh(z) ** 2) if abs(z) < np.arctanh(_MOST) else 1.0
    left_out = _fisher(sums.sum(axis=0) - sums)
    if k < MIN_CLUSTERS or np.isnan(left_out).any():
        return Estimate(value, None, None, n, k, flags=cluster_flags(k))
    if np.ptp(left_out) < _NO_ERROR:
        return undefined("no_variation", n, k, value)
    low, high = np.tanh(jackknife_interval(float(z), left_out, k - 1, level))
    ends = sorted((float(low) ** 2, float(high) ** 2))
    return Estimate(
        value,
        0.0 if low < 0 < high else ends[0],
        ends[1],
        n,
        k,
        method="jackknife_t",
        flags=cluster_flags(k),
        degrees_of_freedom=k - 1,
    )


def _fisher(sums: FloatArray) -> FloatArray:
    """Compute Fisher's z of the correlation from sums (..., 6) of 1, f, y, f^2, y^2, f y; NaN where one is constant."""
    n, f, y, ff, yy, fy = (sums[..., place] for place in range(6))
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = (ff - f**2 / n) * (yy - y**2 / n)
        r = np.where(spread > 1e-12, (fy - f * y / n) / np.sqrt(np.maximum(spread, 0)), np.nan)
        return np.asarray(np.arctanh(np.clip(r, -_MOST, _MOST)))


def best_share(r2: float | None, price_ratio: float, least: float = LEAST_SHARE) -> float:
    """Return the share of the cheap judge's comparisons that the expert reads for the least variance for the money.

    With c the price of a comparison by the cheap judge in units of the expert's, the variance (1 - R2) / n + R2 / N of
    n and N comparisons times the cost n + c N is least at n / N = sqrt(c (1 - R2) / R2), at most 1. Where R2 is
    unknown, or 0, the cheap judge saves nothing, and the expert reads all.

    Args:
        r2: R2.
        price_ratio: c.
        least: The least share.
    """
    if r2 is None or r2 <= 0:
        return 1.0
    return float(min(1.0, max(least, np.sqrt(price_ratio * (1 - r2) / r2))))


def spreads(y: FloatArray, strata: IntArray, number: int) -> FloatArray:
    """Estimate the standard deviation of the expert's scores within each stratum (H,), from the pilot.

    Each variance is a mean with that of all strata together, which counts as five comparisons, so that a stratum
    without an error of the cheap judge in the pilot is not taken to have none.

    Args:
        y: Scores of the expert in the pilot (n,), NaN where there is none.
        strata: Stratum numbers (n,).
        number: Number H of strata.
    """
    there = ~np.isnan(y)
    of, scores = strata[there], y[there]
    counts = np.bincount(of, minlength=number).astype(np.float64)
    means = np.bincount(of, weights=scores, minlength=number) / np.maximum(counts, 1)
    squares = np.bincount(of, weights=(scores - means[of]) ** 2, minlength=number)
    together = squares.sum() / max(1.0, counts.sum() - (counts > 0).sum())
    return np.asarray(np.sqrt((squares + _PRIOR * together) / (np.maximum(counts - 1, 0) + _PRIOR)))


def chances(pilot: float, share: float, sizes: IntArray, spread: FloatArray) -> FloatArray:
    """Allocate a share of the comparisons to strata, beyond the pilot in proportion to their spreads (Neyman).

    Args:
        pilot: The chance a of the pilot.
        share: The share of all comparisons, on average; no less than ``pilot`` is read.
        sizes: Comparisons of each stratum (H,).
        spread: Standard deviations of the expert's scores within strata (H,).

    Returns:
        The chances p_h (H,), from a to 1.
    """
    room, total = 1 - pilot, sizes.sum()
    wanted = max(0.0, min(share, 1.0) - pilot) * total
    mean = float(sizes @ spread) / total if total else 0.0
    relative = _EVEN + (1 - _EVEN) * spread / mean if mean > 0 else np.ones(len(sizes))
    further = np.zeros(len(sizes))
    free = np.ones(len(sizes), dtype=bool)
    for _ in sizes:  # a stratum that is read whole leaves the rest to the others
        left = wanted - float(sizes[~free].sum()) * room
        weight = float((sizes * relative)[free].sum())
        further = np.asarray(np.where(free, relative * (left / weight if weight > 0 else 0.0), room))
        over = free & (further > room)
        if not over.any():
            break
        free &= ~over
    return np.asarray(pilot + np.clip(further, 0.0, room))


def sample_weights(numbers: FloatArray, chance: FloatArray, pilot: float, share: float) -> FloatArray:
    """Compute the weight of each sampled comparison (n,); 0 where it is not in the sample.

    The mean of the pilot and that of the rest of the sample are joined with the fixed weights a / share and 1 - a /
    share. Given the pilot, the rest is drawn with known chances, so that this is unbiased though the chances follow
    from the pilot; weights of 1 / p_h are not: a stratum whose pilot had no errors by luck would have fewer others.

    Args:
        numbers: Permanent random numbers (n,).
        chance: Chance p_h of each comparison's stratum (n,).
        pilot: The chance a of the pilot.
        share: The share of all comparisons, on average.
    """
    part = min(1.0, pilot / share) if share > 0 else 1.0
    further = chance - pilot
    rest = np.divide(1 - part, further, out=np.zeros_like(further), where=further > 1e-12)
    return np.asarray(np.where(numbers < pilot, part / pilot, np.where(numbers < chance, rest, 0.0)))
