"""Bad response and values files are refused by file, line, row id and remedy; good ones of any form are read alike."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import judge as api
from judge.core.files.run_directory import COMPARISONS
from judge.judging.pairs.contestants import responses
from tests.support.refused import refused
from tests.support.rows import (
    IDS,
    Inputs,
    bare_csv,
    compare,
    full_row,
    inputs,
    jsonl,
    read_json,
    read_rows,
    response_row,
    value_row,
)


@pytest.fixture
def files(tmp_path: Path) -> Inputs:
    return inputs(tmp_path)


def set_line(path: Path, number: int, content: bytes) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    lines[number - 1] = content
    path.write_bytes(b"".join(lines))


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"\n", "the line is empty"),
        (b"   \t\n", "the line is empty"),
        (b"certainly not json\n", "not JSON: Expecting value at column 1"),
        (b'{"item_id": "Q2_sex_Female", "text": "cut\n', "not JSON"),
        (b'["Q2_sex_Female", "text"]\n', "a JSON list where an object is expected"),
        (b'"text"\n', "a JSON str where an object is expected"),
        (b'{"text": "no id"}\n', "no item_id (or custom_id); the row has: 'text'"),
        (
            b'{"item_id": "Q2_sex_Female"}\n',
            "no text (or response); the row has: 'item_id'; read as JSON Lines (row id Q2_sex_Female)",
        ),
        (b'{"item_id": "", "text": "x"}\n', "the id is empty"),
        (b'{"item_id": "Q2_sex_Female", "text": null}\n', "(row id Q2_sex_Female)"),
        (b'{"item_id": "Q2_sex_Female", "text": ["x"]}\n', "(row id Q2_sex_Female)"),
        (b'{"item_id": "Q2_sex_Female", "text": "x", "sample": -1}\n', "sample must be at least 0, not -1"),
        (b'{"item_id": "Q2_sex_Female", "text": "x", "contestant": "a|b"}\n', "contestant must match the pattern"),
        (b'{"item_id": "Q2_sex_Female", "text": "caf\xe9"}\n', "not UTF-8: byte 0xe9 at column 42 (row id Q2"),
        (b'{"item_id": "Q2_sex_Female", "text": "x \\ud83d"}\n', "half a character: \\ud83d"),
    ],
)
def test_a_bad_row_is_refused_by_file_and_line(files: Inputs, line: bytes, says: str) -> None:
    set_line(files.ft, 3, line)
    with refused(f"{files.ft}:3: ", says, out=files.out):
        files.compare()


def test_the_command_itself_refuses_on_stderr_with_exit_code_2(files: Inputs, tmp_path: Path) -> None:
    set_line(files.ft, 3, b'{"item_id": "Q2_sex_Female", "text": "caf\xe9"}\n')
    command = [sys.executable, "-m", "judge", "compare", files.base, files.ft, "--values", files.values]
    command += ["--judge", "heuristic", "--out", "run"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith(f"judge: {files.ft}:3: not UTF-8: byte 0xe9")
    assert "row id Q2_sex_Female" in done.stderr
    assert "iconv -f WINDOWS-1252" in done.stderr
    assert not (tmp_path / "run").exists()


def test_a_refused_input_leaves_a_directory_that_was_there_as_it_was(files: Inputs) -> None:
    files.out.mkdir()
    set_line(files.ft, 3, b"{}\n")
    with refused():
        files.compare()
    assert {path.name for path in files.out.iterdir()} <= {".lock"}


def test_the_corrected_input_runs_in_the_same_directory(files: Inputs) -> None:
    files.out.mkdir()
    good = files.ft.read_bytes()
    set_line(files.ft, 3, b"{}\n")
    with refused():
        files.compare()
    files.ft.write_bytes(good)
    files.compare()


def test_an_empty_file_is_refused(files: Inputs) -> None:
    files.ft.write_bytes(b"")
    with refused(f"{files.ft}: the file has no rows", out=files.out):
        files.compare()


def test_a_header_alone_is_no_row(tmp_path: Path) -> None:
    path = tmp_path / "head.csv"
    path.write_text("item_id,text\n", encoding="utf-8")
    with refused("no rows below its first line; read as CSV"):
        list(responses(path))


def test_one_file_twice_is_said_so(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    path.write_text('{"item_id": "1", "text": "x", "question": "q"}\n', encoding="utf-8")
    with refused("m.jsonl: the file is given twice for one contestant", f"a={path} b={path}"):
        api.compare(path, path, judge="heuristic", prompt="persona-value", out=tmp_path / "run")


def test_a_file_of_blank_lines_has_no_rows(files: Inputs) -> None:
    files.ft.write_bytes(b"\n\n")
    with refused(f"{files.ft}: the file has no rows", out=files.out):
        files.compare()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-16-le"])
def test_utf_16_changes_nothing(files: Inputs, tmp_path: Path, encoding: str) -> None:
    files.compare()
    files.ft.write_text(files.ft.read_text(encoding="utf-8"), encoding=encoding)
    files.compare(out=tmp_path / "other")
    assert (files.out / COMPARISONS).read_bytes() == (tmp_path / "other" / COMPARISONS).read_bytes()


def test_a_byte_order_mark_and_windows_line_ends_change_nothing(files: Inputs, tmp_path: Path) -> None:
    files.compare()
    content = files.ft.read_bytes().replace(b"\n", b"\r\n")
    files.ft.write_bytes(b"\xef\xbb\xbf" + content)
    files.compare(out=tmp_path / "other")
    assert (files.out / COMPARISONS).read_bytes() == (tmp_path / "other" / COMPARISONS).read_bytes()


def test_blank_lines_at_the_end_of_a_file_are_no_rows(files: Inputs) -> None:
    files.ft.write_bytes(files.ft.read_bytes() + b"\n  \n\n")
    files.compare()


def test_a_duplicate_id_is_refused_with_both_lines(files: Inputs) -> None:
    files.rewrite(lambda rows: [*rows, rows[1]])
    with refused(f"{files.ft}:7: ", "in line 2", f"(row id {IDS[1]})", "`sample` field", out=files.out):
        files.compare()


def test_a_foreign_id_column_does_not_replace_the_items_id(files: Inputs) -> None:
    files.rewrite(lambda rows: [{**row, "id": f"req-{at}", "response": {"status": 200}} for at, row in enumerate(rows)])
    files.compare()


@pytest.mark.parametrize("name", ["absent.jsonl", "folder", "absent=gone.jsonl"])
def test_a_file_that_is_not_there_is_named(files: Inputs, tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    with refused(name.rpartition("=")[2], out=files.out):
        files.compare(files=(files.base, tmp_path / name if "=" not in name else name))


def test_a_values_file_that_is_not_there_is_named(files: Inputs, tmp_path: Path) -> None:
    with refused(f"{tmp_path / 'gone.jsonl'}: cannot be read: No such file", out=files.out):
        compare(files.base, files.ft, values=tmp_path / "gone.jsonl", out=files.out)


# Values files


def change_value(files: Inputs, at: int, **change: object) -> None:
    rows = read_rows(files.values)
    rows[at] |= change
    jsonl(files.values, rows)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"modal_code": 9}, "modal_code 9 is not a code of the scale"),
        ({"modal_code": "two"}, "modal_code must be a whole number, not 'two'"),
        ({"n": 0}, "n must be at least 1, not 0"),
        ({"unheard_of": 1}, "unheard_of is not a known key"),
        ({"item_id": IDS[0]}, "duplicate id: it also occurs in line 1"),
    ],
)
def test_a_bad_values_row_is_refused_by_line_and_id(files: Inputs, change: dict[str, object], says: str) -> None:
    change_value(files, 2, **change)
    row = change.get("item_id", IDS[2])
    with refused(f"{files.values}:3: ", says, f"(row id {row})", out=files.out):
        files.compare()


@pytest.mark.parametrize(
    ("scale", "says"),
    [
        ({"codes": [1, 2, 3], "labels": ["a", "b"], "ordinal": True}, "3 codes but 2 labels"),
        ({"codes": [1, 2, 2], "labels": ["a", "b", "c"], "ordinal": True}, "a code occurs twice"),
    ],
)
def test_a_scale_that_contradicts_itself_is_refused(files: Inputs, scale: dict[str, object], says: str) -> None:
    change_value(files, 2, question={**value_row(IDS[2])["question"], "scale": scale})
    with refused(f"{files.values}:3: ", says, f"(row id {IDS[2]})", out=files.out):
        files.compare()


def test_an_empty_values_file_is_refused(files: Inputs) -> None:
    files.values.write_bytes(b"")
    with refused(f"{files.values}: the file has no rows", out=files.out):
        files.compare()


def test_an_id_that_the_values_file_lacks_is_refused(files: Inputs) -> None:
    jsonl(files.values, map(value_row, IDS[:-1]))
    says = f"the id is not in {files.values}", f"(row id {IDS[-1]})"
    with refused(f"{files.base}:6: ", *says, out=files.out):
        files.compare()


# Bare custom_id, response


def test_bare_files_with_values_give_the_result_of_the_full_rows(files: Inputs, tmp_path: Path) -> None:
    texts = [
        response_row(name, voice) | {"text": f'{voice}; we "pray", daily.\n\nAlways, {name}, caf\u00e9 \U0001f600.'}
        for voice, name in zip(["I"] * 6, IDS, strict=True)
    ]
    full = [{**row, **{name: value_of(row["item_id"])[name] for name in ("persona", "question")}} for row in texts]
    expected = None
    for name, path in {
        "full": jsonl(tmp_path / "full" / "ft.jsonl", full),
        "bare": jsonl(tmp_path / "ft.jsonl", [{"custom_id": row["item_id"], "response": row["text"]} for row in texts]),
        "comma": bare_csv(tmp_path / "comma.csv", texts),
        "semicolon": bare_csv(tmp_path / "semicolon.csv", texts, delimiter=";"),
        "tab": bare_csv(tmp_path / "tab.tsv", texts, delimiter="\t"),
        "bom": bare_csv(tmp_path / "bom.csv", texts, encoding="utf-8-sig"),
    }.items():
        out = tmp_path / "runs" / name
        files.compare(files=(files.base, f"ft={path}"), out=out)
        result = (out / COMPARISONS).read_bytes(), {**read_json(out / "summary.json"), "name": ""}
        assert result == (expected := expected or result), name


CELLS = "3 cells under 2 column names ('custom_id', 'response')"


def value_of(item_id: str) -> dict[str, str]:
    row = value_row(item_id)
    return {"persona": row["subgroup"]["persona"], "question": row["question"]["open"]}


@pytest.mark.parametrize(
    ("content", "line", "says"),
    [
        (b"", 1, "the file is empty"),
        (b"\ncustom_id,response\n", 1, "the first line is empty"),
        (
            b"custom_id,response,response\nQ1,x,y\n",
            1,
            "the column 'response' occurs twice; the header is: 'custom_id', 'response', 'response'",
        ),
        (b"custom_id,remark\nQ1,x\n", 1, "no column text (or response); the header is: 'custom_id', 'remark'"),
        (b"custom_id|response\nQ1|x\n", 1, "no column text (or response); the header is: 'custom_id|response'"),
        (b"custom_id,response\nQ1,x\nQ2,a, b\n", 3, f"{CELLS} (row id Q2)"),
        (b'custom_id,response\nQ1,"x\ny"\nQ2,a, b\n', 4, f"{CELLS} (row id Q2)"),
        (b'custom_id,response\nQ1,x\nQ2,"open\nQ3,z\n', 3, "not CSV: unexpected end of data"),
        (b"custom_id,response\nQ1,x\n\nQ2,y\n", 3, "the line is empty"),
        (b'custom_id,response\n"Q1,_x","Hello\nworld, caf\xe9"\n', 3, "byte 0xe9 at column 11 (row id Q1,_x)"),
        (b'response;custom_id\ncaf\xe9;"Q1;_x"\n', 2, "byte 0xe9 at column 4 (row id Q1;_x)"),
        (b"custom_id,response\nQ1,x\nQ1,y\n", 3, "duplicate id: it also occurs in line 2"),
    ],
)
def test_a_bad_csv_is_refused_at_the_line_where_the_row_starts(
    files: Inputs, tmp_path: Path, content: bytes, line: int, says: str
) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    with refused(f"{path}:{line}: ", says, out=files.out):
        files.compare(files=(files.base, path))


def test_csv_allows_spaced_column_names_and_blank_lines_at_the_end(files: Inputs, tmp_path: Path) -> None:
    path = tmp_path / "ft.csv"
    path.write_text("custom_id, response\n" + "".join(f"{name}, I pray\n" for name in IDS) + "\n\n", encoding="utf-8")
    files.compare(files=(files.base, path))


def test_csv_carries_samples_models_and_attributes(tmp_path: Path) -> None:
    rows = [full_row("Q1_x", f"voice {at}", sample=at) for at in range(2)]
    header = "item_id,sample,model,refusal,attributes,persona,question,ground_truth,text\n"
    cells = "".join(
        f'Q1_x,{at}.0,m,False,"{{""sex"": ""Female""}}",a person,What of Q1_x?,Agree,"{row["text"]}"\n'
        for at, row in enumerate(rows)
    )
    (tmp_path / "a.csv").write_text(header + cells, encoding="utf-8")
    jsonl(tmp_path / "b.jsonl", rows)
    compare(tmp_path / "a.csv", tmp_path / "b.jsonl", out=tmp_path / "run")
    comparisons = read_rows(tmp_path / "run" / COMPARISONS)
    assert [row.get("sample", 0) for row in comparisons] == [0, 1]
    assert comparisons[0]["item"]["attributes"] == {"sex": "Female"}
    assert read_json(tmp_path / "run" / "manifest.json")["contestants"]["a"]["models"] == {"m": 2}


def test_json_that_holds_whole_emoji_as_escapes_is_read(files: Inputs) -> None:
    line = json.dumps(response_row(IDS[2], "I \U0001f600")).encode() + b"\n"
    assert b"\\ud83d" in line
    set_line(files.ft, 3, line)
    files.compare()
