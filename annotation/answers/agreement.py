"""The first look at agreement: per criterion, over all people. The full statistics are a part of their own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from judge.annotation.campaign.blinding import contestant_chosen
from judge.core.records import Annotation
from judge.stats.agreement.alpha import Agreement, nominal_agreement

_CODES = {"reference": 0.0, "candidate": 1.0, "tie": 2.0}


def agreement(annotations: Sequence[Annotation], criterion: str) -> Agreement:
    """Agreement of people on which contestant is better (reference, candidate or tie), by nominal alpha.

    Attention checks, skips and repeats are left out. The choices are un-blinded first: as shown, left and right would
    look equally likely on every item, and agreement by chance would be counted too low.
    """
    rows = [one for one in annotations if _counts(one) and one.repeat == 0 and criterion in one.choices]
    people = {who: index for index, who in enumerate(sorted({one.annotator for one in rows}))}
    units = {unit: index for index, unit in enumerate(sorted({one.comparison_id for one in rows}))}
    ratings = np.full((len(people), len(units)), np.nan)
    for one in rows:
        chosen = contestant_chosen(one.choices[criterion], one.order)
        ratings[people[one.annotator], units[one.comparison_id]] = _CODES[chosen]
    return nominal_agreement(ratings)


def with_oneself(annotations: Sequence[Annotation], criterion: str) -> tuple[int, int]:
    """(same, pairs): how often a person chose the same contestant again when a comparison came back."""
    first, second = (
        {
            (one.annotator, one.comparison_id): contestant_chosen(one.choices[criterion], one.order)
            for one in annotations
            if _counts(one) and one.repeat == repeat and criterion in one.choices
        }
        for repeat in (0, 1)
    )
    pairs = first.keys() & second.keys()
    return sum(first[pair] == second[pair] for pair in pairs), len(pairs)


def ratings_per_person(annotations: Sequence[Annotation]) -> dict[str, int]:
    """How many comparisons each person judged, repeats included; attention checks and skips are no ratings."""
    return dict(sorted(Counter(one.annotator for one in annotations if _counts(one)).items()))


def _counts(one: Annotation) -> bool:
    return not one.attention_check and not one.skipped
