"""What the synthetic survey plants is found in its values and in answers that have it, and nowhere else."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

from examples.real.planted import Found, Shares, look_for_the_plant, slopes
from examples.real.survey import MOVED, prepare_values
from judge.core.records import GroundTruth
from judge.preferences.values.build import build
from judge.preferences.values.settings import BuildSettings, TruthSettings
from judge.preferences.values.values_file import read_values
from judge.study.file import load_study
from tests.support.paths import EXAMPLES

RELIGIOUS, CORRUPTION = "Religious Values", "Perceptions of Corruption"


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> list[GroundTruth]:
    out = tmp_path_factory.mktemp("planted") / "values.jsonl"
    truth = TruthSettings(resamples=0)
    build(BuildSettings(out=out, strata=("age_x_religion",), categories=(RELIGIOUS, CORRUPTION), truth=truth))
    return list(read_values(out))


def found_in(rows: list[GroundTruth], shares: dict[str, Shares]) -> dict[tuple[str, str], Found]:
    return {(row.source, row.category): row for row in look_for_the_plant(rows, {"model": shares})}


def test_the_survey_has_what_was_planted_and_no_more(rows: list[GroundTruth]) -> None:
    found = found_in(rows, {})
    planted, other = found["survey", RELIGIOUS], found["survey", CORRUPTION]
    assert (planted.is_planted, other.is_planted) == (True, False)
    assert (planted.questions, other.questions) == (11, 9)
    assert planted.size is not None
    assert other.size is not None
    assert planted.size > 0.1 > 5 * other.size
    assert found["model", RELIGIOUS].size is None  # it has answered nothing


def test_answers_that_know_the_subgroups_show_it(rows: list[GroundTruth]) -> None:
    found = found_in(rows, {row.item_id: {str(row.modal_code): 1.0} for row in rows})["model", RELIGIOUS]
    assert found.p is not None
    assert found.p < 0.01


def test_answers_that_know_only_the_question_do_not(rows: list[GroundTruth]) -> None:
    overall: dict[str, dict[str, float]] = defaultdict(dict)
    for row in rows:
        overall[row.question.id] = overall[row.question.id] or row.distribution
    found = found_in(rows, {row.item_id: overall[row.question.id] for row in rows})["model", RELIGIOUS]
    assert found.size == pytest.approx(0, abs=1e-9)
    assert found.p is not None
    assert found.p > 0.05


def test_the_study_of_the_real_model_has_what_the_check_looks_at(tmp_path: Path) -> None:
    values = list(read_values(prepare_values(tmp_path)))
    assert {row.question.category for row in values} == {RELIGIOUS, CORRUPTION}
    moved = slopes(
        [row for row in values if row.question.id in MOVED and row.subgroup.stratum == "age_x_religion"],
        {row.item_id: row.distribution for row in values},
    )
    assert set(moved) == set(MOVED)
    assert len({slope > 0 for slope in moved.values()}) == 1, "one direction"
    study = load_study(EXAMPLES / "real" / "study.yaml")
    assert study.values.file is not None
    assert study.generate.structured.probabilities
    assert study.generate.split == "ood"
