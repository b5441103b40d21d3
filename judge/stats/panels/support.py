"""Which judge of a panel people support: agreement with people's labels and scores, paired with the panel's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from judge.stats.agreement.ratings import IntArray
from judge.stats.estimate import Estimate, FloatArray
from judge.stats.panels.agreement import weighted_means


@dataclass(frozen=True)
class Support:
    """How far people support one judge, or the panel.

    Attributes:
        agreement: Share of people's labels that are its verdict, each label counted once.
        less_panel: That share less the panel's, over labels of comparisons that both judged (paired).
        bias: Mean of its score less people's mean score of a comparison: its win rate less theirs there (paired).
        squared_error: Mean squared difference from people's mean scores, of the same comparisons.
    """

    agreement: Estimate
    less_panel: Estimate
    bias: Estimate
    squared_error: float | None


def people_support(
    verdicts: IntArray, scores: FloatArray, people: IntArray, people_scores: FloatArray, clusters: IntArray
) -> list[Support]:
    """Compare each judge and the panel with people; intervals by question.

    A label counts once, so that a comparison with three labels counts as three; ``n`` of ``agreement`` is the number of
    labels, that of ``bias`` the number of comparisons.

    Args:
        verdicts: The label that each judge, and in the last column the panel, gives (n, J + 1): a place among the
            labels; -1 where it has no verdict; any other code agrees with no label.
        scores: Their scores (n, J + 1), NaN where there is none.
        people: People's labels (n, R), -1 where there is none.
        people_scores: Their mean score of each comparison (n,), NaN without a label.
        clusters: Question of each comparison (n,).

    Raises:
        ValueError: The shapes do not fit.
    """
    if verdicts.shape != scores.shape or len(people) != len(scores) or people_scores.shape != (len(scores),):
        raise ValueError(f"verdicts {verdicts.shape}, scores {scores.shape} and people {people.shape} do not fit")
    labels = (people >= 0).sum(axis=1).astype(np.float64)
    agreeing = ((verdicts[:, :, None] == people[:, None, :]) & (people >= 0)[:, None, :]).sum(axis=2)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where((verdicts >= 0) & (labels > 0)[:, None], agreeing / labels[:, None], np.nan)
    apart = scores - people_scores[:, None]
    signed = (-1.0, 1.0)
    agreements = weighted_means(share, clusters, labels)
    differences = weighted_means(share - share[:, -1:], clusters, labels, bounds=signed)
    biases = weighted_means(apart, clusters, bounds=signed)
    there = ~np.isnan(apart)
    squares = np.where(there, apart, 0.0) ** 2
    return [
        Support(
            agreements[place],
            differences[place],
            biases[place],
            float(squares[:, place].sum() / there[:, place].sum()) if there[:, place].any() else None,
        )
        for place in range(scores.shape[1])
    ]
