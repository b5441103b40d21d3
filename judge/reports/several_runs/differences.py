"""Compare several runs: agreement of their judges, and differences of win rates (ablations)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np

from judge.comparison.summary import Summary
from judge.core.records import Record
from judge.reports.several_runs.checks import check, differing
from judge.reports.several_runs.reading import ItemKey, RunRead, read_runs
from judge.stats.agreement.ratings import IntArray
from judge.stats.estimate import Estimate
from judge.stats.intervals.multiple_testing import holm
from judge.stats.win_rates.across_runs import AGREEMENT_RESAMPLES, judges_agreement, win_rate_difference

LABELS = 3  # of a judge: loss, tie, win; inconsistent is not a label


class RunAbout(Record):
    """One run: its judge, prompt, contestants and coverage."""

    name: str
    judge: str
    is_llm: bool
    prompt: str
    prompt_version: str
    reference: str
    candidates: tuple[str, ...]
    comparisons: int
    judged: int
    failed_calls: int
    not_asked_calls: int


class RunRate(Record):
    """A candidate's win rate over the whole of one run."""

    run: str
    candidate: str
    criterion: str
    missing: int
    win_rate: Estimate


class Differing(Record):
    """A setting in which the runs differ, with its value in each run, in order."""

    what: str
    values: tuple[str, ...]


class JudgesAgreement(Record):
    """Agreement of two runs' verdicts on their common comparisons with the same texts.

    ``other_texts`` counts items in common whose texts differ, ``missing`` comparisons in common without a verdict in
    one of the runs; neither is part of the estimates. ``inconsistent`` counts those inconsistent in either.
    """

    first: str
    second: str
    criterion: str
    common: int
    other_texts: int
    missing: int
    inconsistent: int
    agreement: Estimate
    kappa: Estimate
    alpha: Estimate


class RunDifference(Record):
    """Win rate in the second run minus that in the first, over items and samples scored in both.

    ``first_candidate`` and ``second_candidate`` are one contestant, or the only one of each run. ``paired`` counts the
    items, ``same_texts`` those among them whose texts are the same. ``only_first`` and ``only_second`` count items that
    one run alone has, ``missing`` those in both without a score in one. ``p_holm`` is adjusted over all rows of a
    criterion.
    """

    first: str
    second: str
    first_candidate: str
    second_candidate: str
    criterion: str
    paired: int
    same_texts: int
    only_first: int
    only_second: int
    missing: int
    first_value: float | None
    second_value: float | None
    difference: Estimate
    p: float | None
    p_holm: float | None


class SeveralRuns(Record):
    """The comparison of several runs. Its tables are in :mod:`judge.reports.several_runs.tables`."""

    runs: tuple[RunAbout, ...]
    criteria: tuple[str, ...]
    differs: tuple[Differing, ...]
    rates: tuple[RunRate, ...]
    agreements: tuple[JudgesAgreement, ...]
    differences: tuple[RunDifference, ...]
    allowed: tuple[str, ...]
    agreement_resamples: int
    seed: int


def several(runs: Sequence[Path], *, allow: Iterable[str] = (), seed: int = 0) -> SeveralRuns:
    """Compare all pairs of two run directories or more.

    Args:
        runs: The run directories.
        allow: Checks to skip: see :data:`judge.reports.several_runs.checks.ALLOWANCES`.
        seed: Seed of all resampling.

    Raises:
        UsageError: The runs cannot be compared: see :func:`judge.reports.several_runs.checks.check`.
        InputError: A common comparison has other texts in another run.
        RunDirectoryError: A folder holds no run, or its verdicts are older than its journal.
    """
    allowed = frozenset(allow)
    read = read_runs(list(runs))
    criteria = check(read, allowed)
    pairs = list(combinations(read, 2))
    differences = [row for pair in pairs for row in _differences(*pair, criteria, seed=seed)]
    return SeveralRuns(
        runs=tuple(_about(run) for run in read),
        criteria=criteria,
        differs=tuple(Differing(what=what, values=values) for what, values in differing(read)),
        rates=tuple(row for run in read for row in _rates(run.name, run.summary, criteria)),
        agreements=tuple(row for pair in pairs for row in _agreements(*pair, criteria, seed=seed)),
        differences=tuple(_adjusted(differences)),
        allowed=tuple(sorted(allowed)),
        agreement_resamples=AGREEMENT_RESAMPLES,
        seed=seed,
    )


