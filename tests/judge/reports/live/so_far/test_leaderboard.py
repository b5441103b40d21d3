"""The leaderboard of a run that goes on has the numbers of the finished one as soon as all is judged."""

from __future__ import annotations

import shutil
from pathlib import Path

import orjson
import pytest
from playwright.sync_api import expect

import judge
from judge.comparison.results import load_summary
from judge.core.files.run_directory import JOURNAL, MANIFEST, STUDY, SUMMARY
from judge.reports.live.followed_run import FollowedRun
from judge.reports.live.run_now import RunNow
from judge.reports.live.studies import find_studies
from judge.stats.leaderboard.all_pairs import OTHERS
from tests.support.browser import browser, serious, watched
from tests.support.rows import full_row, jsonl
from tests.support.viewing import Viewing

VOICES = {"good": "As a grandmother of six I keep to our customs", "fair": "I believe in it", "bad": "I cannot answer"}
ITEMS = [f"Q{question}_sex_{sex}" for question in range(8) for sex in ("Female", "Male")]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("board")
    files = [str(jsonl(folder / f"{name}.jsonl", [full_row(item, VOICES[name]) for item in ITEMS])) for name in VOICES]
    return judge.compare(*files, judge="heuristic", all_pairs=True, out=folder / "run", progress=False).folder


def cut(finished: Path, folder: Path, calls: int | None = None) -> Path:
    """The run as it was after so many calls, before it had ended."""
    shutil.copytree(finished, folder)
    lines = (folder / JOURNAL).read_bytes().splitlines(keepends=True)
    (folder / JOURNAL).write_bytes(b"".join(lines[:calls]))
    manifest = orjson.loads((folder / MANIFEST).read_bytes())
    manifest["sessions"][-1] |= {"ended": None, "ended_by": None}
    (folder / MANIFEST).write_bytes(orjson.dumps(manifest | {"results": None}))
    (folder / SUMMARY).unlink()
    return folder


def look(folder: Path) -> RunNow:
    now = FollowedRun(folder).look(in_full=True)
    assert now is not None
    assert now.problem is None
    return now


def test_a_board_is_ordered_by_win_rates_and_has_those_of_the_finished_run(finished: Path, tmp_path: Path) -> None:
    now, end = look(cut(finished, tmp_path / "run")), look(finished)
    summary = load_summary(finished)
    assert [board.criterion for board in now.boards] == ["overall", "value", "persona"]
    for board, last in zip(now.boards, end.boards, strict=True):
        rates = [place.rate.estimate.value for place in board.places]
        assert rates == sorted(rates, reverse=True)  # type: ignore[type-var]
        assert {place.ranks for place in board.places} == {""}
        assert all(place.ranks for place in last.places)
        found = {place.contestant: place.rate for place in board.places}
        for row in summary.win_rates:
            if (row.dimension, row.criterion) == ("all", board.criterion):
                rate = found[row.candidate]
                assert rate.reference == row.reference == OTHERS
                assert rate.estimate.value == pytest.approx(row.win_rate.value)
                assert (rate.outcomes["win"], rate.outcomes["loss"]) == (row.win, row.loss)
                assert rate.planned == row.planned == 2 * len(ITEMS)
    assert [place.contestant for place in end.boards[0].places] == ["good", "fair", "bad"]


def test_each_comparison_counts_for_both_sides_while_the_run_goes_on(finished: Path, tmp_path: Path) -> None:
    (board, *_) = look(cut(finished, tmp_path / "run", 40)).boards
    counts = [place.rate.outcomes for place in board.places]
    assert sum(each["win"] for each in counts) == sum(each["loss"] for each in counts) > 0
    judged = sum(sum(each.values()) for each in counts)
    assert judged == 2 * 20  # both orders of 20 comparisons, each with two contestants


def test_a_run_against_one_reference_has_no_board(demo_run: Path) -> None:
    assert look(demo_run).boards == ()


def study(root: Path, finished: Path) -> Path:
    """A study with a stage done, one with failed calls, one under way and one begun."""
    cut(finished, root / "comparison-2", 30)
    shutil.copytree(finished, root / "comparison-1")
    record = {"time": "2026-11-29T10:00:00+00:00", "outputs": {}, "lacking": 0}
    stages = {
        "values": {"done": {"1": record}, "key": "1", "folder": "values-1"},
        "base": {"done": {"1": record | {"lacking": 2}}, "key": "1", "folder": "base-1"},
        "comparison": {"done": {"1": record}, "key": "1", "folder": "comparison-1"},
        "again": {"done": {"1": record}, "key": "2", "folder": "comparison-2"},
    }
    (root / STUDY).write_bytes(orjson.dumps({"schema_version": 2, "stages": stages}))
    return root


def test_a_study_has_its_stages_and_a_damaged_one_says_so(finished: Path, tmp_path: Path) -> None:
    root = study(tmp_path / "a", finished)
    for name, text in (("b", "{"), ("c", '{"stages": {"x": 3}}'), ("d", '{"stages": []}')):
        (tmp_path / name).mkdir()
        (tmp_path / name / STUDY).write_text(text)
    good, *damaged = find_studies([tmp_path, root])
    assert [stage.state for stage in good.stages] == ["done", "lacking", "done", "begun"]
    assert good.stages[-1].folder == root / "comparison-2"
    assert len(damaged) == 3
    assert all(each.problem and not each.stages for each in damaged)


@pytest.mark.slow
@pytest.mark.parametrize("width", [1280, 390])
def test_the_pages_show_studies_and_boards(finished: Path, tmp_path: Path, width: int) -> None:
    root = study(tmp_path / "study", finished)
    with Viewing(tmp_path) as viewing, browser() as opened:
        seen = watched(opened, viewing.served.address(), width=width)
        expect(seen.page.locator("#studies li")).to_have_count(4)
        assert serious(seen.page) == []
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
        seen.page.locator("#studies").get_by_role("link", name="again").click()
        expect(seen.page.locator("#rates .board")).to_have_count(3)
        expect(seen.page.locator("#board-1 tbody tr").first).to_contain_text("good")
        assert serious(seen.page) == []
        seen.assert_quiet()
        done = watched(opened, viewing.served.address() + viewing.of(root / "comparison-1"), width=width)
        expect(done.page.locator("#board-1 thead")).to_contain_text("ranks")
        done.assert_quiet()
