"""Settings and results of `judge agreement`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from judge.core.records import Record
from judge.stats.agreement.alternative_annotator import EPSILON, MIN_ITEMS, AlternativeAnnotator, Q, Score
from judge.stats.agreement.annotators import RESAMPLES, AnnotatorAgreement
from judge.stats.agreement.judge_and_annotators import JudgeAgainstAnnotators
from judge.stats.agreement.ratings import Level
from judge.stats.estimate import Estimate


@dataclass(frozen=True)
class AgreementSettings:
    """Settings of `judge agreement`.

    Attributes:
        file: The label file.
        judge: A run directory whose judge is compared; not together with ``judge_rater``.
        judge_rater: The rater in the file that is the judge.
        level: Level of measurement; None: nominal.
        labels: The declared labels, without an order.
        order: The declared labels, in order.
        columns: Other names of columns in the file.
        epsilon: Cost-benefit penalty of the alternative annotator test.
        score: Alignment score of the alternative annotator test.
        wilcoxon: Whether that test uses the signed-rank test for annotators with few items.
        min_items: Number of items that an annotator needs in that test.
        q: Level of the false discovery rate in that test.
        inconsistent_as: Label that replaces ``inconsistent``; None keeps it as disagreement with every label.
        invalid_as: Label that replaces an invalid judgment; None keeps it invalid.
        order_ties: Label that yields to another one which the judge gives in the other order; None: inconsistent.
        as_wrong: Judgments that count as wrong in every measure: ``inconsistent``, ``invalid`` or both.
        majority_ties: Label of a tied majority; None: the item has no majority label.
        exclude: Raters whose rows are ignored.
        cluster: ``item`` or ``question``; None: by question if the questions are known.
        seed: Seed of the bootstrap.
        resamples: Number of bootstrap resamples.
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
    order_ties: str | None = None
    as_wrong: tuple[str, ...] = ()
    majority_ties: str | None = None
    exclude: tuple[str, ...] = ()
    cluster: str | None = None
    seed: int = 0
    resamples: int = RESAMPLES


class AgreementHow(Record):
    """The settings that the numbers were computed with. ``excluded`` counts the rows of excluded raters."""

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
    order_ties: str | None
    as_wrong: tuple[str, ...]
    majority_ties: str | None
    excluded: dict[str, int]
    interval: str
    clustered_by: str
    resamples: int
    seed: int


class PanelMember(Record):
    """How far people support one judge of a panel, or the panel.

    Attributes:
        judge: Its name; None for the panel.
        agreement: Share of people's labels that are its verdict, each label counted once.
        less_panel: That share less the panel's, over labels of comparisons that both judged; None for the panel.
        bias: Mean of its score less people's mean score, over labelled comparisons that it judged.
        squared_error: Mean squared difference of these.
    """

    judge: str | None
    agreement: Estimate
    less_panel: Estimate | None
    bias: Estimate
    squared_error: float | None


class PanelAgreement(Record):
    """A panel and its judges against people.

    Attributes:
        members: The judges, and at the end the panel.
        correlation: Mean correlation of two judges' errors: their scores less people's.
        effective: How many judges with independent errors the panel is worth.
    """

    members: tuple[PanelMember, ...]
    correlation: Estimate
    effective: Estimate


class CriterionAgreement(Record):
    """Agreement under one criterion.

    Attributes:
        criterion: The criterion.
        inconsistent_as: Label that replaced ``inconsistent``; None if the criterion has no such label or none was
            given.
        majority_ties: Label of tied majorities; None likewise.
        people: Agreement among annotators.
        judge: Agreement of the judge with annotators; None without a judge.
        alternative: The alternative annotator test; None without a judge.
        self_agreement: Number of labels that an annotator gave a second time, and of those that equal the first.
        replaced: Judgments that an option replaced by a label, by what they were.
        panel: Where the judge is a panel, each of its judges against people.
    """

    criterion: str
    inconsistent_as: str | None
    majority_ties: str | None
    people: AnnotatorAgreement
    judge: JudgeAgainstAnnotators | None
    alternative: AlternativeAnnotator | None
    self_agreement: tuple[int, int]
    replaced: dict[str, int] = Field(default_factory=dict)
    panel: PanelAgreement | None = None


class AgreementSummary(Record):
    """Everything that `judge agreement` prints. ``missing`` counts the cells read as no label, by their text."""

    how: AgreementHow
    skipped: int
    attention_checks: int
    missing: dict[str, int]
    warnings: tuple[str, ...]
    criteria: tuple[CriterionAgreement, ...]
