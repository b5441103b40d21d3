"""`judge values` as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.command import Call, Command
from tests.support.refused import refused

FEW = "--resamples 20 --strata sex,religion,ethnicity_x_religion"


def test_from_the_synthetic_survey_to_training_rows(judge: Command, tmp_path: Path) -> None:
    for command, printed in (
        ("synthetic --out s.csv", "2,012 invented respondents written to s.csv: not survey data."),
        (f"build s.csv --country SGP {FEW} --out a.jsonl", "17 subgroups, 3,638 rows; 22 cells too small."),
        (f"build --synthetic {FEW} --out b.jsonl", "Source: synthetic-1"),
        ("describe b.jsonl --top 3 --out t --figure t/d.png", "Most divisive questions"),
        ("split b.jsonl --out data", "ood: 1,712 rows, 8 subgroups"),
        ("export b.jsonl --format trl --out train.jsonl", "1,926 rows (train, trl) written to train.jsonl."),
    ):
        done = judge("values", *command.split())
        assert (done.returncode, done.stderr) == (0, ""), command
        assert printed in done.stdout
    assert (tmp_path / "t" / "d.png").exists()
    assert len((tmp_path / "train.jsonl").read_text().splitlines()) == 1_926
    pairs = zip(*((tmp_path / name).read_text().splitlines() for name in ("a.jsonl", "b.jsonl")), strict=True)
    for one, other in pairs:
        assert one.replace(json.loads(one)["source_sha256"], "") == other.replace('null,"split"', '"","split"')


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
