"""Small ground truth for the tests of structured scoring."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from judge.core.records import GroundTruth, Question, Scale, Subgroup

IMPORTANT = Scale(
    codes=(1, 2, 3, 4),
    labels=("Very important", "Rather important", "Not very important", "Not at all important"),
    ordinal=True,
)
TEN = Scale(
    codes=tuple(range(1, 11)),
    labels=("Never justifiable", *(str(code) for code in range(2, 10)), "Always justifiable"),
    ordinal=True,
)
GOALS = Scale(codes=(1, 2, 3), labels=("Growth", "Defence", "A say"), ordinal=False)
TRUST = Scale(codes=(1, 2), labels=("Can be trusted", "Need to be careful"), ordinal=False)


def truth(
    question: str,
    group: str,
    modal: int,
    *,
    scale: Scale = IMPORTANT,
    stratum: str = "sex",
    n: int = 100,
    distribution: Mapping[str, float] | None = None,
    **rest: Any,
) -> GroundTruth:
    return GroundTruth(
        item_id=f"{question}_{stratum}_{group}",
        question=Question(id=question, category=f"Category {question[1]}", structured="?", open="?", scale=scale),
        subgroup=Subgroup(id=f"{stratum}_{group}", stratum=stratum, attributes={stratum: group}, n=n),
        modal_code=modal,
        modal_label=dict(zip(scale.codes, scale.labels, strict=True))[modal],
        distribution=dict(distribution or {str(modal): 1.0}),
        n=n,
        margin=0.1,
        source="invented for a test",
        **rest,
    )


def write_values(path: Path, truths: Iterable[GroundTruth]) -> Path:
    path.write_text("".join(row.model_dump_json() + "\n" for row in truths), encoding="utf-8")
    return path


def write_csv(path: Path, rows: Mapping[str, str]) -> Path:
    lines = ["custom_id,response", *(f'{name},"{text}"' for name, text in rows.items())]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def write_jsonl(path: Path, rows: Iterable[Mapping[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path
