"""Settings and results of `judge correct`."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from judge.core.records import Record
from judge.judging.verdicts import InconsistentRule
from judge.stats.estimate import Estimate
from judge.stats.panels.scores import PanelRule
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
        combine: How the scores of a panel's judges are combined; None: as in the run. ``weighted`` weights them by
            agreement with these labels, each question by the labels of others.
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
    combine: PanelRule | None = None
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


class JudgeCorrected(Record):
    """The whole run's win rate by one judge of a panel, or by the panel (``judge`` None), corrected with labels."""

    judge: str | None
    reference: str
    candidate: str
    criterion: str
    judged: int
    labelled: int
    judge_only: Estimate
    corrected: Estimate
    worth: float | None


class JudgeWeight(Record):
    """The weight of a judge of a panel by its agreement with people.

    Attributes:
        judge: The judge.
        criterion: The criterion.
        weight: Its mean weight over comparisons; the judges' weights sum to 1.
        least: Its least weight in a fold of questions.
        most: Its greatest.
        labelled: Labelled comparisons with its score.
        squared_error: Mean squared difference from people's mean scores on them.
    """

    judge: str
    criterion: str
    weight: float
    least: float
    most: float
    labelled: int
    squared_error: float | None


class CorrectHow(Record):
    """The settings that the numbers were computed with. ``combine`` is the rule of a panel, as far as it was given."""

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
    combine: PanelRule | None = Field(default=None, exclude_if=operator.not_)
    interval: str
    clustered_by: str
    generalize_to: GeneralizeTo
    resamples: int
    seed: int
    has_subgroups: bool = Field(default=True, exclude_if=bool)


class CorrectSummary(Record):
    """Everything that `judge correct` prints.

    Attributes:
        how: The settings.
        strata: What the sampling strata are.
        skipped: Labels that were skipped.
        attention_checks: Labels of attention checks.
        warnings: Cautions.
        rows: The corrected win rates.
        judges: Of a panel, the win rate by each judge, and by the panel.
        weights: Weights of a panel's judges by agreement with these labels.
    """

    how: CorrectHow
    strata: str
    skipped: int
    attention_checks: int
    warnings: tuple[str, ...]
    rows: tuple[CorrectedRow, ...]
    judges: tuple[JudgeCorrected, ...] = Field(default=(), exclude_if=operator.not_)
    weights: tuple[JudgeWeight, ...] = Field(default=(), exclude_if=operator.not_)
