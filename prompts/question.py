"""A question that is to be answered with a code: its wording always shows the codes and what they stand for."""

from __future__ import annotations

import re

from judge.core.errors import InputError
from judge.core.records import Question, Scale


def shown_with_scale(question: Question) -> str:
    """The structured wording, with the scale spelt out behind it where it does not hold every code and label itself.

    Errors: :class:`InputError` names the question if a code has no label: a number alone says nothing.
    """
    scale = question.scale
    if blank := [code for code, label in zip(scale.codes, scale.labels, strict=True) if not label.strip()]:
        raise InputError(
            f"question {question.id}: code {blank[0]} has no label, so the model cannot be told what it stands for",
            hint="give the scale's labels in the values file, or leave out --task structured",
        )
    wording = question.structured.strip()
    return wording if holds_scale(wording, scale) else f"{wording} {spelt_out(scale)}".strip()


def holds_scale(wording: str, scale: Scale) -> bool:
    """Whether a wording names every code and every label. A label that is its own number goes without saying."""
    text = " ".join(wording.casefold().split())
    numbers = set(re.findall(r"\d+", text))
    named = [(code, label) for code, label in zip(scale.codes, scale.labels, strict=True) if label != str(code)]
    if not named:  # a scale of bare numbers: its ends are what must be there
        named = [(code, "") for code in (scale.codes[0], scale.codes[-1])]
    return all(str(abs(code)) in numbers and " ".join(label.casefold().split()) in text for code, label in named)


def spelt_out(scale: Scale) -> str:
    """How to answer: every labelled code with its label; a code whose label is its own number goes without saying."""
    named = [f"{code} = {label}" for code, label in zip(scale.codes, scale.labels, strict=True) if label != str(code)]
    span = "" if len(named) == len(scale.codes) else f" from {scale.codes[0]} to {scale.codes[-1]}"
    return f"Answer with one number{span}{': ' if named else ''}{'; '.join(named)}."