def _about(run: RunRead) -> RunAbout:
    how, counts = run.summary.how, run.summary.counts
    whole = [row for row in run.summary.win_rates if (row.dimension, row.criterion) == ("all", how.criteria[0])]
    return RunAbout(
        name=run.name,
        judge=how.judge,
        is_llm=how.is_llm,
        prompt=how.prompt,
        prompt_version=how.prompt_version,
        reference=run.reference,
        candidates=run.candidates,
        comparisons=counts.comparisons,
        judged=counts.comparisons - sum(row.missing for row in whole),
        failed_calls=sum(counts.failed.values()),
        not_asked_calls=counts.not_asked,
    )


def _rates(name: str, summary: Summary, criteria: Sequence[str]) -> Iterator[RunRate]:
    for row in summary.win_rates:
        if row.dimension == "all" and row.criterion in criteria:
            yield RunRate(
                run=name, candidate=row.candidate, criterion=row.criterion, missing=row.missing, win_rate=row.win_rate
            )


def _agreements(one: RunRead, other: RunRead, criteria: Sequence[str], *, seed: int) -> Iterator[JudgesAgreement]:
    shared = [key for key in one.texts if key in other.texts]
    same = [key for key in shared if one.texts[key] == other.texts[key]]
    clusters = _clusters(one, same)
    for criterion in criteria:
        codes = np.array(
            [(one.codes[criterion].get(key, -1), other.codes[criterion].get(key, -1)) for key in same], dtype=np.int64
        ).reshape(-1, 2)
        found = judges_agreement(codes, clusters, LABELS, seed=seed)
        there = (codes >= 0).all(axis=1)
        yield JudgesAgreement(
            first=one.name,
            second=other.name,
            criterion=criterion,
            common=len(same),
            other_texts=len(shared) - len(same),
            missing=int((~there).sum()),
            inconsistent=int((there & (codes == LABELS).any(axis=1)).sum()),
            **found,
        )


def _differences(one: RunRead, other: RunRead, criteria: Sequence[str], *, seed: int) -> Iterator[RunDifference]:
    for first, second in _counterparts(one, other):
        mine = {key[:2]: key for key in one.texts if key[2] == first}
        theirs = {key[:2]: key for key in other.texts if key[2] == second}
        keys = [(mine[place], theirs[place]) for place in mine if place in theirs]
        clusters = _clusters(one, [key for key, _ in keys])
        same = np.array([one.texts[a] == other.texts[b] for a, b in keys], dtype=bool)
        for criterion in criteria:
            scores = np.array(
                [(one.scores[criterion].get(a), other.scores[criterion].get(b)) for a, b in keys], dtype=np.float64
            ).reshape(-1, 2)
            first_value, second_value, found = win_rate_difference(scores, clusters, seed=seed)
            there = ~np.isnan(scores).any(axis=1)
            yield RunDifference(
                first=one.name, second=other.name, first_candidate=first, second_candidate=second,
                criterion=criterion, paired=int(there.sum()), same_texts=int((there & same).sum()),
                only_first=len(mine) - len(keys), only_second=len(theirs) - len(keys), missing=int((~there).sum()),
                first_value=first_value, second_value=second_value, difference=found.estimate, p=found.p, p_holm=None,
            )  # fmt: skip


def _counterparts(one: RunRead, other: RunRead) -> list[tuple[str, str]]:
    """Pairs of candidates to compare: those of equal name, else the only candidates of both runs."""
    alike = [(name, name) for name in one.candidates if name in other.candidates]
    alone = len(one.candidates) == len(other.candidates) == 1
    return alike or ([(one.candidates[0], other.candidates[0])] if alone else [])


def _clusters(run: RunRead, keys: Sequence[ItemKey]) -> IntArray:
    names = np.array([run.questions.get(key, "") for key in keys], dtype=str)
    return np.asarray(np.unique(names, return_inverse=True)[1], dtype=np.int64)


def _adjusted(rows: Sequence[RunDifference]) -> Iterator[RunDifference]:
    adjusted: dict[str, Iterator[float | None]] = {
        criterion: iter(holm([row.p for row in rows if row.criterion == criterion]))
        for criterion in {row.criterion for row in rows}
    }
    for row in rows:
        yield row.model_copy(update={"p_holm": next(adjusted[row.criterion])})
