"""Preferences and grades of other tools: read as they wrote them, with their win rates, or refused with the place."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from statsmodels.regression.linear_model import OLS

import judge
from judge.judging.scores.from_elsewhere import read_scores
from judge.judging.stored_verdicts import read_verdicts, run_settings
from tests.support.refused import refused
from tests.support.rows import jsonl


def annotation(place: int, preference: object, **more: object) -> dict[str, Any]:
    """A row as alpaca_eval 0.6 writes it to annotations.json."""
    return {
        "instruction": f"What is {place} and {place}?",
        "output_1": "It is " + "a " * 3,
        "generator_1": "gpt4_turbo",
        "dataset": "helpful_base" if place % 2 else "koala",
        "output_2": "It is " + "b " * (2 + place % 5),
        "generator_2": "mine",
        "annotator": "weighted_alpaca_eval_gpt4_turbo",
        "preference": preference,
        "raw_completion": {"finish_reason": "stop", "logprobs": None},
        "price_per_example": 0.0041,
        "time_per_example": 0.33,
        **more,
    }


def alpaca(path: Path, preferences: list[object]) -> Path:
    path.write_text(json.dumps([annotation(*each) for each in enumerate(preferences)], indent=4), encoding="utf-8")
    return path


def grades(
    path: Path, rows: list[tuple[object, ...]], header: tuple[str, ...] = ("item_id", "contestant", "score")
) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def whole(found: Any, candidate: str = "mine") -> Any:
    (row,) = [row for row in found.slices if (row.dimension, row.candidate) == ("all", candidate)]
    return row


def test_the_win_rate_of_alpaca_eval_annotations_is_their_mean_preference(tmp_path: Path) -> None:
    preferences = [1.0, 2.0, 1.93, 1.5, 0, 1.000004, None, 1.71, 1.2, 2]
    file = alpaca(tmp_path / "annotations.json", preferences)
    found = judge.analyze(file)
    row = whole(found)
    mine = pd.Series(preferences, dtype=float).replace({0: 1.5}).dropna() - 1  # as alpaca_eval's helpers.py does
    assert row.estimate.value == pytest.approx(mine.mean())
    assert (row.planned, row.missing, row.estimate.n, row.estimate.clusters) == (10, 1, 9, 9)
    assert row.estimate.low < mine.mean() < row.estimate.high
    assert row.estimate.value == pytest.approx(judge.win_rate(mine, clusters=range(9)).value)
    assert row.estimate.low == pytest.approx(judge.win_rate(mine, clusters=range(9)).low)
    outcomes = [verdict.outcome for verdict in read_verdicts(file)]
    assert (outcomes.count("win"), outcomes.count("tie"), outcomes.count("loss")) == (4, 2, 3)  # n_wins, n_draws
    assert {row.value for row in found.slices if row.dimension == "category"} == {"helpful_base", "koala"}
    about = run_settings(file)
    assert (about.judge, about.criteria, about.orders) == ("weighted_alpaca_eval_gpt4_turbo", ("preference",), "one")
    assert "position bias" in about.cautions[0]


def test_annotations_have_lengths(tmp_path: Path) -> None:
    file = alpaca(tmp_path / "annotations.json", [1 + (place * 7 % 10) / 10 for place in range(40)])
    (row,) = judge.analyze(file, length_controlled=True).lengths
    assert row.controlled.value is not None
    scores = read_scores(file)
    assert scores is not None
    assert [each.candidate_words for each in scores.preferences[:3]] == [4, 5, 6]


def test_several_models_against_one_baseline_have_a_leaderboard(tmp_path: Path) -> None:
    files = []
    for name, level in (("one", 0.3), ("two", 0.7)):
        rows = [
            annotation(place, 1 + np.clip(level + (place % 5 - 2) / 10, 0, 1), generator_2=name) for place in range(20)
        ]
        files.append(jsonl(tmp_path / f"{name}.jsonl", rows))
    (board,) = judge.analyze(files[0], others=[files[1]]).leaderboards
    assert [each.contestant for each in board.standings] == ["two", "gpt4_turbo", "one"]
    assert board.never_met == (("one", "two"),)


@pytest.mark.parametrize("wrong", [2.5, 0.4, "A", True])
def test_a_preference_out_of_range_is_refused(tmp_path: Path, wrong: object) -> None:
    file = alpaca(tmp_path / "annotations.json", [1.5, wrong])
    with refused(f"preference {wrong!r} is not a number", file):
        judge.analyze(file)


def test_grades_of_two_contestants(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    base, better = rng.integers(1, 6, 40), rng.integers(2, 6, 40)
    rows = [
        (f"q{place}", name, value)
        for name, all_of in (("base", base), ("ft", better))
        for place, value in enumerate(all_of)
    ]
    file = grades(tmp_path / "scores.csv", rows)
    found = judge.analyze(file)
    wins = np.where(better > base, 1.0, np.where(better == base, 0.5, 0.0))
    assert whole(found, "ft").estimate.value == pytest.approx(wins.mean())
    assert found.leaderboards == ()
    first, second = found.grades
    assert (first.contestant, first.difference, first.mean.value) == ("base", None, pytest.approx(base.mean()))
    assert second.difference is not None
    assert second.difference.value == pytest.approx((better - base).mean())
    fit = OLS(better - base, np.ones(40)).fit()  # each question once: the usual t interval
    assert [second.difference.low, second.difference.high] == pytest.approx(list(fit.conf_int()[0]))


def test_grades_of_three_contestants_are_ranked(tmp_path: Path) -> None:
    rows = [
        {"item_id": f"q{place}_{sample}", "model": name, "rating": level + (place * 3 + sample * len(name)) % 4,
         "question_id": f"q{place}"}
        for name, level in (("a", 1), ("bb", 2), ("ccc", 4))
        for place in range(12)
        for sample in range(2)
    ]  # fmt: skip
    found = judge.analyze(jsonl(tmp_path / "scores.jsonl", rows))
    (board,) = found.leaderboards
    assert [each.contestant for each in board.standings] == ["ccc", "bb", "a"]
    assert whole(found, "ccc").estimate.clusters == 12
    assert [row.contestant for row in found.grades] == ["a", "bb", "ccc"]


def test_missing_grades_are_counted_and_items_of_one_left_out(tmp_path: Path) -> None:
    rows = [("q1", "a", 3), ("q1", "b", ""), ("q2", "a", 2), ("q2", "b", 4), ("q3", "a", 1)]
    file = grades(tmp_path / "scores.csv", rows)
    row = whole(judge.analyze(file), "b")
    assert (row.planned, row.missing, row.estimate.value) == (2, 1, 1.0)
    assert "1 item of 3" in run_settings(file).cautions[0]


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([("q1", "a", 3), ("q1", "b", "good")], "score 'good' is not a number"),
        ([("q1", "a", 3), ("q1", "a", 4)], "a has two scores"),
        ([("q1", "a", 3), ("q2", "b", 4)], "no item has grades of two contestants"),
        ([("q1", "", 3)], "the contestant is missing"),
    ],
)
def test_faulty_grades_are_refused(tmp_path: Path, rows: list[tuple[object, ...]], why: str) -> None:
    file = grades(tmp_path / "scores.csv", rows)
    with refused(why, file):
        judge.analyze(file)


def test_scores_have_no_orders_to_disagree(tmp_path: Path) -> None:
    file = alpaca(tmp_path / "annotations.json", [1.0, 2.0])
    with refused("no two orders can differ"):
        judge.analyze(file, inconsistent="half")


def test_a_table_of_judgments_is_none_of_these(tmp_path: Path) -> None:
    file = grades(tmp_path / "table.csv", [("q1", "candidate", 1)], ("item", "winner", "score"))
    assert read_scores(file) is None
