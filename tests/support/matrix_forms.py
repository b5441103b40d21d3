"""Coefficients by matrices of all pairs of labels, V x V, as their definitions write them: what sums must equal."""

from __future__ import annotations

import numpy as np

from judge.stats.agreement.ratings import Level


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


def kappa(table: np.ndarray, disagreement: np.ndarray) -> float:
    """Cohen's weighted kappa of a table of joint ratings (V, V), given what each disagreement counts (V, V).

    1 - sum w o / sum w e, with e the product of the margins. NaN where no disagreement is expected.
    Source: Cohen (1968), Psychological Bulletin 70(4), 213-220; with 0 and 1 as weights, Cohen (1960).
    """
    shares = table / table.sum()
    expected = float((disagreement * np.outer(shares.sum(axis=1), shares.sum(axis=0))).sum())
    return 1 - float((disagreement * shares).sum()) / expected if expected > 0 else float("nan")


def weightings(values: np.ndarray) -> dict[str, np.ndarray]:
    """What a disagreement counts: 1, the distance of the labels' values, or its square (V, V); the greatest is 1."""
    apart = np.abs(values[:, None] - values[None, :])
    apart /= max(apart.max(initial=0.0), np.finfo(np.float64).tiny)  # of its greatest: no unit is too small to count
    return {"kappa": (apart > 0).astype(np.float64), "kappa_linear": apart, "kappa_quadratic": apart**2}


def kappas(table: np.ndarray, values: np.ndarray) -> tuple[float, ...]:
    """Cohen's kappa of a joint table (V, V), unweighted, with linear and with quadratic weights; NaN of one label."""
    return tuple(kappa(table, each) for each in weightings(values).values())
