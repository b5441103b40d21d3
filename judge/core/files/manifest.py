"""The manifest of a run: what makes it reproducible, as a frozen record.

The JSON on disk keeps its keys: a key that this version does not know is kept, and one that an older version did not
write stays absent until it is set.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib.metadata import version
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict

from judge.core.records import OFFLINE, PromptRef

SCHEMA_VERSION = 1
OptionValue = bool | int | float | str | tuple[str, ...] | None


class Part(BaseModel):
    """A part of a manifest: immutable; unknown keys are kept."""

    model_config = ConfigDict(frozen=True, extra="allow")

    def as_json(self) -> dict[str, Any]:
        """The part as it stands in the file: without the fields that were never set."""
        return self.model_dump(mode="json", exclude_unset=True)


class PricesUsed(Part):
    """The price file of the last session."""

    source: str = "unknown"
    as_of: str = "unknown"
    currency: str = "USD"
    sha256: str = ""


class ServerEntry(Part):
    """One server of a fleet in a session: its replies, and the requests that got none.

    ``left_out`` counts how often it was given no more calls, ``backed_off`` how often fewer at once; ``problem`` says
    why it was left out at the end, if it was.
    """

    name: str
    weight: float = 1.0
    replies: int = 0
    errors: int = 0
    left_out: int = 0
    backed_off: int = 0
    problem: str | None = None


class SessionEntry(Part):
    """One session of calls. ``ended`` stays null if the process was killed.

    ``unrecorded`` counts the ``requests`` of calls that have no row, since the session ended before they had a result.
    ``batches`` says that its calls were made in batches. ``adapted`` says in which ways other than the usual the
    endpoint was asked, since its errors showed that it must be. ``servers`` are those of a fleet.
    """

    started: str
    ended: str | None = None
    ended_by: str | None = None
    wall_seconds: float | None = None
    concurrency: int | None = None
    rpm: float | None = None
    tpm: float | None = None
    timeout: float | None = None
    retries: int | None = None
    retry_failed: bool | None = None
    max_cost: float | None = None
    limit: int | None = None
    cpu_seconds: float | None = None
    calls: int | None = None
    failed: int | None = None
    requests: int | None = None
    unrecorded: int | None = None
    backed_off: int | None = None
    maybe_billed: int | None = None
    follow_redirects: bool | None = None
    batches: bool | None = None
    adapted: tuple[str, ...] = ()
    servers: tuple[ServerEntry, ...] = ()


class ImportedResults(Part):
    """A file of results that was read into the journal: what it added, and how many of its calls were not made."""

    path: str
    sha256: str
    time: str
    completed: int
    failed: int
    not_run: int


class Manifest(Part):
    """What the manifests of all runs have.

    ``reply_mode`` is how the endpoint is asked for structured output, once a reply has shown what it supports;
    ``reply_modes_rejected`` has its answer to each other way, ``reply_modes_lost`` those that it stopped supporting.
    """

    schema_version: int = SCHEMA_VERSION
    persona_judge: str = "unknown"
    created: str = "unknown"
    updated: str = "unknown"
    python: str = "unknown"
    packages: dict[str, str] = {}
    prices: PricesUsed = PricesUsed()
    reply_mode: str | None = None
    reply_modes_rejected: dict[str, str] = {}
    reply_modes_lost: tuple[str, ...] = ()
    sessions: tuple[SessionEntry, ...] = ()
    imported: tuple[ImportedResults, ...] = ()

    @property
    def wall_seconds(self) -> float:
        """Seconds of all sessions together."""
        return round(sum(session.wall_seconds or 0 for session in self.sessions), 3)


class NamedInput(Part):
    """A file of responses, by contestant and content."""

    name: str
    sha256: str


class InputPath(Part):
    """A file of responses, by path and content."""

    path: str
    sha256: str


class RefusalsBy(Part):
    """Who said which responses are refusals: ``rule``, or a model whose replies are in a folder within the run's."""

    by: str
    folder: str | None = None


class ContestantEntry(Part):
    """One contestant: its role, its number of responses, and the models and prompts that its rows name.

    ``role`` is ``reference`` or ``candidate``, and ``contestant`` where all pairs are compared.

    ``flagged`` is the number of responses whose row says whether they are a refusal, ``refusals`` how many are.
    """

    role: str
    responses: int = 0
    models: dict[str, int] = {}
    prompts: tuple[PromptRef | None, ...] = ()
    flagged: int = 0
    refusals: int = 0


