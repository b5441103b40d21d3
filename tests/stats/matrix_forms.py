"""Coefficients by matrices of all pairs of labels, V x V, as their definitions write them: what sums must equal."""

from __future__ import annotations

import numpy as np

from judge.stats.ratings import Level


def squared_differences(values: np.ndarray, margins: np.ndarray, level: Level) -> np.ndarray:
    """Krippendorff's squared difference of each two labels, (V, V); ``margins`` (V,) matter at the ordinal level."""
    one, other = values[:, None], values[None, :]
    if level == "nominal":
        return (one != other).astype(float)
    if level == "interval":
        return (one - other) ** 2
    if level == "ratio":
        return np.divide(one - other, one + other, out=np.zeros((len(values),) * 2), where=one + other > 0) ** 2
    places = np.cumsum(margins) - margins / 2
    return (places[:, None] - places[None, :]) ** 2


def alpha(counts: np.ndarray, values: np.ndarray, level: Level) -> float:
    """1 - D_o / D_e from the coincidence matrix of counts (U, V); NaN where the pairable ratings give one label."""
    used = counts[counts.sum(axis=1) >= 2]
    ratings = used.sum(axis=1)
    scaled = used / (ratings - 1)[:, None]
    coincidences = used.T @ scaled - np.diag(scaled.sum(axis=0))
    margins = used.sum(axis=0)
    apart = squared_differences(values, margins, level)
    expected = float(margins @ apart @ margins)
    if (margins > 0).sum() < 2 or expected <= 0:
        return float("nan")
    return 1 - (float(margins.sum()) - 1) * float((coincidences * apart).sum()) / expected


def kappas(table: np.ndarray, values: np.ndarray) -> tuple[float, float, float]:
    """Cohen's kappa of a joint table (V, V), unweighted, with linear and with quadratic weights; NaN of one label."""
    shares = table / table.sum()
    chance = np.outer(shares.sum(axis=1), shares.sum(axis=0))
    apart = np.abs(values[:, None] - values[None, :])
    if chance[apart > 0].sum() == 0:
        return (float("nan"),) * 3
    weightings = (apart > 0).astype(float), apart, apart**2
    kappa, linear, quadratic = (float(1 - (each * shares).sum() / (each * chance).sum()) for each in weightings)
    return kappa, linear, quadratic
