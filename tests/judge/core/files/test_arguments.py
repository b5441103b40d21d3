"""Paths of the command line at which no file is: what is there, and which file may be meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from judge.core.files.arguments import input_path
from tests.support.refused import refused


@pytest.mark.parametrize("name", ["gpt5.json", "x=gpt5.json"])
def test_a_misspelt_name_is_refused_with_the_nearest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / "gpt4.json").touch()
    (tmp_path / "other.csv").touch()
    monkeypatch.chdir(tmp_path)
    with refused("gpt5.json: no such file", "did you mean gpt4.json?") as caught:
        input_path(name)
    assert "other.csv" not in str(caught.value)


def test_a_folder_is_refused_with_files_in_it_and_a_run_with_what_prints_it(tmp_path: Path) -> None:
    with refused("a folder, not a file", "FILE or NAME=FILE"):
        input_path(str(tmp_path))
    (tmp_path / "a.csv").touch()
    with refused("a folder, not a file", "name a file in it: a.csv"):
        input_path(str(tmp_path))
    (tmp_path / "manifest.json").touch()
    with refused("a run, not a file of responses", f"judge show {tmp_path}"):
        input_path(str(tmp_path))
    with refused("no such file", "check the path"):
        input_path(str(tmp_path / "gone" / "a.csv"))
