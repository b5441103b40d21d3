"""What `judge agreement` is asked for, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from judge.core.records import Record
from judge.stats.agreement.alternative_annotator import EPSILON, MIN_ITEMS, AlternativeAnnotator, Q, Score
from judge.stats.agreement.annotators import RESAMPLES, AnnotatorAgreement
from judge.stats.agreement.judge_and_annotators import JudgeAgainstAnnotators
from judge.stats.agreement.ratings import Level


@dataclass(frozen=True)
class AgreementSettings:
    """What to compare. ``judge`` is a run directory, ``judge_rater`` a rater in the file; at most one of them.

    Raters of ``exclude`` are passed over.
    """

    file: Path
    judge: Path | None = None
    judge_rater: str | None = None
    level: Level | None = None
    labels: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    columns: dict[str, str] | None = None
    epsilon: float = EPSILON
    score: Score = "accuracy"
    wilcoxon: bool = False
    min_items: int = MIN_ITEMS
    q: float = Q
    inconsistent_as: str | None = None
    invalid_as: str | None = None
    majority_ties: str | None = None
    exclude: tuple[str, ...] = ()
    cluster: str | None = None
    seed: int = 0
    resamples: int = RESAMPLES


class AgreementHow(Record):
    """The settings that the numbers were computed with. ``excluded`` counts the rows of raters who were left out."""

    version: str
    file: str
    file_sha256: str
    judge: str | None
    run: str | None
    level: Level
    labels: tuple[str, ...]
    ordered: bool
    inconsistent_as: str | None
    invalid_as: str | None
    majority_ties: str | None
    excluded: dict[str, int]
    interval: str
    clustered_by: str
    resamples: int
    seed: int


class CriterionAgreement(Record):
    """One criterion. ``self_agreement`` is (labels given again, those among them that were the same).

    ``inconsistent_as`` and ``majority_ties`` are the label that was taken here: None where the criterion has no such
    label, or none was asked for.
    """

    criterion: str
    inconsistent_as: str | None
    majority_ties: str | None
    people: AnnotatorAgreement
    judge: JudgeAgainstAnnotators | None
    alternative: AlternativeAnnotator | None
    self_agreement: tuple[int, int]


class AgreementSummary(Record):
    """Everything that `judge agreement` prints. ``missing`` counts the cells read as no label, by what stood there."""

    how: AgreementHow
    skipped: int
    attention_checks: int
    missing: dict[str, int]
    warnings: tuple[str, ...]
    criteria: tuple[CriterionAgreement, ...]
