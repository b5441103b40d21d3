"""A subgroup in plain words: "a Malay woman living in Singapore"."""

from __future__ import annotations

from collections.abc import Mapping

from preferences.mapping import Words
from prompts.wording import noun_phrase, without_country


def persona(
    codes: Mapping[str, int], labels: Mapping[str, str], words: Mapping[str, Mapping[int, Words]], country: str
) -> str:
    """Word a subgroup by its attributes' codes; a label that has no words is quoted after the country.

    The order is: article, adjectives, noun (``person`` if none), clauses, country, relative clauses.
    """
    parts: dict[str, list[str]] = {"adjective": [], "noun": [], "clause": [], "who": []}
    quoted: list[str] = []
    for attribute, code in codes.items():
        given = words.get(attribute, {}).get(code)
        if given is None:
            quoted.append(f"{attribute.replace('_', ' ')}: {without_country(labels[attribute])}")
            continue
        for place, text in given.model_dump(exclude_none=True).items():
            parts[place].append(text)
    return noun_phrase(parts, country, quoted)
