"""`judge correct`: win rates of a whole run, corrected with human labels of part of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict

from judge import __version__
from judge.core.errors import InputError, UsageError
from judge.core.jsonl import file_sha256, named
from judge.core.records import Verdict
from judge.labels import LabelFile, read_labels
from judge.run_verdicts import read_verdicts, run_settings, verdicts_sha256
from judge.stats.bootstrap import Estimate, FloatArray
from judge.stats.ppi import Sample, corrected_rate
from judge.stats.ratings import IntArray
from judge.stats.sensitivity import sensitivity_plug_in
from judge.stats.verdict_table import OUTCOMES, VerdictTable, verdict_tables

RESAMPLES = 2_000
DIMENSIONS = ("stratum", "category")
_SCORES = {"candidate": 1.0, "tie": 0.5, "reference": 0.0}
INTERVAL = "95 % percentile bootstrap of questions; below 40 questions with labels a jackknife t interval"


@dataclass(frozen=True)
class CorrectSettings:
    """What to correct. ``unweighted`` takes the labelled comparisons as a simple random sample."""

    run: Path
    annotations: Path
    by: tuple[str, ...] = DIMENSIONS
    unweighted: bool = False
    seed: int = 0
    resamples: int = RESAMPLES


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CorrectedRow(_Row):
    """One slice under one criterion; see :class:`judge.stats.ppi.Corrected`.

    ``labelled_missing`` counts labelled comparisons without a verdict, which are left out.
    """

    reference: str
    candidate: str
    dimension: str
    value: str
    criterion: str
    planned: int
    judged: int
    missing: int
    labelled: int
    labelled_missing: int
    corrected: Estimate
    human_only: Estimate
    judge_only: Estimate
    tuning: float | None
    worth: float | None
    plug_in: Estimate
    sensitivity: float | None
    specificity: float | None


class CorrectHow(_Row):
    """The settings that the numbers were computed with."""

    version: str
    run: str
    judge: str
    verdicts_sha256: str
    annotations: str
    annotations_sha256: str
    inconsistent: str
    weighted: bool
    by: tuple[str, ...]
    interval: str
    clustered_by: str
    resamples: int
    seed: int


class CorrectSummary(_Row):
    """Everything that `judge correct` prints."""

    how: CorrectHow
    skipped: int
    attention_checks: int
    warnings: tuple[str, ...]
    rows: tuple[CorrectedRow, ...]


def run(settings: CorrectSettings) -> CorrectSummary:
    """Read the run and the labels, and correct.

    Errors: those of reading; labels of other comparisons; no inclusion probabilities; a stratum without labels.
    """
    about = run_settings(settings.run)
    verdicts = list(read_verdicts(settings.run))
    file = read_labels(settings.annotations)
    if not file.annotations:
        raise UsageError(f"{settings.annotations} holds no annotations", hint="docs/formats.md shows their rows")
    known = {row.comparison_id for row in verdicts}
    if strange := sorted({row.item for row in file.rows} - known):
        raise UsageError(
            f"{len(strange)} annotated comparisons are not in the run: {named(strange)}",
            hint="give the run that was annotated",
        )
    _check_weights(file, settings)
    _check_strata(file, verdicts, about["criteria"])
    rows = tuple(_rows(verdicts, file, about["criteria"], settings))
    warnings = [] if about["is_llm"] else ["The judge is the offline heuristic, which is not an LLM."]
    if settings.unweighted:
        warnings.append("--unweighted: the labelled comparisons are taken as a simple random sample of the run.")
    return CorrectSummary(
        how=CorrectHow(
            version=__version__, run=about["run"], judge=about["judge"], verdicts_sha256=verdicts_sha256(settings.run),
            annotations=settings.annotations.name, annotations_sha256=file_sha256(settings.annotations),
            inconsistent=about["inconsistent"], weighted=not settings.unweighted, by=settings.by, interval=INTERVAL,
            clustered_by="question", resamples=settings.resamples, seed=settings.seed,
        ),
        skipped=file.skipped, attention_checks=file.attention_checks, warnings=tuple(warnings), rows=rows,
    )  # fmt: skip


def _check_weights(file: LabelFile, settings: CorrectSettings) -> None:
    lacking = sorted({row.item for row in file.rows if file.drawn[row.item][1] is None})
    if lacking and not settings.unweighted:
        raise InputError(
            f"{len(lacking)} labelled comparisons have no inclusion_probability: {named(lacking)}",
            path=file.path,
            hint="the campaign that drew them knows it; if they are a simple random sample, say --unweighted",
        )


def _check_strata(file: LabelFile, verdicts: Sequence[Verdict], criteria: Sequence[str]) -> None:
    """Refuse a stratum nobody labelled. A stratum's first part (before `` / ``) is what the draw was allocated by.

    Where these parts are the judge's outcomes, each outcome of the run under the last criterion must be among them.
    """

    def first(name: str | None) -> str:
        return (name or "").split(" / ")[0]

    labelled = {first(file.drawn[row.item][0]) for row in file.rows}
    absent = {first(name) for name in file.skipped_strata} - labelled
    if labelled and labelled <= set(OUTCOMES):
        there = Counter(row.outcome for row in verdicts if row.criterion == criteria[-1])
        absent |= {name for name in there if name != "missing"} - labelled
    if absent := absent - {""}:
        raise InputError(
            f"no label in the sampling stratum {named(sorted(absent))}: what the judge gets wrong there is unknown",
            path=file.path, hint="label some of its comparisons",
        )  # fmt: skip


def _rows(
    verdicts: list[Verdict], file: LabelFile, criteria: tuple[str, ...], settings: CorrectSettings
) -> Iterator[CorrectedRow]:
    ids: dict[tuple[str, str], list[str]] = defaultdict(list)
    for verdict in verdicts:
        if verdict.criterion == criteria[0]:
            ids[verdict.reference, verdict.candidate].append(verdict.comparison_id)
    people: dict[tuple[str, str], list[float]] = defaultdict(list)
    for row in file.rows:
        if row.repeat == 0 and row.label is not None:
            people[row.item, row.criterion].append(_SCORES[row.label])
    if unknown := {row.criterion for row in file.rows} - set(criteria):
        raise UsageError(f"the run has no criterion {named(sorted(unknown))}", hint=f"it has: {named(criteria)}")
    for table in verdict_tables(verdicts, criteria):
        names = ids[table.reference, table.candidate]
        weights = np.array([_weight(file, name, settings.unweighted) for name in names])
        for place, criterion in enumerate(criteria):
            y = np.array([_mean(people.get((name, criterion))) for name in names])
            if np.isnan(y).all():
                continue
            for (dimension, value), rows in table.slices.items():
                if dimension == "all" or dimension in settings.by:
                    yield _row(table, dimension, value, criterion, place, rows, y, weights, settings)


def _row(
    table: VerdictTable, dimension: str, value: str, criterion: str, place: int,
    rows: IntArray, y: FloatArray, weights: FloatArray, settings: CorrectSettings,
) -> CorrectedRow:  # fmt: skip
    f = table.scores[rows, place]
    there = ~np.isnan(f)
    kept = rows[there]
    clusters = np.unique(table.clusters[kept], return_inverse=True)[1].astype(np.int64)
    sample = Sample(f[there], y[kept], weights[kept], clusters)
    found = corrected_rate(sample, seed=settings.seed, resamples=settings.resamples)
    plug_in, sensitivity, specificity = sensitivity_plug_in(sample, seed=settings.seed, resamples=settings.resamples)
    return CorrectedRow(
        reference=table.reference, candidate=table.candidate, dimension=dimension, value=value, criterion=criterion,
        planned=len(rows), judged=len(kept), missing=len(rows) - len(kept), labelled=found.labelled,
        labelled_missing=int((~np.isnan(y[rows]) & ~there).sum()), corrected=found.corrected,
        human_only=found.human_only, judge_only=found.judge_only, tuning=found.tuning, worth=found.worth,
        plug_in=plug_in, sensitivity=sensitivity, specificity=specificity,
    )  # fmt: skip


def _weight(file: LabelFile, item: str, unweighted: bool) -> float:
    probability = file.drawn.get(item, (None, None))[1]
    return 1.0 if unweighted or probability is None else 1 / probability


def _mean(scores: list[float] | None) -> float:
    return float("nan") if not scores else sum(scores) / len(scores)
