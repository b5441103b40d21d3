"""`judge values` as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.command import Call
from tests.support.refused import refused

FEW = "--resamples 20 --strata sex,religion,ethnicity_x_religion"


def test_from_the_synthetic_survey_to_training_rows(call: Call, tmp_path: Path) -> None:
    for command in (
        "synthetic --out s.csv",
        f"build s.csv --country SGP {FEW} --out a.jsonl",
        f"build --synthetic {FEW} --out b.jsonl",
        "describe b.jsonl --top 3 --out t --figure t/d.png",
        "split b.jsonl --out data",
        "export b.jsonl --format trl --out train.jsonl",
    ):
        assert call("values", *command.split()) == 0, command
    assert (tmp_path / "t" / "d.png").exists()
    assert len((tmp_path / "s.csv").read_text().splitlines()) == 1 + 2_012
    about = json.loads((tmp_path / "a.manifest.json").read_text())
    assert (sum(about["subgroups"].values()), about["values"]["rows"], len(about["excluded_cells"])) == (17, 3_638, 22)
    assert json.loads((tmp_path / "b.manifest.json").read_text())["source"]["name"].startswith("synthetic-1 ")
    assert len((tmp_path / "data" / "ood.jsonl").read_text().splitlines()) == 1_712
    assert len((tmp_path / "train.jsonl").read_text().splitlines()) == 1_926
    pairs = zip(*((tmp_path / name).read_text().splitlines() for name in ("a.jsonl", "b.jsonl")), strict=True)
    for one, other in pairs:
        assert one.replace(json.loads(one)["source_sha256"], "") == other.replace('null,"split"', '"","split"')


@pytest.mark.parametrize(
    ("command", "others"),
    [
        ("build --synthetic {few} --out a.jsonl", ["a.jsonl", "a.manifest.json"]),
        ("synthetic --out s.csv", ["s.csv"]),
        ("synthetic --out s.sav", ["s.sav"]),
        ("synthetic --out s.dta", ["s.dta"]),
        ("describe {values} --out t", ["t/subgroups.csv", "t/diversity.csv", "t/questions.csv"]),
        ("describe {values} --figure d.png", ["d.png"]),
        ("describe {values} --figure d.svg", ["d.svg"]),
        ("describe {values} --figure d.pdf", ["d.pdf"]),
        ("split {values} --out data", ["data/train.jsonl", "data/ood.jsonl", "data/split.json"]),
        ("export {values} --split all --dev-share .2 --dev d.jsonl --out o.jsonl", ["o.jsonl", "d.jsonl"]),
    ],
)
def test_own_files_are_replaced_and_files_of_others_are_not(
    call: Call, tmp_path: Path, values: Path, command: str, others: list[str]
) -> None:
    words = ("values", *command.format(few="--resamples 0 --strata sex", values=values).split())
    for name in others:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text('{"item_id": "mine"}\n')
        with refused(f"{name} exists, and this command did not write it"):
            call(*words)
        assert [each for each in tmp_path.rglob("*") if each.is_file()] == [path]
        assert path.read_text() == '{"item_id": "mine"}\n'
        path.unlink()
    assert call(*words) == 0
    assert call(*words) == 0


def test_errors_say_what_to_do_and_leave_nothing(call: Call, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    for arguments, message in (
        ("build", "give a survey file, or --synthetic"),
        ("build x.csv --synthetic", "give a survey file, or --synthetic"),
        ("build x.csv", "so this is not a file of World Values Survey wave 7"),
        ("build nothing.csv", "nothing.csv: cannot be read: No such file"),
        ("build --synthetic --country THA", "no respondents of THA"),
        ("build --synthetic --resamples 0 --min-stability .5", "--min-stability needs resamples"),
        ("describe nothing.jsonl", "nothing.jsonl: cannot be read"),
        ("export nothing.jsonl --out o.jsonl", "nothing.jsonl: cannot be read"),
        ("synthetic --out s.xlsx", "cannot write s.xlsx"),
    ):
        with refused(message):
            call("values", *arguments.split())
    assert [path.name for path in tmp_path.iterdir()] == ["x.csv"]
