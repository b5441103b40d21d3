"""Warn where a judge and a contestant are of one model family: judges tend to favour their own (self-preference).

See Panickssery, Bowman and Feng (2024), "LLM evaluators recognize and favor their own generations", NeurIPS.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

# The first pattern that matches decides. Read are the parts between colons of what follows the last slash, from the
# left: `openai:llama3.1:8b` is a Llama, and `ft:gpt-4.1-mini:llama-fans::x1` is a GPT.
_FAMILIES: tuple[tuple[str, str], ...] = (
    ("Claude", r"claude"),
    ("GPT", r"gpt-?\d|gpt4|chatgpt|gpt-oss|(^|[-_])o[134](-|$)|davinci"),
    ("Mistral", r"mi[sx]tral|ministral|magistral|devstral|codestral"),
    ("Sailor (Qwen)", r"sailor"),
    ("SeaLLM (Qwen)", r"seallm"),
    ("SEA-LION (Llama)", r"sea-?lion"),
    ("Qwen", r"qwen|qwq"),
    ("Llama", r"llama|vicuna|alpaca"),
    ("Gemma", r"gemma|gemini"),
    ("Phi", r"(^|[-_/])phi-?\d"),
    ("DeepSeek", r"deepseek"),
)
_LINEAGE = re.compile(r"\((.+)\)")


def family(model: str) -> str | None:
    """Look up the family of a model by its name; None if it is not in the table."""
    parts = model.lower().rsplit("/", 1)[-1].split(":")
    return next((label for part in parts for label, pattern in _FAMILIES if re.search(pattern, part)), None)


def same_family(judge: str, contestants: Mapping[str, Iterable[str]]) -> list[str]:
    """Warn of each contestant whose models (or whose name, if no model is given) are of the judge's family."""
    return [
        f"the judge {judge} and the contestant {each.contestant} ({each.model}) are both of the family "
        f"{', '.join(each.families)}: judges tend to favour their own family; check with another judge"
        for each in relatives(judge, contestants)
    ]


class Relative(NamedTuple):
    """A contestant that shares families with a judge, and its model that does."""

    contestant: str
    model: str
    families: tuple[str, ...]


def relatives(judge: str, contestants: Mapping[str, Iterable[str]]) -> list[Relative]:
    """Find the contestants whose models (or whose name, if no model is given) are of the judge's family."""
    mine = _roots(family(judge))
    return [
        Relative(name, model, tuple(sorted(shared)))
        for name, models in contestants.items()
        for model in list(models) or [name]
        if (shared := mine & _roots(family(model)))
    ]


def _roots(label: str | None) -> set[str]:
    """A family and the one that it is based on."""
    if label is None:
        return set()
    built_on = _LINEAGE.search(label)
    return {label.split(" (")[0]} | ({built_on[1]} if built_on else set())
