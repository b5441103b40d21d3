"""More than two contestants compared with one another: the plan, the numbers, and what is refused."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

import judge
from judge.analysis.subgroups.analyze import analyze
from judge.analysis.subgroups.records import AnalyzeSettings
from judge.comparison.compare import preview_comparison
from judge.comparison.results import load_summary
from judge.core.files.run_directory import COMPARISONS, JOURNAL
from judge.core.models.open_client import ModelSpec
from judge.judging.settings import CompareSettings
from judge.stats.leaderboard.all_pairs import OTHERS
from tests.support.command import call
from tests.support.loopback import Loopback
from tests.support.refused import refused
from tests.support.rows import full_row, jsonl, read_rows

NAMES = ("good", "fair", "poor", "bad")
VOICES = {
    "good": "As a grandmother of six I keep to our customs, and I say so",
    "fair": "I believe in it",
    "poor": "As an AI language model I have no opinion",
    "bad": "I cannot answer",
}
ITEMS = [f"Q{question}_sex_{sex}" for question in range(8) for sex in ("Female", "Male")]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("responses")
    return [str(jsonl(folder / f"{name}.jsonl", [full_row(item, VOICES[name]) for item in ITEMS])) for name in NAMES]


@pytest.fixture(scope="module")
def run(files: list[str], tmp_path_factory: pytest.TempPathFactory) -> judge.Run:
    out = tmp_path_factory.mktemp("runs") / "all"
    return judge.compare(*files, judge="heuristic", all_pairs=True, out=out, progress=False)


def test_each_pair_is_compared_once_and_counted_once(run: judge.Run) -> None:
    rows = read_rows(run.folder / COMPARISONS)
    met = Counter((row["reference"], row["candidate"]) for row in rows)
    assert met == dict.fromkeys(
        [(one, other) for place, one in enumerate(NAMES) for other in NAMES[place + 1 :]], len(ITEMS)
    )
    counts = run.summary.counts
    assert (counts.comparisons, counts.calls, counts.ok) == (6 * 16, 2 * 6 * 16, 2 * 6 * 16)
    assert {entry.role for entry in run.manifest.contestants.values()} == {"contestant"}
    assert run.manifest.reference is None
    assert run.manifest.configuration.all_pairs


def test_the_leaderboard_and_the_win_rates_agree(run: judge.Run) -> None:
    board = run.leaderboard().query("criterion == 'overall'").set_index("contestant")
    rates = run.win_rates().query("dimension == 'all' and criterion == 'overall'").set_index("candidate")
    assert set(rates["reference"]) == {OTHERS}
    assert list(rates.index) == list(NAMES)
    assert rates["planned"].to_dict() == dict.fromkeys(NAMES, 3 * 16)
    assert board["win_rate"].to_dict() == pytest.approx(rates["win_rate"].to_dict())
    verdicts = run.verdicts().query("criterion == 'overall'")
    for name in NAMES:
        won = verdicts.loc[verdicts["candidate"] == name, "score"].sum()
        won += (1 - verdicts.loc[verdicts["reference"] == name, "score"]).sum()
        assert rates.loc[name, "win_rate"] == pytest.approx(won / 48)
    assert board["rank"].is_monotonic_increasing
    assert list(board.sort_values("win_rate", ascending=False).index) == list(board.index)  # a round robin orders so
    rows = [row for row in run.summary.pair_rates if row.criterion == "overall"]
    assert sum(row.win_rate.value or 0 for row in rows) == pytest.approx(verdicts["score"].mean() * 6)


def test_the_judge_is_measured_over_all_pairs_together(run: judge.Run) -> None:
    (row,) = [row for row in run.summary.judge if row.criterion == "overall"]
    verdicts = run.verdicts().query("criterion == 'overall'")
    assert row.first_shown.value == pytest.approx(verdicts["first_wins"].sum() / verdicts["decided"].sum())
    assert row.consistency.n == 96


def test_slices_are_of_each_contestant_against_the_others(run: judge.Run) -> None:
    rates = run.win_rates().query("dimension == 'subgroup' and criterion == 'overall'")
    assert rates.groupby("candidate")["planned"].sum().to_dict() == dict.fromkeys(NAMES, 48)
    found = analyze(AnalyzeSettings(run=run.folder, permutations=99))
    assert {(row.reference, row.candidate) for row in found.slices} == {(OTHERS, name) for name in NAMES}
    assert [each.contestant for each in found.leaderboards[-1].standings] == list(
        run.leaderboard().query("criterion == 'overall'")["contestant"]
    )


def test_a_rerun_makes_no_call_and_show_gives_the_same(run: judge.Run, files: list[str]) -> None:
    journal = (run.folder / JOURNAL).read_bytes()
    again = judge.compare(*files, judge="heuristic", all_pairs=True, out=run.folder, progress=False)
    assert again.session is not None
    assert again.session.calls == 0
    assert (run.folder / JOURNAL).read_bytes() == journal
    assert load_summary(run.folder).leaderboards == run.summary.leaderboards
    assert judge.load_run(run.folder).leaderboard().equals(run.leaderboard())


def test_the_files_of_the_run_have_the_leaderboard(run: judge.Run) -> None:
    header, *rows = (run.folder / "tables" / "leaderboard.csv").read_text(encoding="utf-8").splitlines()
    assert header.startswith("criterion,contestant,rank,rank_low,rank_high,strength,strength_low")
    assert len(rows) == 4 * len(run.summary.how.criteria)
    assert "## Leaderboard, overall" in (run.folder / "summary.md").read_text(encoding="utf-8")


def test_another_reference_or_design_is_another_run(run: judge.Run, files: list[str]) -> None:
    with refused("pairs_per_item"):
        judge.compare(*files, judge="heuristic", pairs_per_item=2, out=run.folder, progress=False)
    with refused("all_pairs"):
        judge.compare(*files, judge="heuristic", out=run.folder, progress=False)


def test_some_pairs_per_item_are_balanced_and_a_limit_extends(files: list[str], tmp_path: Path) -> None:
    few = judge.compare(*files, judge="heuristic", pairs_per_item=2, limit=6, out=tmp_path / "run", progress=False)
    assert few.summary.counts.comparisons == 12
    asked = {row["comparison_id"] for row in read_rows(few.folder / JOURNAL)}
    met = Counter((row.reference, row.candidate) for row in few.verdicts().query("criterion == 'overall'").itertuples())
    assert set(met.values()) == {2}
    assert len(met) == 6
    more = judge.compare(*files, judge="heuristic", pairs_per_item=2, out=tmp_path / "run", progress=False)
    assert more.summary.counts.comparisons == 32
    assert asked <= {row["comparison_id"] for row in read_rows(more.folder / JOURNAL)}
    assert more.session is not None
    assert more.session.calls == 2 * (32 - 12)
    assert more.manifest.configuration.pairs_per_item == 2
    items = Counter((row["item"]["id"]) for row in read_rows(more.folder / COMPARISONS))
    assert set(items.values()) == {2}


def test_the_estimate_says_what_each_design_takes(files: list[str]) -> None:
    settings = CompareSettings(files=tuple(files), judge=ModelSpec("openai", "gpt-4.1"), pairs_per_item=2)
    found = {each.option: each for each in preview_comparison(settings).designs}
    assert {option: (each.per_item, each.calls) for option, each in found.items()} == {
        "--reference NAME": (3, 96),
        "--pairs-per-item 1": (1, 32),
        "--pairs-per-item 2": (2, 64),
        "--pairs-per-item 4": (4, 128),
        "--all-pairs": (6, 192),
    }
    assert [option for option, each in found.items() if each.chosen] == ["--pairs-per-item 2"]
    assert found["--all-pairs"].cost == pytest.approx(3 * (found["--pairs-per-item 2"].cost or 0))


def test_missing_responses_leave_out_their_pairs_alone(files: list[str], tmp_path: Path) -> None:
    short = jsonl(tmp_path / "fair.jsonl", read_rows(Path(files[1]))[:-1])
    some = [files[0], str(short), files[2]]
    with refused("have no match in fair"):
        judge.compare(*some, judge="heuristic", all_pairs=True, out=tmp_path / "no", progress=False)
    found = judge.compare(
        *some, judge="heuristic", all_pairs=True, allow=["unpaired"], out=tmp_path / "yes", progress=False
    )
    assert found.summary.counts.comparisons == 15 + 16 + 15
    assert found.summary.counts.left_out_unpaired == 2


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--all-pairs", "--reference", "good"], "--all-pairs compares all contestants"),
        (["--pairs-per-item", "1", "--until-decided", "overall"], "stopping early is about candidates"),
        (["--all-pairs", "--until-half-width", "0.1"], "stopping early is about candidates"),
    ],
)
def test_options_that_contradict_each_other(files: list[str], tmp_path: Path, options: list[str], why: str) -> None:
    with refused(why, out=tmp_path / "run"):
        call("compare", *files, "--judge", "heuristic", *options, "--out", str(tmp_path / "run"))


def test_too_few_comparisons_to_join_the_contestants(files: list[str], tmp_path: Path) -> None:
    two = [str(jsonl(tmp_path / Path(each).name, read_rows(Path(each))[:2])) for each in files]
    with refused("2 comparisons cannot join 4 contestants"):
        judge.compare(*two, judge="heuristic", pairs_per_item=1, out=tmp_path / "run", progress=False)


def test_a_run_against_one_reference_has_no_leaderboard(files: list[str], tmp_path: Path) -> None:
    found = judge.compare(*files, judge="heuristic", limit=6, out=tmp_path / "run", progress=False)
    assert found.summary.leaderboards == ()
    with refused("the run has no leaderboard"):
        found.leaderboard()
    first = judge.compare(*files, judge="heuristic", all_pairs=True, limit=6, out=tmp_path / "all", progress=False)
    with refused("compares all pairs"):
        call("report", found.folder, first.folder, "--out", tmp_path / "report.html")


def test_three_commands_from_alpaca_eval_files_to_a_leaderboard(tmp_path: Path) -> None:
    """model_outputs.json of alpaca_eval: an array of records with instruction, output and generator."""
    for number, name in enumerate(("first", "second", "third")):
        rows = [
            {
                "dataset": "helpful_base",
                "instruction": f"What is the capital of country {place}?",
                "output": "It is " + "its largest city. " * (1 + (number * place) % 3),
                "generator": name,
            }
            for place in range(12)
        ]
        (tmp_path / f"{name}.json").write_text(json.dumps(rows, indent=2), encoding="utf-8")
    files = [str(tmp_path / f"{name}.json") for name in ("first", "second", "third")]
    out = str(tmp_path / "run")
    with Loopback(prompt="general") as server:
        judged = ("--judge", "openai:m", "--base-url", server.url, "--all-pairs")
        assert call("estimate", *files, *judged) == 0
        assert call("compare", *files, *judged, "--out", out) == 0
    assert call("report", out, "--out", str(tmp_path / "page.html")) == 0
    summary = load_summary(Path(out))
    assert {each.contestant for each in summary.leaderboards[0].standings} == {"first", "second", "third"}
    assert all(each.win_rate.n == 24 for each in summary.leaderboards[0].standings)
    assert (tmp_path / "page.html").stat().st_size > 100_000