class JudgingConfiguration(Part):
    """What decides the calls of a judging run. Two runs with equal configurations are one run."""

    inputs: tuple[NamedInput, ...] = ()
    values_sha256: str | None = None
    reference: str | None = None
    allow: tuple[str, ...] = ()
    judge: str
    endpoint: str | None = None
    prompt: PromptRef
    reply: str = "auto"
    temperature: float | None = None
    max_tokens: int | None = None
    model_seed: int | None = None
    orders: Literal["both", "one", "adaptive"] = "both"
    repeats: int = 1
    seed: int = 0
    criteria: Literal["together", "apart"] = "together"
    columns: dict[str, str] = {}
    questions_sha256: str | None = None
    all_pairs: bool = False
    pairs_per_item: int | None = None
    extra_body: str | None = None

    @property
    def is_llm(self) -> bool:
        """Whether the judge is a language model, not the offline heuristic."""
        return self.judge != OFFLINE


DecisionEnd = Literal["decided", "max-cost", "interrupt", "error", "batches"]


class DecisionLook(Part):
    """A look at a win rate while it was decided on, as :class:`~judge.stats.win_rates.early_decision.Look` has it."""

    comparisons: int
    missing: int
    questions: int
    win_rate: float | None
    fraction: float
    p: float | None
    level: float
    decision: Literal["above", "below"] | None
    is_last: bool


class CandidateDecision(Part):
    """On which side of .5 a candidate's win rate was decided to lie, and the looks that led to it.

    ``decision`` is ``undecided`` after the last look, and null while looks were to follow.
    """

    candidate: str
    decision: Literal["above", "below", "undecided"] | None
    looks: tuple[DecisionLook, ...]


class Decision(Part):
    """What `judge compare --until-decided` found: for other questions of this kind, at one error for all looks.

    ``ended_by`` is ``decided`` where no further look was to follow, else what stopped the session.
    """

    criterion: str
    error: float
    power: float
    detect: float
    ended_by: DecisionEnd
    candidates: tuple[CandidateDecision, ...]

    @property
    def is_decided(self) -> bool:
        """Whether each candidate's win rate was decided to be above or below .5."""
        return bool(self.candidates) and all(each.decision in ("above", "below") for each in self.candidates)


class PilotOrders(Part):
    """What the pilot of `judge compare --orders adaptive` showed, and how the other comparisons are read therefore.

    Attributes:
        items: The items of the pilot, the first of the sequence.
        comparisons: Those of them with a score in both orders, on ``questions`` questions.
        criterion: The criterion that the numbers below are of.
        effect: What the response shown first gains in score, with its interval from ``effect_low`` to ``effect_high``.
        correlation: Between the scores of the two orders of a comparison, without this effect.
        variance_ratio: Of the win rate of the rest in one order to that in both, with the same comparisons.
        calls_ratio: Calls in one order that give the variance of both orders, to the calls of these.
        rest: The orders of the rest: one unless ``calls_ratio`` is 1.2 or more.
        effects: The effect under each criterion, by which scores of one order are corrected.
    """

    items: int
    comparisons: int
    questions: int
    criterion: str
    effect: float | None
    effect_low: float | None
    effect_high: float | None
    correlation: float | None
    variance_ratio: float | None
    calls_ratio: float | None
    rest: Literal["both", "one"]
    effects: dict[str, float] = {}


class ExpertStratum(Part):
    """Comparisons with one kind of verdict of the cheap judge.

    ``spread`` is the standard deviation of the expert's scores, ``chance`` that of a comparison to be read.
    """

    name: str
    comparisons: int
    spread: float
    chance: float


class ExpertDesign(Part):
    """What the expert's pilot showed, and the share of the comparisons that it reads therefore.

    Attributes:
        criterion: The criterion that the numbers are of.
        pilot: Comparisons of the pilot with a score of the expert, on ``questions`` questions.
        r2: The share of the variance of the expert's scores that those of the cheap judge explain, with its interval.
        wanted: The share that was asked for; ``auto`` follows from R2 and the prices.
        share: The share that is read, on average.
        strata: Its parts.
        cheap_cost: What the cheap judge costs per comparison; None where it is unknown.
        expert_cost: What the expert does.
    """

    criterion: str
    pilot: int
    questions: int
    r2: float | None
    r2_low: float | None
    r2_high: float | None
    wanted: float | Literal["auto"]
    share: float
    strata: tuple[ExpertStratum, ...]
    cheap_cost: float | None = None
    expert_cost: float | None = None

    @property
    def saved(self) -> float | None:
        """The part of the expert's comparisons that the cheap judge saves: R2 (1 - share); None without R2."""
        return None if self.r2 is None else self.r2 * (1 - self.share)


