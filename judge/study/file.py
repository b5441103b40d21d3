"""The study file: YAML, checked before anything is made."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from judge.core.calls.limits import Batches, Engine, Finish
from judge.core.files.yaml import read_yaml
from judge.core.models.open_client import ModelSpec
from judge.core.models.providers.addresses import beside
from judge.core.models.retry import LONGEST_ASKED, RetryPolicy
from judge.core.models.types import DEFAULT_REPLY_MB, HttpLimits
from judge.generation.settings import ModelEntry
from judge.generation.several_models import check_names
from judge.judging.pairs.pairing import ALLOWANCES
from judge.judging.panel import Panel
from judge.judging.panels.choice import judge_and_panel
from judge.stats.estimate import RESAMPLES
from judge.stats.panels.scores import PanelRule
from judge.stats.win_rates.two_way import GeneralizeTo

Positive = Annotated[int, Field(ge=1)]
DEMO_BASE, DEMO_LORA = "demo:base", "demo:lora"
DEMO = {DEMO_BASE, DEMO_LORA}
TRAINED = "finetune"  # the model of an entry that is trained in the study


def is_made_here(model: str) -> bool:
    """Whether the study makes a model itself: one of the demo's, or the one that it trains."""
    return model == TRAINED or model.startswith("demo:")


def _twice(names: tuple[str, ...]) -> str | None:
    return next((name for name in names if names.count(name) > 1), None)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ValuesPart(_Part):
    """Where the ground truth comes from: the synthetic survey, a survey file, or a existing values file."""

    synthetic: bool = False
    survey: Path | None = None
    file: Path | None = None
    country: str | None = None
    strata: tuple[str, ...] | None = None
    categories: tuple[str, ...] | None = None
    min_n: Positive = 30
    weighted: bool = False
    resamples: int = Field(default=1000, ge=0)
    seed: int = 0

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if [self.synthetic, self.survey is not None, self.file is not None].count(True) != 1:
            raise ValueError("give one of `synthetic: true`, `survey: FILE` and `file: values.jsonl`")
        if self.strata is not None and not self.strata:
            raise ValueError("strata: name one at least, or leave it out for the study's ten")
        if self.categories is not None and not self.categories:
            raise ValueError("categories: name one at least, or leave it out for all")
        if twice := _twice(self.strata or ()):
            raise ValueError(f"strata: {twice} is named twice")
        built = {"country", "strata", "categories", "min_n", "weighted", "resamples", "seed"} & self.model_fields_set
        if self.file is not None and built:
            raise ValueError(f"{sorted(built)[0]}: decides how values are built, and `file` has them already")
        return self


class _SessionPart(_Part):
    """How calls are made: as the options of `judge generate` and `judge compare`. Decides no reply."""

    concurrency: Positive = 32
    rpm: float | None = Field(default=None, ge=0.1)
    tpm: float | None = Field(default=None, ge=1)
    timeout: float = Field(default=120.0, ge=1)
    max_retries: int = Field(default=6, ge=0)
    max_wait: float = Field(default=LONGEST_ASKED, ge=0)
    follow_redirects: bool = False
    max_reply_mb: Positive = DEFAULT_REPLY_MB
    max_cost: float | None = Field(default=None, ge=0)
    retry_failed: bool = True
    batch: bool = False
    wait: bool = True
    poll: float = Field(default=60.0, ge=0.01)
    calls_per_batch: Positive | None = None
    finish: Finish = "batch"
    engine: Engine = "own"

    def limits(self) -> dict[str, Any]:
        """The settings as fields of :class:`~judge.core.calls.limits.Limits`."""
        same = {"concurrency", "rpm", "tpm", "timeout", "max_cost", "retry_failed", "engine"}
        return self.model_dump(include=same) | {
            "policy": RetryPolicy.of_retries(self.max_retries, self.max_wait),
            "http": HttpLimits(follow_redirects=self.follow_redirects, reply_mb=self.max_reply_mb),
            "batch": self._batches() if self.batch else None,
        }

    def _batches(self) -> Batches:
        return Batches(wait=self.wait, poll=self.poll, size=self.calls_per_batch, finish=self.finish)


