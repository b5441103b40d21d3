"""Agreement of two raters: accuracy, Cohen's kappa with weights, AC1 and alpha, for many resamples together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from judge.stats.bootstrap import FloatArray
from judge.stats.coefficients import mid_ranks, squared_differences
from judge.stats.ratings import IntArray, Level

MEASURES = ("agreement", "kappa", "kappa_linear", "kappa_quadratic", "ac1", "alpha")


@dataclass(frozen=True)
class Scale:
    """What is known of the labels: their number, level, values in order, and whether that order means anything."""

    labels: int
    level: Level
    values: FloatArray
    ordered: bool


def kappa(table: FloatArray, disagreement: FloatArray) -> float:
    """Cohen's weighted kappa of a table of joint ratings (V, V), given what each disagreement counts (V, V).

    1 - sum w o / sum w e, with e the product of the margins. NaN where no disagreement is expected.
    Source: Cohen (1968), Psychological Bulletin 70(4), 213-220; with 0 and 1 as weights, Cohen (1960).
    """
    shares = table / table.sum()
    expected = float((disagreement * np.outer(shares.sum(axis=1), shares.sum(axis=0))).sum())
    return 1 - float((disagreement * shares).sum()) / expected if expected > 0 else float("nan")


def weightings(values: FloatArray) -> dict[str, FloatArray]:
    """What a disagreement counts: 1, the distance of the labels' values, or its square (V, V); the greatest is 1."""
    apart = np.abs(values[:, None] - values[None, :])
    apart /= max(apart.max(initial=0.0), np.finfo(np.float64).tiny)  # of its greatest: no unit is too small to count
    return {"kappa": (apart > 0).astype(np.float64), "kappa_linear": apart, "kappa_quadratic": apart**2}


def pair_measures(
    weights: FloatArray, rows: IntArray, first: int, second: int, scale: Scale,
    *, use: NDArray[np.bool_] | None = None, decided: NDArray[np.bool_] | None = None,
) -> FloatArray:  # fmt: skip
    """Each of :data:`MEASURES` between two columns of ``rows`` (P, R): (b, 6) from ``weights`` (b, P).

    Over items that both columns have a code for, and only those of ``use`` (P,) where it is given. A code beyond the
    labels (inconsistent) agrees with nothing in ``agreement``, and is left out of the others, as are patterns that are
    not ``decided`` (P,): so two people can be compared on the very items on which a judge can. Weighted kappas need
    labels in order, else NaN; all but agreement are NaN where no disagreement is to be expected.
    """
    there = (rows[:, first] >= 0) & (rows[:, second] >= 0)
    if use is not None:
        there &= use
    found = np.full((len(weights), len(MEASURES)), np.nan)
    if not there.any():
        return found
    width = int(rows.max()) + 1
    keys = (rows[there, first] * width + rows[there, second]) * 2 + (1 if decided is None else decided[there])
    cells, inverse = np.unique(keys, return_inverse=True)
    in_order = np.argsort(inverse, kind="stable")
    starts = np.searchsorted(inverse[in_order], np.arange(len(cells)))
    folded = np.add.reduceat(weights[:, np.flatnonzero(there)[in_order]], starts, axis=1)
    one, other = cells // 2 // width, cells // 2 % width
    known = (one < scale.labels) & (other < scale.labels)
    found[:, 0] = _over(folded @ ((one == other) & known).astype(np.float64), folded.sum(axis=1))
    labelled = known & (cells % 2 == 1)
    if labelled.any():
        found[:, 1:] = _corrected(folded[:, labelled], one[labelled], other[labelled], scale)
    return found


def _corrected(folded: FloatArray, one: IntArray, other: IntArray, scale: Scale) -> FloatArray:
    """The coefficients that allow for chance, from how often each cell (one, other) of the joint table occurs."""
    labels = scale.labels
    total = folded.sum(axis=1)
    margins = [_over(folded @ (codes[:, None] == np.arange(labels)).astype(np.float64), total[:, None])
               for codes in (one, other)]  # fmt: skip
    found = np.full((len(folded), len(MEASURES) - 1), np.nan)
    for place, (name, disagreement) in enumerate(weightings(scale.values).items()):
        if name != "kappa" and not scale.ordered:
            continue
        observed = _over(folded @ disagreement[one, other], total)
        expected = ((margins[0] @ disagreement) * margins[1]).sum(axis=1)
        found[:, place] = 1 - _over(observed, np.where(expected > 1e-12, expected, 0.0))
    if labels > 1:
        shares = (margins[0] + margins[1]) / 2
        expected = (shares * (1 - shares)).sum(axis=1) / (labels - 1)
        agreeing = _over(folded @ (one == other).astype(np.float64), total)
        # One label only: nothing could be expected by chance, and agreement says nothing.
        found[:, 3] = _over(agreeing - expected, np.where(expected > 1e-12, 1 - expected, 0.0))
    sums = (margins[0] + margins[1]) * total[:, None]
    if scale.level == "ordinal":
        places = mid_ranks(sums)
        observed = (folded * (places[:, one] - places[:, other]) ** 2).sum(axis=1) * 2
        expected = 2 * sums.sum(axis=1) * (sums * places**2).sum(axis=1)
    else:
        apart = squared_differences(scale.values, scale.level)
        apart /= max(apart.max(initial=0.0), np.finfo(np.float64).tiny)
        observed = 2 * folded @ apart[one, other]
        expected = ((sums @ apart) * sums).sum(axis=1)
    found[:, 4] = 1 - (2 * total - 1) * _over(observed, np.where(expected > 1e-9, expected, 0.0))
    return found


def _over(above: FloatArray, below: FloatArray) -> FloatArray:
    shape = np.broadcast_shapes(above.shape, below.shape)
    return np.asarray(np.divide(above, below, out=np.full(shape, np.nan), where=np.broadcast_to(below > 0, shape)))
