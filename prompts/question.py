"""Word a question that asks for a code: the wording always shows the codes and their labels."""

from __future__ import annotations

import re

from judge.core.errors import InputError
from judge.core.records import Question, Scale


def shown_with_scale(question: Question) -> str:
    """Return the structured wording, with the scale appended where the wording does not show every code and label.

    Raises:
        InputError: A code has no label, so the model cannot be told its meaning.
    """
    scale = question.scale
    if blank := [code for code, label in zip(scale.codes, scale.labels, strict=True) if not label.strip()]:
        raise InputError(
            f"question {question.id}: code {blank[0]} has no label, so the model cannot be told its meaning",
            hint="give the scale's labels in the values file, or do not use --task structured",
        )
    wording = question.structured.strip()
    return wording if holds_scale(wording, scale) else f"{wording} {spelt_out(scale)}".strip()


def holds_scale(wording: str, scale: Scale) -> bool:
    """Test whether a wording shows every code and label. A label that equals its code need not be shown."""
    text = " ".join(wording.casefold().split())
    numbers = set(re.findall(r"\d+", text))
    named = [(code, label) for code, label in zip(scale.codes, scale.labels, strict=True) if label != str(code)]
    if not named:  # a scale of numbers without labels: its ends must be shown
        named = [(code, "") for code in (scale.codes[0], scale.codes[-1])]
    return all(str(abs(code)) in numbers and " ".join(label.casefold().split()) in text for code, label in named)


def spelt_out(scale: Scale) -> str:
    """Word how to answer: every code with its label; a code whose label equals it is not listed."""
    named = [f"{code} = {label}" for code, label in zip(scale.codes, scale.labels, strict=True) if label != str(code)]
    span = "" if len(named) == len(scale.codes) else f" from {scale.codes[0]} to {scale.codes[-1]}"
    return f"Answer with one number{span}{': ' if named else ''}{'; '.join(named)}."
