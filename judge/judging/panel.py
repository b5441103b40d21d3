"""A panel of judges: which they are, and how their scores become one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from judge.core.models.open_client import ModelSpec
from judge.stats.panels.scores import PanelRule

PANEL = ModelSpec("panel", "")  # the judge of a run with several
FOLDER = "judges"  # of a run with several


@dataclass(frozen=True)
class Member:
    """A judge of a panel.

    Attributes:
        name: Its name in tables, and that of its folder.
        judge: The model.
        weight: Its weight where scores are combined by weights that are given; None where it has none.
        own: Settings of a comparison that are its own, by their names: temperature, concurrency and the like.
    """

    name: str
    judge: ModelSpec
    weight: float | None = None
    own: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Panel:
    """Several judges of the same comparisons.

    Attributes:
        members: The judges.
        quorum: How many must have read a comparison in all orders; with fewer its verdict is missing.
        combine: How their scores become one; None is as the run was last made, and their mean in a new run.
        allow_family: Whether judges vote on contestants of their own model family.
    """

    members: tuple[Member, ...]
    quorum: int
    combine: PanelRule | None = None
    allow_family: bool = False
