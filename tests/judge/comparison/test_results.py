"""`judge show`: never an old number for a new journal, and nothing written that was not asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from judge.comparison.results import load_summary, resolve_again
from judge.core.files import run_directory as rundir
from tests.support.command import judge
from tests.support.rows import IDS, Inputs, inputs, jsonl, read_json, read_rows
from tests.support.runs import content, tables


@pytest.fixture
def files(tmp_path: Path) -> Inputs:
    return inputs(tmp_path)


@pytest.fixture
def run(files: Inputs) -> Path:
    """A finished run of the files."""
    assert files.compare().returncode == 0
    return files.out


def one_line(printed: str) -> str:
    return " ".join(printed.split())


def test_what_was_written_is_printed_as_it_is_without_a_note(run: Path) -> None:
    assert "Note:" not in judge("show", run).stdout


def test_judgments_after_the_summary_are_shown_and_said_to_be_new(files: Inputs, run: Path) -> None:
    whole, finished = (run / rundir.JOURNAL).read_bytes(), tables(judge("show", run).stdout)
    # The run is stopped after five judgments, written, and then killed in its next session before it could write.
    (run / rundir.JOURNAL).write_bytes(b"".join(whole.splitlines(keepends=True)[:5]))
    assert judge("show", run, "--write").returncode == 0
    part = content(run)
    counts = load_summary(run).counts
    assert (counts.ok, counts.failed, counts.not_asked) == (5, {}, 7)
    (run / rundir.JOURNAL).write_bytes(whole)
    shown = judge("show", run)
    assert shown.stdout.startswith("Note: The judgments or --limit have changed since the tables were last written")
    assert f"`judge show {run} --write` writes them." in one_line(shown.stdout)
    assert tables(shown.stdout) == finished
    assert {name: text for name, text in content(run).items() if name != rundir.JOURNAL} == {
        name: text for name, text in part.items() if name != rundir.JOURNAL
    }
    assert judge("show", run, "--write").returncode == 0
    assert "Note:" not in judge("show", run).stdout
    assert tables(judge("show", run).stdout) == finished


@pytest.mark.parametrize("damage", [None, b"{}", b'{"name": "torn'])
def test_a_lost_or_damaged_summary_is_made_anew(run: Path, damage: bytes | None) -> None:
    before = content(run)
    shown = tables(judge("show", run).stdout)
    path = run / rundir.SUMMARY
    path.unlink() if damage is None else path.write_bytes(damage)
    done = judge("show", run)
    assert done.returncode == 0
    assert done.stdout.startswith(f"Note: {rundir.SUMMARY} ")
    assert tables(done.stdout) == shown
    assert path.exists() == (damage is not None)
    assert judge("show", run, "--write").returncode == 0
    assert content(run)[rundir.SUMMARY] == before[rundir.SUMMARY]


def test_a_run_that_was_killed_before_its_first_summary_is_shown_from_the_journal(run: Path) -> None:
    manifest = read_json(run / rundir.MANIFEST)
    del manifest["results"]
    rundir.write_json(run / rundir.MANIFEST, manifest)
    for name in (rundir.SUMMARY, rundir.MARKDOWN, rundir.VERDICTS):
        (run / name).unlink()
    done = judge("show", run)
    assert done.stdout.startswith("Note: The run has not been finished: these numbers were computed")
    assert load_summary(run).counts.ok == 12


def test_another_rule_is_not_written_unless_asked_and_is_kept_for_the_next_reading(run: Path) -> None:
    before = content(run)
    done = judge("show", run, "--inconsistent", "half")
    assert done.stdout.startswith(f"Note: Not written: the files in {run} keep their numbers.")
    assert content(run) == before
    assert "Note:" not in judge("show", run, "--inconsistent", "half", "--write").stdout
    (run / rundir.JOURNAL).write_bytes((run / rundir.JOURNAL).read_bytes() + b"torn")
    shown = judge("show", run).stdout
    assert "Note: The judgments" in shown
    assert "scored .5." in one_line(shown)


def test_replies_that_were_read_anew_stay_so(run: Path) -> None:
    rows = read_rows(run / rundir.JOURNAL)
    for row in rows:
        row["raw"] = row["raw"].replace('"A"', '"nobody"').replace('"B"', '"nobody"')
    jsonl(run / rundir.JOURNAL, rows)
    assert judge("show", run, "--reparse", "--write").returncode == 0
    assert load_summary(run).counts.failed == {"malformed": 12}
    again = resolve_again(run, rule="half", resamples=None, reparse=False, write=False)
    assert again.counts.failed == {"malformed": 12}
    assert "12 failed (malformed 12)" in judge("show", run, "--inconsistent", "half").stdout


def test_a_limit_below_what_is_on_disk_says_how_much_was_used(files: Inputs, run: Path) -> None:
    assert "on disk" not in judge("show", run).stdout
    done = files.compare("--limit", 2)
    counts = load_summary(run).counts
    assert (counts.on_disk, counts.ok) == (12, 4)
    assert "12 judgments on disk" in done.stdout
    assert tables(judge("show", run).stdout) == tables(done.stdout)


def test_the_same_text_on_both_sides_is_warned_of(files: Inputs) -> None:
    base = {row["item_id"]: row["text"] for row in read_rows(files.base)}
    files.rewrite(
        lambda rows: [row | {"text": base[row["item_id"]]} if row["item_id"] in IDS[:2] else row for row in rows]
    )
    done = files.compare()
    assert "2 of 6 comparisons have the same text on both sides" in one_line(done.stdout)


def test_a_file_in_place_of_the_run_directory_is_named_with_its_directory(run: Path) -> None:
    for options in ((), ("--write",)):
        done = judge("show", run / rundir.SUMMARY, *options)
        assert done.returncode == 2
        assert f"{run / rundir.SUMMARY} is a file" in done.stderr
        assert f"give its folder, {run}" in one_line(done.stderr)
