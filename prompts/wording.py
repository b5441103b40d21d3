"""A subgroup in words, from its attributes: a noun phrase, and the answers of an interview."""

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
    """How one label is worded: a part of the noun phrase, and a sentence of its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    noun: str | None = None
    adjective: str | None = None
    clause: str | None = None
    who: str | None = None
    says: str


class Attribute(BaseModel):
    """An attribute: the interviewer's question, and the words of its labels."""

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
    """A subgroup in words. ``facts`` are question and answer, one per attribute (and the country, where known)."""

    persona: str
    facts: tuple[tuple[str, str], ...]


@cache
def _words() -> tuple[WordsFile, str]:
    data = FILE.read_bytes()
    return parse_yaml(data, WordsFile, FILE), hashlib.sha256(data).hexdigest()


def words_version() -> tuple[str, str]:
    """Version and sha256 of the words."""
    file, sha256 = _words()
    return file.version, sha256


def describe(attributes: Mapping[str, str], country: str | None, own: str | None = None) -> Described:
    """Word a subgroup.

    ``country`` is its code (SGP). ``own`` is the values file's wording of the subgroup: where an attribute's label or
    the country is not known here, it alone is told, in an interview as well ("I am a woman living in Singapore."):
    half of it from the file and half from here would be neither. Without one, unknown labels are quoted, as in "a
    person (social class: Working class)", and an unknown country is left out. A subgroup of which nothing is known is
    "a person" in an interview, too.
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
    """``a woman aged 65 or over living in Singapore``: words of each kind in their place, ``quoted`` labels last."""
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
    """The label without the country's code before it, as in "MY: Malay"."""
    head, separator, rest = label.partition(": ")
    return rest if separator and len(head) == 2 and head.isupper() else label
