"""`judge agreement` and `judge correct` of a panel: its judges and itself against people, by pandas, and no leakage."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from judge.analysis.agreement.agreement import agreement
from judge.analysis.agreement.records import AgreementSettings, PanelMember
from judge.analysis.agreement.tables import tables as agreement_tables
from judge.analysis.correction.correct import correct
from judge.analysis.correction.records import CorrectSettings
from judge.analysis.correction.tables import tables as correct_tables
from judge.comparison.compare import compare
from judge.stats.panels.weights import cross_fitted_weights, question_folds
from judge.stats.win_rates.prediction_powered import Sample, corrected_rate
from tests.support.demo_labels import RUN, annotation, labelled
from tests.support.loopback import Loopback
from tests.support.panels import NAMES, panel_of, settings_of
from tests.support.refused import refused
from tests.support.rows import jsonl
from tests.support.runs import verdicts

CRITERION = "overall"
COMPARISONS = 36
SCORE = {"candidate": 1.0, "tie": 0.5, "reference": 0.0}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A panel of a good, a fair and a poor judge."""
    folder = tmp_path_factory.mktemp("panel")
    with Loopback(bias=0.05) as ann, Loopback(bias=0.5) as ben, Loopback(bias=0.95) as cem:
        servers = (ann, ben, cem)
        compare(settings_of(folder / "run", panel_of(servers), limit=COMPARISONS))
    return folder / "run"


def people(run: Path) -> dict[str, list[str]]:
    """Two people's labels of two thirds of the comparisons: mostly what the best judge says."""
    drawn = random.Random(3)
    found = {}
    for row in verdicts(run / "judges" / "ann"):
        if row.criterion == CRITERION and drawn.random() < 2 / 3:
            own = {"win": "candidate", "loss": "reference"}.get(row.outcome, "tie")
            found[row.comparison_id] = [
                own if drawn.random() < 0.8 else drawn.choice(tuple(SCORE)) for _ in range(drawn.choice((1, 2)))
            ]
    return found


def label_file(run: Path, folder: Path) -> Path:
    rows = [
        annotation(name, f"person {place}", {CRITERION: label}, "reference_first", inclusion_probability=2 / 3)
        for name, labels in people(run).items()
        for place, label in enumerate(labels)
    ]
    return jsonl(folder / "labels.jsonl", rows)


def frame(run: Path) -> pd.DataFrame:
    """The scores of all judges and the panel, the question, and people's mean score, by comparison."""
    found = {
        name: pd.Series({row.comparison_id: row.score for row in verdicts(folder) if row.criterion == CRITERION})
        for name, folder in (*((name, run / "judges" / name) for name in NAMES), ("panel", run))
    }
    table = pd.DataFrame(found)
    table["question"] = pd.Series({row.comparison_id: row.question_id for row in verdicts(run)})
    table["people"] = pd.Series({name: np.mean([SCORE[each] for each in own]) for name, own in people(run).items()})
    return table


def test_agreement_names_the_judge_that_people_support(run: Path, tmp_path: Path) -> None:
    found = agreement(AgreementSettings(label_file(run, tmp_path), judge=run)).criteria[0]
    assert found.panel is not None
    table = frame(run)
    outcome = {row.comparison_id: row.outcome for row in verdicts(run) if row.criterion == CRITERION}
    said = {
        name: {row.comparison_id: row.outcome for row in verdicts(run / "judges" / name) if row.criterion == CRITERION}
        for name in NAMES
    } | {"panel": outcome}

    scores = {name: dict(table[name]) for name in said}

    def agrees(name: str, comparison: str, label: str) -> bool:
        score = scores[name][comparison]
        side = "candidate" if score > 0.5 else "reference" if score < 0.5 else said[name][comparison]
        return side == label

    rows: dict[str | None, PanelMember] = {each.judge: each for each in found.panel.members}
    assert list(rows) == [*NAMES, None]
    labels = [(comparison, label) for comparison, own in people(run).items() for label in own]
    share = {name: np.mean([agrees(name, *each) for each in labels]) for name in said}
    for name in (*NAMES, None):
        key = name or "panel"
        assert rows[name].agreement.n == len(labels)
        assert rows[name].agreement.value == pytest.approx(share[key])
        apart = (table[key] - table["people"]).dropna()
        assert rows[name].bias.value == pytest.approx(apart.mean())
        assert rows[name].squared_error == pytest.approx((apart**2).mean())
        less = rows[name].less_panel
        assert less is None if name is None else less is not None
        if less is not None:
            assert less.value == pytest.approx(share[key] - share["panel"])
    assert share["ann"] > share["ben"] > share["cem"]
    errors = table.dropna()[list(NAMES)].sub(table.dropna()["people"], axis=0)
    assert found.panel.effective.value == pytest.approx(errors.var().mean() / errors.mean(axis=1).var())
    assert found.judge is not None
    assert found.judge.orders is None
    assert found.judge.agreement_pooled.value == pytest.approx(share["panel"])
    summary = agreement(AgreementSettings(label_file(run, tmp_path), judge=run))
    assert summary.how.judge == "panel of ann, ben, cem"
    assert any(each.title == "overall: which judge people support" for each in agreement_tables(summary))


