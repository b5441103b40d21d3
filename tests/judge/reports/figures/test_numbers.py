"""The numbers beside a figure are those of the results: read from what other commands wrote, or counted anew."""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from judge.reports.figures import Drawing, drawings, numbers_csv
from judge.reports.report_data import ReportData, ReportSettings, read_report_data
from tests.support.command import judge
from tests.support.demo_labels import annotation, verdicts
from tests.support.paths import EXAMPLES, ROOT
from tests.support.rows import jsonl

RUN = ROOT / "results" / "demo-sample"
Rows = list[dict[str, str]]


def table(path: Path) -> Rows:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def beside(drawing: Drawing) -> Rows:
    return list(csv.DictReader(io.StringIO(numbers_csv(drawing))))


@pytest.fixture(scope="module")
def annotations(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A third of the demo's comparisons, by three people; the third of them often says the opposite."""
    rows = []
    other = {"win": "candidate", "loss": "reference", "tie": "tie"}
    for number, comparison in enumerate(sorted(verdicts())[::3]):
        for person in range(3):
            labels = {
                name: "tie" if (number + person) % 5 == 0 else other[row["outcome"]]
                for name, row in verdicts()[comparison].items()
            }
            rows.append(annotation(comparison, f"ann-{person}", labels, "reference_first"))
    return jsonl(tmp_path_factory.mktemp("people") / "annotations.jsonl", rows)


@pytest.fixture(scope="module")
def structured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("scores") / "structured"
    files = (
        f"base={EXAMPLES / 'structured-base-illustrative.csv'}",
        f"ft={EXAMPLES / 'structured-ft-illustrative.csv'}",
    )
    done = judge("values", "score", EXAMPLES / "values.jsonl", *files, "--out", out, "--resamples", 200)
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="module")
def evidence(annotations: Path, structured: Path) -> ReportData:
    return read_report_data(ReportSettings(RUN, annotations, structured))


@pytest.fixture(scope="module")
def drawn(evidence: ReportData) -> dict[str, Drawing]:
    found = drawings(
        evidence.summary,
        analysis=evidence.analysis,
        crossed=evidence.crossed,
        agreement=evidence.agreement,
        correction=evidence.correction,
        structured=evidence.structured,
    )
    return {each.name: each for each in found}