SESSION = frozenset(_SessionPart.model_fields)  # the settings that decide no reply


class FinetunePart(_Part):
    """How a model is fine-tuned: as the options of `judge finetune`. The prompt is the one of ``generate``."""

    base: str
    side: Literal["train", "ood", "all"] = Field(default="train", alias="split")
    sample: Positive | None = None
    dev_share: float = Field(default=0.1, ge=0, le=0.9)
    target: Literal["mode", "distribution"] = "mode"
    draws: Positive = 10
    seed: int = 0
    method: Literal["lora", "qlora", "full"] = "lora"
    rank: Positive = 16
    alpha: Positive = 32
    dropout: float = Field(default=0.05, ge=0, le=0.9)
    learning_rate: float = Field(default=1e-4, gt=0)
    epochs: float = Field(default=1.0, gt=0)
    max_steps: Positive | None = None
    batch_size: Positive = 8
    accumulate: Positive = 1
    max_length: Positive = 1024
    eval_every: Positive | None = None
    patience: Positive = 2
    chat_template: Path | None = None
    device: str = "auto"
    allow: tuple[Literal["held-out"], ...] = ()

    @model_validator(mode="after")
    def _is_local(self) -> Self:
        if self.base != DEMO_BASE and not self.base.startswith("hf:"):
            raise ValueError(f"base: {self.base} cannot be trained here: hf:PATH or {DEMO_BASE}")
        return self


class TaskPart(_Part):
    """What one task has of its own; None is as in ``generate``."""

    samples: Positive | None = None
    temperature: float | None = Field(default=None, ge=0)
    max_tokens: Positive | None = None
    sample: Positive | None = None


class StructuredPart(TaskPart):
    """What structured answers have of their own. ``probabilities`` asks for those of the codes."""

    probabilities: bool = False


class GeneratePart(_SessionPart):
    """How responses are generated: as for `judge generate`. ``open`` and ``structured`` have settings of one task."""

    tasks: tuple[Literal["open", "structured"], ...] = ("open",)
    persona_prompt: str = "first_person"
    words: tuple[Positive, Positive] = (60, 180)
    samples: Positive = 1
    temperature: float | None = Field(default=None, ge=0)
    max_tokens: Positive | None = None
    model_seed: int | None = None
    reply: Literal["auto", "schema", "text"] = "auto"
    sample: Positive | None = None
    min_diversity: float | None = Field(default=None, ge=0, le=1)
    split: Literal["train", "ood"] | None = None
    seed: int = 0
    batch_size: Positive = 16
    refusals: str = "rule"
    refusals_base_url: str | tuple[str, ...] | None = None
    refusals_extra_body: dict[str, Any] | None = None
    allow: tuple[Literal["missing"], ...] = ()
    open: TaskPart = TaskPart()
    structured: StructuredPart = StructuredPart()

    def of(self, task: str) -> Self:
        """The settings of one task."""
        own = self.structured if task == "structured" else self.open
        changes = own.model_dump(exclude={"probabilities"}, exclude_none=True)
        return self.model_copy(update=changes)

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.words[0] > self.words[1]:
            raise ValueError(f"words: {list(self.words)} is no range: the smaller number comes first")
        if twice := _twice(self.tasks):
            raise ValueError(f"tasks: {twice} is named twice")
        if not self.tasks:
            raise ValueError("tasks: name open, and structured where it is wanted")
        if idle := next(
            (name for name in ("open", "structured") if name in self.model_fields_set and name not in self.tasks), None
        ):
            raise ValueError(f"{idle}: is none of the tasks ({', '.join(self.tasks)})")
        return self


