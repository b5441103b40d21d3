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

    ``settings`` are all that decides its outcome, inputs by sha256 among them. The key follows from them and from the
    keys of the stages it rests on, and the folder's name from the key: other settings write elsewhere, and what was
    paid for under the old ones stays.
    """

    given = False  # what it makes is there from the start: an input

    def __init__(self, name: str, root: Path, settings: dict[str, Any], needs: tuple[Stage, ...] = ()) -> None:
        self.name = name
        self.settings = settings
        self.needs = needs
        content = json.dumps([name, settings, [stage.key for stage in needs]], sort_keys=True, default=str)
        self.key: str = hashlib.sha256(content.encode()).hexdigest()[:10]
        self.folder = root / f"{name.replace(' ', '-')}-{self.key}"

    @property
    @abstractmethod
    def results(self) -> tuple[Path, ...]:
        """The files that are there when the stage is done."""

    @abstractmethod
    def ahead(self, done: Done) -> Ahead:
        """What is left to do. Only asked while the stage is not done; ``done`` says which others are."""

    @abstractmethod
    def run(self, console: Console) -> int:
        """Do it, or go on with it. Returns the exit code: 0 when it is done."""
