"""Does the pipeline find what the synthetic survey plants, and nothing where it plants nothing?

Planted: how religious people of each religion are moves the answers to Religious Values. Not planted: it does not move
the answers to Perceptions of Corruption. For each held-out question, the slope of the mean answer (0 to 1 over the
scale) on that planted trait is computed over the subgroups: in the survey, and in a model's probabilities.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from judge.core.records import GroundTruth
from judge.preferences.survey.mapping import load_mapping
from judge.preferences.synthetic.survey import RELIGIOSITY, influences

TRAIT = "religiosity"
LEAST_ROWS = 4  # of a question, and two religions among them
Shares = Mapping[str, float]


@dataclass(frozen=True)
class Found:
    """Slopes of a category's questions.

    Attributes:
        source: ``survey`` or a model.
        category: The category.
        is_planted: Whether the survey plants the trait's influence on it.
        questions: How many have enough rows.
        size: The mean of the absolute slopes.
        agreement: The mean slope, each with the sign that it has in the survey; of the survey itself, ``size``.
        p: One-sided and exact, by flipping the signs of whole questions; None for the survey, whose signs agree with
            themselves. It takes the questions as independent. One model may move all of them together by chance: with
            slopes that correlate by .5, p is below .05 in about one of four models that know nothing. Only training
            again with other seeds would show that.
    """

    source: str
    category: str
    is_planted: bool
    questions: int
    size: float | None
    agreement: float | None
    p: float | None


def slopes(rows: Iterable[GroundTruth], shares: Mapping[str, Shares]) -> dict[str, float]:
    """Return the slope of each question's mean answer on the trait, over the subgroups that have shares."""
    codes = {label: code for code, label in load_mapping().attributes["religion"].labels.items()}
    points: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        scale = row.question.scale
        if row.item_id not in shares or not (scale.ordinal or len(scale.codes) == 2):
            continue
        low, high = min(scale.codes), max(scale.codes)
        mean = sum(share * (int(code) - low) / (high - low) for code, share in shares[row.item_id].items())
        trait = RELIGIOSITY[codes[row.subgroup.attributes["religion"]]]
        points.setdefault(row.question.id, []).append((trait, mean))
    found = {}
    for question, pairs in points.items():
        x, y = np.array(pairs).T
        if len(pairs) >= LEAST_ROWS and np.ptp(x) > 0:
            found[question] = float(np.polyfit(x, y, 1)[0])
    return found


def look_for_the_plant(rows: Sequence[GroundTruth], models: Mapping[str, Mapping[str, Shares]]) -> list[Found]:
    """Look in the survey's held-out rows and in each model's probabilities, category by category."""
    survey = slopes(rows, {row.item_id: row.distribution for row in rows})
    found = []
    for category in dict.fromkeys(row.question.category for row in rows):
        questions = {row.question.id for row in rows if row.question.category == category}
        is_planted = TRAIT in influences(category)
        for source, shares in {"survey": None, **models}.items():
            own = survey if shares is None else slopes(rows, shares)
            both = sorted(questions & own.keys() & survey.keys())
            signed = np.array([own[name] * np.sign(survey[name]) for name in both])
            size = float(np.abs(signed).mean()) if both else None
            agreement = float(signed.mean()) if both else None
            p = None if shares is None or not both else _sign_flips(signed)
            found.append(Found(source, category, is_planted, len(both), size, agreement, p))
    return found


def _sign_flips(values: NDArray[np.float64]) -> float:
    """The share of all flips of signs whose mean is at least the one that is there."""
    flips = np.array(list(product((1.0, -1.0), repeat=len(values))))
    return float(((flips * np.abs(values)).mean(axis=1) >= values.mean() - 1e-12).mean())


def shares_of(run: Path) -> dict[str, Shares]:
    """Read the probabilities of a model's structured answers from its run directory; rows without them are left out."""
    lines = (run / "responses.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return {row["item_id"]: row["probabilities"] for row in rows if row.get("probabilities")}


def as_markdown(found: Iterable[Found]) -> list[str]:
    """Write the slopes as a table."""

    def number(value: float | None) -> str:
        return "-" if value is None else f"{value:.3f}"

    head = [
        "| category | planted | in | questions | size of slopes | in the survey's direction | p |",
        "|" + "---|" * 7,
    ]
    return head + [
        f"| {row.category} | {'yes' if row.is_planted else 'no'} | {row.source} | {row.questions} | "
        f"{number(row.size)} | {number(row.agreement)} | {number(row.p)} |"
        for row in found
    ]
