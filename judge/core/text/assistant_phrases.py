"""Phrases of an assistant that gives no answer in its role, for the rule on refusals; they are in a YAML file.

Each kind is a way of refusing that people rarely use of themselves: a respectful decline to give a view, a referral to
a crisis line, not speaking for a group, a life that was never lived, stepping out of the role, not taking sides, a
policy, an offer of information instead, another topic. All rules for Mandarin, Malay and Tamil are there; five older
rules for English are in :mod:`judge.core.text.refusal_rule`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from judge.core.files.yaml import read_mapping

_FILE = Path(__file__).with_suffix(".yaml")
_FRAGMENT = re.compile(r"%(\w+)%")
_OF_SCRIPT = {"Mandarin": re.compile("[\u4e00-\u9fff]"), "Tamil": re.compile("[\u0b80-\u0bff]")}
_MAY_HEDGE = frozenset({"view", "group", "sides", "experience"})  # "I can't speak for all Malays, but in my family ..."


@dataclass(frozen=True, slots=True)
class Phrases:
    """The phrases of one kind and language. ``may_hedge``: a person may write them and go on in their own voice."""

    language: str
    kind: str
    pattern: re.Pattern[str]
    may_hedge: bool


def phrases_for(text: str) -> Iterator[Phrases]:
    """Yield the phrases to look for in a text: Mandarin and Tamil ones only where it has letters of their script."""
    absent = {name for name, letters in _OF_SCRIPT.items() if text.isascii() or not letters.search(text)}
    return (phrases for phrases in _all() if phrases.language not in absent)


@cache
def _all() -> tuple[Phrases, ...]:
    languages: dict[str, dict[str, list[str]]] = read_mapping(_FILE)
    fragments: dict[str, str] = {}
    for name, text in languages.pop("fragments").items():
        fragments[name] = _filled(str(text), fragments)
    return tuple(
        Phrases(language, kind, _compiled(patterns, fragments), language == "English" and kind in _MAY_HEDGE)
        for language, kinds in languages.items()
        for kind, patterns in kinds.items()
    )


def _compiled(patterns: list[str], fragments: Mapping[str, str]) -> re.Pattern[str]:
    joined = "|".join(_filled(pattern, fragments) for pattern in patterns)
    return re.compile(unicodedata.normalize("NFC", joined))  # as the text is; NFKC would fold the patterns' own signs


def _filled(pattern: str, fragments: Mapping[str, str]) -> str:
    return _FRAGMENT.sub(lambda name: fragments[name[1]], pattern)
