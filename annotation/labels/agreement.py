"""Preliminary agreement of annotators, per criterion. `judge agreement` computes the full statistics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from judge.annotation.campaign.blinding import contestant_chosen
from judge.core.records import Annotation
from judge.stats.agreement.alpha import Agreement, nominal_agreement

_CODES = {"reference": 0.0, "candidate": 1.0, "tie": 2.0}


def agreement(annotations: Sequence[Annotation], criterion: str) -> Agreement:
    """Compute agreement on the better contestant (reference, candidate or tie) by nominal Krippendorff's alpha.

    Attention checks, skips and repeats are excluded. Choices are un-blinded first: the sides are random, so left and
    right are equally frequent, and alpha on sides would underestimate chance agreement.
    """
    rows = [one for one in annotations if _is_rating(one) and one.repeat == 0 and criterion in one.choices]
    annotators = {who: index for index, who in enumerate(sorted({one.annotator for one in rows}))}
    units = {unit: index for index, unit in enumerate(sorted({one.comparison_id for one in rows}))}
    ratings = np.full((len(annotators), len(units)), np.nan)
    for one in rows:
        chosen = contestant_chosen(one.choices[criterion], one.order)
        ratings[annotators[one.annotator], units[one.comparison_id]] = _CODES[chosen]
    return nominal_agreement(ratings)


def self_agreement(annotations: Sequence[Annotation], criterion: str) -> tuple[int, int]:
    """Count repeated comparisons on which an annotator chose the same contestant again.

    Returns:
        The number of agreeing pairs, and of all pairs.
    """
    first, second = (
        {
            (one.annotator, one.comparison_id): contestant_chosen(one.choices[criterion], one.order)
            for one in annotations
            if _is_rating(one) and one.repeat == repeat and criterion in one.choices
        }
        for repeat in (0, 1)
    )
    pairs = first.keys() & second.keys()
    return sum(first[pair] == second[pair] for pair in pairs), len(pairs)


def ratings_per_annotator(annotations: Sequence[Annotation]) -> dict[str, int]:
    """Count each annotator's ratings: repeats are included, attention checks and skips are not."""
    return dict(sorted(Counter(one.annotator for one in annotations if _is_rating(one)).items()))


def _is_rating(one: Annotation) -> bool:
    return not one.attention_check and not one.skipped
