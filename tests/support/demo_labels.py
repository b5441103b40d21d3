"""Labels of the committed demo run, and its verdicts."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.paths import ROOT
from tests.support.rows import jsonl

RUN = ROOT / "results" / "demo-sample"
FAST = ("--resamples", "200")


def verdicts() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = defaultdict(dict)
    for line in (RUN / "verdicts.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        found[row["comparison_id"]][row["criterion"]] = row
    return found


def shown(label: str, order: str) -> str:
    return "tie" if label == "tie" else "B" if (label == "candidate") == (order == "reference_first") else "A"


def annotation(comparison: str, person: str, labels: dict[str, str], order: str, **more: Any) -> dict[str, Any]:
    choices = {name: shown(label, order) for name, label in labels.items()}
    row = {"comparison_id": comparison, "annotator": person, "order": order, "choices": choices, "stratum": "all"}
    return row | {"inclusion_probability": 0.5} | more


_CHOICES = ("reference", "tie", "candidate")


def labelled(by: str, tmp_path: Path, keep: Callable[[dict[str, Any]], bool] = lambda _: True, **more: Any) -> Path:
    """Labels of every third comparison, whose strata are what the run says under ``by``, "overall" its outcomes."""
    judged = verdicts()
    rows = []
    for comparison in sorted(judged)[::3]:
        row = judged[comparison]["overall"]
        name = row["outcome"] if by == "overall" else row[by]
        labels = dict.fromkeys(("persona", "value", "overall"), random.Random(comparison).choice(_CHOICES))
        if keep(row):
            rows.append(
                annotation(
                    comparison,
                    "ann-1",
                    labels,
                    "reference_first",
                    stratum=name,
                    **{"inclusion_probability": 1 / 3} | more,
                )
            )
    return jsonl(tmp_path / f"{by}.jsonl", rows)
