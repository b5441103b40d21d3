"""One run, followed while a judge on loopback answers, and after."""

from __future__ import annotations

import json
import os
import shutil
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from judge.comparison.results import load_summary
from judge.core.files.manifest import JudgingManifest
from judge.core.files.run_directory import locked, read_manifest
from judge.core.records import Judgment
from judge.reports.live.followed_run import FollowedRun
from judge.reports.live.journal_tail import JournalTail
from judge.reports.live.run_now import RunNow
from judge.reports.live.so_far.judged_so_far import JudgedSoFar, read_planned
from judge.reports.live.so_far.win_rates_so_far import LONG, RateKeeper, win_rates_so_far
from judge.stats.intervals.confidence_sequence import confidence_sequence
from judge.stats.win_rates.verdict_table import OUTCOMES
from tests.support.generation import generate, run_of
from tests.support.loopback import FaultPlan, Loopback
from tests.support.report_runs import demo
from tests.support.runs import content, journal, verdicts
from tests.support.served import small_run


def look(run: Path, *, in_full: bool = True) -> RunNow:
    now = FollowedRun(run).look(in_full=in_full)
    assert now is not None
    return now


def judged(run: Path) -> JudgedSoFar:
    about = read_manifest(run, JudgingManifest)
    assert about is not None
    found = JudgedSoFar(read_planned(run, about), about.criteria)
    for row in JournalTail(run / "judgments.jsonl", Judgment).read(10).rows:
        found.add(row)
    return found