class ComparePart(_SessionPart):
    """How pairs are judged: as the options of `judge compare`; ``reference`` is a model's name."""

    reference: str | None = None
    all_pairs: bool = False
    pairs_per_item: Positive | None = None
    judge: str | tuple[str, ...] | None = None
    base_url: str | tuple[str, ...] | None = None
    panel: Path | dict[str, Any] | None = None
    quorum: Positive | None = None
    combine: PanelRule | None = None
    prompt: str = "persona-value"
    criteria: Literal["together", "apart"] = "together"
    orders: Literal["both", "one", "adaptive"] = "both"
    repeats: Positive = 1
    limit: Positive | None = None
    sequence: Literal["spread", "uniform"] | None = None
    until_decided: str | None = None
    detect: float = Field(default=0.6, ge=0.51, le=0.99)
    until_half_width: float | None = Field(default=None, ge=0.001, le=0.5)
    allow: tuple[str, ...] = ()
    reply: Literal["auto", "schema", "text"] = "auto"
    temperature: float | None = Field(default=None, ge=0)
    max_tokens: Positive | None = None
    model_seed: int | None = None
    extra_body: dict[str, Any] | None = None
    seed: int = 0
    expert: str | None = None
    expert_base_url: str | tuple[str, ...] | None = None
    expert_extra_body: dict[str, Any] | None = None
    expert_share: Annotated[float, Field(gt=0, le=1)] | Literal["auto"] = "auto"

    @property
    def judged_by(self) -> tuple[ModelSpec, Panel | None]:
        """The judge and its address, or a panel.

        Raises:
            UsageError: No judge is named; a provider is unknown, or an address is not one.
            InputError: The file of judges cannot be read.
        """
        judges, urls = ((each,) if isinstance(each, str) else each or () for each in (self.judge, self.base_url))
        return judge_and_panel(judges, urls, self.panel, quorum=self.quorum, combine=self.combine, form="judge: {}")

    @property
    def is_panel(self) -> bool:
        """Whether several judges decide together."""
        return self.panel is not None or not isinstance(self.judge, str | None)

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        of_expert = {"expert_base_url", "expert_extra_body", "expert_share"} & self.model_fields_set
        if self.expert is None and of_expert:
            raise ValueError(f"expert: name the judge that {' and '.join(sorted(of_expert))} is about")
        if twice := _twice(self.allow):
            raise ValueError(f"allow: {twice} is named twice")
        if self.reference is not None and self.among_all:
            raise ValueError("all_pairs compares all models with one another: leave out reference")
        self._stops_once()
        if self.is_panel and (self.expert is not None or self.orders == "adaptive"):
            raise ValueError("judge: expert and orders adaptive are for one judge, and a panel has several")
        if self.batch and (self.stops_early or self.orders == "adaptive" or self.expert is not None):
            raise ValueError("batch: until_decided, until_half_width, orders adaptive and expert need live calls")
        return self

    def _stops_once(self) -> None:
        """Refuse early stops that do not fit together."""
        if self.until_decided is not None and self.until_half_width is not None:
            raise ValueError("until_decided and until_half_width stop at different places: give one of them")
        if "detect" in self.model_fields_set and self.until_decided is None:
            raise ValueError("detect is the win rate that until_decided is to find: give until_decided too")
        name = "until_half_width" if self.until_decided is None else "until_decided"
        if self.stops_early and self.among_all:
            raise ValueError(f"{name} is of one win rate: leave out all_pairs and pairs_per_item")
        if self.stops_early and self.orders == "adaptive":
            raise ValueError(f"{name} needs scores of one design: give orders both, or one")
        if self.stops_early and self.expert is not None:
            raise ValueError(f"{name} and expert do not go together: an expert reads a part of a plan of known size")
        needed = "uniform" if self.until_decided is None else "spread"
        if self.stops_early and self.sequence not in (None, needed):
            raise ValueError(f"{name} takes comparisons in the {needed} sequence: leave out sequence")

    @property
    def stops_early(self) -> bool:
        """Whether judging ends as soon as enough is known, so that ``limit`` and the responses are an upper bound."""
        return self.until_decided is not None or self.until_half_width is not None

    @property
    def among_all(self) -> bool:
        """Whether the models are compared with one another, not with one reference."""
        return self.all_pairs or self.pairs_per_item is not None


