"""`judge values` as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.command import Command


def test_from_the_synthetic_survey_to_training_rows(judge: Command, tmp_path: Path) -> None:
    for command, printed in (
        ("synthetic --out s.csv", "2,012 invented respondents written to s.csv: not survey data."),
        ("build s.csv --country SGP --resamples 20 --out a.jsonl", "98 subgroups, 20,972 rows; 81 cells too small."),
        ("build --synthetic --resamples 20 --out b.jsonl", "Source: synthetic-1"),
        ("describe b.jsonl --top 3 --out t --figure t/d.png", "Most divisive questions"),
        ("split b.jsonl --out data", "ood: 10,272 rows, 48 subgroups"),
        ("export b.jsonl --format trl --out train.jsonl", "10,700 rows (train, trl) written to train.jsonl."),
    ):
        done = judge("values", *command.split())
        assert (done.returncode, done.stderr) == (0, ""), command
        assert printed in done.stdout
    assert (tmp_path / "t" / "d.png").exists()
    assert len((tmp_path / "train.jsonl").read_text().splitlines()) == 10_700
    pairs = zip(*((tmp_path / name).read_text().splitlines() for name in ("a.jsonl", "b.jsonl")), strict=True)
    for one, other in pairs:
        assert one.replace(json.loads(one)["source_sha256"], "") == other.replace('null,"split"', '"","split"')


def test_errors_say_what_to_do_and_leave_nothing(judge: Command, tmp_path: Path) -> None:
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
        done = judge("values", *arguments.split())
        assert done.returncode == 2, arguments
        assert message in done.stderr
        assert "what to do:" in done.stderr
        assert "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["x.csv"]
