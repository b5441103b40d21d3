"""The settings of a comparison."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from judge.core.calls.limits import Limits
from judge.core.extra_body import ExtraBody
from judge.core.files.manifest import OptionValue
from judge.core.item_sequence import SequenceRule
from judge.core.models.open_client import ModelSpec
from judge.core.refusal_calls.choice import RefusalChoice
from judge.judging.call_plan import CriteriaPlan, OrderPlan
from judge.judging.panel import Panel
from judge.judging.verdicts import InconsistentRule
from judge.stats.estimate import RESAMPLES
from judge.stats.win_rates.two_way import GeneralizeTo

ExpertShare: TypeAlias = float | Literal["auto"]


@dataclass(frozen=True)
class CompareSettings(Limits):
    """Settings of `judge compare` and `judge estimate`.

    Attributes:
        files: Files of responses, as ``FILE`` or ``NAME=FILE``.
        judge: The model that judges.
        prompt: The name of a judging prompt, or the path of one; None takes one that fits what the responses have.
        values: A values file: the ground truth, where the responses do not carry it.
        reference: The contestant that the others are compared with; None is the first.
        all_pairs: Whether the contestants are compared with one another instead.
        pairs_per_item: How many pairs of contestants are compared on each item, in a balanced design; implies
            ``all_pairs``. None compares all.
        out: The run directory; None is a name under results/ that follows from the configuration.
        allow: Names of checks that are switched off.
        criteria: Whether one call decides all criteria, or each criterion has a call of its own.
        orders: Whether each pair is shown in both orders, in one that the seed draws, or as a pilot shows to be
            cheaper.
        repeats: Calls per pair and order.
        limit: The most items that are judged, alike for all candidates.
        sequence: Whether items are spread over questions, or drawn uniformly; None is as the run began, and spread in
            a new run.
        seed: Of the plan and of the intervals.
        planned: The number of responses that each contestant should have, where it is known (in a study).
        reuse: Other runs, whose results for the same calls are copied.
        columns: The column of each field of the responses that is named, where files have other names.
        refusals: Who says which responses are refusals: the rule or a model; None leaves it to their files.
        generalize_to: What intervals generalise to; None is as the run's tables were last made.
        expert: A second, better judge that reads a part of the comparisons; None where there is none.
        expert_share: The part that it reads, or ``auto``: what R2 and the prices of a pilot suggest.
        extra_body: Fields that are added to the body of each request to the judge; the expert and the model that says
            which responses are refusals have their own.
        options: The options that the command line or a file of options gave, for the manifest.
        panel: Several judges, in place of ``judge``, which is then :data:`~judge.judging.panel.PANEL`.
        questions: A file with the question of each item id, for responses that have none.
    """

    files: tuple[str, ...]
    judge: ModelSpec
    prompt: str | None = None
    values: Path | None = None
    reference: str | None = None
    all_pairs: bool = False
    pairs_per_item: int | None = None
    out: Path | None = None
    allow: frozenset[str] = frozenset()
    criteria: CriteriaPlan = "together"
    orders: OrderPlan = "both"
    repeats: int = 1
    limit: int | None = None
    sequence: SequenceRule | None = None
    seed: int = 0
    temperature: float | None = None
    max_tokens: int | None = None
    model_seed: int | None = None
    prices: Path | None = None
    inconsistent: InconsistentRule = "mean"
    resamples: int = RESAMPLES
    planned: int | None = None
    reuse: tuple[Path, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    questions: Path | None = None
    refusals: RefusalChoice = None
    extra_body: ExtraBody | None = None
    options: Mapping[str, OptionValue] = field(default_factory=dict)
    generalize_to: GeneralizeTo | None = None
    expert: ModelSpec | None = None
    expert_share: ExpertShare = "auto"
    panel: Panel | None = None

    @property
    def among_all(self) -> bool:
        """Whether the contestants are compared with one another, not with one reference."""
        return self.all_pairs or self.pairs_per_item is not None