class ExpertConfiguration(Part):
    """What decides the calls of the expert, beside those of the run."""

    judge: str
    endpoint: str | None = None
    extra_body: str | None = None


class ExpertBy(Part):
    """The expert judge, and the folder within the run's that has its judgments."""

    judge: str
    folder: str


class PanelJudge(Part):
    """A judge of a panel, with the folder within the run's that is its own run.

    ``weight`` is its weight where weights are given; ``without`` are the contestants on whose pairs it has no vote.
    """

    name: str
    judge: str
    folder: str
    weight: float | None = None
    without: tuple[str, ...] = ()


class PanelBy(Part):
    """The judges of a panel, and how their scores become one.

    ``quorum`` of them must have read a comparison in all orders. ``labels`` is the file within the run's folder that
    has people's scores, from which the weights follow where scores are weighted and none are given.
    """

    judges: tuple[PanelJudge, ...]
    quorum: int
    combine: Literal["mean", "majority", "weighted"] = "mean"
    labels: str | None = None


class MadeFrom(Part):
    """What the tables were made from: with another journal or limit they are out of date."""

    journal_sha256: str | None = None
    limit: int | None = None
    refusals_sha256: str | None = None
    sequence: str | None = None
    expert_sha256: str | None = None
    without: tuple[str, ...] = ()
    panel_sha256: str | None = None


class JudgingResults(Part):
    """How the tables were last made, with their counts and costs."""

    inconsistent: Literal["mean", "half", "winner", "exclude"] = "mean"
    generalize_to: Literal["questions", "questions+subgroups"] = "questions"
    resamples: int | None = None
    reparsed: bool = False
    made_from: MadeFrom | None = None
    counts: dict[str, Any] = {}
    spent: dict[str, Any] = {}
    models_returned: dict[str, int] = {}
    fingerprints: dict[str, int] = {}
    wall_seconds: float | None = None


class JudgingManifest(Manifest):
    """The manifest of a judging run. ``results`` is None until tables were made.

    ``left_out`` counts what was left out before judging, ``limit`` is the number of items of the last session,
    ``sequence`` the rule by which they are taken (``spread`` or ``uniform``): a run that has none is of a version that
    drew uniformly. ``pilot_orders`` is of a run with adaptive orders whose pilot was judged, ``expert`` of one with an
    expert judge, ``panel`` of one with several judges, each of which has a run of its own in a folder within this one;
    in such a run ``without`` names the contestants whose pairs are not read. ``decision`` is of the last time that it
    was judged until decided. ``options`` are those that the last command was given, on the command line or in a file.
    ``notes`` say how the inputs were read, and what was chosen for the user.
    """

    configuration: JudgingConfiguration
    criteria: tuple[str, ...]
    endpoint: str = "unknown"
    inputs: tuple[InputPath, ...] = ()
    values: str | None = None
    contestants: dict[str, ContestantEntry] = {}
    left_out: dict[str, int] = {}
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    comparisons_sha256: str = ""
    limit: int | None = None
    refusals: RefusalsBy | None = None
    sequence: Literal["spread", "uniform"] | None = None
    decision: Decision | None = None
    pilot_orders: PilotOrders | None = None
    expert: ExpertBy | None = None
    panel: PanelBy | None = None
    without: tuple[str, ...] = ()
    options: dict[str, OptionValue] = {}
    results: JudgingResults | None = None

    @property
    def judge(self) -> str:
        """The judge in words: of a panel, the names of all."""
        if self.panel is None:
            return self.configuration.judge
        return f"panel of {', '.join(each.name for each in self.panel.judges)}"

    @property
    def reference(self) -> str | None:
        """The contestant that the others are compared with; None where all pairs are compared."""
        return next((name for name, entry in self.contestants.items() if entry.role == "reference"), None)


