"""The file's own value labels against the catalogue's: a scale turned round is refused, other words are counted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyreadstat
import pytest

from judge.core.errors import InputError
from judge.preferences.survey.columns import Columns
from judge.preferences.survey.mapping import Mapping
from judge.preferences.survey.value_labels import Differences, check_labels
from judge.preferences.values.build import build
from judge.preferences.values.settings import BuildSettings, TruthSettings
from judge.preferences.values.tables import manifest_warnings


def check(mapping: Mapping, labels: dict[str, dict[int, str]]) -> Differences:
    return check_labels(Columns({}, {}, np.array([1]), labels), mapping, Path("s.sav"))


def test_the_catalogues_own_labels_pass_and_turned_round_each_question_is_refused(mapping: Mapping) -> None:
    own = {
        name: dict(zip(question.scale.codes, question.scale.labels, strict=True))
        for name, question in mapping.questions.items()
    }
    assert check(mapping, own) == {}
    for name, labels in own.items():
        low, high = min(labels), max(labels)
        with pytest.raises(InputError, match=rf"are reversed in 1 of the questions: {name} \({low} is "):
            check(mapping, {name: labels | {low: labels[high], high: labels[low]}})


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("Q1", {1: "NOT AT ALL IMPORTANT."}),  # one end is enough where the words are the same
        ("Q1", {1: "Not important at all to me", 4: "Very, very important"}),
        ("Q177", {1: "1 Always justifiable", 10: "10 Never justifiable"}),
        ("Q33", {1: "Strongly disagree", 5: "Strongly agree"}),
    ],
)
def test_a_scale_turned_round_is_known_by_its_words(mapping: Mapping, name: str, labels: dict[int, str]) -> None:
    with pytest.raises(InputError, match=f"are reversed in 1 of the questions: {name} ") as caught:
        check(mapping, {name: labels})
    assert "inverted release" in str(caught.value)


def test_other_words_are_counted_and_case_order_and_numbers_are_none(mapping: Mapping) -> None:
    same = {"Q1": {1: "1: VERY important", 4: "Not at all important"}, "Q33": {1: "Strongly agree"}, "Q112": {10: "10"}}
    assert check(mapping, same) == {}
    assert check(mapping, {"Q1": {1: "Sehr wichtig", 2: "x", 4: "Not at all important"}, "Q6": {2: "x"}}) == {
        "Q1": {"1": ("Sehr wichtig", "Very important")}
    }


@pytest.mark.parametrize("ending", [".sav", ".dta"])
def test_a_renamed_inverted_release_is_refused_and_nothing_written(survey: Any, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"WVS_Wave_7{ending}"
    labels: Any = {
        "Q1": {4: "Very important", 3: "Rather important", 2: "Not very important", 1: "Not at all important"}
    }
    write = pyreadstat.write_sav if ending == ".sav" else pyreadstat.write_dta
    write(survey.head(60), path, variable_value_labels=labels)
    settings = BuildSettings(
        out=tmp_path / "v.jsonl", source=path, strata=("sex",), truth=TruthSettings(min_n=5, resamples=0)
    )
    with pytest.raises(InputError, match=f"WVS_Wave_7{ending}: the file's value labels are reversed .*: Q1 "):
        build(settings)
    assert [found.name for found in tmp_path.iterdir()] == [path.name]
    labels["Q1"] = {1: "Muy importante", 4: "Not at all important"}
    write(survey.head(60), path, variable_value_labels=labels)
    (result,) = build(settings).files
    assert result.manifest["label_differences"] == {"Q1": {"1": ("Muy importante", "Very important")}}
    (said,) = [caution for caution in manifest_warnings(result.manifest) if "label" in caution]
    assert said.startswith("The file's label of an end code differs from the catalogue's in 1 questions (Q1)")
