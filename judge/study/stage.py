"""A stage: a step with settings, a key, a folder of its own, and the stages that it rests on."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console


@dataclass(frozen=True)
class Ahead:
    """What a stage will take. ``calls`` and ``cost`` are None where they cannot be known yet, or have no price."""

    words: str
    calls: int | None = 0
    cost: float | None = 0.0
    asks_provider: bool = False  # money may be spent at a provider's own address


Done = Callable[["Stage"], bool]


class Stage(ABC):
    """One step of a study.

    ``settings`` are all that decides its outcome, inputs by sha256 among them. The key follows from them, from the keys
    of the stages it rests on and from the sha256 of what these made (``made``, null while they are not done): it is
    known once they are. The folder's name follows from the key: other settings or other inputs write elsewhere, and
    what was paid for under the old ones stays.
    """

    given = False  # what it makes is there from the start: an input
    allows_missing = False  # whether the study goes on although calls of it got no answer

    def __init__(self, name: str, root: Path, settings: dict[str, Any], needs: tuple[Stage, ...] = ()) -> None:
        self.name = name
        self.settings = settings
        self.needs = needs
        self.root = root
        self.made: dict[str, str] | None = None

    @property
    def is_placed(self) -> bool:
        """Whether the stages that it rests on are done, so that its key is known."""
        return all(need.made is not None for need in self.needs)

    @property
    def key(self) -> str:
        """Ten hexadecimal digits. Only asked where ``is_placed``."""
        content = [self.name, self.settings, [[need.key, need.made] for need in self.needs]]
        return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()[:10]

    @property
    def folder(self) -> Path:
        """Where it writes."""
        return self.root / f"{self.name.replace(' ', '-')}-{self.key}"

    @property
    def remedy(self) -> str:
        """What to do about a result that was changed by hand."""
        return f"restore it, or move it away: {self.name} then makes it again"

    @property
    @abstractmethod
    def results(self) -> tuple[Path, ...]:
        """The files that are there when the stage is done, and that others rest on."""

    @abstractmethod
    def ahead(self, done: Done) -> Ahead:
        """What is left to do. Only asked while the stage is not done; ``done`` says which others are."""

    @abstractmethod
    def run(self, console: Console) -> int:
        """Do it, or go on with it. Returns the exit code: 0 when it is done."""

    def check_access(self) -> None:  # noqa: B027 - most stages need nothing
        """Tell of a missing key, or missing packages, before anything is made."""

    def lacking(self) -> int:
        """How many of its calls have no answer, once it is done."""
        return 0
