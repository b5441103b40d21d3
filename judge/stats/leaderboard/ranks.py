"""Simultaneous confidence sets of ranks, from the differences of all pairs of estimates."""

from __future__ import annotations

import numpy as np

from judge.stats.estimate import LEVEL, FloatArray

DRAWS = 20_000
NO_ERROR = 1e-9  # of log strengths: a standard error below this is rounding, and nothing varies
_AT_ONCE = 4_000_000  # differences in memory at once


def rank_sets(
    values: FloatArray,
    covariance: FloatArray | None,
    freedom: float,
    contestants: int | None = None,
    *,
    seed: int = 0,
    level: float = LEVEL,
    draws: int = DRAWS,
) -> list[tuple[int, int]] | None:
    """Compute confidence sets of the ranks of C estimates that hold for all of them together.

    The set of j is [1 + number significantly better, C - number significantly worse], where the differences of all
    pairs have simultaneous intervals (Mogstad, Romano, Shaikh and Wilhelm 2024, "Inference for ranks with applications
    to mobility across neighbourhoods and academic achievement across countries", Review of Economic Studies 91(1),
    476-518). With probability ``level`` at least, all true ranks lie in their sets. The intervals are estimate +- c
    standard errors with one c for all pairs: the quantile of the largest |t| of all differences under a multivariate t
    distribution with the estimates' covariance (Hothorn, Bretz and Westfall 2008, Biometrical Journal 50(3), 346-363),
    by simulation. A difference that does not vary between clusters has no standard error, and tells no two apart.

    Args:
        values: Estimates (C,); larger is better.
        covariance: Their covariance (C, C); None where there is none.
        freedom: Degrees of freedom of the covariance.
        contestants: The number of all contestants, where some have no estimate; these may be anywhere.
        seed: Seed of the draws.
        level: Coverage of all sets together.
        draws: Number of draws.

    Returns:
        The best and the worst rank of each; None without a covariance. A single estimate has every rank.
    """
    number = len(values)
    everyone = number if contestants is None else contestants
    if covariance is None:
        return None
    if number < 2:
        return [(1, everyone)] * number
    one, other = np.triu_indices(number, 1)
    spread = np.diag(covariance)
    errors = np.sqrt(np.maximum(spread[one] + spread[other] - 2 * covariance[one, other], 0.0))
    critical = _critical(covariance, errors, freedom, seed, level, draws)
    apart = (errors > NO_ERROR) & (np.abs(values[one] - values[other]) > critical * errors)
    first = apart & (values[one] > values[other])
    second = apart & (values[other] > values[one])
    better = np.bincount(other[first], minlength=number) + np.bincount(one[second], minlength=number)
    worse = np.bincount(one[first], minlength=number) + np.bincount(other[second], minlength=number)
    return [(1 + int(b), everyone - int(w)) for b, w in zip(better, worse, strict=True)]


def _critical(covariance: FloatArray, errors: FloatArray, freedom: float, seed: int, level: float, draws: int) -> float:
    """The quantile of the largest absolute t of all pairwise differences."""
    number = len(covariance)
    one, other = np.triu_indices(number, 1)
    kept = errors > NO_ERROR
    if not kept.any():
        return 0.0
    rng = np.random.default_rng([seed % 2**64, number])
    roots, axes = np.linalg.eigh(covariance)
    turned = axes * np.sqrt(np.maximum(roots, 0.0))
    block = max(1, _AT_ONCE // len(errors))
    largest = []
    for start in range(0, draws, block):
        size = min(block, draws - start)
        z = rng.standard_normal((size, number)) @ turned.T
        scale = np.sqrt(rng.chisquare(freedom, size) / freedom)
        t = np.abs(z[:, one[kept]] - z[:, other[kept]]) / errors[kept]
        largest.append(t.max(axis=1) / scale)
    return float(np.quantile(np.concatenate(largest), level))