class GenerationConfiguration(Part):
    """What decides the calls of a generation run. ``endpoint`` is of served models, ``weights`` ff. of local ones.

    ``seed_rule`` is ``per-call`` where each call of a server has a seed of its own, and null where ``model_seed`` is
    sent as it is, or none is sent. Runs of versions that sent all items the same seeds have no such key.
    """

    values_sha256: str
    model: str
    endpoint: str | None = None
    weights: str | None = None
    adapter: str | None = None
    chat_template: str | None = None
    task: str
    prompt: PromptRef
    words: tuple[int, ...] | None = None
    samples: int = 1
    temperature: float | None = None
    max_tokens: int | None = None
    model_seed: int | None = None
    seed_rule: Literal["per-call"] | None = None
    draw: int | None = None
    extra_body: str | None = None
    reply: str = "auto"
    probabilities: bool | None = None
    sample: int | None = None
    min_diversity: float | None = None
    split: str | None = None
    split_file: str | None = None
    seed: int | None = None


class GenerationResults(Part):
    """Counts over the planned rows of a generation run."""

    planned: int
    rows: int = 0
    answered: int = 0
    flags: dict[str, int] = {}
    failed: dict[str, int] = {}
    missing: int = 0
    length_quartiles_words: tuple[int, int, int] | None = None
    tokens: dict[str, int] = {}
    cost: float = 0.0
    models_returned: dict[str, int] = {}
    unclassified: dict[str, int] = {}
    refusals_spent: dict[str, float | None] = {}
    complete: bool = False

    @property
    def unanswered(self) -> int:
        """Planned rows without an answer: failed, or never asked for."""
        return self.missing + sum(self.failed.values())


class Extension(Part):
    """A larger sample or more samples: when the configuration grew, and what it was before."""

    time: str
    before: dict[str, Any]


class TrainedOn(Part):
    """What a model was fine-tuned on by `judge finetune`, as far as a score must name it.

    ``weights`` is the fingerprint of the adapter (or model), ``rows_sha256`` of the list of its training rows.
    """

    weights: str
    base: str
    values_sha256: str
    rows_sha256: str
    items: int
    questions: int
    strata: tuple[str, ...] = ()
    target: str = "mode"
    prompt: PromptRef


class GenerationManifest(Manifest):
    """The manifest of a generation run. ``outputs`` are the sha256 of the file of responses, the last one last.

    ``training`` is what the model was fine-tuned on, where its directory says it; the run has the list of the rows.
    """

    configuration: GenerationConfiguration
    values: str = ""
    model: str = ""
    adapter: str | None = None
    endpoint: str = "unknown"
    outputs: tuple[str, ...] = ()
    extended: tuple[Extension, ...] = ()
    refusals: RefusalsBy | None = None
    results: GenerationResults | None = None
    taken_over: dict[str, int] = {}
    journal_bytes: int = 0
    training: TrainedOn | None = None


class RefusalConfiguration(Part):
    """What decides the calls that classify responses, beside their texts."""

    model: str
    endpoint: str | None = None
    prompt: PromptRef
    extra_body: str | None = None


class RefusalManifest(Manifest):
    """The manifest of the calls that classify the responses of a run."""

    configuration: RefusalConfiguration


class ExpertManifest(Manifest):
    """The manifest of the calls of an expert judge. ``pilot`` is the chance of a comparison to be in its pilot."""

    configuration: ExpertConfiguration
    pilot: float
    design: ExpertDesign | None = None


ManifestT = TypeVar("ManifestT", bound=Manifest)


def versions(packages: Iterable[str]) -> dict[str, str]:
    """Look up the versions of installed packages."""
    return {name: version(name) for name in packages}


def differing(found: dict[str, Any], wanted: dict[str, Any]) -> list[str]:
    """List the names of the settings that are not the same."""
    return [name for name, value in wanted.items() if found.get(name) != value]


def brief(value: object) -> str:
    """Shorten a setting for a message: prompts and files by name, hashes cut to eight digits."""
    if isinstance(value, dict) and "sha256" in value:
        return f"{value.get('name')} {value.get('version')} ({value['sha256'][:8]})"
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return ", ".join(f"{entry.get('name')} ({entry.get('sha256', '')[:8]})" for entry in value)
    text = str(value)
    return text[:8] if re.fullmatch(r"[0-9a-f]{64}", text) else text
