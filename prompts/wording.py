"""Describe a subgroup in words from its attributes: a noun phrase, and the answers of an interview."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from judge.core.files.yaml import parse_yaml

FILE = Path(__file__).parent / "persona" / "words.yaml"
_AS_A_CONSONANT = ("eu", "uni", "one")
_PLACES = ("adjective", "noun", "clause", "who")


class Words(BaseModel):
    """The wording of one label: a part of the noun phrase, and a sentence (``says``)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    noun: str | None = None
    adjective: str | None = None
    clause: str | None = None
    who: str | None = None
    says: str


class Attribute(BaseModel):
    """An attribute: the interviewer's question, and the wording of each label."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    question: str
    labels: dict[str, Words]


class WordsFile(BaseModel):
    """The content of words.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    attributes: dict[str, Attribute]
    countries: dict[str, str]


@dataclass(frozen=True)
class Described:
    """A subgroup in words.

    Attributes:
        persona: A noun phrase.
        facts: A question and an answer per attribute, and for the country where known.
    """

    persona: str
    facts: tuple[tuple[str, str], ...]


@cache
def _words() -> tuple[WordsFile, str]:
    data = FILE.read_bytes()
    return parse_yaml(data, WordsFile, FILE), hashlib.sha256(data).hexdigest()


def words_version() -> tuple[str, str]:
    """Return version and sha256 of the words."""
    file, sha256 = _words()
    return file.version, sha256


def describe(attributes: Mapping[str, str], country: str | None, own: str | None = None) -> Described:
    """Describe a subgroup.

    Without attributes or a country, it is "a person".

    Args:
        attributes: The label of each attribute.
        country: The country's code (SGP), or None.
        own: The values file's wording of the subgroup. Where a label or the country has no wording here, it alone is
            used, in an interview too ("I am a woman living in Singapore."), so that the two wordings are not mixed.
            Without one, labels without a wording are quoted, as in "a person (social class: Working class)", and an
            unknown country is left out.
    """
    file, _ = _words()
    place = file.countries.get(country or "")
    parts: dict[str, list[str]] = {name: [] for name in _PLACES}
    facts: list[tuple[str, str]] = [] if place is None else [("Where do you live?", f"I live in {place}.")]
    quoted: list[str] = []
    for name, label in attributes.items():
        attribute = file.attributes.get(name)
        words = attribute.labels.get(label) if attribute else None
        title, plain = name.replace("_", " "), without_country(label)
        question = attribute.question if attribute else f"What is your {title}?"
        if words is None:
            quoted.append(f"{title}: {plain}")
            facts.append((question, plain if plain.endswith(".") else f"{plain}."))
            continue
        facts.append((question, words.says))
        for part in _PLACES:
            if (text := getattr(words, part)) is not None:
                parts[part].append(text)
    if own is not None and own.strip() and (quoted or place is None):
        return Described(own, (_presented(own),))
    phrase = noun_phrase(parts, place, quoted)
    return Described(phrase, tuple(facts) or (_presented(phrase),))


def _presented(phrase: str) -> tuple[str, str]:
    """A noun phrase as an answer in an interview."""
    return "Who are you?", f"I am {phrase.strip().rstrip('.')}."


def noun_phrase(parts: Mapping[str, list[str]], place: str | None, quoted: list[str]) -> str:
    """Join words to a noun phrase: ``a woman aged 65 or over living in Singapore``, with ``quoted`` labels last."""
    living = [] if place is None else [f"living in {place}"]
    text = " ".join([*parts["adjective"], " ".join(parts["noun"]) or "person", *parts["clause"], *living])
    if parts["who"]:
        text += (", " if living else " ") + " and ".join(parts["who"])
    if quoted:
        text += f" ({'; '.join(quoted)})"
    return f"{_article(text)} {text}"


def _article(text: str) -> str:
    word = text.lower()
    return "an" if word[0] in "aeiou" and not word.startswith(_AS_A_CONSONANT) else "a"


def without_country(label: str) -> str:
    """Remove the country's code before a label, as in "MY: Malay"."""
    head, separator, rest = label.partition(": ")
    return rest if separator and len(head) == 2 and head.isupper() else label
