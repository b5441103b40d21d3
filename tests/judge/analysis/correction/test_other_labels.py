"""`judge correct` with people's labels in a long table: the same numbers as from annotations."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.support.command import Call, Command
from tests.support.demo_labels import FAST, RUN, labelled
from tests.support.refused import refused
from tests.support.rows import read_json

COLUMNS = ("item", "rater", "criterion", "label", "stratum", "inclusion_probability")
SCORES = {"reference": "0", "tie": ".5", "candidate": "1.0"}


def table(annotations: Path, *, scores: bool = False) -> list[dict[str, object]]:
    """The rows of a long table that say what annotations (all of which saw the reference first) say."""
    rows: list[dict[str, object]] = []
    for line in annotations.read_text(encoding="utf-8").splitlines():
        one = json.loads(line)
        for criterion, choice in one["choices"].items():
            label = {"A": "reference", "tie": "tie", "B": "candidate"}[choice]
            rows.append(
                {
                    "item": one["comparison_id"],
                    "rater": one["annotator"],
                    "criterion": criterion,
                    "label": SCORES[label] if scores else label,
                    "stratum": one["stratum"],
                    "inclusion_probability": one["inclusion_probability"],
                }
            )
    return rows


def written(path: Path, rows: list[dict[str, object]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.mark.parametrize("scores", [False, True])
def test_a_long_table_corrects_as_annotations_do(judge: Command, tmp_path: Path, scores: bool) -> None:
    annotations = labelled("overall", tmp_path)
    long = written(tmp_path / "labels.csv", table(annotations, scores=scores))
    for file, out in ((annotations, "ours.json"), (long, "theirs.json")):
        done = judge("correct", str(RUN), str(file), "--out", out, *FAST)
        assert done.returncode == 0, done.stderr
    ours, theirs = read_json(tmp_path / "ours.json"), read_json(tmp_path / "theirs.json")
    assert theirs["rows"] == ours["rows"]
    assert theirs["strata"] == ours["strata"] == "outcomes under overall"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"label": "ft"}, "'ft' is not an outcome"),
        ({"inclusion_probability": "1.5"}, "inclusion_probability '1.5' is not a probability"),
        ({"inclusion_probability": "often"}, "inclusion_probability 'often' is not a probability"),
        ({"stratum": "another"}, "stratum or inclusion_probability differs from an earlier row"),
        ({"item": "Q0"}, "not in the run: "),
        ({"criterion": "charm"}, "the run has no criterion"),
    ],
)
def test_what_a_table_cannot_say_is_refused(call: Call, tmp_path: Path, change: dict[str, object], said: str) -> None:
    rows = table(labelled("overall", tmp_path))
    rows[1] |= change
    with refused(said):
        call("correct", str(RUN), str(written(tmp_path / "labels.csv", rows)), *FAST)


def test_a_table_without_probabilities_says_so_or_is_taken_as_a_simple_sample(call: Call, tmp_path: Path) -> None:
    rows = [{**row, "inclusion_probability": "", "stratum": ""} for row in table(labelled("overall", tmp_path))]
    long = written(tmp_path / "labels.csv", rows)
    with refused("no inclusion_probability: "):
        call("correct", str(RUN), str(long), *FAST)
    assert call("correct", str(RUN), str(long), "--unweighted", *FAST) == 0
