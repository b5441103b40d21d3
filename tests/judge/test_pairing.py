"""Unlike things are refused by name, line and the flag that overrides it; what a flag lets through is reported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from judge.core.rundir import COMPARISONS, MANIFEST
from tests.judge.helpers import (
    IDS,
    LABELS,
    Done,
    Inputs,
    Row,
    assert_refused,
    full_row,
    inputs,
    jsonl,
    judge,
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


def assert_allowed(done: Done, run: Path, flag: str, *, count: int, left_out: dict[str, int] | None = None) -> None:
    """The run went through with so many comparisons, and says that the check was off and what it left out."""
    assert done.code == 0, done.err
    assert len(compared(run)) == count
    assert f"checks were switched off with --allow: {flag}" in done.out
    manifest = read_json(run / MANIFEST)
    assert manifest["configuration"]["allow"] == [flag]
    assert manifest["left_out"] == {"unpaired": 0, "empty": 0} | (left_out or {})
    assert read_json(run / "summary.json")["counts"]["comparisons"] == count


# Rows without a match


def test_a_missing_row_is_refused_by_id_and_line(files: Inputs) -> None:
    files.rewrite(lambda rows: rows[:2] + rows[3:])
    where = f"1 response(s) of base have no match in ft: {IDS[2]} sample 0 ({files.base}:3)"
    assert_refused(files.compare(), files.out, where, "--allow unpaired")


def test_an_extra_row_is_refused_by_id_and_line(files: Inputs) -> None:
    jsonl(files.base, [response_row(name, "x") for name in IDS[:-1]])
    where = f"1 response(s) of ft have no match in base: {IDS[-1]} sample 0 ({files.ft}:6)"
    assert_refused(files.compare(), files.out, where, "--allow unpaired")


def test_of_many_unmatched_rows_three_are_named_and_all_counted(files: Inputs) -> None:
    files.rewrite(lambda rows: rows[:1])
    done = files.compare()
    assert_refused(done, files.out, "5 response(s) of base have no match in ft", "and 2 more")
    assert done.err.count("sample 0 (") == 3


def test_allow_unpaired_compares_what_both_have_and_counts_the_rest(files: Inputs) -> None:
    jsonl(files.base, [response_row(name, "x") for name in IDS[:-1]])
    files.rewrite(lambda rows: rows[2:])
    done = files.compare("--allow", "unpaired")
    assert_allowed(done, files.out, "unpaired", count=3, left_out={"unpaired": 3})
    assert "3 responses without a match" in done.out


def test_files_that_share_no_item_are_refused_even_so(files: Inputs) -> None:
    jsonl(files.base, [response_row(name, "x") for name in IDS[:3]])
    files.rewrite(lambda rows: rows[3:])
    assert_refused(files.compare("--allow", "unpaired"), files.out, "no item is left to compare")


# Empty responses


@pytest.mark.parametrize("text", ["", "   ", "\n\t\n"])
def test_an_empty_response_is_refused_by_line_and_id(files: Inputs, text: str) -> None:
    files.rewrite(set_row(3, text=text))
    says = f"{files.ft}:4: the response is empty (row id {IDS[3]})"
    assert_refused(files.compare(), files.out, says, "--allow empty")


def test_allow_empty_leaves_the_comparison_out_and_counts_it(files: Inputs) -> None:
    files.rewrite(set_row(3, text=""))
    done = files.compare("--allow", "empty")
    assert_allowed(done, files.out, "empty", count=5, left_out={"empty": 1})
    assert "1 comparisons with an empty response" in done.out


# Context that differs

CONTEXT = [
    ("persona", "differing-personas"),
    ("question", "differing-questions"),
    ("ground_truth", "differing-ground-truth"),
]


@pytest.mark.parametrize(("field", "flag"), CONTEXT)
def test_differing_context_is_refused_unless_allowed_and_then_is_the_references(
    tmp_path: Path, field: str, flag: str
) -> None:
    base = jsonl(tmp_path / "base.jsonl", (full_row(name, "x") for name in IDS))
    rows = [full_row(name, "I") for name in IDS]
    ft = jsonl(tmp_path / "ft.jsonl", [*rows[:4], rows[4] | {field: "quite another"}, rows[5]])
    run = tmp_path / "run"
    done = judge("compare", base, ft, "--out", run)
    says = f"{ft}:5: {field.replace('_', ' ')} differs from that in {base}:5 ('quite another' here,"
    assert_refused(done, run, says, f"(row id {IDS[4]})", f"--allow {flag}")
    for other in {other for _, other in CONTEXT} - {flag}:
        assert judge("compare", base, ft, "--out", run, "--allow", other).code == 2
    assert_allowed(judge("compare", base, ft, "--out", run, "--allow", flag), run, flag, count=6)
    assert read_rows(run / COMPARISONS)[4]["item"][field] == rows[4][field]


def test_context_that_one_side_gives_serves_both(tmp_path: Path) -> None:
    base = jsonl(tmp_path / "base.jsonl", (response_row(name, "x") for name in IDS))
    ft = jsonl(tmp_path / "ft.jsonl", (full_row(name, "I") for name in IDS))
    assert judge("compare", base, ft, "--out", tmp_path / "run").code == 0
    assert {row["item"]["persona"] for row in read_rows(tmp_path / "run" / COMPARISONS)} == {"a person"}


@pytest.mark.parametrize("field", ["persona", "question", "ground_truth"])
def test_context_that_the_prompt_needs_and_nobody_gives_is_refused(tmp_path: Path, field: str) -> None:
    rows = [full_row(name, "x") for name in IDS]
    del rows[1][field]
    base, ft = jsonl(tmp_path / "base.jsonl", rows), jsonl(tmp_path / "ft.jsonl", rows)
    done = judge("compare", base, ft, "--out", tmp_path / "run")
    says = f"{base}:2: the prompt needs the {field.replace('_', ' ')}", f"(row id {IDS[1]})", "--values"
    assert_refused(done, tmp_path / "run", *says)


def test_a_ground_truth_unlike_the_values_files_is_refused_unless_allowed(files: Inputs) -> None:
    files.rewrite(set_row(2, ground_truth=LABELS[3]))
    says = f"{files.ft}:3: the row's ground truth '{LABELS[3]}' is not that of {files.values} ('{LABELS[1]}')"
    assert_refused(files.compare(), files.out, says, f"(row id {IDS[2]})", "--allow differing-ground-truth")
    assert_allowed(
        files.compare("--allow", "differing-ground-truth"), files.out, "differing-ground-truth", count=len(IDS)
    )
    assert LABELS[1] in read_rows(files.out / COMPARISONS)[2]["item"]["ground_truth"]


def test_a_ground_truth_that_is_the_modal_label_agrees_with_the_values_file(files: Inputs) -> None:
    files.rewrite(set_row(2, ground_truth=LABELS[1]))
    assert files.compare().code == 0


# Prompt versions


@pytest.mark.parametrize("versions", ["112", "1-1"])
def test_mixed_prompts_within_a_file_are_refused_unless_allowed(files: Inputs, versions: str) -> None:
    rows = [prompt(version) if version != "-" else {} for version in (versions * 2)]
    files.rewrite(lambda old: [row | made for row, made in zip(old, rows, strict=True)])
    jsonl(files.base, [response_row(name, "x", **prompt("1")) for name in IDS])
    at = min(versions.find(other) for other in "2-" if other in versions)
    says = f"{files.ft}:{at + 1}: mixed prompt versions", f"{files.base}:1 with persona version 1", f"row id {IDS[at]}"
    assert_refused(files.compare(), files.out, *says, "--allow mixed-prompts")
    assert_allowed(files.compare("--allow", "mixed-prompts"), files.out, "mixed-prompts", count=len(IDS))


def test_mixed_prompts_across_files_are_refused_unless_allowed(files: Inputs) -> None:
    jsonl(files.base, [response_row(name, "x", **prompt("1")) for name in IDS])
    files.rewrite(lambda rows: [row | prompt("2") for row in rows])
    says = f"{files.ft}:1: mixed prompt versions: this row was made with persona version 2 (22222222)"
    assert_refused(files.compare(), files.out, says, f"{files.base}:1", f"row id {IDS[0]}")
    assert_allowed(files.compare("--allow", "mixed-prompts"), files.out, "mixed-prompts", count=len(IDS))


def test_an_unknown_allowance_is_refused_with_the_known_ones(files: Inputs) -> None:
    assert_refused(files.compare("--allow", "everything"), files.out, "everything", "unpaired, empty, mixed-prompts")


# Samples


def sampled(names: tuple[str, ...], voice: str, samples: tuple[int, ...]) -> list[Row]:
    return [response_row(name, f"{voice} {sample}", sample=sample) for sample in samples for name in names]


def test_samples_pair_by_index_whatever_the_order_of_the_rows(files: Inputs) -> None:
    jsonl(files.base, sampled(IDS, "base", (0, 1)))
    jsonl(files.ft, sampled(tuple(reversed(IDS)), "ft", (1, 0)))
    assert files.compare().code == 0
    rows = read_rows(files.out / COMPARISONS)
    assert len({row["id"] for row in rows}) == 2 * len(IDS)
    for row in rows:
        sample, name = row.get("sample", 0), row["item"]["id"]
        assert row["id"] == f"{name}|{sample}|base|ft"
        assert row["reference_text"] == response_row(name, f"base {sample}")["text"]
        assert row["candidate_text"] == response_row(name, f"ft {sample}")["text"]


def test_unequal_sample_counts_are_refused(files: Inputs) -> None:
    jsonl(files.base, sampled(IDS, "base", (0, 1)))
    assert_refused(files.compare(), files.out, f"6 response(s) of base have no match in ft: {IDS[0]} sample 1")
    assert files.compare("--allow", "unpaired").code == 0
    assert len(compared(files.out)) == len(IDS)


# Contestants


def test_contestants_come_from_the_rows(files: Inputs, tmp_path: Path) -> None:
    rows = [response_row(name, who, contestant=who) for name in IDS for who in ("old", "new")]
    done = files.compare(files=(jsonl(tmp_path / "all.jsonl", rows),))
    assert done.code == 0, done.err
    assert "Win rate of new against old" in done.out


def test_a_name_on_the_command_line_stands_before_the_rows_own(files: Inputs) -> None:
    files.rewrite(lambda rows: [row | {"contestant": "own"} for row in rows])
    assert files.compare(files=(files.base, files.ft)).out.count("Win rate of own against base") == 1
    done = files.compare(files=(files.base, f"given={files.ft}"), out=files.out.with_name("other"))
    assert "Win rate of given against base" in done.out


def test_two_files_of_one_stem_are_refused_until_named(files: Inputs, tmp_path: Path) -> None:
    other = jsonl(tmp_path / "tuned" / "base.jsonl", [response_row(name, "I") for name in IDS])
    done = files.compare(files=(files.base, other))
    says = f"{other}:1: the contestant 'base' has this id also in {files.base}:1", f"NAME={other}"
    assert_refused(done, files.out, *says)
    assert files.compare(files=(files.base, f"tuned={other}")).code == 0


def test_a_name_that_cannot_stand_in_an_id_is_refused(files: Inputs, tmp_path: Path) -> None:
    odd = jsonl(tmp_path / "a|b.jsonl", [response_row(name, "I") for name in IDS])
    assert_refused(files.compare(files=(files.base, odd)), files.out, "'a|b' cannot name a contestant")
    assert_refused(files.compare(files=(files.base, f"c|d={odd}")), files.out, "'c|d' cannot name a contestant")
    assert files.compare(files=(files.base, f"ab={odd}")).code == 0


def test_one_contestant_is_refused(files: Inputs) -> None:
    assert_refused(files.compare(files=(files.base,)), files.out, "there is one contestant only (base)")


def test_all_others_are_compared_with_the_reference(files: Inputs, tmp_path: Path) -> None:
    third = jsonl(tmp_path / "third.jsonl", [response_row(name, "We") for name in IDS])
    done = files.compare("--reference", "ft", files=(files.base, files.ft, third))
    assert done.code == 0, done.err
    assert {name.split("|", 2)[2] for name in compared(files.out)} == {"ft|base", "ft|third"}
    assert len(compared(files.out)) == 2 * len(IDS)
    after = done.out.partition("Win rates against ft")[2].splitlines()
    assert [line.split()[0] for line in after[4:6]] == ["base", "third"]


def test_an_unknown_reference_is_refused_with_the_names_there_are(files: Inputs) -> None:
    assert_refused(files.compare("--reference", "gpt"), files.out, "no contestant is called 'gpt'", "base, ft")