class TablesPart(_Part):
    """How verdicts are resolved and intervals computed. Makes no call."""

    inconsistent: Literal["mean", "half", "winner", "exclude"] = "mean"
    generalize_to: GeneralizeTo = "questions"
    resamples: int = Field(default=RESAMPLES, ge=100)


class StudyFile(_Part):
    """The content of a study file. Paths of inputs are relative to it; ``folder`` to the working directory."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    folder: Path | None = None
    prices: Path | None = None
    values: ValuesPart
    models: tuple[ModelEntry, ...] = Field(min_length=2)
    finetune: FinetunePart | None = None
    generate: GeneratePart = GeneratePart()
    compare: ComparePart = ComparePart()
    tables: TablesPart = TablesPart()

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        names = [entry.name for entry in self.models]
        if self.compare.reference is not None and self.compare.reference not in names:
            raise ValueError(f"compare.reference {self.compare.reference!r} is none of the models ({', '.join(names)})")
        if "open" not in self.generate.tasks:
            raise ValueError("generate.tasks needs open: the open responses are what is compared")
        if unknown := set(self.compare.allow) - set(ALLOWANCES):
            raise ValueError(f"compare.allow does not know {', '.join(sorted(unknown))}")
        trained = [entry.name for entry in self.models if entry.model == TRAINED]
        if self.finetune is None and trained:
            raise ValueError(f"models ({trained[0]}): `model: {TRAINED}` needs the part `finetune`")
        if self.finetune is not None and not trained:
            raise ValueError(f"finetune: no model of the study is `model: {TRAINED}`, so nothing would be asked")
        if wrong := [
            entry.model for entry in self.models if entry.model.startswith("demo:") and entry.model not in DEMO
        ]:
            raise ValueError(f"{wrong[0]} is no demo model: {' or '.join(sorted(DEMO))}")
        return self

    @property
    def root(self) -> Path:
        """The folder of the study's stages."""
        return self.folder or Path("results") / self.name


def load_study(path: Path) -> StudyFile:
    """Read a study file.

    Raises:
        InputError: Names the file, and the line and field that are wrong.
    """
    study = read_yaml(path, StudyFile, hint="docs/generation.md describes a study file")
    check_names(study.models, path)
    return _beside(study, path.parent)


def _beside(study: StudyFile, folder: Path) -> StudyFile:
    """The study with the paths of its inputs relative to the working directory."""

    def seen(path: Path | None) -> Path | None:
        return None if path is None else folder / path

    def prompt(source: str) -> str:
        return str(folder / source) if source.endswith((".yaml", ".yml")) else source

    models = tuple(
        entry.model_copy(
            update={
                "model": f"hf:{folder / entry.model[3:]}" if entry.model.startswith("hf:") else entry.model,
                "adapter": seen(entry.adapter),
                "chat_template": seen(entry.chat_template),
                "trained": seen(entry.trained),
                "base_url": beside(entry.base_url, folder),
            }
        )
        for entry in study.models
    )
    values = study.values.model_copy(update={"survey": seen(study.values.survey), "file": seen(study.values.file)})
    panel = seen(study.compare.panel) if isinstance(study.compare.panel, Path) else study.compare.panel
    generate = study.generate.model_copy(
        update={
            "persona_prompt": prompt(study.generate.persona_prompt),
            "refusals_base_url": beside(study.generate.refusals_base_url, folder),
        }
    )
    compare = study.compare.model_copy(
        update={
            "prompt": prompt(study.compare.prompt),
            "panel": panel,
            "base_url": beside(study.compare.base_url, folder),
            "expert_base_url": beside(study.compare.expert_base_url, folder),
        }
    )
    training = study.finetune
    if training is not None and training.base.startswith("hf:"):
        base, template = f"hf:{folder / training.base[3:]}", seen(training.chat_template)
        training = training.model_copy(update={"base": base, "chat_template": template})
    return study.model_copy(
        update={
            "models": models,
            "finetune": training,
            "values": values,
            "generate": generate,
            "compare": compare,
            "prices": seen(study.prices),
        }
    )
