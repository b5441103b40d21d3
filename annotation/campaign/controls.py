"""Names and values of a labelling page's controls, one control per criterion."""

from __future__ import annotations

import re

from judge.annotation.campaign.campaign import Campaign
from judge.core.records import Choice

COMMENT = "comment"
ITEM = "item"  # the field of a task's data with its opaque id
CHOICES: tuple[tuple[Choice, str], ...] = (("A", "Response 1"), ("B", "Response 2"), ("tie", "Tie"))
ALIASES: dict[str, Choice] = {"1": "A", "2": "B", "tie": "tie"}
_ALIAS_OF = {choice: alias for alias, choice in ALIASES.items()}


def control(index: int, criterion: str) -> str:
    """Name a criterion's control: its position and its name in plain characters, so that names are unique."""
    return f"q{index + 1}_{re.sub(r'[^A-Za-z0-9]+', '_', criterion).strip('_').lower()}".rstrip("_")


def controls(campaign: Campaign) -> dict[str, str]:
    """Map the name of each control of the page to its criterion."""
    return {control(index, name): name for index, name in enumerate(campaign.criteria)}


def alias(choice: Choice) -> str:
    """Return the value that the server stores for a choice."""
    return _ALIAS_OF[choice]
