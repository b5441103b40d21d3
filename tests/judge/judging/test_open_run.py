"""A run directory: resumed without new calls, never mixed with another run, and read again from disk."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from judge.comparison.compare import JudgingPreview, preview_comparison
from judge.comparison.results import load_run, load_summary, resolve_again
from judge.comparison.summary import Summary
from judge.core.calls.events import Event
from judge.core.files import run_directory as rundir
from judge.core.models.open_client import parse_spec
from judge.judging.settings import CompareSettings
from tests.support.refused import refused
from tests.support.rows import IDS, Inputs, inputs, jsonl, read_json, read_rows, response_row
from tests.support.runs import content, last_rows


@pytest.fixture
def files(tmp_path: Path) -> Inputs:
    return inputs(tmp_path)


@pytest.fixture
def run(files: Inputs) -> Path:
    """A finished run of the files."""
    files.compare()
    return files.out


def again(run: Path, **options: Any) -> Summary:
    """The numbers of a run, computed again as `judge show` does with one of these options."""
    return resolve_again(run, **{"rule": None, "resamples": None, "reparse": False, "write": False} | options)


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


def test_the_same_command_makes_no_call_and_returns_the_same(files: Inputs, run: Path) -> None:
    before = content(run)
    first, again = load_run(run), files.compare()
    assert again.summary == first.summary
    assert again.session is not None
    assert again.session.calls == 0
    after = content(run)
    del before["manifest.json"], after["manifest.json"]
    assert after == before
    assert len(read_json(run / "manifest.json")["sessions"]) == 1


def test_a_torn_last_journal_line_is_asked_again_and_nothing_else(files: Inputs, run: Path) -> None:
    journal = run / rundir.JOURNAL
    whole = journal.read_bytes()
    journal.write_bytes(whole[:-40])
    files.compare()
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
    counts = again(run, write=True).counts
    assert counts == load_run(run).summary.counts
    assert (counts.ok, counts.failed, counts.not_asked) == (11, {}, 1)
    assert journal.read_bytes() == before


def test_a_last_line_that_lacks_only_its_end_is_kept(files: Inputs, run: Path) -> None:
    journal = run / rundir.JOURNAL
    whole = journal.read_bytes()
    journal.write_bytes(whole[:-1])
    files.compare()
    assert journal.read_bytes().rstrip(b"\n") == whole.rstrip(b"\n")


@pytest.mark.parametrize("damage", [b"{}\n", b"not json\n", b"\n", b"\xff\xfe\n"])
def test_a_damaged_middle_line_is_named_with_its_number_and_its_call_made_again(
    files: Inputs, run: Path, damage: bytes
) -> None:
    journal = run / rundir.JOURNAL
    before = last_rows(run)
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join([*lines[:4], damage, *lines[5:]]))
    assert any(f"{journal}:5: damaged row" in warning for warning in again(run, reparse=True).warnings)
    told: list[Event] = []
    files.compare(progress=told.append)
    (preview,) = (event for event in told if isinstance(event, JudgingPreview))
    assert [(each.path, each.line) for each in preview.damage] == [(journal, 5)]
    assert {key: row.winners for key, row in last_rows(run).items()} == {
        key: row.winners for key, row in before.items()
    }
    assert (run / "judgments.damaged.jsonl").read_bytes() == damage.removesuffix(b"\n") + b"\n"


@pytest.mark.parametrize("damage", [b'{"x": 1}\n', b"", b"not json\n"])
def test_a_comparisons_file_that_was_changed_is_refused(files: Inputs, run: Path, damage: bytes) -> None:
    path = run / rundir.COMPARISONS
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:2], damage, *lines[3:]]))
    with refused(f"{path} is not what this run wrote"):
        files.compare()
    with refused(f"{path} is not what this run wrote"):
        again(run, write=True)
    path.unlink()
    with refused(f"{path} is gone"):
        files.compare()


def test_a_run_that_was_cut_off_before_its_manifest_starts_anew(files: Inputs, run: Path) -> None:
    for path in run.iterdir():
        if path.name not in (rundir.COMPARISONS, rundir.PROMPT):
            path.unlink() if path.is_file() else [each.unlink() for each in path.iterdir()]
    (run / rundir.TABLES).rmdir()
    files.compare()


# Other configurations


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"seed": 7}, "seed: 0 there, 7 now"),
        ({"repeats": 2}, "repeats: 1 there, 2 now"),
        ({"orders": "one"}, "orders: both there, one now"),
        ({"temperature": 0.5}, "temperature: None there, 0.5 now"),
        ({"prompt": "persona-value@2"}, "prompt: persona-value 3"),
        ({"judge": "openai:gpt-4.1"}, "judge: heuristic there, openai:gpt-4.1 now"),
        ({"reference": "ft"}, "reference: None there, ft now"),
        ({"allow": ["empty"]}, "allow: [] there, ['empty'] now"),
        ({"seed": 7, "repeats": 2}, "repeats: 1 there, 2 now; seed: 0 there, 7 now"),
    ],
)
def test_a_run_of_another_configuration_is_refused_and_says_what_differs(
    files: Inputs, run: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], says: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-never-sent")
    before = content(run)
    with refused(f"{run} holds a run of another configuration", says, "give another --out"):
        files.compare(**options)
    assert content(run) == before


def test_changed_inputs_and_values_are_another_configuration(files: Inputs, run: Path) -> None:
    before = content(run)
    files.rewrite(lambda rows: [row | {"text": row["text"] + " Changed."} for row in rows])
    files.values.write_bytes(files.values.read_bytes() + b"\n")
    with refused("inputs: base (", "ft (", "values_sha256: "):
        files.compare()
    assert content(run) == before


def test_swapped_files_are_another_configuration(files: Inputs, run: Path) -> None:
    with refused("another configuration: inputs: base ("):
        files.compare(files=(files.ft, files.base))


def test_settings_that_decide_no_call_go_on_in_the_same_directory(files: Inputs, run: Path) -> None:
    before = (run / rundir.JOURNAL).read_bytes()
    files.compare(concurrency=2, inconsistent="half", limit=4, max_retries=1)
    assert (run / rundir.JOURNAL).read_bytes() == before


# Other things in the way


def test_a_directory_with_foreign_files_is_refused_untouched(files: Inputs) -> None:
    files.out.mkdir()
    (files.out / "thesis.docx").write_text("precious", encoding="utf-8")
    with refused(f"{files.out} has other files (thesis.docx) and no run"):
        files.compare()
    assert content(files.out) == {"thesis.docx": b"precious"}


def test_a_file_in_place_of_the_directory_is_refused(files: Inputs) -> None:
    files.out.write_text("precious", encoding="utf-8")
    with refused(f"{files.out} is a file"):
        files.compare()
    assert files.out.read_text(encoding="utf-8") == "precious"


def test_someone_elses_manifest_is_refused_untouched(files: Inputs) -> None:
    files.out.mkdir()
    for text in ('{"short_name": "web app"}', "[]", "{"):
        (files.out / rundir.MANIFEST).write_text(text, encoding="utf-8")
        with refused():
            files.compare()
        assert (files.out / rundir.MANIFEST).read_text(encoding="utf-8") == text


def test_a_second_process_on_a_directory_is_refused(files: Inputs, run: Path) -> None:
    command = [sys.executable, "-m", "judge", "compare", files.base, files.ft, "--values", files.values]
    command += ["--judge", "heuristic", "--out", run]
    before = content(run)
    with rundir.locked(run):
        second = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        with refused(f"{run} is in use by another process"):
            again(run, write=True)
        assert load_run(run).summary.counts.ok == 12
    assert second.returncode == 2
    assert content(run) == before
    assert subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0


# Showing


def test_a_loaded_run_is_what_compare_returned_and_loading_changes_nothing(files: Inputs) -> None:
    compared = files.compare()
    before = content(files.out)
    assert load_run(files.out).summary == compared.summary
    numbers = {"win_rates", "judge", "counts"}
    assert again(files.out, reparse=True).model_dump(include=numbers) == compared.summary.model_dump(include=numbers)
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
    shown = again(run, reparse=True)
    assert content(run) == before
    again(run, reparse=True, write=True)
    assert outcomes(run, name) == {("inconsistent", 0.5)}
    assert load_run(run).summary.win_rates == shown.win_rates
    assert (run / rundir.JOURNAL).read_bytes() == before[rundir.JOURNAL]


def test_another_rule_for_inconsistent_costs_no_call_and_is_kept_when_written(run: Path) -> None:
    name = flip(run)
    shown = again(run, rule="exclude", reparse=True)
    assert shown.win_rates != load_run(run).summary.win_rates
    again(run, rule="exclude", reparse=True, write=True)
    assert outcomes(run, name) == {("inconsistent", None)}
    assert read_json(run / rundir.SUMMARY)["how"]["inconsistent"] == "exclude"
    assert load_run(run).summary.win_rates == shown.win_rates


def test_a_directory_without_a_run_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere"):
        with refused(f"{path} has no run"):
            load_run(path)


def test_an_estimate_refuses_the_same_inputs_and_leaves_nothing(files: Inputs, tmp_path: Path) -> None:
    there = sorted(tmp_path.iterdir())
    settings = CompareSettings(
        files=(str(files.base), str(files.ft)),
        judge=parse_spec("heuristic", None),
        prompt="persona-value",
        values=files.values,
    )
    assert preview_comparison(settings).planned == 2 * len(IDS)
    jsonl(files.ft, [response_row(IDS[0], "I")])
    with refused("5 of 6 responses of base have no match in ft"):
        preview_comparison(settings)
    assert sorted(tmp_path.iterdir()) == there
