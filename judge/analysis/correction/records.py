"""Settings and results of `judge correct`."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from judge.core.records import Record
from judge.judging.verdicts import InconsistentRule
from judge.stats.estimate import Estimate
from judge.stats.win_rates.two_way import GeneralizeTo

RESAMPLES = 2_000


DIMENSIONS = ("stratum", "category")


@dataclass(frozen=True)
class CorrectSettings:
    """Settings of `judge correct`.

    Attributes:
        run: The run.
        annotations: The label file.
        by: Dimensions whose slices are corrected.
        unweighted: Whether to treat the labelled comparisons as a simple random sample.
        by_score: Whether to correct by people's mean score at each score of the judge, where labels are a simple
            random sample.
        generalize_to: What intervals generalise to; None: as the run's tables.
        inconsistent: How orders that differ are scored, in a table of judgments; None: their mean. A run has its own.
        seed: Seed of the bootstrap.
        resamples: Number of bootstrap resamples of the plug-in.
    """

    run: Path
    annotations: Path
    by: tuple[str, ...] = DIMENSIONS
    unweighted: bool = False
    by_score: bool = False
    generalize_to: GeneralizeTo | None = None
    inconsistent: InconsistentRule | None = None
    seed: int = 0
    resamples: int = RESAMPLES


class CorrectedRow(Record):
    """One slice under one criterion; see :class:`judge.stats.win_rates.prediction_powered.Corrected`.

    ``labelled_missing`` counts labelled comparisons without a verdict, which are excluded.
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
    unlabelled_strata: tuple[str, ...] = ()


class CorrectHow(Record):
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
    by_score: bool = Field(default=False, exclude_if=operator.not_)
    interval: str
    clustered_by: str
    generalize_to: GeneralizeTo
    resamples: int
    seed: int
    has_subgroups: bool = Field(default=True, exclude_if=bool)


class CorrectSummary(Record):
    """Everything that `judge correct` prints. ``strata`` names what the sampling strata are."""

    how: CorrectHow
    strata: str
    skipped: int
    attention_checks: int
    warnings: tuple[str, ...]
    rows: tuple[CorrectedRow, ...]
