"""Numbers of a run on disk: never an old number for a new journal, and nothing written that was not asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from judge.comparison.headline import headline
from judge.comparison.results import load_run, load_summary, resolve_again
from judge.comparison.summary import Summary
from judge.core.files import run_directory as rundir
from tests.support.command import judge
from tests.support.refused import refused
from tests.support.rows import IDS, Inputs, inputs, jsonl, read_json, read_rows
from tests.support.runs import content


@pytest.fixture
def files(tmp_path: Path) -> Inputs:
    return inputs(tmp_path)


@pytest.fixture
def run(files: Inputs) -> Path:
    """A finished run of the files."""
    return files.compare().folder


def again(run: Path, **options: Any) -> Summary:
    """The numbers of a run, computed again as `judge show` does with one of these options."""
    return resolve_again(run, **{"rule": None, "resamples": None, "reparse": False, "write": False} | options)


def numbers(summary: Summary) -> dict[str, Any]:
    """All of a summary but its notes."""
    return summary.model_dump(exclude={"notes"})


def test_what_was_written_is_printed_as_it_is_without_a_note(run: Path) -> None:
    assert load_summary(run).notes == ()
    assert judge("show", run).returncode == 0


def test_judgments_after_the_summary_are_shown_and_said_to_be_new(run: Path) -> None:
    whole, finished = (run / rundir.JOURNAL).read_bytes(), load_summary(run)
    # The run is stopped after five judgments, written, and then killed in its next session before it could write.
    (run / rundir.JOURNAL).write_bytes(b"".join(whole.splitlines(keepends=True)[:5]))
    again(run, write=True)
    part = content(run)
    counts = load_summary(run).counts
    assert (counts.ok, counts.failed, counts.not_asked) == (5, {}, 7)
    (run / rundir.JOURNAL).write_bytes(whole)
    shown = load_summary(run)
    (note,) = shown.notes
    assert note.startswith("The judgments, --limit or --sequence have changed since the tables were last written")
    assert f"`judge show {run} --write` writes them." in note
    assert numbers(shown) == numbers(finished)
    assert {name: text for name, text in content(run).items() if name != rundir.JOURNAL} == {
        name: text for name, text in part.items() if name != rundir.JOURNAL
    }
    again(run, write=True)
    assert load_summary(run) == finished


@pytest.mark.parametrize("damage", [None, b"{}", b'{"name": "torn'])
def test_a_lost_or_damaged_summary_is_made_anew(run: Path, damage: bytes | None) -> None:
    before, written = content(run), load_summary(run)
    path = run / rundir.SUMMARY
    path.unlink() if damage is None else path.write_bytes(damage)
    found = load_summary(run)
    (note,) = found.notes
    assert note.startswith(f"{rundir.SUMMARY} ")
    assert numbers(found) == numbers(written)
    assert path.exists() == (damage is not None)
    again(run, write=True)
    assert content(run)[rundir.SUMMARY] == before[rundir.SUMMARY]


def test_a_run_that_was_killed_before_its_first_summary_is_shown_from_the_journal(run: Path) -> None:
    manifest = read_json(run / rundir.MANIFEST)
    del manifest["results"]
    rundir.write_json(run / rundir.MANIFEST, manifest)
    for name in (rundir.SUMMARY, rundir.MARKDOWN, rundir.VERDICTS):
        (run / name).unlink()
    found = load_summary(run)
    assert found.notes[0].startswith("The run has not been finished: these numbers were computed")
    assert found.counts.ok == 12


def test_another_rule_is_not_written_unless_asked_and_is_kept_for_the_next_reading(run: Path) -> None:
    before = content(run)
    assert again(run, rule="half").notes[0].startswith(f"Not written: the files in {run} keep their numbers.")
    assert content(run) == before
    assert again(run, rule="half", write=True).notes == ()
    (run / rundir.JOURNAL).write_bytes((run / rundir.JOURNAL).read_bytes() + b"torn")
    found = load_summary(run)
    assert found.notes[0].startswith("The judgments")
    assert found.how.inconsistent == "half"


def test_replies_that_were_read_anew_stay_so(run: Path) -> None:
    rows = read_rows(run / rundir.JOURNAL)
    for row in rows:
        del row["check"]  # without it a row is read as earlier versions wrote it
        row["raw"] = row["raw"].replace('"A"', '"nobody"').replace('"B"', '"nobody"')
        row.pop("check", None)  # else the row counts as damaged
    jsonl(run / rundir.JOURNAL, rows)
    again(run, reparse=True, write=True)
    assert load_summary(run).counts.failed == {"malformed": 12}
    assert again(run, rule="half").counts.failed == {"malformed": 12}


def test_a_limit_below_what_is_on_disk_says_how_much_was_used(files: Inputs, run: Path) -> None:
    assert load_summary(run).counts.on_disk == 12
    limited = files.compare(limit=2)
    assert (limited.summary.counts.on_disk, limited.summary.counts.ok) == (12, 4)
    assert load_run(run).summary == limited.summary
    assert any(line.startswith("12 judgments on disk") for line in headline(limited.summary))


def test_the_same_text_on_both_sides_is_warned_of(files: Inputs) -> None:
    base = {row["item_id"]: row["text"] for row in read_rows(files.base)}
    files.rewrite(
        lambda rows: [row | {"text": base[row["item_id"]]} if row["item_id"] in IDS[:2] else row for row in rows]
    )
    warnings = files.compare().summary.warnings
    assert any("2 of 6 comparisons have the same text on both sides" in warning for warning in warnings)


def test_a_file_in_place_of_the_run_directory_is_named_with_its_directory(run: Path) -> None:
    path = run / rundir.SUMMARY
    for read in (load_summary, lambda found: again(found, write=True)):
        with refused(f"{path} is a file", f"give its folder, {run}"):
            read(path)