def counted(*by: str, criterion: str) -> dict[tuple[str, ...], list[float | None]]:
    """Scores of the run's verdicts file by some of their fields."""
    found: dict[tuple[str, ...], list[float | None]] = defaultdict(list)
    for line in (RUN / "verdicts.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["criterion"] == criterion:
            found[tuple(row[name] for name in by)].append(row["score"])
    return found


def mean(scores: list[float | None]) -> float:
    there = [score for score in scores if score is not None]
    return sum(there) / len(there)


def test_the_names_of_the_demo(drawn: dict[str, Drawing]) -> None:
    assert list(drawn)[:6] == [
        "win-rates",
        "outcomes",
        "judge-behaviour",
        "agreement",
        "corrected-win-rates",
        "win-rate-by-stratum",
    ]
    for criterion in ("persona", "value", "overall"):
        assert {f"forest-subgroup-{criterion}", f"heat-stratum-category-{criterion}"} <= set(drawn)
    assert {"scores-accuracy-by-subgroup", "scores-nmae-by-subgroup", "disparity-accuracy"} <= set(drawn)


def test_win_rates_are_those_of_the_runs_own_table(drawn: dict[str, Drawing]) -> None:
    whole = [row for row in table(RUN / "tables" / "win_rates.csv") if row["dimension"] == "all"]
    rows = beside(drawn["win-rates"])
    assert len(rows) == len(whole) == 3
    for row, known in zip(rows, whole, strict=True):
        for name in ("criterion", "win_rate", "win_rate_low", "win_rate_high", "win_rate_n", "win_rate_clusters"):
            assert row[name] == known[name]
    for row, known in zip(beside(drawn["outcomes"]), whole, strict=True):
        assert row["planned"] == known["comparisons"]
        for name in ("win", "tie", "loss", "inconsistent", "missing"):
            assert row[name] == known[name]


def test_the_judges_behaviour_is_that_of_the_runs_own_table(drawn: dict[str, Drawing]) -> None:
    known = {row["criterion"]: row for row in table(RUN / "tables" / "judge.csv")}
    names = {"first shown wins": "first_shown", "both orders agree": "consistency", "longer wins": "longer_wins"}
    rows = beside(drawn["judge-behaviour"])
    assert len(rows) == 9
    for row in rows:
        measure = names[row["measure"]]
        assert row["value"] == known[row["criterion"]][measure]
        assert row["high"] == known[row["criterion"]][f"{measure}_high"]


def test_forests_and_heat_maps_are_what_the_verdicts_say(drawn: dict[str, Drawing]) -> None:
    for criterion in ("persona", "value", "overall"):
        by_group = counted("subgroup", criterion=criterion)
        rows = beside(drawn[f"forest-subgroup-{criterion}"])
        assert len(rows) == len(by_group) == 8
        for row in rows:
            assert float(row["win_rate"]) == pytest.approx(mean(by_group[row["value"],]))
            assert int(row["win_rate_n"]) == len(by_group[row["value"],])
        cells = counted("stratum", "category", criterion=criterion)
        rows = beside(drawn[f"heat-stratum-category-{criterion}"])
        assert len(rows) == len(cells) == 30
        for row in rows:
            assert float(row["win_rate"]) == pytest.approx(mean(cells[row["stratum"], row["category"]]))
            assert int(row["planned"]) == len(cells[row["stratum"], row["category"]])


def test_slices_are_those_of_judge_analyze(drawn: dict[str, Drawing], tmp_path: Path) -> None:
    done = judge("analyze", RUN, "--out", tmp_path / "analyze.json")
    assert done.returncode == 0, done.stderr
    known = {
        (row["dimension"], row["value"], row["criterion"]): row
        for row in json.loads((tmp_path / "analyze.json").read_text())["slices"]
    }
    for row in beside(drawn["win-rate-by-category"]) + beside(drawn["forest-subgroup-overall"]):
        same = known[row["dimension"], row["value"], row["criterion"]]
        for name, value in (
            ("p", same["p"]),
            ("p_holm", same["p_holm"]),
            ("shrunken", same["shrunken"] and same["shrunken"]["value"]),
            ("shrunken_high", same["shrunken"] and same["shrunken"]["high"]),
            ("win_rate_low", same["estimate"]["low"]),
        ):
            assert row[name] == ("" if value is None else str(value))


def test_spreads_are_those_of_judge_analyze(drawn: dict[str, Drawing], tmp_path: Path) -> None:
    done = judge("analyze", RUN, "--out", tmp_path / "analyze.json")
    assert done.returncode == 0, done.stderr
    known = {
        (row["dimension"], row["criterion"]): row
        for row in json.loads((tmp_path / "analyze.json").read_text())["spreads"]
    }
    rows = beside(drawn["disparity-win-rates"])
    assert len(rows) == 2 * len(known)
    for row in rows:
        same = known[row["dimension"], row["criterion"]]
        names = ("normalised_range", "range_chance", "p_range")
        for column, name in zip(
            ("observed", "chance_mean", "p"),
            names if row["measure"] == "normalised range" else ("cv", "cv_chance", "p_cv"),
            strict=True,
        ):
            assert row[column] == str(same[name])
        assert row["worst"] == same["worst"]


def test_people_are_those_of_judge_agreement_and_correct(
    drawn: dict[str, Drawing], annotations: Path, tmp_path: Path
) -> None:
    done = judge("agreement", annotations, "--judge", RUN, "--out", tmp_path / "agreement.json")
    assert done.returncode == 0, done.stderr
    known: dict[str, Any] = {
        row["criterion"]: row["judge"] for row in json.loads((tmp_path / "agreement.json").read_text())["criteria"]
    }
    rows = [row for row in beside(drawn["agreement"]) if row["coefficient"] == "Cohen's kappa"]
    assert len(rows) == 6
    for row in rows:
        side = known[row["criterion"]]["human_human" if row["who"] == "annotators" else "judge_human"]
        assert row["value"] == str(side["kappa"]["value"])
    done = judge("correct", RUN, annotations, "--out", tmp_path / "correct.json")
    assert done.returncode == 0, done.stderr
    parts = {"judge alone": "judge_only", "corrected": "corrected", "annotators alone": "human_only"}
    corrected = {
        row["criterion"]: row
        for row in json.loads((tmp_path / "correct.json").read_text())["rows"]
        if row["dimension"] == "all"
    }
    rows = beside(drawn["corrected-win-rates"])
    assert len(rows) == 9
    for row in rows:
        assert row["value"] == str(corrected[row["criterion"]][parts[row["estimate"]]]["value"])
        assert row["labelled"] == "32"


def test_scores_are_those_of_judge_values_score(drawn: dict[str, Drawing], structured: Path) -> None:
    known = {
        (row["contestant"], row["value"]): row
        for row in table(structured / "tables" / "scores.csv")
        if (row["dimension"], row["metric"]) == ("subgroup", "accuracy")
    }
    rows = beside(drawn["scores-accuracy-by-subgroup"])
    assert len(rows) == 8
    for row in rows:
        assert row["base_score"] == known["base", row["subgroup"]]["estimate"]
        assert row["candidate_score_high"] == known["ft", row["subgroup"]]["estimate_high"]
    fairness = {
        (row["contestant"], row["dimension"], row["value"]): row
        for row in table(structured / "tables" / "fairness.csv")
        if row["metric"] == "accuracy"
    }
    for row in beside(drawn["disparity-accuracy"]):
        same = fairness[row["model"], row["dimension"], row["value"]]
        measure = "normalised_range" if row["measure"] == "normalised range" else "cv"
        assert row["observed"] == same[measure]
        assert row["chance_mean"] == same["range_chance" if measure == "normalised_range" else "cv_chance"]


def test_every_number_is_said_in_words_too(drawn: dict[str, Drawing]) -> None:
    assert "ft, overall: .729 [.658, .788], n 96." in drawn["win-rates"].description
    assert "no variation between 12 clusters" in drawn["judge-behaviour"].description
    for drawing in drawn.values():
        assert "heuristic" in drawing.caption or drawing.name.startswith(("scores", "disparity", "agreement"))
