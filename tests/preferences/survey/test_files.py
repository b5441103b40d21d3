"""Reading files as people have them: delimiters, encodings, zips, odd headers, damaged files."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from judge.core.errors import InputError
from judge.core.files.formats.compression import UnpackBounds
from judge.preferences.survey.columns import Columns, Wanted, locate
from judge.preferences.survey.files import read_columns

WANTED = Wanted(numbers=("Q1", "W_WEIGHT", "Q9"), texts=("B_COUNTRY_ALPHA",), column="B_COUNTRY_ALPHA")
TEXT = 'Q1,B_COUNTRY_ALPHA,W_WEIGHT,other\n1,SGP,0.5,"a, b"\n-2,MYS,1,\n,SGP,1.25,c\n'


def read(path: Path, text: str | bytes, keep: str | None = None, encoding: str | None = None) -> Columns:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    kept = None if keep is None else frozenset({keep})
    return read_columns(path, Wanted(WANTED.numbers, WANTED.texts, WANTED.column, kept), encoding=encoding)


def same(found: Columns) -> None:
    np.testing.assert_array_equal(found.numbers["Q1"], [1, -2, np.nan])
    np.testing.assert_array_equal(found.numbers["W_WEIGHT"], [0.5, 1, 1.25])
    assert found.texts["B_COUNTRY_ALPHA"].tolist() == ["SGP", "MYS", "SGP"]
    assert found.lines.tolist() == [2, 3, 4]
    assert found.countries == ("MYS", "SGP")
    assert not found.has("Q9")


def test_commas_semicolons_tabs_and_a_byte_order_mark(tmp_path: Path) -> None:
    same(read(tmp_path / "a.csv", TEXT))
    same(read(tmp_path / "b.csv", "\ufeff" + TEXT))
    same(read(tmp_path / "c.csv", TEXT.replace('"a, b"', "a").replace(",", "\t")))
    decimal_commas = TEXT.replace('"a, b"', "a").replace(",", ";").replace("0.5", "0,5").replace("1.25", "1,25")
    same(read(tmp_path / "d.csv", decimal_commas))
    same(read(tmp_path / "e.csv", TEXT.encode("utf-16"), encoding="utf-16"))
    same(read(tmp_path / "f.csv", TEXT.replace("\n", "\r\n")))
    same(read(tmp_path / "h.csv", TEXT + "\n"))
    same(read(tmp_path / "g.csv", TEXT.replace("c\n", "Å\n").encode("latin-1"), encoding="latin-1"))


def test_only_the_country_that_is_asked_for_is_kept_and_lines_stay_the_files(tmp_path: Path) -> None:
    found = read(tmp_path / "a.csv", TEXT, keep="SGP")
    assert found.lines.tolist() == [2, 4]
    assert found.texts["B_COUNTRY_ALPHA"].tolist() == ["SGP", "SGP"]


def test_a_country_coded_na_is_text_and_an_empty_number_is_none(tmp_path: Path) -> None:
    text = TEXT.replace("MYS", "NA").replace("-2", "NA").replace("0.5", "NaN").replace("1.25", ".")
    found = read(tmp_path / "a.csv", text)
    assert found.texts["B_COUNTRY_ALPHA"].tolist() == ["SGP", "NA", "SGP"]
    assert found.countries == ("NA", "SGP")
    np.testing.assert_array_equal(found.numbers["Q1"], [1, np.nan, np.nan])
    assert read(tmp_path / "a.csv", text, keep="NA").lines.tolist() == [3]


def test_a_column_that_is_needed_and_named_twice_is_refused(tmp_path: Path) -> None:
    def twice(name: str) -> str:
        header, *lines = TEXT.splitlines()
        return "\n".join([f"{header},{name}", *(f"{line},1" for line in lines)])

    for name in ("Q1", "W_WEIGHT"):
        with pytest.raises(InputError, match=rf"a.csv:1: 2 columns are called {name}: numbers \d, 5"):
            read(tmp_path / "a.csv", twice(name))
    same(read(tmp_path / "a.csv", twice("other")))
    same(read(tmp_path / "a.csv", twice("Q1: as a label")))  # the exact name is the one that is meant
    with pytest.raises(InputError, match="2 columns are called Q1"):
        read(tmp_path / "a.csv", twice("Q1: again").replace("Q1,", "Q1: once,"))


def test_a_large_file_is_read_in_pieces(tmp_path: Path) -> None:
    lines = [f"{number % 4},{'SGP' if number % 3 else 'MYS'},1,x" for number in range(9_001)]
    found = read(tmp_path / "a.csv", "\n".join(["Q1,B_COUNTRY_ALPHA,W_WEIGHT,other", *lines]), keep="MYS")
    assert found.lines.tolist() == [number + 2 for number in range(0, 9_001, 3)]
    assert found.numbers["Q1"].tolist() == [number % 4 for number in range(0, 9_001, 3)]


def test_a_line_break_within_a_cell_shifts_no_row(tmp_path: Path) -> None:
    found = read(tmp_path / "a.csv", TEXT.replace("a, b", "a\nb"))
    assert found.numbers["Q1"][:2].tolist() == [1, -2]
    assert found.lines.tolist() == [2, 4, 5]


def test_a_country_that_is_not_there_is_told_which_are(tmp_path: Path) -> None:
    found = read(tmp_path / "a.csv", TEXT, keep="THA")
    assert (len(found), found.countries) == (0, ("MYS", "SGP"))


def test_a_zip_holds_one_survey(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("folder/a.csv", TEXT)
        archive.writestr("codebook.pdf", "pdf")
        archive.writestr("__MACOSX/a.csv", "junk")
    same(read_columns(path, WANTED))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("b.csv", TEXT)
    with pytest.raises(InputError, match=r"2 survey files inside \(folder/a.csv, b.csv\)"):
        read_columns(path, WANTED)


def test_headers_with_labels_or_in_another_case() -> None:
    header = ["Q1: Important in life: Family", "q2", "Q3", "Q3: twice"]
    assert locate(header, ("Q1", "Q2", "Q3", "Q4")) == {"Q1": header[0], "Q2": "q2", "Q3": "Q3"}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"", "does not name columns"),
        ("a.csv", b"just a text\n", "a.csv:1: the first line does not name columns"),
        ("a.csv", TEXT.encode("utf-16"), "a.csv:1: the file is UTF-16"),
        ("a.csv", TEXT.replace("c\n", "\xe9\n").encode("latin-1"), "a.csv:4: not utf-8: byte 0xe9 at column 11"),
        ("a.csv", TEXT.replace("MYS", "MYS,x,y"), "a.csv:3: 6 cells under 4 column names"),
        ("a.csv", TEXT.replace("SGP,1.25", "1.25"), "a.csv:4: 3 cells under 4 column names"),
        ("a.zip", b"PK not a zip", "not a readable zip"),
        ("a.sav", b"not a sav", "cannot be read as a .sav file"),
        ("a.dta", b"", "cannot be read as a .dta file"),
        ("a.rds", b"x", ".rds is not the format of a survey file"),
        ("WVS_Cross-National_Wave_7_inverted_csv_v6_0.csv", TEXT, "inverted release"),
    ],
)
def test_what_is_no_survey_is_said_to_be_none(tmp_path: Path, name: str, content: str | bytes, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read(tmp_path / name, content)
    assert caught.value.hint


@pytest.mark.parametrize("name", ["a.csv", "a.sav", "a.zip"])
def test_an_absent_file_is_said_to_be_absent(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=f"{name}: cannot be read: No such file"):
        read_columns(tmp_path / name, WANTED)


def test_a_zip_without_a_survey(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(InputError, match=r"0 survey files inside \(none\)"):
        read_columns(tmp_path / "a.zip", WANTED)


def test_a_zip_that_unpacks_to_too_much_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", (TEXT + "1,SGP,1,a\n" * 7_000_000).encode())
    assert path.stat().st_size < 1_000_000
    with pytest.raises(InputError, match="times its size in the zip") as caught:
        read_columns(path, WANTED)
    assert "--max-zip-ratio" in (caught.value.hint or "")
    with pytest.raises(InputError, match=r"more than the 0\.05 GB that are allowed") as caught:
        read_columns(path, WANTED, bounds=UnpackBounds(gigabytes=0.05))
    assert "--max-unpacked" in (caught.value.hint or "")


def test_a_small_survey_may_be_packed_as_well_as_it_likes(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", TEXT + "1,SGP,1,a\n" * 20_000)
    assert len(read_columns(tmp_path / "a.zip", WANTED).lines) == 20_003
