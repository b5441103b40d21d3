"""`until_decided`, `until_half_width` and `sequence` of a study file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from judge.comparison.results import load_summary
from judge.core.files.manifest import JudgingManifest
from judge.core.files.run_directory import read_manifest
from judge.study.run import plan_study
from judge.study.stage import Stage
from tests.support.loopback import Loopback
from tests.support.refused import refused
from tests.support.study import complete, served_study, speak, stages, write


def study(folder: Path, url: str, **compare: object) -> Path:
    return served_study(
        folder, url, generate={"sample": 60}, compare={"judge": "heuristic", "base_url": None} | compare
    )


def compared(path: Path) -> Stage:
    return stages(path)["compare"]


def test_a_study_stops_when_its_win_rate_is_decided_and_its_tables_say_so(tmp_path: Path) -> None:
    def answers(body: dict[str, Any]) -> str:  # one model always speaks for the view, the other against it
        word = "agree strongly, and so does my family" if body["model"] == "ft" else "cannot say"
        return f"I {word}."

    with Loopback(writes=answers) as server:
        path = study(tmp_path, server.url, until_decided="overall", detect=0.7)
        (planned,) = [row for row in plan_study(path).rows if row.stage == "compare"]
        assert planned.estimate is not None
        assert planned.estimate.description.startswith("at most 120 calls")
        complete(path)
        folder = compared(path).folder
        decision = load_summary(folder).decision
        assert decision is not None
        assert (decision.criterion, decision.detect, decision.ended_by) == ("overall", 0.7, "decided")
        manifest = read_manifest(folder, JudgingManifest)
        assert manifest is not None
        assert (manifest.limit, manifest.sequence) == (decision.candidates[0].looks[-1].comparisons, "spread")
        tables = json.loads((stages(path)["tables"].folder / "summary.json").read_text(encoding="utf-8"))
        assert tables["decision"]["criterion"] == "overall"
        asked = len(server.seen)
        complete(path)  # nothing is left to do
        assert len(server.seen) == asked


def test_a_study_stops_when_its_interval_is_narrow(tmp_path: Path) -> None:
    with Loopback(writes=speak) as server:
        path = study(tmp_path, server.url, until_half_width=0.4)
        complete(path)
    manifest = read_manifest(compared(path).folder, JudgingManifest)
    assert manifest is not None
    assert manifest.sequence == "uniform"
    assert load_summary(compared(path).folder).counts.comparisons < 60


def test_a_sequence_is_kept_and_usual_settings_keep_the_folder(tmp_path: Path) -> None:
    with Loopback(writes=speak) as server:
        path = study(tmp_path, server.url, sequence="uniform", limit=10)
        complete(path)
        manifest = read_manifest(compared(path).folder, JudgingManifest)
        assert manifest is not None
        assert (manifest.sequence, manifest.limit) == ("uniform", 10)
        before = compared(study(tmp_path, server.url)).folder
        assert compared(study(tmp_path, server.url, until_decided=None, sequence=None)).folder == before
        assert compared(study(tmp_path, server.url, until_decided="overall")).folder != before


@pytest.mark.parametrize(
    ("compare", "message"),
    [
        ({"until_decided": "overall", "until_half_width": 0.1}, "stop at different places"),
        ({"detect": 0.7}, "give until_decided too"),
        ({"until_decided": "overall", "all_pairs": True}, "until_decided is of one win rate"),
        ({"until_half_width": 0.1, "orders": "adaptive"}, "until_half_width needs scores of one design"),
        ({"until_half_width": 0.1, "expert": "heuristic"}, "until_half_width and expert do not go together"),
        ({"until_decided": "overall", "sequence": "uniform"}, "in the spread sequence"),
        ({"until_half_width": 0.1, "sequence": "spread"}, "in the uniform sequence"),
        ({"until_half_width": 0.6}, "at most 0.5, not 0.6"),
    ],
)
def test_stops_that_do_not_fit_together_are_refused(tmp_path: Path, compare: dict[str, object], message: str) -> None:
    path = study(tmp_path, "http://127.0.0.1:9", **compare)
    with refused("study.yaml", message):
        plan_study(path)


def test_a_criterion_that_the_prompt_lacks_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    path = study(tmp_path, "http://127.0.0.1:9", until_decided="nope")
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    with refused("compare.until_decided", "no criterion 'nope'"):
        plan_study(write(path, content))
    assert not (tmp_path / "study").exists()
