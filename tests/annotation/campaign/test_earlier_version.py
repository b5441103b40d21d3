"""A campaign made at 920d340: its files load, push the same project, and import the same annotations."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from judge.annotation.campaign.campaign import load
from judge.annotation.labels.resolve import Resolved
from judge.annotation.labelstudio import project
from judge.annotation.other_tools.files import export_tasks, import_answers
from judge.annotation.tables import annotation_lines, annotation_tables
from judge.core.files.rows import json_rows

MADE = Path(__file__).parent / "at_920d340"


def test_its_project_on_a_server_is_the_same() -> None:
    campaign, key = load(MADE / "campaign.yaml")
    assert project.settings(campaign) == json.loads((MADE / "project.json").read_text(encoding="utf-8"))
    assert len(key.by_id()) == 5


def test_answers_to_it_become_the_same_annotations(tmp_path: Path) -> None:
    for name in ("campaign.yaml", "campaign.key.json", "answers.csv"):
        shutil.copy(MADE / name, tmp_path)
    key = (tmp_path / "campaign.key.json").read_text(encoding="utf-8")
    written = import_answers(tmp_path / "campaign.yaml", tmp_path / "answers.csv", "csv", tmp_path / "a.jsonl")
    assert [row for _, row in json_rows(written.annotations)] == [
        row for _, row in json_rows(MADE / "annotations.jsonl")
    ]
    assert (tmp_path / "campaign.key.json").read_text(encoding="utf-8") == key
    summary = json.loads(written.summary.read_text(encoding="utf-8"))
    assert (summary["received"], summary["annotations"], summary["set_aside"]) == (10, 10, {})
    annotators, agreement = annotation_tables(written)  # nothing was set aside
    assert [row[:2] for row in annotators.rows] == [("annotator-01", "4"), ("annotator-02", "4")]
    assert [row[0] for row in agreement.rows] == ["persona", "value", "overall"]
    exported = export_tasks(tmp_path / "campaign.yaml", "csv", tmp_path / "tasks.csv")
    assert exported.tasks == 5


def test_what_changed_since_the_last_pull_is_reported() -> None:
    resolved = Resolved([], addresses=3, revised=2, deleted={"annotator-01": 1})
    assert [line.rstrip(".").rpartition(": ")[2] for line in annotation_lines(resolved)] == ["3", "2", "1"]
    assert annotation_lines(Resolved([])) == []
