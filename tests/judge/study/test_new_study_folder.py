"""`judge init`: the files of a new study, whose README names commands that run as they are."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from judge.judging.heuristic import check_criteria
from judge.prompts import load_prompt
from judge.study.file import load_study
from judge.study.new_study_folder import write_study
from judge.study.run import plan_study
from tests.support.command import command_line, environment
from tests.support.refused import refused


def commands(folder: Path) -> list[str]:
    """The commands of the README, without what is said of them."""
    (block,) = re.findall(r"```\n(.*?)```", (folder / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    return [line.partition("  #")[0].strip() for line in block.splitlines()]


def test_the_study_is_planned_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = write_study(tmp_path / "first")
    assert sorted(path.name for path in files) == ["README.md", "prompt.yaml", "study.yaml"]
    monkeypatch.chdir(tmp_path / "first")
    plan = plan_study(Path("study.yaml"))
    assert plan.name == "first"
    assert {row.state for row in plan.rows} == {"to do"}
    assert not Path("results").exists()
    prompt = load_prompt(load_study(Path("study.yaml")).compare.prompt)
    assert (prompt.file.name, prompt.file.version) == ("first", "1")
    check_criteria(prompt.criteria, prompt.file.requires, prompt.file.name)
    assert commands(Path())[:2] == ["judge run study.yaml --plan", "judge run study.yaml"]


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "prompt.yaml").write_text("mine", encoding="utf-8")
    with refused("has prompt.yaml already"):
        write_study(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["prompt.yaml"]
    with refused("cannot name a study"):
        write_study(tmp_path / "a study")


@pytest.mark.slow
def test_the_commands_of_its_readme_run_as_they_are(tmp_path: Path) -> None:
    write_study(tmp_path / "first")
    program = " ".join(command_line())
    for command in commands(tmp_path / "first"):
        shell = command.replace("judge ", f"{program} ", 1)
        done = subprocess.run(
            ["sh", "-c", shell], cwd=tmp_path / "first", env=environment(), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "first" / "report.html").exists()
