"""Differences between subgroups by question: Modal Diversity Score and Wasserstein-1, from the rows of a file."""

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
    """One question over the subgroups of one stratum.

    ``mds`` is None for fewer than two subgroups; ``wasserstein`` also for nominal questions of more than two options.
    ``subgroups`` (|S|) counts subgroups with a row for the question, ``of`` all subgroups of the stratum in the file.
    They differ where rows were left out: an unstable mode (`--min-stability`), no valid answer.
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

    ``mds_n`` and ``wasserstein_n`` count the question-stratum pairs of the means; a mean over none is None.
    """

    category: str
    stratum: str | None
    mds: float | None
    mds_n: int
    wasserstein: float | None
    wasserstein_n: int


def question_diversity(rows: Iterable[GroundTruth]) -> list[QuestionDiversity]:
    """Diversity of each question in each stratum, in the order of the rows.

    MDS (Tan et al. 2026): |C| is the number of the question's substantive codes, used or not; |S| the number of
    subgroups with a row. The mean pairwise Wasserstein-1 distance is over codes scaled to 0-1, for ordinal questions
    and those with two options; it is undefined for other nominal ones.
    """
    groups: dict[tuple[str, str], list[GroundTruth]] = defaultdict(list)
    known: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        groups[row.subgroup.stratum, row.question.id].append(row)
        known[row.subgroup.stratum].add(row.subgroup.id)
    return [_one(stratum, found, len(known[stratum])) for (stratum, _), found in groups.items()]


def _one(stratum: str, rows: list[GroundTruth], of: int) -> QuestionDiversity:
    """Diversity of one question in one stratum with ``of`` subgroups."""
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
    """Means over question-stratum pairs per category (and stratum, if ``by_stratum``), the most diverse first."""
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
    """The ``top`` question-stratum pairs by MDS, then by Wasserstein-1 distance."""
    defined = [found for found in questions if found.mds is not None]
    return sorted(defined, key=lambda row: (-(row.mds or 0.0), -(row.wasserstein or 0.0), row.question.id))[:top]
