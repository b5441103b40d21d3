"""`judge correct`: sampling strata, weights and labels that cannot correct, as a user meets them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.support.command import Call
from tests.support.demo_labels import FAST, RUN, labelled
from tests.support.refused import refused
from tests.support.rows import jsonl, read_json


@pytest.mark.parametrize(
    ("by", "absent"), [("overall", "tie"), ("category", "Religious Values"), ("subgroup", "sex_Male")]
)
def test_a_stratum_of_the_run_without_labels_is_refused_whatever_strata_are(
    call: Call, tmp_path: Path, by: str, absent: str
) -> None:
    field = "outcome" if by == "overall" else by
    assert call("correct", str(RUN), str(labelled(by, tmp_path)), *FAST) == 0
    with refused(f"no label in the sampling stratum '{absent}'"):
        call("correct", str(RUN), str(labelled(by, tmp_path, lambda row: row[field] != absent)), *FAST)


def test_a_slice_without_labels_in_one_of_its_strata_is_undefined(call: Call, tmp_path: Path) -> None:
    file = labelled("overall", tmp_path, lambda row: (row["category"], row["outcome"]) != ("Religious Values", "win"))
    assert call("correct", str(RUN), str(file), "--out", "out.json", *FAST) == 0
    found = {
        (row["dimension"], row["value"], row["criterion"]): row for row in read_json(tmp_path / "out.json")["rows"]
    }
    assert read_json(tmp_path / "out.json")["strata"] == "outcomes under overall"
    assert found["all", "all", "overall"]["corrected"]["value"] is not None
    lacking = found["category", "Religious Values", "overall"]
    for name in ("corrected", "human_only", "plug_in"):
        assert lacking[name]["value"] is None
        assert lacking[name]["flags"] == ["stratum_unlabelled"]
    assert lacking["unlabelled_strata"] == ["win"]
    assert (lacking["tuning"], lacking["worth"]) == (None, None)
    assert lacking["judge_only"]["value"] is not None
    assert lacking["labelled"] > 0


def test_a_pair_of_contestants_without_labels_is_undefined(call: Call, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(RUN, run)
    rows = [json.loads(line) for line in (RUN / "verdicts.jsonl").read_text(encoding="utf-8").splitlines()]
    other = [{**row, "candidate": "ft2", "comparison_id": row["comparison_id"].replace("|ft", "|ft2")} for row in rows]
    jsonl(run / "verdicts.jsonl", [*rows, *other])
    assert call("correct", str(run), str(labelled("overall", tmp_path)), "--out", "out.json", *FAST) == 0
    written = read_json(tmp_path / "out.json")
    found = {row["candidate"]: row for row in written["rows"] if row["dimension"] == "all"}
    assert found["ft"]["corrected"]["value"] is not None
    assert found["ft2"]["corrected"]["note"] == "undefined: no label"
    assert any("comparisons sum to 96, but the run has 192" in warning for warning in written["warnings"])


def test_strata_that_cannot_be_told_are_said(call: Call, tmp_path: Path) -> None:
    rows = [json.loads(line) for line in labelled("overall", tmp_path).read_text(encoding="utf-8").splitlines()]
    some = jsonl(
        tmp_path / "some.jsonl", [{**row, "stratum": "" if row is rows[0] else row["stratum"]} for row in rows]
    )
    with refused("no sampling stratum, which others have: 1 labelled comparison"):
        call("correct", str(RUN), str(some), *FAST)
    none = jsonl(tmp_path / "none.jsonl", [{**row, "stratum": None} for row in rows])
    assert call("correct", str(RUN), str(none), "--out", "none.json", *FAST) == 0
    said = read_json(tmp_path / "none.json")["warnings"]
    assert any("coverage of the run's strata was not checked" in each for each in said)
    own = jsonl(tmp_path / "own.jsonl", [{**row, "stratum": f"batch {n % 2}"} for n, row in enumerate(rows)])
    assert call("correct", str(RUN), str(own), "--out", "own.json", *FAST) == 0
    assert any("('batch 0', 'batch 1') match no field" in each for each in read_json(tmp_path / "own.json")["warnings"])


@pytest.mark.parametrize("chance", [0, -0.5, 1.5, float("nan"), "often"])
def test_an_inclusion_probability_that_is_none_is_refused(call: Call, tmp_path: Path, chance: object) -> None:
    with refused("overall.jsonl:1", "inclusion_probability"):
        call("correct", str(RUN), str(labelled("overall", tmp_path, inclusion_probability=chance)), *FAST)


def test_correction_by_score_is_for_simple_random_samples(call: Call, tmp_path: Path) -> None:
    file = labelled("overall", tmp_path)
    with refused("--by-score is for a simple random sample of labels"):
        call("correct", str(RUN), str(file), "--by-score", *FAST)
    for name, options in (("line", ()), ("score", ("--by-score",))):
        assert call("correct", str(RUN), str(file), "--unweighted", *options, "--out", f"{name}.json", *FAST) == 0
    line, score = (read_json(tmp_path / f"{name}.json") for name in ("line", "score"))
    assert ("by_score" in line["how"], score["how"]["by_score"]) == (False, True)
    assert score["how"]["interval"].endswith("within scores of the judge")
    both = [found["rows"][0]["judge_only"]["value"] for found in (line, score)]
    assert both[0] == both[1]
