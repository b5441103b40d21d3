"""The settings of a generation run, and the entries of a models file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from judge.core.calls.limits import Limits
from judge.generation.models import ModelChoice


class ModelEntry(BaseModel):
    """What it leaves out is as on the command line.

    ``draw`` numbers the independent draws of one model that goes by several names: 2 is asked on its own, although it
    is sent what 1 is sent.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    model: str
    base_url: str | None = None
    adapter: Path | None = None
    chat_template: Path | None = None
    device: str = "auto"
    temperature: float | None = Field(default=None, ge=0)
    max_tokens: int | None = Field(default=None, ge=1)
    model_seed: int | None = None
    draw: int = Field(default=1, ge=1)
    batch_size: int | None = Field(default=None, ge=1)
    concurrency: int | None = Field(default=None, ge=1)


@dataclass(frozen=True)
class GenerateSettings(Limits):
    """Settings of `judge generate`. ``sample`` is a number of items; ``samples`` answers per item.

    ``allow`` may hold ``missing``: calls without an answer are accepted once each was tried. ``reuse`` are journals of
    other runs: what they hold of the same calls is taken over, not asked again. ``draw`` numbers the independent draws
    of one model under several names: each is asked on its own.
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
    sample: int | None = None
    min_diversity: float | None = None
    split: str | None = None
    split_file: Path | None = None
    seed: int = 0
    batch_size: int = 16
    allow: frozenset[str] = frozenset()
    reuse: tuple[Path, ...] = ()
    prices: Path | None = None

    @property
    def structured(self) -> bool:
        """Whether one number is asked for."""
        return self.task == "structured"

    @property
    def in_flight(self) -> int:
        """Calls in flight: for a local model several batches' worth, so that texts of like length find each other."""
        return 4 * self.batch_size if self.model.local else self.concurrency

    @property
    def session_limits(self) -> Limits:
        """The limits as a session uses them."""
        way = self.structured_output if self.structured else "text"
        return replace(self, concurrency=self.in_flight, structured_output=way)

    @property
    def seed_of_model(self) -> int | None:
        """The seed that is sent: always one to a local model, whose text is then the same each time; none to Anthropic.

        Anthropic's API knows no seed, so that none may tell two calls apart.
        """
        if self.model.spec.provider == "anthropic":
            return None
        return 0 if self.model_seed is None and self.model.local else self.model_seed