def cut(run: Path, out: Path, rows: int) -> Path:
    """A copy of a run as a kill after some rows would leave it."""
    shutil.copytree(run, out)
    lines = (out / "judgments.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    (out / "judgments.jsonl").write_text("".join(lines[:rows]), encoding="utf-8")
    about = json.loads((out / "manifest.json").read_text())
    about["sessions"] = [about["sessions"][0] | {"ended": None, "ended_by": None}]
    about["results"] = None
    (out / "manifest.json").write_text(json.dumps(about))
    for name in ("verdicts.jsonl", "summary.json", "summary.md"):
        (out / name).unlink()
    return out


def test_a_run_is_followed_from_its_first_call_to_its_end(tmp_path: Path) -> None:
    run = tmp_path / "run"
    seen: list[RunNow] = []
    faults = FaultPlan({"malformed": 0.2}, always=True)
    with Loopback(latency=0.05, faults=faults) as server:
        work = threading.Thread(target=small_run, args=(run, server), kwargs={"limit": 8, "concurrency": 2})
        work.start()
        followed = FollowedRun(run)
        while work.is_alive():
            if (run / "manifest.json").exists() and (now := followed.look(in_full=True)) is not None:
                seen.append(now)
            time.sleep(0.05)
        work.join()
    end = followed.look(in_full=True)
    assert end is not None
    going = [now for now in seen if now.state.name == "running" and 0 < now.ok < 16]
    assert going
    assert all(now.planned == 16 for now in going)
    assert [now.ok + now.failed for now in seen] == sorted(now.ok + now.failed for now in seen)
    assert all({rate.basis for rate in now.win_rates} == {"questions"} for now in going)
    counts = load_summary(run).counts
    assert (end.state.name, end.ok, end.failed) == ("finished", counts.ok, sum(counts.failed.values()))
    assert {each.kind: each.calls for each in end.failures} == counts.failed
    assert all(each.example for each in end.failures)
    assert {rate.basis for rate in end.win_rates} == {"finished"}
    last = going[-1]
    assert last.damaged == 0
    assert last.problem is None


@pytest.mark.parametrize("options", [{}, {"orders": "one"}, {"repeats": 2}, {"criteria": "apart"}, {"limit": 20}])
def test_all_judgments_give_the_verdicts_that_the_run_wrote(tmp_path: Path, options: dict[str, Any]) -> None:
    run = demo(tmp_path / "run", **options)
    found = judged(run)
    written = {(row.comparison_id, row.criterion): (row.score, row.outcome) for row in verdicts(run)}
    assert len(written) == 3 * found.planned.planned
    for name, place in found.planned.places.items():
        for column, criterion in enumerate(found.criteria):
            if place < found.planned.planned:
                score, outcome = written[name, criterion]
                assert found.scores[place, column] == score
                assert OUTCOMES[found.outcomes[place, column]] == outcome
    assert found.counts.ok == found.planned.calls
    assert found.foreign == 0


def test_a_run_that_was_killed_is_stopped_and_its_numbers_are_those_of_its_rows(demo_run: Path, tmp_path: Path) -> None:
    run = cut(demo_run, tmp_path / "killed", 61)
    for path in run.iterdir():
        os.utime(path, (time.time() - 1_000, time.time() - 1_000))
    now = look(run)
    assert (now.state.name, now.planned, now.ok, now.failed) == ("stopped", 192, 61, 0)
    made = {row.comparison_id for row in journal(run)}
    for rate in now.win_rates:
        scored = sum(rate.outcomes.values())
        assert scored in (len(made), len(made) - 1)
        assert rate.estimate.n == scored
        assert rate.estimate.low is not None


def test_before_the_first_comparison_nothing_is_claimed(demo_run: Path, tmp_path: Path) -> None:
    now = look(cut(demo_run, tmp_path / "begun", 1))
    assert now.ok == 1
    assert all(rate.estimate.value is None and rate.estimate.low is None for rate in now.win_rates)
    assert all(sum(rate.outcomes.values()) == 0 for rate in now.win_rates)


def test_with_the_uniform_sequence_the_interval_is_the_confidence_sequence_of_the_pool(tmp_path: Path) -> None:
    run = demo(tmp_path / "run", sequence="uniform", limit=40)
    found = judged(run)
    for column, rate in enumerate(win_rates_so_far(found, "uniform")):
        bounds = confidence_sequence(found.scores[:40, column], 96)
        assert (rate.basis, rate.pool, rate.planned) == ("pool", 96, 40)
        assert (rate.estimate.low, rate.estimate.high) == (bounds.low[-1], bounds.high[-1])


def test_confidence_sequences_that_take_long_are_computed_beside(tmp_path: Path) -> None:
    found = judged(demo(tmp_path / "run", sequence="uniform"))
    wide = JudgedSoFar(found.planned, found.criteria * 12)
    wide.scores, wide.outcomes = np.tile(found.scores, 12), np.tile(found.outcomes, 12)
    assert wide.scores.size >= LONG
    keeper, short = RateKeeper(win_rates_so_far), RateKeeper(win_rates_so_far)
    assert keeper.of(wide, "uniform", 1) == ()
    wide.scores[:] = np.nan  # further rows do not change what is being computed
    deadline = time.monotonic() + 60
    while not keeper.of(wide, "uniform", 1) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert keeper.of(wide, "uniform", 2)[:3] == short.of(found, "uniform", 1)  # and not at once again


def test_answers_of_a_model_are_followed_too(tmp_path: Path) -> None:
    out = tmp_path / "m.jsonl"
    with Loopback(fixed_text="I like it, and I say why.") as server:
        assert generate(out, "--model", "openai:m", "--base-url", server.url, "--sample", "10") == 0
    for in_full in (True, False):
        now = look(run_of(out), in_full=in_full)
        assert (now.kind, now.title, now.model, now.state.name) == ("generation", "m.jsonl", "openai:m", "finished")
        assert (now.planned, now.ok, now.failed, now.win_rates) == (10, 10, 0, ())


def test_looking_changes_nothing_and_takes_no_lock(demo_run: Path, tmp_path: Path) -> None:
    run = cut(demo_run, tmp_path / "killed", 50)
    before = content(run), {path: path.stat().st_mtime_ns for path in run.rglob("*")}
    for in_full in (True, False):
        look(run, in_full=in_full)
        look(demo_run, in_full=in_full)
    assert (content(run), {path: path.stat().st_mtime_ns for path in run.rglob("*")}) == before


def test_a_run_can_start_whenever_it_is_looked_at(demo_run: Path, tmp_path: Path) -> None:
    run = cut(demo_run, tmp_path / "killed", 50)
    ended = threading.Event()
    followed = FollowedRun(run)

    def looking() -> None:
        while not ended.is_set():
            followed.look(in_full=True)

    work = threading.Thread(target=looking)
    work.start()
    try:
        for _ in range(300):
            with locked(run):  # refused at once where anybody has the lock
                pass
    finally:
        ended.set()
        work.join()


def test_a_finished_run_of_a_list_is_not_read_row_by_row(demo_run: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(demo_run, run)
    (run / "judgments.jsonl").write_text("no rows at all\n" * 100, encoding="utf-8")
    os.utime(run / "judgments.jsonl", (1, 1))
    now = look(run, in_full=False)
    assert (now.state.name, now.ok, now.planned) == ("finished", 192, 192)


def test_damaged_rows_and_rows_of_another_run_are_counted_and_left_out(demo_run: Path, tmp_path: Path) -> None:
    run = cut(demo_run, tmp_path / "damaged", 40)
    lines = (run / "judgments.jsonl").read_text(encoding="utf-8").splitlines()
    lines[3] = lines[3][: len(lines[3]) // 2]
    row = json.loads(lines[5])
    del row["check"]
    lines += [
        json.dumps(row | {"comparison_id": "elsewhere"}),
        json.dumps(row | {"winners": {"<script>": "A"}}),
        '{"key":',
    ]
    (run / "judgments.jsonl").write_text("\n".join(lines), encoding="utf-8")
    now = look(run)
    assert (now.ok, now.damaged) == (39, 3)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("manifest.json", "{"),
        ("manifest.json", "[" * 100_000),
        ("manifest.json", '{"configuration": {"judge": 3}}'),
        ("manifest.json", '{"configuration": {"judge": "<script>"}, "contestants": {}, "sessions": [{"started": 7}]}'),
        ("comparisons.jsonl", "changed\n"),
        ("comparisons.jsonl", None),
    ],
)
def test_what_cannot_be_read_is_named_and_nothing_raises(
    demo_run: Path, tmp_path: Path, name: str, text: str | None
) -> None:
    run = cut(demo_run, tmp_path / "odd", 40)
    if text is None:
        (run / name).unlink()
    else:
        (run / name).write_text(text, encoding="utf-8")
    now = look(run)
    assert now.problem is not None
    assert name in now.problem
    if name == "comparisons.jsonl":
        assert (now.ok, now.planned, now.win_rates) == (40, None, ())


def test_a_pipe_in_place_of_a_file_does_not_stall(demo_run: Path, tmp_path: Path) -> None:
    for name in ("manifest.json", "comparisons.jsonl", "judgments.jsonl"):
        run = cut(demo_run, tmp_path / name, 40)
        (run / name).unlink()
        os.mkfifo(run / name)
        began = time.monotonic()
        FollowedRun(run).look(in_full=True)
        assert time.monotonic() - began < 5
