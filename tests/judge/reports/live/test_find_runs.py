"""Which folders are runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from judge.core.errors import UsageError
from judge.reports.live.find_runs import DEEPEST, check_given, find_runs


def run(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text("{}")
    return folder


def test_runs_are_found_below_folders_and_not_within_runs(tmp_path: Path) -> None:
    a, b = run(tmp_path / "results" / "a"), run(tmp_path / "results" / "study" / "answers" / "ft.jsonl.run")
    run(a / "refusals")
    run(tmp_path / "results" / ".hidden" / "c")
    (tmp_path / "results" / "a" / "tables").mkdir()
    assert find_runs([tmp_path / "results"]) == [a, b]
    assert find_runs([a, tmp_path / "results"]) == [a, b]
    assert find_runs([tmp_path / "nothing"]) == []


def test_a_file_of_responses_stands_for_the_run_beside_it(tmp_path: Path) -> None:
    (tmp_path / "ft.jsonl").write_text("")
    beside = run(tmp_path / "ft.jsonl.run")
    check_given([tmp_path / "ft.jsonl"])
    assert find_runs([tmp_path / "ft.jsonl"]) == [beside]


def test_links_are_not_followed_and_depth_is_limited(tmp_path: Path) -> None:
    run(tmp_path / "elsewhere" / "secret")
    results = tmp_path / "results"
    results.mkdir()
    (results / "link").symlink_to(tmp_path / "elsewhere")
    (results / "circle").symlink_to(results)
    deep = results.joinpath(*"abcdefgh"[: DEEPEST + 1])
    run(deep)
    assert find_runs([results]) == []
    assert find_runs([results / "link"]) == [results / "link" / "secret"]  # named by the user


@pytest.mark.parametrize("name", ["absent", "file.txt"])
def test_what_is_no_folder_is_refused_by_name(tmp_path: Path, name: str) -> None:
    (tmp_path / "file.txt").write_text("")
    with pytest.raises(UsageError, match=name):
        check_given([tmp_path / name])
