"""Copies of the demo run, as if other judges had judged it, or other prompts had made its responses."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.paths import ROOT
from tests.support.rows import Row, jsonl, read_json, read_rows

RUN = ROOT / "results" / "demo-sample"
SCORES = {"win": 1.0, "loss": 0.0, "tie": 0.5, "inconsistent": 0.5, "missing": None}
FAST = 300


def another(folder: Path, name: str, change: Callable[[int, Row], None] | None = None, **about: Any) -> Path:
    """A copy of the demo run, as if another judge had judged it: ``change`` works on (number, verdict row)."""
    run = Path(shutil.copytree(RUN, folder / name))
    rows = read_rows(run / "verdicts.jsonl")
    for number, row in enumerate(rows):
        if change is not None:
            change(number, row)
    jsonl(run / "verdicts.jsonl", rows)
    rewrite(run / "manifest.json", lambda manifest: manifest["configuration"].update(about))
    return run


def rewrite(path: Path, change: Callable[[Any], object]) -> None:
    content = read_json(path)
    change(content)
    path.write_text(json.dumps(content), encoding="utf-8")


def with_texts(run: Path, change: Callable[[int, Row], None]) -> Path:
    rows = read_rows(run / "comparisons.jsonl")
    for number, row in enumerate(rows):
        change(number, row)
    jsonl(run / "comparisons.jsonl", rows)
    sha256 = hashlib.sha256((run / "comparisons.jsonl").read_bytes()).hexdigest()
    rewrite(run / "manifest.json", lambda manifest: manifest.update(comparisons_sha256=sha256))
    return run


def outcome(row: Row, name: str) -> None:
    row.update(outcome=name, score=SCORES[name])


def stricter(number: int, row: Row) -> None:
    """Every fourth comparison's win becomes a loss, every ninth verdict inconsistent, every seventeenth missing."""
    if number % 17 == 0:
        outcome(row, "missing")
    elif number % 9 == 0:
        outcome(row, "inconsistent")
    elif number % 4 == 0 and row["outcome"] == "win":
        outcome(row, "loss")
