"""How much subgroups differ, question by question: from the rows of a values file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from judge.core.records import GroundTruth, Question
from judge.stats.subgroups.diversity import mean_pairwise_wasserstein, modal_diversity


@dataclass(frozen=True)
class QuestionDiversity:
    """One question over the subgroups of one stratum. None is undefined: fewer than two subgroups, or no order.

    ``subgroups`` counts those with a row for the question, which are |S|; ``of`` those of the stratum that are in the
    file at all. They differ where rows were left out: a mode that is not stable (`--min-stability`), no valid answer.
    """

    stratum: str
    question: Question
    subgroups: int
    of: int
    mds: float | None
    wasserstein: float | None


@dataclass(frozen=True)
class CategoryDiversity:
    """Means over the questions of a category, and over strata where ``stratum`` is None.

    ``mds_n`` and ``wasserstein_n`` count the question-stratum pairs that the means are over; None where there is none.
    """

    category: str
    stratum: str | None
    mds: float | None
    mds_n: int
    wasserstein: float | None
    wasserstein_n: int


def question_diversity(rows: Iterable[GroundTruth]) -> list[QuestionDiversity]:
    """Diversity of each question in each stratum, in the order of the rows.

    MDS counts the question's substantive codes as |C|, used or not. The Wasserstein distance is over codes scaled to
    0-1, for ordinal questions and those with two options; it is undefined for other nominal ones. |S| counts the
    subgroups whose row is there: what was left out has no mode to count.
    """
    groups: dict[tuple[str, str], list[GroundTruth]] = defaultdict(list)
    known: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        groups[row.subgroup.stratum, row.question.id].append(row)
        known[row.subgroup.stratum].add(row.subgroup.id)
    return [_one(stratum, found, len(known[stratum])) for (stratum, _), found in groups.items()]


def _one(stratum: str, rows: list[GroundTruth], of: int) -> QuestionDiversity:
    question = rows[0].question
    scale = question.scale
    wasserstein = None
    if scale.ordinal or len(scale.codes) == 2:
        codes = sorted(scale.codes)
        shares = np.array([[row.distribution.get(str(code), 0.0) for code in codes] for row in rows])
        wasserstein = mean_pairwise_wasserstein(shares, codes)
    return QuestionDiversity(
        stratum=stratum,
        question=question,
        subgroups=len(rows),
        of=of,
        mds=modal_diversity([row.modal_code for row in rows], len(scale.codes)),
        wasserstein=wasserstein,
    )


def category_diversity(questions: Iterable[QuestionDiversity], *, by_stratum: bool = False) -> list[CategoryDiversity]:
    """Means per category, the most diverse first; every question-stratum pair counts once."""
    groups: dict[tuple[str, str | None], list[QuestionDiversity]] = defaultdict(list)
    for found in questions:
        groups[found.question.category, found.stratum if by_stratum else None].append(found)
    means = []
    for (category, stratum), members in groups.items():
        mds = [found.mds for found in members if found.mds is not None]
        distances = [found.wasserstein for found in members if found.wasserstein is not None]
        means.append(
            CategoryDiversity(
                category=category,
                stratum=stratum,
                mds=fmean(mds) if mds else None,
                mds_n=len(mds),
                wasserstein=fmean(distances) if distances else None,
                wasserstein_n=len(distances),
            )
        )
    return sorted(means, key=lambda row: (row.stratum or "", row.mds is None, -(row.mds or 0.0), row.category))


def most_divisive(questions: Iterable[QuestionDiversity], top: int) -> list[QuestionDiversity]:
    """The question-stratum pairs with the highest MDS; of equals, the higher Wasserstein distance comes first."""
    defined = [found for found in questions if found.mds is not None]
    return sorted(defined, key=lambda row: (-(row.mds or 0.0), -(row.wasserstein or 0.0), row.question.id))[:top]
