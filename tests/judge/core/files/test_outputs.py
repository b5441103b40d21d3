"""Where to write: never onto what is read, never where a folder or a file is in the way."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from judge.core.errors import UsageError
from judge.core.files.outputs import check_outputs


def test_what_is_read_is_not_written_by_any_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "a.csv"
    source.write_text("a")
    (tmp_path / "soft.csv").symlink_to(source)
    os.link(source, tmp_path / "hard.csv")
    (tmp_path / "folder").symlink_to(tmp_path)
    monkeypatch.chdir(tmp_path)
    names = ("a.csv", "./a.csv", "soft.csv", "hard.csv", "folder/a.csv", str(source))
    for output in names:
        for read in names:
            with pytest.raises(UsageError, match="would be overwritten") as caught:
                check_outputs([Path("other.csv"), Path(output)], [None, Path(read)])
            assert caught.value.hint
    check_outputs([Path("b.csv"), Path("new/a.csv")], [source, None])


def test_an_output_that_is_not_there_yet_is_compared_by_its_place(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(UsageError, match="would be overwritten"):
        check_outputs([tmp_path / "link" / "a.csv"], [tmp_path / "a.csv"])


def test_one_file_is_not_two_outputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link").symlink_to(tmp_path)
    for other in ("a.csv", "./a.csv", "link/a.csv", str(tmp_path / "a.csv")):
        with pytest.raises(UsageError, match="would be written twice"):
            check_outputs([Path("a.csv"), Path(other)])
    check_outputs([Path("a.csv"), Path("b/a.csv")])


def test_folders_and_files_in_the_way_are_named(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("")
    with pytest.raises(UsageError, match="is a folder, and this command writes a file"):
        check_outputs([tmp_path])
    for below in ("plain/x.jsonl", "plain/deeper/x.jsonl"):
        with pytest.raises(UsageError, match=r"x.jsonl cannot be written: .*plain is a file, not a folder"):
            check_outputs([tmp_path / below])
    check_outputs([tmp_path / "new" / "deeper" / "x.jsonl"])
