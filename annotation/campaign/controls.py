"""Names of a labelling page's controls, one per criterion."""

from __future__ import annotations

import re

from judge.annotation.campaign.campaign import Campaign
from judge.core.records import Choice

COMMENT = "comment"


ITEM = "item"  # the field of a task's data that holds its opaque id


CHOICES: tuple[tuple[Choice, str], ...] = (("A", "Response 1"), ("B", "Response 2"), ("tie", "Tie"))


ALIASES: dict[str, Choice] = {"1": "A", "2": "B", "tie": "tie"}


_ALIAS_OF = {choice: alias for alias, choice in ALIASES.items()}


def control(index: int, criterion: str) -> str:
    """The page's name of a criterion's control: its place and its name in plain characters, so that none collide."""
    return f"q{index + 1}_{re.sub(r'[^A-Za-z0-9]+', '_', criterion).strip('_').lower()}".rstrip("_")


def controls(campaign: Campaign) -> dict[str, str]:
    """The criterion behind each control of the page."""
    return {control(index, name): name for index, name in enumerate(campaign.criteria)}


def alias(choice: Choice) -> str:
    """What the server stores for a choice."""
    return _ALIAS_OF[choice]
