"""Unlike things are refused by name, line and the flag that overrides it; what a flag lets through is reported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import judge as api
from judge.comparison.compare import JudgingPreview
from judge.comparison.compare import compare as run_comparison
from judge.comparison.run import Run
from judge.core.errors import Declined
from judge.core.files.run_directory import COMPARISONS, MANIFEST
from judge.core.models.open_client import parse_spec
from judge.judging.settings import CompareSettings
from tests.support.refused import refused
from tests.support.rows import (
    IDS,
    LABELS,
    Inputs,
    Row,
    compare,
    full_row,
    inputs,
    jsonl,
    read_json,
    read_rows,
    response_row,
)


@pytest.fixture
def files(tmp_path: Path) -> Inputs:
    return inputs(tmp_path)


def prompt(version: str) -> Row:
    return {"prompt": {"name": "persona", "version": version, "sha256": version * 64}}


def set_row(at: int, **change: object) -> Any:
    return lambda rows: [row | change if number == at else row for number, row in enumerate(rows)]


def compared(run: Path) -> list[str]:
    return [row["id"] for row in read_rows(run / COMPARISONS)]


def assert_allowed(run: Run, flag: str, *, count: int, left_out: dict[str, int] | None = None) -> None:
    """The run went through with so many comparisons, and says that the check was off and what it left out."""
    assert len(compared(run.folder)) == run.summary.counts.comparisons == count
    assert f"checks were switched off with --allow: {flag}" in run.summary.warnings
    manifest = read_json(run.folder / MANIFEST)
    assert manifest["configuration"]["allow"] == [flag]
    assert manifest["left_out"] == {"unpaired": 0, "empty": 0} | (left_out or {})


# Rows without a match


def test_a_missing_row_is_refused_by_id_and_line(files: Inputs) -> None:
    files.rewrite(lambda rows: rows[:2] + rows[3:])
    where = f"1 of 6 responses of base have no match in ft: {IDS[2]} sample 0 ({files.base}:3)"
    with refused(where, "--allow unpaired", out=files.out):
        files.compare()


def test_an_extra_row_is_refused_by_id_and_line(files: Inputs) -> None:
    jsonl(files.base, [response_row(name, "x") for name in IDS[:-1]])
    where = f"1 of 6 responses of ft have no match in base: {IDS[-1]} sample 0 ({files.ft}:6)"
    with refused(where, "--allow unpaired", out=files.out):
        files.compare()


def test_of_many_unmatched_rows_three_are_named_and_all_counted(files: Inputs) -> None:
    files.rewrite(lambda rows: rows[:1])
    with refused("5 of 6 responses of base have no match in ft", "and 2 more", out=files.out) as caught:
        files.compare()
    assert str(caught.value).count("sample 0 (") == 3


def test_files_whose_ids_are_of_different_kinds_are_told_apart_from_missing_rows(tmp_path: Path) -> None:
    row = {"text": "x", "question": "q"}
    jsonl(tmp_path / "a.jsonl", [row | {"item_id": "first"}, row | {"item_id": "second"}])
    jsonl(tmp_path / "b.jsonl", [row | {"item_id": "1"}, row | {"item_id": "2"}])
    with refused("no id is in both a and b: a has 'first'", "b has '1'", "--columns item_id=NAME") as caught:
        api.compare(
            tmp_path / "a.jsonl",
            tmp_path / "b.jsonl",
            judge="openai:m",
            base_url="http://127.0.0.1:9/v1",
            out=tmp_path / "run",
        )
    assert "--allow" not in str(caught.value)


def test_allow_unpaired_compares_what_both_have_and_counts_the_rest(files: Inputs) -> None:
    jsonl(files.base, [response_row(name, "x") for name in IDS[:-1]])
    files.rewrite(lambda rows: rows[2:])
    run = files.compare(allow=["unpaired"])
    assert_allowed(run, "unpaired", count=3, left_out={"unpaired": 3})
    assert run.summary.counts.left_out_unpaired == 3


def test_files_that_share_no_item_are_refused_even_so(files: Inputs) -> None:
    jsonl(files.base, [response_row(name, "x") for name in IDS[:3]])
    files.rewrite(lambda rows: rows[3:])
    with refused("no item is left to compare", out=files.out):
        files.compare(allow=["unpaired"])


# Empty responses


@pytest.mark.parametrize("text", ["", "   ", "\n\t\n"])
def test_an_empty_response_is_refused_by_line_and_id(files: Inputs, text: str) -> None:
    files.rewrite(set_row(3, text=text))
    says = f"{files.ft}:4: the response is empty (row id {IDS[3]})"
    with refused(says, "--allow empty", out=files.out):
        files.compare()


def test_allow_empty_leaves_the_comparison_out_and_counts_it(files: Inputs) -> None:
    files.rewrite(set_row(3, text=""))
    run = files.compare(allow=["empty"])
    assert_allowed(run, "empty", count=5, left_out={"empty": 1})
    assert run.summary.counts.left_out_empty == 1


# Context that differs

CONTEXT = [
    ("persona", "differing-personas"),
    ("question", "differing-questions"),
    ("question_id", "differing-questions"),
    ("category", "differing-questions"),
    ("stratum", "differing-subgroups"),
    ("subgroup", "differing-subgroups"),
    ("ground_truth", "differing-ground-truth"),
]


@pytest.mark.parametrize(("field", "flag"), CONTEXT)
def test_differing_context_is_refused_unless_allowed_and_then_is_the_references(
    tmp_path: Path, field: str, flag: str
) -> None:
    base = jsonl(tmp_path / "base.jsonl", (full_row(name, "x") for name in IDS))
    rows = [full_row(name, "I", **{field: "the same"}) for name in IDS]
    jsonl(base, ({**full_row(name, "x"), field: "the same"} for name in IDS))
    ft = jsonl(tmp_path / "ft.jsonl", [*rows[:4], rows[4] | {field: "quite another"}, rows[5]])
    run = tmp_path / "run"
    says = f"{ft}:5: {field.replace('_', ' ')} differs from that in {base}:5 ('quite another' here,"
    with refused(says, f"(row id {IDS[4]})", f"--allow {flag}", out=run):
        compare(base, ft, out=run)
    for other in {other for _, other in CONTEXT} - {flag}:
        with refused():
            compare(base, ft, out=run, allow=[other])
    assert_allowed(compare(base, ft, out=run, allow=[flag]), flag, count=6)
    assert read_rows(run / COMPARISONS)[4]["item"][field] == rows[4][field]


def test_differing_attributes_are_refused_and_equal_ones_in_another_order_are_not(tmp_path: Path) -> None:
    base = jsonl(
        tmp_path / "base.jsonl",
        (full_row(name, "x", attributes={"sex": "Female", "age_group": "16-24 years"}) for name in IDS),
    )
    rows = [full_row(name, "I", attributes={"age_group": "16-24 years", "sex": "Female"}) for name in IDS]
    ft = jsonl(tmp_path / "ft.jsonl", rows)
    compare(base, ft, out=tmp_path / "same")
    jsonl(ft, [*rows[:3], rows[3] | {"attributes": {"sex": "Male"}}, *rows[4:]])
    says = f"{ft}:4: attributes differs from that in {base}:4 ({{'sex': 'Male'}} here,"
    with refused(says, f"(row id {IDS[3]})", "--allow differing-subgroups", out=tmp_path / "run"):
        compare(base, ft, out=tmp_path / "run")


def test_two_candidates_that_differ_are_refused_though_the_reference_says_nothing(tmp_path: Path) -> None:
    base = jsonl(tmp_path / "base.jsonl", (response_row(name, "x") for name in IDS))
    one = jsonl(tmp_path / "one.jsonl", (full_row(name, "I", category="Trust") for name in IDS))
    two = jsonl(tmp_path / "two.jsonl", (full_row(name, "We", category="Religion") for name in IDS))
    with refused(f"{two}:1: category differs from that in {one}:1 ('Religion' here, 'Trust'", out=tmp_path / "run"):
        compare(base, one, two, out=tmp_path / "run")


def test_context_that_one_side_gives_serves_both(tmp_path: Path) -> None:
    base = jsonl(tmp_path / "base.jsonl", (response_row(name, "x") for name in IDS))
    ft = jsonl(tmp_path / "ft.jsonl", (full_row(name, "I") for name in IDS))
    compare(base, ft, out=tmp_path / "run")
    assert {row["item"]["persona"] for row in read_rows(tmp_path / "run" / COMPARISONS)} == {"a person"}


@pytest.mark.parametrize("field", ["persona", "question", "ground_truth"])
def test_context_that_the_prompt_needs_and_nobody_gives_is_refused(tmp_path: Path, field: str) -> None:
    rows = [full_row(name, "x") for name in IDS]
    del rows[1][field]
    base, ft = jsonl(tmp_path / "base.jsonl", rows), jsonl(tmp_path / "ft.jsonl", rows)
    says = f"{base}:2: the prompt needs the {field.replace('_', ' ')}", f"(row id {IDS[1]})", "--values"
    with refused(*says, out=tmp_path / "run"):
        compare(base, ft, out=tmp_path / "run")


def test_a_ground_truth_unlike_the_values_files_is_refused_unless_allowed(files: Inputs) -> None:
    files.rewrite(set_row(2, ground_truth=LABELS[3]))
    says = f"{files.ft}:3: the row's ground truth '{LABELS[3]}' is not that of {files.values} ('{LABELS[1]}', code 2)"
    with refused(says, f"(row id {IDS[2]})", "--allow differing-ground-truth", out=files.out):
        files.compare()
    assert_allowed(files.compare(allow=["differing-ground-truth"]), "differing-ground-truth", count=len(IDS))
    assert LABELS[1] in read_rows(files.out / COMPARISONS)[2]["item"]["ground_truth"]


@pytest.mark.parametrize("told", [LABELS[1], LABELS[1].upper(), "2", 2, 2.0, "Answer: 2", f"answer: {LABELS[1]}"])
def test_a_ground_truth_that_is_the_modal_code_or_label_agrees_with_the_values_file(
    files: Inputs, told: object
) -> None:
    jsonl(files.base, [response_row(name, "x", ground_truth="2") for name in IDS])
    files.rewrite(set_row(2, ground_truth=told))
    files.compare()
    assert LABELS[1] in read_rows(files.out / COMPARISONS)[2]["item"]["ground_truth"]


@pytest.mark.parametrize("told", ["1", 3, "Answer: 22", "Answer: 2 or 3", "-2", "Rather"])
def test_a_ground_truth_that_is_another_code_or_no_code_is_refused(files: Inputs, told: object) -> None:
    files.rewrite(set_row(2, ground_truth=told))
    with refused(f"{files.ft}:3: the row's ground truth '{told}' is not that of", out=files.out):
        files.compare()


# Prompt versions


@pytest.mark.parametrize("versions", ["112", "1-1"])
def test_mixed_prompts_within_a_file_are_refused_unless_allowed(files: Inputs, versions: str) -> None:
    rows = [prompt(version) if version != "-" else {} for version in (versions * 2)]
    files.rewrite(lambda old: [row | made for row, made in zip(old, rows, strict=True)])
    jsonl(files.base, [response_row(name, "x", **prompt("1")) for name in IDS])
    at = min(versions.find(other) for other in "2-" if other in versions)
    says = f"{files.ft}:{at + 1}: mixed prompt versions", f"{files.base}:1 with persona version 1", f"row id {IDS[at]}"
    with refused(*says, "--allow mixed-prompts", out=files.out):
        files.compare()
    assert_allowed(files.compare(allow=["mixed-prompts"]), "mixed-prompts", count=len(IDS))


def test_mixed_prompts_across_files_are_refused_unless_allowed(files: Inputs) -> None:
    jsonl(files.base, [response_row(name, "x", **prompt("1")) for name in IDS])
    files.rewrite(lambda rows: [row | prompt("2") for row in rows])
    says = f"{files.ft}:1: mixed prompt versions: this row was made with persona version 2 (22222222)"
    with refused(says, f"{files.base}:1", f"row id {IDS[0]}", out=files.out):
        files.compare()
    assert_allowed(files.compare(allow=["mixed-prompts"]), "mixed-prompts", count=len(IDS))


def test_an_unknown_allowance_is_refused_with_the_known_ones(files: Inputs) -> None:
    with refused("everything", "unpaired, empty, mixed-prompts", out=files.out):
        files.compare(allow=["everything"])


# Texts that are not as their models meant them to be read


def test_responses_with_reasoning_or_cut_off_are_counted_per_contestant(files: Inputs) -> None:
    files.rewrite(
        lambda rows: [
            rows[0] | {"text": "<think>Which?</think>I pray."},
            rows[1] | {"text": "<|channel|>analysis<|message|>Which?"},
            rows[2] | {"flags": ["truncated"]},
            *rows[3:],
        ]
    )
    jsonl(files.base, [response_row(name, "x", finish_reason="length" if name == IDS[4] else "stop") for name in IDS])
    files.compare()
    reasoning, cut = read_json(files.out / MANIFEST)["warnings"][:2]
    assert reasoning.startswith(
        "responses contain reasoning text, which is judged and counted as part of them: 2 of 6 of ft "
        f"(first in {files.ft}:1)"
    )
    assert cut == (
        f"responses were cut off at the token limit: 1 of 6 of base (first in {files.base}:5), "
        f"1 of 6 of ft (first in {files.ft}:3)"
    )


def test_a_contestant_that_answers_with_numbers_alone_is_named_unless_all_do(files: Inputs) -> None:
    files.rewrite(
        lambda rows: [{**row, "text": "Answer: 3" if row is not rows[0] else "3 of us pray."} for row in rows]
    )
    files.compare()
    (told,) = read_json(files.out / MANIFEST)["warnings"]
    assert told.startswith(
        "responses are a number alone, while other contestants answer in words: 5 of 6 of ft "
        f"(first in {files.ft}:2). A model that was fine-tuned on numbers"
    )
    jsonl(files.base, [response_row(name, "x", text="**2**") for name in IDS])
    files.compare(out=files.out.with_name("both"))
    assert not [
        words for words in read_json(files.out.with_name("both") / MANIFEST)["warnings"] if "number alone" in words
    ]


def test_a_contestant_whose_rows_name_several_models_is_named(files: Inputs) -> None:
    files.rewrite(lambda rows: [{**row, "model": "m" if row is rows[0] else "n"} for row in rows])
    files.compare()
    assert "responses of ft came from several models: n 5, m 1" in read_json(files.out / MANIFEST)["warnings"]


def test_the_warnings_are_known_before_consent_is_asked(files: Inputs) -> None:
    files.rewrite(lambda rows: [rows[0] | {"text": "<think>Which?</think>I pray."}, *rows[1:]])
    seen: list[str] = []

    def declines(preview: JudgingPreview) -> bool:
        seen.extend(preview.warnings)
        return False

    settings = CompareSettings(
        files=(str(files.base), str(files.ft)),
        judge=parse_spec("heuristic", None),
        prompt="persona-value",
        values=files.values,
        out=files.out,
    )
    with pytest.raises(Declined):
        run_comparison(settings, confirm=declines)
    assert "1 of 6 of ft" in seen[0]


# Decoding


def decoded(temperature: float | None, reply: str = "text") -> dict[str, object]:
    return {"parameters": {"temperature": temperature, "reply": reply}}


@pytest.mark.parametrize(
    ("base", "ft", "says"),
    [
        ([0.0] * 6, [None] * 6, "made with the endpoint's default temperature, plain text; base"),
        ([0.0] * 6, [0.0] * 5 + [0.7], "made with temperature 0.7, plain text; base"),
        ([0.0] * 5 + [1], [0.0] * 6, "this row of base was made with temperature 1, plain text; ft"),
    ],
)
def test_differing_decoding_is_refused_by_name_unless_allowed(
    files: Inputs, base: list[float | None], ft: list[float | None], says: str
) -> None:
    jsonl(files.base, [response_row(name, "x", **decoded(each)) for name, each in zip(IDS, base, strict=True)])
    files.rewrite(lambda rows: [row | decoded(each) for row, each in zip(rows, ft, strict=True)])
    with refused("differing decoding", says, "--allow differing-decoding", out=files.out):
        files.compare()
    assert_allowed(files.compare(allow=["differing-decoding"]), "differing-decoding", count=len(IDS))


def test_files_that_do_not_say_how_they_were_decoded_are_compared(files: Inputs) -> None:
    jsonl(files.base, [response_row(name, "x", **decoded(0.7)) for name in IDS])
    assert files.compare().is_finished
