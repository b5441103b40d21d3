"""Rows of JSON Lines and CSV come out as they were written, each with the line on which it starts."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge.core.errors import InputError
from judge.core.files.rows import csv_rows, file_sha256, json_rows, text_lines

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\x00"))
IDS = st.text("abcXYZ019_,;\t\"' ", min_size=1)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rows") / "rows.txt"


@given(
    rows=st.lists(st.dictionaries(TEXT, TEXT | st.none() | st.integers() | st.lists(TEXT))), ascii_only=st.booleans()
)
def test_json_rows_come_back_with_their_lines(path: Path, rows: list[dict[str, object]], ascii_only: bool) -> None:
    path.write_bytes("".join(json.dumps(row, ensure_ascii=ascii_only) + "\n" for row in rows).encode())
    assert list(json_rows(path)) == list(enumerate(rows, start=1))


@pytest.mark.parametrize(
    "line",
    [
        '{"a": 1, "a": 2}',
        '{"a" : 1, "a": 2}',
        '{"a"\t:1,"a":2}',
        '{"b": {"a": 1, "a" :2}}',
        '{"b": [{"a": 1, "a": 2}], "c": "he said \\"no\\": never"}',
    ],
)
def test_a_name_given_twice_is_refused_wherever_it_is(path: Path, line: str) -> None:
    path.write_text(line + "\n", encoding="utf-8")
    with pytest.raises(InputError, match="'a' is given twice"):
        list(json_rows(path))


@pytest.mark.parametrize(
    ("line", "row"),
    [
        ('{"n": 123456789012345678901234567890}', {"n": 123456789012345678901234567890}),
        ('{"n": [1e300, {"m": -98765432109876543210}]}', {"n": [1e300, {"m": -98765432109876543210}]}),
        ('{ "text" : "a \\"quoted\\": b", "x": " :" }', {"text": 'a "quoted": b', "x": " :"}),
        ('{"text": "\\ud83d\\ude00"}', {"text": "\U0001f600"}),
        ('{"x": NaN}', None),
    ],
)
def test_a_row_is_read_as_the_standard_library_reads_it(path: Path, line: str, row: dict[str, object] | None) -> None:
    path.write_text(line + "\n", encoding="utf-8")
    [(number, found)] = json_rows(path)
    assert number == 1
    assert found == row or (row is None and found["x"] != found["x"])


def test_objects_within_one_another_without_end_are_refused(path: Path) -> None:
    path.write_text('{"a":' * 100_000 + "\n", encoding="utf-8")
    with pytest.raises(InputError, match="nested too deeply") as caught:
        list(json_rows(path))
    assert caught.value.line == 1


@given(rows=st.lists(st.tuples(IDS, TEXT)), delimiter=st.sampled_from(",;\t"), bom=st.booleans())
def test_csv_rows_come_back_with_the_lines_on_which_they_start(
    path: Path, rows: list[tuple[str, str]], delimiter: str, bom: bool
) -> None:
    lines, starts = [delimiter.join(("custom_id", "response")) + "\n"], []
    for row in rows:
        starts.append("".join(lines).count("\n") + 1)
        cell = io.StringIO()
        csv.writer(cell, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL).writerow(row)
        lines.append(cell.getvalue())
    path.write_bytes("".join(lines).encode("utf-8-sig" if bom else "utf-8"))
    expected = [
        (start, {"custom_id": name, "response": text}) for start, (name, text) in zip(starts, rows, strict=True)
    ]
    assert list(csv_rows(path)) == expected


@given(content=st.binary(max_size=200))
def test_any_bytes_are_rows_or_an_error_that_names_the_file(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    for read in (json_rows, csv_rows):
        error: InputError | None = None
        try:
            list(read(path))
        except InputError as refusal:
            error = refusal
        assert error is None or (str(error).startswith(f"{path}:") and error.hint)


def test_the_last_line_needs_no_end(path: Path) -> None:
    path.write_bytes(b'{"a": 1}\r\n{"a": 2}')
    assert list(json_rows(path)) == [(1, {"a": 1}), (2, {"a": 2})]


def test_line_separators_of_unicode_end_no_row(path: Path) -> None:
    row = {"text": "one\u2028two\u0085three\x0cfour"}
    path.write_text(json.dumps(row, ensure_ascii=False).replace("\\f", "\\u000c") + "\n", encoding="utf-8")
    assert list(json_rows(path)) == [(1, row)]


def test_a_byte_order_mark_is_dropped_from_the_first_line_only(path: Path) -> None:
    path.write_bytes(b"\xef\xbb\xbfa\n\xef\xbb\xbfb\n")
    assert list(text_lines(path)) == [(1, "a"), (2, "\ufeffb")]


@pytest.mark.parametrize("half", ["\\ud83d", "\\uD83D", "\\ude00", "\\ude00\\ud83d"])
def test_half_a_character_is_refused_by_line_and_id(path: Path, half: str) -> None:
    path.write_text('{"item_id": "Q1", "text": "x"}\n{"item_id": "Q2", "text": "' + half + '"}\n', encoding="utf-8")
    with pytest.raises(InputError, match="half a character") as caught:
        list(json_rows(path))
    assert (caught.value.line, caught.value.row) == (2, "Q2")


def test_a_gap_of_blank_lines_is_refused_at_its_first(path: Path) -> None:
    path.write_bytes(b'{"a": 1}\n\n\n{"a": 2}\n')
    with pytest.raises(InputError, match="the line is empty") as caught:
        list(json_rows(path))
    assert caught.value.line == 2


def test_csv_with_the_line_ends_of_an_old_mac_is_refused(path: Path) -> None:
    path.write_bytes(b"custom_id,response\rQ1,x\rQ2,y\r\n")
    with pytest.raises(InputError, match="not CSV"):
        list(csv_rows(path))


def test_windows_line_breaks_within_a_cell_become_line_feeds(path: Path) -> None:
    path.write_bytes(b'custom_id,response\r\nQ1,"one\r\n\r\ntwo"\r\n')
    assert list(csv_rows(path)) == [(2, {"custom_id": "Q1", "response": "one\n\ntwo"})]


def test_a_very_long_cell_is_read(path: Path) -> None:
    text = "word " * 100_000
    path.write_text(f'custom_id,response\nQ1,"{text}"\n', encoding="utf-8")
    assert [row["response"] for _, row in csv_rows(path)] == [text]


@pytest.mark.parametrize("read", [file_sha256, lambda path: list(json_rows(path)), lambda path: list(csv_rows(path))])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, read: object) -> None:
    for bad in (tmp_path, tmp_path / "gone"):
        with pytest.raises(InputError, match="cannot be read") as caught:
            read(bad)  # type: ignore[operator]
        assert caught.value.path == bad
