"""What a file is, decided by its content, and its rows."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from judge.core.errors import InputError
from judge.core.files.arguments import input_file
from judge.core.files.formats.compression import UnpackBounds, opened
from judge.core.files.formats.packages import need
from judge.core.files.formats.table import open_table

ROWS: list[dict[str, Any]] = [
    {"item_id": 1, "text": "Yes, it is.", "sample": 0},
    {"item_id": 2, "text": "Größer?\nNo.", "sample": 1},
]
LINES = "".join(json.dumps(row) + "\n" for row in ROWS).encode()
CSV = b'item_id,text,sample\n1,"Yes, it is.",0\n2,"Gr\xc3\xb6\xc3\x9fer?\nNo.",1\n'


def rows_of(path: Path) -> list[dict[str, object]]:
    return [row for _, row in open_table(path).rows]


def as_cells(rows: list[dict[str, Any]]) -> list[dict[str, str]]:
    return [{name: str(value) for name, value in row.items()} for row in rows]


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.jsonl", LINES, "JSON Lines"),
        ("a.txt", LINES, "JSON Lines"),
        ("a", json.dumps(ROWS).encode(), "JSON"),
        ("a.json", json.dumps(ROWS).encode(), "JSON"),
        ("a.json", json.dumps(ROWS, indent=2).encode(), "JSON"),
        ("a.json", json.dumps({"version": 1, "data": ROWS}, indent=2).encode(), "JSON"),
        ("a.json", json.dumps({"version": 1, "data": ROWS}).encode(), "JSON Lines"),
        ("a.json", pd.DataFrame(ROWS).to_json().encode(), "JSON Lines"),
        ("a.json", pd.DataFrame(ROWS).to_json(orient="split").encode(), "JSON Lines"),
        ("a.json", pd.DataFrame(ROWS).to_json(indent=2).encode(), "JSON"),
        ("a.json", b"\xef\xbb\xbf" + json.dumps(ROWS).encode(), "JSON"),
        ("a.jsonl", LINES.decode().encode("utf-16"), "JSON Lines"),
    ],
)
def test_json_by_content(tmp_path: Path, name: str, content: bytes, kind: str) -> None:
    (tmp_path / name).write_bytes(content)
    assert open_table(tmp_path / name).found.kind == kind
    assert rows_of(tmp_path / name) == ROWS


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", CSV),
        ("a", CSV),
        ("a.csv", CSV.replace(b",", b";").replace(b"Yes;", b"Yes,")),
        ("a.txt", CSV.replace(b"Yes,", b"Yes#").replace(b",", b"\t").replace(b"#", b",").decode().encode("utf-16")),
    ],
)
def test_csv_by_content(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    table = open_table(tmp_path / name)
    assert (table.found.kind, table.cells) == ("CSV", True)
    assert [row for _, row in table.rows] == as_cells(ROWS)


@pytest.mark.parametrize(
    ("ending", "pack"), [(".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress), ("", gzip.compress)]
)
def test_compressed(tmp_path: Path, ending: str, pack: Callable[[bytes], bytes]) -> None:
    lines, table = tmp_path / f"base.jsonl{ending}", tmp_path / f"base.csv{ending}"
    lines.write_bytes(pack(LINES))
    table.write_bytes(pack(CSV))
    assert rows_of(lines) == ROWS
    assert rows_of(table) == as_cells(ROWS)
    assert input_file(str(lines)).contestant == "base"


def test_zstandard(tmp_path: Path) -> None:
    zstandard = pytest.importorskip("zstandard")
    path = tmp_path / "a.jsonl.zst"
    path.write_bytes(zstandard.ZstdCompressor().compress(LINES))
    assert rows_of(path) == ROWS


def test_unpacking_has_bounds(tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"\0" * 5_000_000))
    with pytest.raises(InputError, match="unpacks to more than 4 MB"), opened(path, UnpackBounds(0.004)) as file:
        file.read()
    assert UnpackBounds().most(1_000_000) == 200_000_000
    assert UnpackBounds().most(1_000) == 64_000_000
    assert UnpackBounds().most(10**9) == 4_000_000_000


def test_a_member_of_a_zip_has_bounds(tmp_path: Path) -> None:
    path = tmp_path / "log.eval"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("header.json", '{"eval": {"model": "m"}}')
        archive.writestr("samples/1_epoch_1.json", " " * 65_000_000)
    with pytest.raises(InputError, match=r"samples/1_epoch_1\.json inside unpacks to more than 64 MB"):
        rows_of(path)


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(LINES * 100)[:-20])
    with pytest.raises(InputError, match=r"a\.jsonl\.gz: damaged"):
        rows_of(path)


def test_parquet_and_arrow(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    table = pa.Table.from_pylist(ROWS)
    parquet.write_table(table, tmp_path / "a.parquet")
    with pa.ipc.new_file(tmp_path / "a.arrow", table.schema) as file:
        file.write_table(table)
    with pa.ipc.new_stream(tmp_path / "b.arrow", table.schema) as stream:
        stream.write_table(table)
    for name, kind in (("a.parquet", "Parquet"), ("a.arrow", "Arrow"), ("b.arrow", "Arrow")):
        assert open_table(tmp_path / name).found.kind == kind
        assert list(open_table(tmp_path / name).rows) == list(enumerate(ROWS, start=1))
    (tmp_path / "cut.parquet").write_bytes((tmp_path / "a.parquet").read_bytes()[:-30])
    with pytest.raises(InputError, match=r"cut\.parquet: cannot be read"):
        rows_of(tmp_path / "cut.parquet")


def saved_dataset(folder: Path, rows: list[dict[str, Any]]) -> Path:
    """A folder as ``Dataset.save_to_disk`` writes it."""
    pa = pytest.importorskip("pyarrow")
    folder.mkdir(parents=True)
    table = pa.Table.from_pylist(rows)
    with pa.ipc.new_stream(folder / "data-00000-of-00001.arrow", table.schema) as stream:
        stream.write_table(table)
    state = {"_data_files": [{"filename": "data-00000-of-00001.arrow"}], "_fingerprint": "1", "_split": None}
    (folder / "state.json").write_text(json.dumps(state))
    (folder / "dataset_info.json").write_text("{}")
    return folder


def test_folders_of_datasets(tmp_path: Path) -> None:
    one = saved_dataset(tmp_path / "one", ROWS)
    assert rows_of(one) == ROWS
    given = input_file(f"base={one}")
    assert given.sha256 == input_file(str(saved_dataset(tmp_path / "again" / "one", ROWS))).sha256
    both = tmp_path / "both"
    for split in ("train", "test"):
        saved_dataset(both / split, ROWS[:1])
    (both / "dataset_dict.json").write_text('{"splits": ["train", "test"]}')
    with pytest.raises(InputError, match=r"2 splits \(train, test\)"):
        rows_of(both)
    assert rows_of(both / "test") == ROWS[:1]
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "notes").write_text("")
    with pytest.raises(InputError, match="a folder with notes, and none"):
        rows_of(tmp_path / "other")


def test_workbook(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["item_id", "text", "day", "gap"])
    sheet.append([1, "Yes, it is.", date(2026, 1, 31), None])
    sheet.append([2.0, 4.5, None, True])
    sheet.append([None, None])
    notes = book.create_sheet("notes")
    notes.append(["other"])
    notes.append(["row"])
    book.create_sheet("empty").append(["other"])
    book.save(tmp_path / "a.xlsx")
    table = open_table(tmp_path / "a.xlsx")
    assert list(table.rows) == [
        (2, {"item_id": "1", "text": "Yes, it is.", "day": "2026-01-31", "gap": ""}),
        (3, {"item_id": "2", "text": "4.5", "day": "", "gap": "True"}),
    ]
    assert table.cells
    assert table.note == "the sheet 'Sheet', the first of 2"


def workbook(path: Path, **sheets: list[list[object]]) -> Path:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def test_a_workbook_with_a_title_and_a_sheet_without_rows(tmp_path: Path) -> None:
    data: list[list[object]] = [["Our answers, round 2"], [], ["id", "text"], [1, "Yes."], [2, "No."]]
    table = open_table(workbook(tmp_path / "a.xlsx", about=[["Made by us"]], data=data))
    assert list(table.rows) == [(4, {"id": "1", "text": "Yes."}), (5, {"id": "2", "text": "No."})]
    assert table.note == ("the sheet 'data', since 'about' has no rows, the columns are named in row 3 of 'data'")


def test_a_stray_cell_is_no_heading(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a cell outside the 1 named columns"):
        rows_of(workbook(tmp_path / "a.xlsx", only=[["text"], ["a"], ["b", "stray"], ["c"]]))


def test_records_by_key(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"q1": {"text": "Yes."}, "q2": {"text": "No."}}')
    assert rows_of(path) == [{"id": "q1", "text": "Yes."}, {"id": "q2", "text": "No."}]
    path.write_text('{"0": {"text": "Yes."}, "1": {"text": "No."}}')  # row numbers, as pandas writes them
    assert rows_of(path) == [{"text": "Yes."}, {"text": "No."}]


def test_a_package_that_is_missing_is_named_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        need("no_such_package.part", tmp_path / "a.parquet", "a Parquet file", "save it as CSV")
    assert "a.parquet: a Parquet file, and the package no_such_package that reads it is not installed" in str(
        caught.value
    )
    assert caught.value.hint == "pip install 'persona-judge[files]' (or no_such_package); or save it as CSV"


def zip_of(**files: bytes) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return whole.getvalue()


@pytest.mark.parametrize(
    ("content", "seen"),
    [
        (b"%PDF-1.7\n", "a PDF"),
        (b"\x80\x04\x95\x10\0\0\0", "a Python pickle"),
        (b"SQLite format 3\0more", "an SQLite database"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Excel or Word file of before 2007"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 9\n", "a Git LFS pointer"),
        (b"<!DOCTYPE html><html><head><title>Sign in</title>", 'a web page or XML, titled "Sign in"'),
        (zip_of(a=b"1", b=b"2"), "a zip with a, b"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>", "this is a web page or XML"),
        (b"\x01\x02\x03\x04\0\0\x05\x06", "not text: it begins with the bytes 01 02 03 04 00 00 05 06"),
        (gzip.compress(b"PAR1....", mtime=0), "Parquet inside gzip"),
    ],
)
def test_what_an_unknown_file_is_seen_as(tmp_path: Path, content: bytes, seen: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        rows_of(path)
    assert seen in str(caught.value)
    assert caught.value.path == path


def test_a_table_whose_name_says_json_lines_is_told_by_its_first_line(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(CSV)
    with pytest.raises(InputError, match="not JSON") as caught:
        rows_of(path)
    assert "let its name end in .csv" in str(caught.value.hint)


def test_yaml_is_named_not_read_as_a_table_without_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"criteria: [a, b]\n")
    with pytest.raises(InputError, match="this is YAML"):
        rows_of(path)


def test_a_zero_byte_in_a_model_s_text_is_text(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(CSV.replace(b"Yes, it", b"Yes\0, it"))
    assert [row["text"] for row in rows_of(path)] == ["Yes\0, it is.", "Größer?\nNo."]


@pytest.mark.parametrize(
    ("content", "seen"),
    [
        (b'[{"a": 1, "a": 2}]', "'a' is given twice"),
        (b'[{"a": 1},\n {"a": }]', "line 2|:2: not JSON"),
        (b'[{"a": 1}, 5]', "record 2 is a JSON int"),
        (b'[{"a": "\\ud83d"}]', "half a character"),
        (b"[" * 100_000, "nested too deeply|not JSON"),
        (b'[{"a": "\xff"}]', "not UTF-8"),
    ],
)
def test_faults_of_json_documents(tmp_path: Path, content: bytes, seen: str) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match=seen):
        rows_of(path)