def corrected(run: Path, folder: Path, combine: str | None = None) -> CorrectSettings:
    return CorrectSettings(run, label_file(run, folder), by=(), combine=combine, resamples=200)  # type: ignore[arg-type]


def by_hand(table: pd.DataFrame, f: pd.Series) -> tuple[float | None, float | None]:
    kept = table[f.notna()]
    clusters = np.unique(kept["question"].to_numpy(dtype=str), return_inverse=True)[1]
    found = corrected_rate(
        Sample(f[f.notna()].to_numpy(float), kept["people"].to_numpy(float), np.full(len(kept), 1.5), clusters)
    )
    return found.corrected.value, found.corrected.low


def test_a_panel_is_corrected_like_a_judge_and_beside_its_judges(run: Path, tmp_path: Path) -> None:
    found = correct(corrected(run, tmp_path))
    table = frame(run)
    (row,) = found.rows
    assert (row.corrected.value, row.corrected.low) == pytest.approx(by_hand(table, table["panel"]))
    assert row.judge_only.value == pytest.approx(table["panel"].mean())
    assert [each.judge for each in found.judges] == [*NAMES, None]
    for each in found.judges:
        own = table[each.judge or "panel"]
        assert (each.corrected.value, each.corrected.low) == pytest.approx(by_hand(table, own))
        assert each.judge_only.value == pytest.approx(own.mean())
    assert found.judges[-1].corrected == row.corrected
    worth = [each.worth or 0 for each in found.judges]
    assert worth[0] > worth[2]
    assert not found.weights
    assert any("by each judge of the panel" in each.title for each in correct_tables(found))


def test_weights_come_from_the_labels_of_other_questions(run: Path, tmp_path: Path) -> None:
    found = correct(corrected(run, tmp_path, "weighted"))
    table = frame(run)
    clusters = np.unique(table["question"].to_numpy(dtype=str), return_inverse=True)[1].astype(np.int64)
    y = table["people"].to_numpy(float)
    folds = question_folds(clusters, ~np.isnan(y), seed=0)
    own = table[list(NAMES)].to_numpy(float)
    fitted = cross_fitted_weights(own, y, clusters, folds)
    f = pd.Series((own * fitted.weights).sum(axis=1), index=table.index)
    (row,) = found.rows
    assert row.judge_only.value == pytest.approx(f.mean())
    assert (row.corrected.value, row.corrected.low) == pytest.approx(by_hand(table, f))
    assert [each.judge for each in found.weights] == list(NAMES)
    assert sum(each.weight for each in found.weights) == pytest.approx(1)
    assert found.weights[0].weight > 0.5
    assert found.how.combine == "weighted"
    assert any(each.title.startswith("Weights of the judges") for each in correct_tables(found))


def test_scores_are_combined_anew_by_majority(run: Path, tmp_path: Path) -> None:
    (row,) = correct(corrected(run, tmp_path, "majority")).rows
    own = frame(run)[list(NAMES)]
    won, lost = (own > 0.5).sum(axis=1), (own < 0.5).sum(axis=1)
    assert len(own) == COMPARISONS
    assert row.judge_only.value == pytest.approx(np.select([won >= 2, lost >= 2], [1.0, 0.0], 0.5).mean())


def test_a_run_of_one_judge_has_nothing_to_combine(tmp_path: Path) -> None:
    with refused("--combine is for a run with several judges"):
        correct(CorrectSettings(RUN, labelled("overall", tmp_path), combine="mean"))
