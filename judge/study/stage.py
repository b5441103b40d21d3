"""A stage of a study: its settings, its key, its folder, and the stages that it depends on."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from judge.core.calls.events import OnEvent


@dataclass(frozen=True)
class StageEstimate:
    """What a stage will take.

    Attributes:
        description: In words.
        calls: Calls to make; None where that is not known yet.
        cost: Money; None where it is not known yet, or the model has no price.
        uses_provider: Whether money may be spent at a provider's own address.
    """

    description: str
    calls: int | None = 0
    cost: float | None = 0.0
    uses_provider: bool = False


@dataclass(frozen=True)
class StageResult:
    """The result of a stage.

    Attributes:
        value: What it made: a :class:`~judge.comparison.run.Run`, a :class:`~judge.generation.generate.GeneratedRun`,
            scores, a summary; None where there is nothing but its files.
        is_finished: False where calls are left to make, or lack a result.
        notes: What to say of it.
    """

    value: object = None
    is_finished: bool = True
    notes: tuple[str, ...] = ()


Done = Callable[["Stage"], bool]


class Stage(ABC):
    """One step of a study.

    ``settings`` are all that decides its outcome, inputs by sha256 among them. The key follows from them, from the keys
    of the stages it depends on and from the sha256 of what these made (``made``, null while they are not done): it is
    known once they are. The folder's name follows from the key: other settings or other inputs write elsewhere, and
    the paid results under the old ones stay.
    """

    given = False  # what it makes is there from the start: an input
    allows_missing = False  # whether the study continues although calls of it have no result

    def __init__(self, name: str, root: Path, settings: dict[str, Any], needs: tuple[Stage, ...] = ()) -> None:
        self.name = name
        self.settings = settings
        self.needs = needs
        self.root = root
        self.made: dict[str, str] | None = None

    @property
    def is_placed(self) -> bool:
        """Whether the stages that it depends on are done, so that its key is known."""
        return all(need.made is not None for need in self.needs)

    @property
    def key(self) -> str:
        """Ten hexadecimal digits. Only asked where ``is_placed``."""
        content = [self.name, self.settings, [[need.key, need.made] for need in self.needs]]
        return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()[:10]

    @property
    def folder(self) -> Path:
        """The folder that it writes."""
        return self.root / f"{self.name.replace(' ', '-')}-{self.key}"

    @property
    def remedy(self) -> str:
        """What to do about a result that was changed by hand."""
        return f"restore it, or move it away: {self.name} then makes it again"

    @property
    @abstractmethod
    def results(self) -> tuple[Path, ...]:
        """The files that the stage has made when it is done, and that other stages depend on."""

    @abstractmethod
    def estimate(self, done: Done) -> StageEstimate:
        """Estimate what is left to do. Only called while the stage is not done; ``done`` says which others are."""

    @abstractmethod
    def run(self, on_event: OnEvent) -> StageResult:
        """Do it, or resume it. Prints nothing."""

    def check_access(self) -> None:  # noqa: B027 - most stages need nothing
        """Check for a key, or for packages, before anything is made.

        Raises:
            UsageError: The key or a package is missing.
        """

    def missing(self) -> int:
        """Count its calls without a result, once it is done."""
        return 0
