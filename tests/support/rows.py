"""Small response files and values files, made and read again."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from judge.comparison.run import Run
from judge.python_api import compare_and_generate as python_api

Row = dict[str, Any]
QUESTIONS = ("Q1", "Q2", "Q3")
GROUPS = ("sex_Female", "sex_Male")
IDS = tuple(f"{question}_{group}" for question in QUESTIONS for group in GROUPS)
LABELS = ["Very important", "Rather important", "Not very important", "Not at all important"]


def value_row(item_id: str) -> Row:
    question, _, group = item_id.partition("_")
    return {
        "item_id": item_id,
        "question": {
            "id": question,
            "category": "Religious Values",
            "structured": "How important is it?",
            "open": f"How important is {question} to you?",
            "scale": {"codes": [1, 2, 3, 4], "labels": LABELS, "ordinal": True},
        },
        "subgroup": {
            "id": group,
            "stratum": "sex",
            "attributes": {"sex": group.removeprefix("sex_")},
            "n": 100,
            "persona": f"a person, {group}",
        },
        "modal_code": 2,
        "modal_label": LABELS[1],
        "distribution": {"1": 0.2, "2": 0.5, "3": 0.2, "4": 0.1},
        "n": 98,
        "margin": 0.3,
        "source": "invented",
    }


def response_row(item_id: str, voice: str, **more: object) -> Row:
    return {"item_id": item_id, "text": f"{voice}: to me {item_id} is very important, we pray daily.", **more}


def full_row(item_id: str, voice: str, **more: object) -> Row:
    """A row that describes its item itself, so that no values file is needed."""
    context = {"persona": "a person", "question": f"What of {item_id}?", "ground_truth": "Agree"}
    return {**response_row(item_id, voice), **context, **more}


def jsonl(path: Path, rows: Iterable[object]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def bare_csv(path: Path, rows: Iterable[Row], *, delimiter: str = ",", encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(["custom_id", "response"])
        writer.writerows((row["item_id"], row["text"]) for row in rows)
    return path


@dataclass(frozen=True)
class Inputs:
    """A base file, a fine-tuned model's file and a values file that belong together."""

    base: Path
    ft: Path
    values: Path
    out: Path

    def compare(self, *, files: tuple[object, ...] | None = None, out: Path | None = None, **options: Any) -> Run:
        """`judge.compare` with the values file."""
        files = (self.base, self.ft) if files is None else files
        return compare(*files, **{"values": self.values, "out": out or self.out, **options})

    def rewrite(self, change: Callable[[list[Row]], list[Row] | None]) -> None:
        """Change the rows of the fine-tuned model's file, in place or by returning others."""
        rows = [json.loads(line) for line in self.ft.read_text(encoding="utf-8").splitlines()]
        changed = change(rows)
        jsonl(self.ft, rows if changed is None else changed)


def compare(*files: object, **options: Any) -> Run:
    """`judge.compare` by the offline judge, with few resamples."""
    return python_api.compare(
        *map(str, files), **{"judge": "heuristic", "resamples": 200, "progress": False, **options}
    )


def inputs(folder: Path) -> Inputs:
    return Inputs(
        base=jsonl(folder / "base.jsonl", (response_row(name, "On the one hand") for name in IDS)),
        ft=jsonl(folder / "ft.jsonl", (response_row(name, "My view") for name in IDS)),
        values=jsonl(folder / "values.jsonl", (value_row(name) for name in IDS)),
        out=folder / "run",
    )


def read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def read_rows(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
