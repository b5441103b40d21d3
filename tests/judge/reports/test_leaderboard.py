"""The leaderboard in figures, on the page and in exports: the numbers of the run, in each place."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

import judge
from judge.core.errors import UsageError
from judge.reports.export.write import export
from judge.reports.figures import drawings
from judge.reports.html.main_result import board_lines
from judge.stats.estimate import Estimate
from judge.stats.leaderboard.bradley_terry import Leaderboard, Standing
from tests.support.rows import full_row, jsonl

VOICES = {"a_b": "As a grandmother I keep to our customs", "c": "I believe in it", "d": "I cannot answer"}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> judge.Run:
    folder = tmp_path_factory.mktemp("run")
    files = [
        jsonl(folder / f"{name}.jsonl", [full_row(f"Q{place}", voice) for place in range(6)])
        for name, voice in VOICES.items()
    ]
    return judge.compare(*files, judge="heuristic", all_pairs=True, out=folder / "run", progress=False)


def test_the_figures_have_the_runs_numbers(run: judge.Run) -> None:
    found = {each.name: each for each in drawings(run.summary)}
    strengths, matrix = found["leaderboard-overall"], found["win-rate-matrix-overall"]
    frame = run.leaderboard().query("criterion == 'overall'")
    assert [row[1] for row in strengths.rows] == list(frame["contestant"])
    assert [row[2] for row in strengths.rows] == list(frame["rank"])
    verdicts = run.verdicts().query("criterion == 'overall'")
    assert len(matrix.rows) == 6
    for _, one, other, value, *_ in matrix.rows:
        won = verdicts.loc[(verdicts["candidate"] == one) & (verdicts["reference"] == other), "score"].sum()
        won += (1 - verdicts.loc[(verdicts["candidate"] == other) & (verdicts["reference"] == one), "score"]).sum()
        assert value == pytest.approx(won / 6)
    assert list(found).index("leaderboard-overall") < list(found).index("win-rates")
    only = {each.name for each in drawings(run.summary, criteria=["overall"])}
    assert "leaderboard-overall" in only
    assert "leaderboard-value" not in only


def test_the_page_shows_the_leaderboard_first(run: judge.Run, tmp_path: Path) -> None:
    page = judge.report(run, tmp_path / "page.html").path.read_text(encoding="utf-8")
    assert page.index("Leaderboard, overall") < page.index("Each contestant against the others")
    assert page.index("Win rates of all pairs, overall") < page.index("Missing data</h2>")
    assert "Which is the best of" in page


def test_exports(run: judge.Run, tmp_path: Path) -> None:
    text = export(run.folder, "latex", tmp_path / "board.tex").path.read_text(encoding="utf-8")
    assert len(re.findall(r"^    \w+ & \d & ", text, re.MULTILINE)) == 9
    assert r"a\_b" in text
    (tmp_path / "leaderboard.csv").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match=r"leaderboard\.csv is there already"):
        export(run.folder, "csv", tmp_path / "rows.csv")
    (tmp_path / "leaderboard.csv").unlink()
    export(run.folder, "csv", tmp_path / "verdicts.csv")
    with (tmp_path / "leaderboard.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    frame = run.leaderboard()
    assert [(row["criterion"], row["contestant"]) for row in rows] == list(
        zip(frame["criterion"], frame["contestant"], strict=True)
    )
    assert [float(row["win_rate"]) for row in rows] == pytest.approx(list(frame["win_rate"]))


def test_what_the_page_says_of_the_best(run: judge.Run) -> None:
    def said(*ranks: tuple[int | None, int | None], groups: tuple[tuple[str, ...], ...] = ()) -> str:
        rate = Estimate(0.5, 0.4, 0.6, 10, 10)
        standings = tuple(
            Standing(name, place + 1, low, high, rate, rate)
            for place, (name, (low, high)) in enumerate(zip("abc", ranks, strict=False))
        )
        board = Leaderboard("overall", standings, groups)
        (line,) = board_lines(run.summary.model_copy(update={"leaderboards": (board,)}))
        return line

    assert said((1, 1), (2, 3), (2, 3)) == "On overall: a is the best."
    assert said((1, 2), (1, 3), (2, 3)) == "On overall: the best is not told apart among a and b."
    assert said((1, 3), (1, 3), (1, 3)) == "On overall: the best is not told apart among all contestants."
    assert said((None, None), (None, None)) == "On overall: a is first, without intervals."
    assert "no chain" in said((None, None), (None, None), groups=(("a",), ("b",)))
