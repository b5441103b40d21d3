"""The settings of a generation run, and the entries of a models file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from judge.core.batches.open_service import refuse_fleet
from judge.core.calls.limits import Limits
from judge.core.errors import UsageError
from judge.core.extra_body import ExtraBody
from judge.core.models.open_client import ModelSpec
from judge.core.models.providers.named import provider_named
from judge.generation.models import ModelChoice, takes_seed


class ModelEntry(BaseModel):
    """One model of a models file or a study file. What it leaves out is as on the command line.

    ``draw`` numbers independent draws of one model under several names: draw 2 makes calls of its own, although they
    are the same as those of draw 1.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    model: str
    base_url: str | tuple[str, ...] | None = None
    adapter: Path | None = None
    chat_template: Path | None = None
    trained: Path | None = None
    device: str = "auto"
    temperature: float | None = Field(default=None, ge=0)
    max_tokens: int | None = Field(default=None, ge=1)
    model_seed: int | None = None
    draw: int = Field(default=1, ge=1)
    extra_body: dict[str, Any] | None = None
    batch_size: int | None = Field(default=None, ge=1)
    concurrency: int | None = Field(default=None, ge=1)


@dataclass(frozen=True)
class GenerateSettings(Limits):
    """Settings of `judge generate`.

    Attributes:
        values: The values file.
        model: The model.
        out: The file of responses, .jsonl or .csv.
        task: "open" asks for a text, "structured" for a number of the question's scale.
        persona_prompt: The name of a persona prompt, or the path of one.
        words: The range of words that an open answer is asked to have.
        samples: Answers per item.
        draw: Numbers independent draws of one model under several names.
        extra_body: Fields that are added to the body of each request to the model.
        sample: A number of items, with subgroups and categories in proportion; None takes all.
        min_diversity: Only questions with this Modal Diversity Score or more.
        split: Only one side of the compositional split.
        seed: Of ``sample``.
        allow: May contain ``missing``: calls without an answer are accepted once each was made.
        reuse: Journals of other runs, whose results for the same calls are copied.
        trained: The directory that `judge finetune` wrote, of a served model; a local model's own says it.
        probabilities: With the task "structured": the probabilities of the codes, from the tokens of one reply.
        refusals: The model that says which open responses are refusals; None is the rule.
    """

    values: Path
    model: ModelChoice
    out: Path
    task: str = "open"
    persona_prompt: str = "first_person"
    words: tuple[int, int] = (60, 180)
    samples: int = 1
    temperature: float | None = None
    max_tokens: int | None = None
    model_seed: int | None = None
    draw: int = 1
    extra_body: ExtraBody | None = None
    sample: int | None = None
    min_diversity: float | None = None
    split: str | None = None
    split_file: Path | None = None
    seed: int = 0
    batch_size: int = 16
    allow: frozenset[str] = frozenset()
    reuse: tuple[Path, ...] = ()
    probabilities: bool = False
    trained: Path | None = None
    refusals: ModelSpec | None = None
    prices: Path | None = None

    def __post_init__(self) -> None:
        """Refuse what a model on this machine would not be sent, and what its provider's format does not have.

        Raises:
            UsageError: It has fields for the body of requests, or is to be asked in batches or by Ray; a fleet
                is to be asked in batches; Anthropic's format is to give probabilities.
        """
        if self.batch is not None and self.model.local:
            raise UsageError("--batch is for providers and servers; a model on this machine has --batch-size")
        if self.batch is not None and self.model.spec is not None:
            refuse_fleet(self.model.spec)
        if self.engine != "own" and self.model.local:
            raise UsageError(
                "--engine ray asks a server, and this model is on this machine",
                hint="serve it: docs/howto/vllm-lora.md",
            )
        if self.extra_body is not None and self.model.local:
            raise UsageError("--extra-body is for servers, and a model on this machine is sent no request")
        if self.probabilities and not self.model.local and provider_named(self.model.spec.provider).wire == "anthropic":
            raise UsageError(
                f"--probabilities: the format of {self.model.spec} has no probabilities of tokens",
                hint="give the command without --probabilities",
            )

    @property
    def structured(self) -> bool:
        """Whether a number is requested."""
        return self.task == "structured"

    @property
    def in_flight(self) -> int:
        """Calls in flight: for a local model several batches, so that texts of similar length share one."""
        return 4 * self.batch_size if self.model.local else self.concurrency

    @property
    def session_limits(self) -> Limits:
        """The limits as a session uses them."""
        way = self.structured_output if self.structured else "text"
        return replace(self, concurrency=self.in_flight, structured_output=way)

    @property
    def seed_of_model(self) -> int | None:
        """The seed that is sent: always one to a local model, whose text is then reproducible; none to some APIs.

        There a seed must not distinguish two calls.
        """
        if not takes_seed(str(self.model.spec)):
            return None
        return 0 if self.model_seed is None and self.model.local else self.model_seed
