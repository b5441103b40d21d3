"""What rows say of their item: what pairing lets through but people should know, and what bare ids give."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from judge.core.errors import InputError
from judge.core.files.arguments import input_file
from judge.core.records import Comparison
from judge.core.survey.values import load_items
from judge.judging.pairs.contestants import Contestant, read_contestants
from judge.judging.pairs.pairing import Pairing
from tests.support.rows import IDS, Row, full_row, jsonl, response_row, value_row


def paired(
    folder: Path, *contestants: Iterable[Row], values: Iterable[Row] | None = None, allow: frozenset[str] = frozenset()
) -> tuple[Pairing, list[Comparison]]:
    """Pair contestants a, b, ... and read all comparisons."""
    paths = [jsonl(folder / f"{name}.jsonl", rows) for name, rows in zip("abcd", contestants, strict=False)]
    values_path = None if values is None else jsonl(folder / "values.jsonl", values)
    (folder / "spool").mkdir()
    pairing = Pairing(
        read_contestants([input_file(str(path)) for path in paths], folder / "spool"),
        reference=None,
        items=None if values_path is None else load_items(values_path),
        requires=("persona", "question", "ground_truth"),
        allow=allow,
        values_path=values_path,
    )
    return pairing, [Comparison.model_validate_json(row) for row in pairing.comparisons(paths, folder / "spool")]


def rows(voice: str, **more: object) -> list[Row]:
    return [response_row(name, voice, **more) for name in IDS]


def test_files_without_anything_odd_give_no_warning(tmp_path: Path) -> None:
    pairing, _ = paired(tmp_path, rows("x"), rows("y"), values=map(value_row, IDS))
    assert (pairing.identical, pairing.warnings) == (0, [])


def test_identical_texts_are_compared_and_counted(tmp_path: Path) -> None:
    others = rows("y")
    others[1] = response_row(IDS[1], "x")
    others[2] = response_row(IDS[2], "x") | {"text": response_row(IDS[2], "x")["text"] + " \n"}
    pairing, comparisons = paired(tmp_path, rows("x"), others, values=map(value_row, IDS))
    assert len(comparisons) == len(IDS)
    assert pairing.identical == 2
    assert pairing.warnings == [
        "2 of 6 comparisons have the same text on both sides: any winner there is noise of the judge"
    ]


def test_a_persona_that_is_not_the_values_files_is_shown_and_warned_of(tmp_path: Path) -> None:
    told = [row | {"persona": "a nurse"} if at in (2, 4) else row for at, row in enumerate(rows("x"))]
    pairing, comparisons = paired(tmp_path, told, rows("y"), values=map(value_row, IDS))
    assert [row.item.persona == "a nurse" for row in comparisons] == [False, False, True, False, True, False]
    (warning,) = pairing.warnings
    assert warning.startswith(f"2 comparisons: the rows' persona differs from that of {tmp_path / 'values.jsonl'}")
    assert f"{tmp_path / 'a.jsonl'}:3 (row id {IDS[2]}: 'a nurse', not 'a person, {IDS[2][3:]}')" in warning


@pytest.mark.parametrize("persona", ["a person, sex_Female", None])
def test_a_persona_that_the_values_file_words_alike_or_not_at_all_is_no_news(
    tmp_path: Path, persona: str | None
) -> None:
    value = value_row(IDS[0])
    value["subgroup"]["persona"] = persona
    told = response_row(IDS[0], "y", persona=persona or "a nurse")
    pairing, comparisons = paired(tmp_path, [response_row(IDS[0], "x")], [told], values=[value])
    assert pairing.warnings == []
    assert comparisons[0].item.persona == told["persona"]


def test_question_subgroup_and_stratum_are_read_off_the_papers_ids(tmp_path: Path) -> None:
    name = "Q57_sex_x_age_Female_16-24-years"
    _, (comparison,) = paired(tmp_path, [full_row(name, "x")], [full_row(name, "y")])
    item = comparison.item
    assert (item.question_id, item.stratum, item.subgroup) == ("Q57", "sex_x_age", "sex_x_age_Female_16-24-years")


def test_what_either_row_says_comes_before_what_the_id_says(tmp_path: Path) -> None:
    said = {"question_id": "trust", "stratum": "gender", "subgroup": "women"}
    _, (comparison,) = paired(tmp_path, [full_row("Q57_sex_Female", "x")], [full_row("Q57_sex_Female", "y", **said)])
    item = comparison.item
    assert (item.question_id, item.stratum, item.subgroup) == ("trust", "gender", "women")


def test_a_persona_that_nobody_gives_is_refused_where_the_prompt_needs_it(tmp_path: Path) -> None:
    value = value_row("Q1_sex_Female")
    value["subgroup"] = {"id": "sex_Female"}
    ids = [response_row("Q1_sex_Female", "x")], [response_row("Q1_sex_Female", "y")]
    with pytest.raises(InputError, match=r"needs the persona, and neither the row nor .*values\.jsonl gives it"):
        paired(tmp_path, *ids, values=[value])


def read(folder: Path, paths: Iterable[Path], apart: int) -> dict[str, Contestant]:
    spool = folder / f"spool {apart}"
    spool.mkdir()
    return read_contestants([input_file(str(path)) for path in paths], spool, apart=apart)


def test_files_that_other_processes_read_are_read_alike(tmp_path: Path) -> None:
    paths = [jsonl(tmp_path / f"{name}.jsonl", rows(name, model=name, flags=["truncated"])) for name in "abc"]
    here, there = read(tmp_path, paths, apart=2**40), read(tmp_path, paths, apart=0)
    assert list(here) == list(there) == ["a", "b", "c"]
    assert here == there


def test_what_is_wrong_with_a_file_that_another_process_reads_is_said_by_line(tmp_path: Path) -> None:
    good, bad = jsonl(tmp_path / "a.jsonl", rows("x")), tmp_path / "b.jsonl"
    jsonl(bad, [*rows("y"), {"item_id": "Q9_a", "text": "x", "sample": "many"}])
    with pytest.raises(InputError, match="sample") as caught:
        read(tmp_path, [good, bad], apart=0)
    assert (caught.value.path, caught.value.line, caught.value.row) == (bad, 7, "Q9_a")


def test_one_contestant_in_two_files_is_refused_where_both_have_a_row(tmp_path: Path) -> None:
    one = jsonl(tmp_path / "one.jsonl", rows("x", contestant="a"))
    two = jsonl(tmp_path / "two.jsonl", [full_row("Q8_a", "y", contestant="a"), *rows("y", contestant="a")])
    with pytest.raises(InputError, match="the contestant 'a' also has it in") as caught:
        read(tmp_path, [one, two], apart=0)
    assert (caught.value.path, caught.value.line, caught.value.row) == (two, 2, IDS[0])
