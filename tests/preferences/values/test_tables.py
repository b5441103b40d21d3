"""Respondents who are in no subgroup, labels that collide, checks that could not be made: all are said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyreadstat
import pytest

from judge.core.errors import InputError
from judge.preferences.values.build import build
from judge.preferences.values.settings import BuildSettings, TruthSettings
from judge.preferences.values.tables import MANY, manifest_warnings
from tests.support.surveys import build_village, without, write_village


def about(path: Path, **options: object) -> dict[str, Any]:
    return build_village(path, **{"strata": ("sex", "age_group", "region")} | options).manifest


def test_respondents_without_an_attribute_are_counted_by_reason(tmp_path: Path) -> None:
    changed = {(0, "age"): "20", (1, "age"): "40", (2, "age"): "-1", (3, "age"): "", (0, "region"): "11"}
    found = about(without(write_village(tmp_path, changed), "band"))
    assert found["attributes"] == {
        "sex": {"no_answer": 0, "outside_bands": 0, "without_label": 0},
        "age_group": {"no_answer": 2, "outside_bands": 1, "without_label": 0},
        "region": {"no_answer": 0, "outside_bands": 0, "without_label": 1},
    }
    assert manifest_warnings(found) == [
        "3 of 8 respondents (37.5%) are in no subgroup of age_group: 2 no answer, 1 outside every band.",
        "1 of 8 respondents (12.5%) are in no subgroup of region: 1 a code without a label (11).",
    ]
    assert len(manifest_warnings(found, least=0.2)) == 1
    assert manifest_warnings(found, least=0.5) == []


def test_a_file_without_the_respondents_is_built_with_a_warning(tmp_path: Path) -> None:
    path = write_village(tmp_path)
    assert about(path)["duplicate_respondents"] == "none"
    found = about(without(path, "id"))
    assert manifest_warnings(found) == ["Duplicate respondents: not checked: the file has no column id."]
    mapping = path.parent / "mapping.yaml"
    mapping.write_text(mapping.read_text().replace("respondent: id\n", ""))
    assert manifest_warnings(about(path)) == []  # the mapping asks for no such check


@pytest.mark.parametrize("other", ["MY: Other", "MY:-Other"])
def test_labels_that_give_one_id_are_refused_with_both_codes(survey: Any, tmp_path: Path, other: str) -> None:
    people = survey.head(200).copy()
    people["Q290"] = [458_001 if number % 2 else 458_002 for number in range(200)]
    labels: Any = {"Q290": {458_001: "MY: Other", 458_002: other}}
    pyreadstat.write_sav(people, tmp_path / "s.sav", variable_value_labels=labels)
    settings = BuildSettings(
        out=tmp_path / "v.jsonl", source=tmp_path / "s.sav", strata=("ethnicity",), truth=TruthSettings(resamples=0)
    )
    with pytest.raises(InputError, match=r"s.sav: ethnicity: the codes 458001 .* and 458002 .* one id, MY:-Other") as e:
        build(settings)
    assert "--mapping" in (e.value.hint or "")
    assert not (tmp_path / "v.jsonl").exists()


def test_a_build_warns_of_many_and_a_description_of_every_one(survey: Any, tmp_path: Path) -> None:
    people = survey.head(300).drop(columns="D_INTERVIEW")
    few, many = round(MANY * 300) - 1, round(MANY * 300) + 5
    people["Q260"] = [-2 if number < few else 1 + number % 2 for number in range(300)]
    people["Q275R"] = [-2 if number < many else 1 for number in range(300)]
    people.to_csv(tmp_path / "s.csv", index=False)
    settings = BuildSettings(
        out=tmp_path / "v.jsonl",
        source=tmp_path / "s.csv",
        strata=("sex", "education"),
        truth=TruthSettings(resamples=0),
    )
    (built,) = build(settings).files
    warnings = [
        "20 of 300 respondents (6.7%) are in no subgroup of education: 20 no answer.",
        "Duplicate respondents: not checked: the file has no column D_INTERVIEW.",
    ]
    assert manifest_warnings(built.manifest, least=MANY) == warnings
    few_too = "14 of 300 respondents (4.7%) are in no subgroup of sex: 14 no answer."
    assert sorted(manifest_warnings(built.manifest)) == sorted([few_too, *warnings])
