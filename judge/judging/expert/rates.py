"""The expert's win rates, estimated from the part that it read and all that the cheap judge read."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from judge.core.files.journal import Damage
from judge.core.files.manifest import ExpertDesign, JudgingManifest
from judge.core.records import Record, Verdict
from judge.judging.call_plan import Plan
from judge.judging.checked_judgments import read_judgments
from judge.judging.expert.calls import read_expert
from judge.judging.expert.sample import Frame, frame_of, weights_of
from judge.judging.journal_state import JournalState, journal_state
from judge.judging.reply_parser.reread import Reread
from judge.judging.verdicts import InconsistentRule, resolve
from judge.stats.agreement.ratings import IntArray
from judge.stats.estimate import Estimate, FloatArray
from judge.stats.win_rates.prediction_powered import Corrected, Sample, corrected_rate
from judge.stats.win_rates.two_way import GeneralizeTo
from judge.stats.win_rates.verdict_table import VerdictTable, membership, verdict_tables


class ExpertRow(Record):
    """Win rate of a candidate by the expert, in one slice under one criterion.

    Attributes:
        judged: Comparisons with a score of the cheap judge.
        sampled: Those of them that the expert was to read.
        read: Those of them with a score of the expert; its failed calls are missing, and no vote.
        win_rate: The expert's win rate, from both judges.
        expert_only: From the expert's verdicts alone.
        cheap_only: The cheap judge's own win rate.
        tuning: The weight of the cheap judge, lambda.
        worth: The comparisons that the expert alone would have to read for the variance of ``win_rate``.
    """

    reference: str
    candidate: str
    dimension: str
    value: str
    criterion: str
    judged: int
    sampled: int
    read: int
    win_rate: Estimate
    expert_only: Estimate
    cheap_only: Estimate
    tuning: float | None
    worth: float | None


class ExpertRates(Record):
    """What an expert judge of a part of the comparisons adds to a run.

    ``design`` is None until its pilot was read. ``calls`` counts its calls for the sample so far; of these ``failed``
    (by kind) and ``not_asked`` (not made) have no judgment.
    """

    judge: str
    models_returned: dict[str, int]
    design: ExpertDesign | None
    sampled: int
    calls: int
    failed: dict[str, int]
    not_asked: int
    rows: tuple[ExpertRow, ...]

    @property
    def missing(self) -> int:
        """Its calls without a judgment."""
        return sum(self.failed.values()) + self.not_asked


@dataclass(frozen=True)
class ExpertReading:
    """What the journal of an expert gives, beside the verdicts of the cheap judge.

    Attributes:
        rates: The expert's win rates.
        state: Its journal.
        scores: The best prediction of the expert's score of each comparison and criterion: its own where it read the
            comparison, else the mean of its scores of the pair's comparisons with the same kind of verdict of the cheap
            judge, or that judge's score where there are none. A comparison without a score of the cheap judge has none.
    """

    rates: ExpertRates
    state: JournalState
    scores: Mapping[tuple[str, str], float]


def expert_rates(
    folder: Path,
    manifest: JudgingManifest,
    plan: Plan,
    verdicts: Sequence[Verdict],
    rule: InconsistentRule,
    again: Reread | None = None,
    *,
    to: GeneralizeTo = "questions",
) -> ExpertReading | None:
    """Read the expert's journal of a run, and compute its win rates; None where the run has no expert.

    Args:
        folder: The run directory.
        manifest: Its manifest.
        plan: Its plan.
        verdicts: All verdicts of the cheap judge, in planned sequence.
        rule: How inconsistent orders are scored, by either judge.
        again: Parses the raw replies again.
        to: What the intervals generalise to: other questions, or other subgroups, too.

    Raises:
        RunDirectoryError: The folder of the expert's judgments is gone.
    """
    found = read_expert(folder, manifest)
    if found is None or manifest.expert is None:
        return None
    own, about = found
    damage: list[Damage] = []
    state = journal_state(read_judgments(own, manifest.criteria, damage.append, reparsed=again is not None), again)
    frame = frame_of(verdicts, manifest.criteria[-1], manifest.configuration.seed)
    chosen = plan.only(frame.chosen(about.pilot, about.design))
    read = list(resolve(chosen, state, manifest.criteria, rule))
    whole = [row for row in read if chosen.apart or row.criterion == manifest.criteria[0]]
    failed: Counter[str] = Counter()
    for row in whole:
        failed.update(row.failures)
    not_asked = failed.pop("not_asked", 0)
    weights = dict(zip(frame.ids, weights_of(frame, about.pilot, about.design), strict=True))
    rates = ExpertRates(
        judge=manifest.expert.judge,
        models_returned=dict(sorted(state.models.items())),
        design=about.design,
        sampled=len(chosen),
        calls=chosen.calls,
        failed=dict(sorted(failed.items())),
        not_asked=not_asked,
        rows=tuple(_rows(verdicts, read, frame, weights, manifest.criteria, to)),
    )
    return ExpertReading(rates, state, _predicted(verdicts, read, frame, weights))


def _predicted(
    verdicts: Sequence[Verdict], read: Sequence[Verdict], frame: Frame, weights: Mapping[str, float]
) -> dict[tuple[str, str], float]:
    """Predict the expert's score of each comparison that has one of the cheap judge."""
    strata = dict(zip(frame.ids, map(int, frame.strata), strict=True))

    def cell(row: Verdict) -> tuple[str, str, str, int]:
        return row.reference, row.candidate, row.criterion, strata.get(row.comparison_id, -1)

    own = {(row.comparison_id, row.criterion): row.score for row in read if row.score is not None}
    sums: dict[tuple[str, str, str, int], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for row in read:
        weight = weights.get(row.comparison_id, 0.0)
        if row.score is not None and weight > 0:
            total = sums[cell(row)]
            total[0] += weight * row.score
            total[1] += weight
    found = {}
    for row in verdicts:
        if row.score is not None:
            total = sums.get(cell(row), [0.0, 0.0])
            usual = total[0] / total[1] if total[1] > 0 else row.score
            found[row.comparison_id, row.criterion] = own.get((row.comparison_id, row.criterion), usual)
    return found


def _rows(
    verdicts: Sequence[Verdict],
    read: Sequence[Verdict],
    frame: Frame,
    weights: dict[str, float],
    criteria: tuple[str, ...],
    to: GeneralizeTo,
) -> Iterator[ExpertRow]:
    scores = {(row.comparison_id, row.criterion): row.score for row in read}
    strata = dict(zip(frame.ids, frame.strata, strict=True))
    ids: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in verdicts:
        if row.criterion == criteria[0]:
            ids[row.reference, row.candidate].append(row.comparison_id)
    for table in verdict_tables(verdicts, criteria):
        names = ids[table.reference, table.candidate]
        weight = np.array([weights.get(name, 0.0) for name in names])
        stratum = np.array([strata.get(name, 0) for name in names], dtype=np.int64)
        groups = None if to == "questions" else membership(table, "subgroup")
        for place, criterion in enumerate(criteria):
            y = np.array([scores.get((name, criterion)) for name in names], dtype=np.float64)
            for (dimension, value), rows in table.slices.items():
                sample = _sample(table, place, rows, y, weight, stratum, groups)
                found = corrected_rate(sample)
                # Strata are the cheap judge's verdicts: without them is what the expert's verdicts alone say.
                alone = corrected_rate(replace(sample, strata=None), tuning=0.0)
                yield ExpertRow(
                    reference=table.reference,
                    candidate=table.candidate,
                    dimension=dimension,
                    value=value,
                    criterion=criterion,
                    judged=found.pool,
                    sampled=int((sample.weights > 0).sum()),
                    read=found.labelled,
                    win_rate=found.corrected,
                    expert_only=alone.human_only,
                    cheap_only=found.judge_only,
                    tuning=found.tuning,
                    worth=worth_of(found, alone, sample),
                )


def worth_of(found: Corrected, alone: Corrected, sample: Sample) -> float | None:
    """Compute how many comparisons drawn with equal chances the expert alone would read for the same variance.

    They are n_e V_1 / V, with V the variance of the estimate from both, V_1 that of the weighted mean of the expert's
    scores, and n_e = (sum w)^2 / sum w^2 the number of equal weights that give V_1 (Kish 1965, Survey Sampling, section
    11.7).

    Args:
        found: The estimate from both judges.
        alone: The estimate from the expert's scores without the cheap judge's strata.
        sample: The comparisons.

    Returns:
        The number; None where an interval is undefined, or nothing varies.
    """
    if found.errors is None or alone.errors is None or "no_variation" in found.corrected.flags:
        return None
    weights = sample.weights[~np.isnan(sample.y)]
    equal = float(weights.sum() ** 2 / (weights**2).sum())
    return equal * (alone.errors[1] / found.errors[0]) ** 2


def _sample(
    table: VerdictTable,
    place: int,
    rows: IntArray,
    y: FloatArray,
    weight: FloatArray,
    stratum: IntArray,
    groups: IntArray | None,
) -> Sample:
    """The comparisons of a slice with a score of the cheap judge."""
    kept = rows[~np.isnan(table.scores[rows, place])]
    clusters = np.unique(table.clusters[kept], return_inverse=True)[1].astype(np.int64)
    labels = np.where(weight[kept] > 0, y[kept], np.nan)
    return Sample(
        table.scores[kept, place],
        labels,
        weight[kept],
        clusters,
        strata=stratum[kept],
        subgroups=None if groups is None else groups[kept],
    )
