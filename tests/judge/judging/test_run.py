"""A run directory: resumed without new calls, never mixed with another run, and read again from disk."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from judge.comparison.results import load_summary
from judge.core.files import run_directory as rundir
from tests.support.command import judge
from tests.support.rows import IDS, Inputs, inputs, jsonl, read_json, read_rows, response_row
from tests.support.runs import content, last_rows, tables


@pytest.fixture
def files(tmp_path: Path) -> Inputs:
    return inputs(tmp_path)


@pytest.fixture
def run(files: Inputs) -> Path:
    """A finished run of the files."""
    done = files.compare()
    assert done.returncode == 0, done.stderr
    return files.out


def test_a_run_leaves_all_its_files(run: Path) -> None:
    assert set(content(run)) == {
        ".lock",
        "manifest.json",
        "prompt.yaml",
        "comparisons.jsonl",
        "judgments.jsonl",
        "verdicts.jsonl",
        "summary.json",
        "summary.md",
        "tables/win_rates.csv",
        "tables/judge.csv",
    }


# Going on


def test_the_same_command_makes_no_call_and_prints_the_same(files: Inputs, run: Path) -> None:
    before = content(run)
    first, again = judge("show", run), files.compare()
    assert again.returncode == 0
    assert tables(again.stdout) == tables(first.stdout)
    after = content(run)
    del before["manifest.json"], after["manifest.json"]
    assert after == before
    assert len(read_json(run / "manifest.json")["sessions"]) == 1


def test_a_torn_last_journal_line_is_asked_again_and_nothing_else(files: Inputs, run: Path) -> None:
    journal = run / rundir.JOURNAL
    whole = journal.read_bytes()
    journal.write_bytes(whole[:-40])
    done = files.compare()
    assert done.returncode == 0, done.stderr
    counts = load_summary(run).counts
    assert (counts.calls, counts.ok) == (12, 12)
    rows = read_rows(journal)
    assert len(rows) == 2 * len(IDS)
    assert journal.read_bytes().splitlines()[:-1] == whole.splitlines()[:-1]
    assert read_json(run / "manifest.json")["sessions"][-1]["calls"] == 1


def test_show_passes_over_a_torn_last_line_and_counts_the_call_as_not_asked(run: Path) -> None:
    journal = run / rundir.JOURNAL
    journal.write_bytes(journal.read_bytes()[:-40])
    before = journal.read_bytes()
    assert judge("show", run, "--write").returncode == 0
    counts = load_summary(run).counts
    assert (counts.ok, counts.failed, counts.not_asked) == (11, {}, 1)
    assert journal.read_bytes() == before


def test_a_last_line_that_lacks_only_its_end_is_kept(files: Inputs, run: Path) -> None:
    journal = run / rundir.JOURNAL
    whole = journal.read_bytes()
    journal.write_bytes(whole[:-1])
    assert files.compare().returncode == 0
    assert journal.read_bytes().rstrip(b"\n") == whole.rstrip(b"\n")


@pytest.mark.parametrize("damage", [b"{}\n", b"not json\n", b"\n", b"\xff\xfe\n"])
def test_a_damaged_middle_line_is_named_with_its_number_and_its_call_made_again(
    files: Inputs, run: Path, damage: bytes
) -> None:
    journal = run / rundir.JOURNAL
    before = last_rows(run)
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join([*lines[:4], damage, *lines[5:]]))
    shown = judge("show", run, "--reparse")
    assert shown.returncode == 0
    assert f"{journal}:5: damaged row" in shown.stdout.replace("\n", "")
    done = files.compare()
    assert done.returncode == 0
    assert f"{journal}:5: damaged row" in done.stdout.replace("\n", "")
    assert {key: row.winners for key, row in last_rows(run).items()} == {
        key: row.winners for key, row in before.items()
    }
    assert (run / "judgments.damaged.jsonl").read_bytes() == damage.removesuffix(b"\n") + b"\n"


@pytest.mark.parametrize("damage", [b'{"x": 1}\n', b"", b"not json\n"])
def test_a_comparisons_file_that_was_changed_is_refused(files: Inputs, run: Path, damage: bytes) -> None:
    path = run / rundir.COMPARISONS
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:2], damage, *lines[3:]]))
    for done in (files.compare(), judge("show", run, "--write")):
        assert done.returncode == 2
        assert f"{path} is not what this run wrote" in done.stderr
    path.unlink()
    assert f"{path} is gone" in files.compare().stderr


def test_a_run_that_was_cut_off_before_its_manifest_starts_anew(files: Inputs, run: Path) -> None:
    for path in run.iterdir():
        if path.name not in (rundir.COMPARISONS, rundir.PROMPT):
            path.unlink() if path.is_file() else [each.unlink() for each in path.iterdir()]
    (run / rundir.TABLES).rmdir()
    assert files.compare().returncode == 0


# Other configurations


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--seed", 7), "seed: 0 there, 7 now"),
        (("--repeats", 2), "repeats: 1 there, 2 now"),
        (("--orders", "one"), "orders: both there, one now"),
        (("--temperature", 0.5), "temperature: None there, 0.5 now"),
        (("--prompt", "general"), "prompt: persona-value 3"),
        (("--judge", "openai:gpt-4.1"), "judge: heuristic there, openai:gpt-4.1 now"),
        (("--reference", "ft"), "reference: None there, ft now"),
        (("--allow", "empty"), "allow: [] there, ['empty'] now"),
        (("--seed", 7, "--repeats", 2), "repeats: 1 there, 2 now; seed: 0 there, 7 now"),
    ],
)
def test_a_run_of_another_configuration_is_refused_and_says_what_differs(
    files: Inputs, run: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[Any, ...], says: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-never-sent")
    before = content(run)
    done = files.compare(*options)
    assert done.returncode == 2
    assert f"{run} holds a run of another configuration" in done.stderr
    assert says in done.stderr
    assert "give another --out" in done.stderr
    assert content(run) == before


def test_changed_inputs_and_values_are_another_configuration(files: Inputs, run: Path) -> None:
    before = content(run)
    files.rewrite(lambda rows: [row | {"text": row["text"] + " Changed."} for row in rows])
    files.values.write_bytes(files.values.read_bytes() + b"\n")
    done = files.compare()
    assert done.returncode == 2
    for word in ("inputs: base (", "ft (", "values_sha256: "):
        assert word in done.stderr
    assert content(run) == before


def test_swapped_files_are_another_configuration(files: Inputs, run: Path) -> None:
    done = files.compare(files=(files.ft, files.base))
    assert done.returncode == 2
    assert "another configuration: inputs: base (" in done.stderr


def test_settings_that_decide_no_call_go_on_in_the_same_directory(files: Inputs, run: Path) -> None:
    before = (run / rundir.JOURNAL).read_bytes()
    options = ("--concurrency", 2, "--inconsistent", "half", "--limit", 4, "--max-retries", 1)
    assert files.compare(*options).returncode == 0
    assert (run / rundir.JOURNAL).read_bytes() == before


# Other things in the way


def test_a_directory_with_foreign_files_is_refused_untouched(files: Inputs) -> None:
    files.out.mkdir()
    (files.out / "thesis.docx").write_text("precious", encoding="utf-8")
    done = files.compare()
    assert done.returncode == 2
    assert f"{files.out} has other files (thesis.docx) and no run" in done.stderr
    assert content(files.out) == {"thesis.docx": b"precious"}


def test_a_file_in_place_of_the_directory_is_refused(files: Inputs) -> None:
    files.out.write_text("precious", encoding="utf-8")
    done = files.compare()
    assert done.returncode == 2
    assert f"{files.out} is a file" in done.stderr
    assert files.out.read_text(encoding="utf-8") == "precious"


def test_someone_elses_manifest_is_refused_untouched(files: Inputs) -> None:
    files.out.mkdir()
    for text in ('{"short_name": "web app"}', "[]", "{"):
        (files.out / rundir.MANIFEST).write_text(text, encoding="utf-8")
        assert files.compare().returncode == 2
        assert (files.out / rundir.MANIFEST).read_text(encoding="utf-8") == text


def test_a_second_process_on_a_directory_is_refused(files: Inputs, run: Path) -> None:
    command = [sys.executable, "-m", "judge", "compare", files.base, files.ft, "--values", files.values, "--out", run]
    before = content(run)
    with rundir.locked(run):
        second = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        write = judge("show", run, "--write")
        assert judge("show", run).returncode == 0
    assert (second.returncode, write.returncode) == (2, 2)
    for err in (second.stderr, write.stderr):
        assert f"{run} is in use by another process" in err
    assert content(run) == before
    assert subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0


# Showing


def test_show_prints_what_compare_printed_and_changes_nothing(files: Inputs) -> None:
    compared = files.compare()
    before = content(files.out)
    shown = judge("show", files.out)
    assert tables(shown.stdout) == tables(compared.stdout)
    again = judge("show", files.out, "--reparse")
    assert tables(again.stdout) == tables(compared.stdout)
    assert content(files.out) == before


def flip(run: Path) -> str:
    """Make the judge contradict itself on one comparison: its two replies name the response shown first."""
    path = run / rundir.JOURNAL
    rows = read_rows(path)
    name: str = rows[0]["comparison_id"]
    for row in rows:
        if row["comparison_id"] == name:
            reply = {key: "A" if key.endswith("_winner") else text for key, text in json.loads(row["raw"]).items()}
            row["raw"] = json.dumps(reply)
            del row["check"]
    jsonl(path, rows)
    return name


def outcomes(run: Path, name: str) -> set[tuple[str, float | None]]:
    rows = read_rows(run / rundir.VERDICTS)
    return {(row["outcome"], row["score"]) for row in rows if row["comparison_id"] == name}


def test_reparse_reads_the_raw_replies_anew_and_write_keeps_the_result(run: Path) -> None:
    name = flip(run)
    before = content(run)
    assert "inconsistent" not in {outcome for outcome, _ in outcomes(run, name)}
    shown = judge("show", run, "--reparse")
    assert shown.returncode == 0
    assert content(run) == before
    assert judge("show", run, "--reparse", "--write").returncode == 0
    assert outcomes(run, name) == {("inconsistent", 0.5)}
    assert tables(judge("show", run).stdout) == tables(shown.stdout)
    assert (run / rundir.JOURNAL).read_bytes() == before[rundir.JOURNAL]


def test_another_rule_for_inconsistent_costs_no_call_and_is_kept_when_written(run: Path) -> None:
    name = flip(run)
    shown = judge("show", run, "--inconsistent", "exclude", "--reparse")
    assert tables(shown.stdout) != tables(judge("show", run).stdout)
    assert judge("show", run, "--inconsistent", "exclude", "--reparse", "--write").returncode == 0
    assert outcomes(run, name) == {("inconsistent", None)}
    assert read_json(run / rundir.SUMMARY)["how"]["inconsistent"] == "exclude"
    assert tables(judge("show", run).stdout) == tables(shown.stdout)


def test_show_of_a_directory_without_a_run_says_so(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere"):
        done = judge("show", path)
        assert done.returncode == 2
        assert f"{path} has no run" in done.stderr


def test_estimate_refuses_the_same_inputs_and_leaves_nothing(files: Inputs, tmp_path: Path) -> None:
    there = sorted(tmp_path.iterdir())
    assert judge("estimate", files.base, files.ft, "--values", files.values).returncode == 0
    jsonl(files.ft, [response_row(IDS[0], "I")])
    done = judge("estimate", files.base, files.ft, "--values", files.values)
    assert done.returncode == 2
    assert "5 of 6 responses of base have no match in ft" in done.stderr
    assert sorted(tmp_path.iterdir()) == there
