"""The panel's score of a comparison, from its judges' scores."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from judge.stats.agreement.ratings import IntArray
from judge.stats.estimate import FloatArray

PanelRule = Literal["mean", "majority", "weighted"]
RULES: tuple[PanelRule, ...] = get_args(PanelRule)


def panel_scores(
    scores: FloatArray, *, quorum: int, rule: PanelRule = "mean", weights: FloatArray | None = None
) -> FloatArray:
    """Combine the judges' scores of each comparison under one criterion.

    - ``mean``: the mean of the scores that there are ("average pooling" of Verga et al. 2024, "Replacing Judges with
      Juries", arXiv 2404.18796).
    - ``majority``: each judge that has a score votes: for the candidate if it is above 1/2, for the reference if below,
      for neither at 1/2. The panel scores 1 if more than half of these judges vote for the candidate, 0 if more than
      half vote for the reference, else 1/2. So of two judges both must agree; of four, three; and a win with two ties
      is 1/2. (The label that most judges give would not do: from win, win, tie, loss a loss that becomes a tie would
      make the panel's win a tie.)
    - ``weighted``: the mean of the scores that there are with the judges' weights. A comparison whose judges all have
      weight 0 has no score.

    Args:
        scores: The candidate's scores (n, J): 0, .25, .5, .75 or 1, or means of these over repeats. NaN where a judge
            has not read the comparison in both orders, or may not vote on it.
        quorum: How many judges must have a score; with fewer the panel has none.
        rule: How scores are combined.
        weights: Weights of the judges (J,), or of each comparison and judge (n, J), at least 0; only for ``weighted``.

    Returns:
        The panel's scores (n,); NaN below the quorum.

    Raises:
        ValueError: The shapes do not fit; the quorum is not 1 to J; weights are lacking, negative, not numbers, or
            given with another rule.
    """
    if scores.ndim != 2:
        raise ValueError(f"scores must be comparisons x judges, not {scores.shape}")
    if not 1 <= quorum <= scores.shape[1]:
        raise ValueError(f"a quorum of {quorum} is not 1 to {scores.shape[1]}, the number of judges")
    if (weights is None) == (rule == "weighted"):
        raise ValueError("weights belong to the rule 'weighted', which needs them")
    there = ~np.isnan(scores)
    filled = np.where(there, scores, 0.0)
    number = there.sum(axis=1)
    if rule == "majority":
        lead = ((filled > 0.5) & there).sum(axis=1) > number / 2, ((filled < 0.5) & there).sum(axis=1) > number / 2
        found = np.select(lead, (1.0, 0.0), 0.5)
    else:
        own = there * (1.0 if weights is None else _checked(weights, scores.shape))
        whole = own.sum(axis=1)
        # Divided before it is multiplied: equal scores then have exactly their own mean.
        share = np.divide(own, whole[:, None], out=np.full(own.shape, np.nan), where=whole[:, None] > 0)
        found = np.clip((share * filled).sum(axis=1), *_range(scores, there))
    return np.asarray(np.where(number >= quorum, found, np.nan))


def votes(scores: FloatArray) -> IntArray:
    """Count the judges that have a score of each comparison (n,), from scores (n, J)."""
    return np.asarray((~np.isnan(scores)).sum(axis=1), dtype=np.int64)


def _checked(weights: FloatArray, shape: tuple[int, ...]) -> FloatArray:
    if weights.shape not in (shape, shape[1:]):
        raise ValueError(f"weights {weights.shape} fit neither the scores {shape} nor the judges {shape[1:]}")
    if not (np.isfinite(weights) & (weights >= 0)).all():
        raise ValueError("weights must be finite and at least 0")
    return weights


def _range(scores: FloatArray, there: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> tuple[FloatArray, FloatArray]:
    """Return the least and the greatest score of each comparison (n,), between which rounding must not leave it."""
    return np.where(there, scores, np.inf).min(axis=1), np.where(there, scores, -np.inf).max(axis=1)
