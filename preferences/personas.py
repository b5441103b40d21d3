"""A subgroup in plain words: "a Malay woman living in Singapore"."""

from __future__ import annotations

from collections.abc import Mapping

from preferences.mapping import Words

_AS_A_CONSONANT = ("eu", "uni", "one")


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
            quoted.append(f"{attribute.replace('_', ' ')}: {_without_country(labels[attribute])}")
            continue
        for place, text in given.model_dump(exclude_none=True).items():
            parts[place].append(text)
    noun = " ".join(parts["noun"]) or "person"
    text = " ".join([*parts["adjective"], noun, *parts["clause"], f"living in {country}"])
    if parts["who"]:
        text += ", " + " and ".join(parts["who"])
    if quoted:
        text += f" ({'; '.join(quoted)})"
    return f"{_article(text)} {text}"


def _article(text: str) -> str:
    word = text.lower()
    return "an" if word[0] in "aeiou" and not word.startswith(_AS_A_CONSONANT) else "a"


def _without_country(label: str) -> str:
    """The label without the country's code before it, as in "MY: Malay"."""
    head, separator, rest = label.partition(": ")
    return rest if separator and len(head) == 2 and head.isupper() else label
