"""Files with labels instead of codes: any column may hold them, and text that is no label is refused or dropped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from judge.core.errors import InputError
from judge.preferences.survey.columns import label_key, numbers_of
from judge.preferences.survey.mapping import Mapping, load_mapping
from judge.preferences.values.build import CountryValues, build
from judge.preferences.values.settings import BuildSettings, TruthSettings
from judge.preferences.values.values_file import read_values
from tests.support.surveys import build_village, without, write_village


def rows(found: CountryValues) -> list[dict[str, Any]]:
    return [row.model_dump(exclude={"source_sha256"}) for row in read_values(found.path)]


SEX = {(row, "sex"): "Male" if row < 4 else "FEMALE" for row in range(8)}
BAND = {(row, "band"): ("16-24 years", "65 and over")[row % 2] for row in range(8)}
TRUST = {(0, "trust"): "Yes", (1, "trust"): "yes", (2, "trust"): " No ", (3, "trust"): "Don't know"}
WORK = {(2, "A2"): "Not at all", (3, "A2"): "not at all.", (4, "A2"): "Very"}


def test_labels_in_any_column_build_what_codes_build(tmp_path: Path) -> None:
    codes = rows(build_village(write_village(tmp_path)))
    mapping = tmp_path / "mapping.yaml"
    labels = write_village(tmp_path, SEX | BAND | TRUST | WORK)
    mapping.write_text(mapping.read_text().replace("codes: [99]}", 'codes: [99], labels: ["Don\'t know"]}'))
    assert rows(build_village(labels)) == codes


def test_labels_of_the_world_values_survey_build_what_codes_build(
    survey: Any, mapping: Mapping, tmp_path: Path
) -> None:
    frame = survey.head(400)
    labelled = frame.copy()
    questions = ["Q1", "Q57", "Q177", "Q94"]
    for name, column in {**{name: mapping.columns[name] for name in questions}, "sex": "Q260", "age": "X003R"}.items():
        if name in mapping.questions:
            scale = mapping.questions[name].scale
            labels = dict(zip(scale.codes, scale.labels, strict=True))
        else:
            labels = mapping.attributes["sex" if name == "sex" else "age_group"].labels
        labels = labels | {-1: "Don't know", -2: "No answer", -4: "Not asked", -5: "Missing; Not available"}
        labelled[column] = [labels[code] for code in frame[column]]
    assert set(labelled["Q260"]) == {"Male", "Female"}
    found = []
    for name, each in (("codes", frame), ("labels", labelled)):
        each.to_csv(tmp_path / f"{name}.csv", index=False)
        pyreadstat.write_sav(each, tmp_path / f"{name}.sav")
        for ending in (".csv", ".sav"):
            (one,) = build(
                BuildSettings(
                    out=tmp_path / f"{name}{ending}.jsonl",
                    source=tmp_path / f"{name}{ending}",
                    strata=("sex", "age_group", "sex_x_age"),
                    truth=TruthSettings(min_n=5, resamples=0),
                )
            ).files
            found.append(rows(one))
    assert found[0] == found[1] == found[2] == found[3]


def test_the_surveys_own_labels_are_known_where_the_catalogues_differ() -> None:
    codes = load_mapping().codes_of_labels()
    assert codes["Q94"][label_key("Don't belong")] == codes["Q94"][label_key("Not a member")] == 0
    assert codes["Q221"][label_key("Not allowed to vote")] == 4
    assert np.isnan(codes["Q1"][label_key("Not asked in survey")])
    assert codes["Q260"][label_key("female")] == 2


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({(2, "trust"): "Perhaps"}, r"village.csv:4: A1 is 'Perhaps', which is neither .*1 Yes, 2 No.*row id x2"),
        ({(5, "sex"): "Woman"}, r"village.csv:7: sex \(sex\) is 'Woman', .*1 Male, 2 Female"),
        ({(6, "round"): "second"}, r"village.csv:8: round is 'second', not wave 2"),
    ],
)
def test_text_that_is_no_label_is_refused_with_line_respondent_and_labels(
    tmp_path: Path, changed: dict[tuple[int, str], str], message: str
) -> None:
    with pytest.raises(InputError, match=f"(?s){message}"):
        build_village(write_village(tmp_path, changed))
    assert not (tmp_path / "v.jsonl").exists()


def test_text_for_an_age_or_a_weight_is_refused(tmp_path: Path) -> None:
    path = without(write_village(tmp_path, {(1, "age"): "old"}), "band")
    with pytest.raises(InputError, match=r"village.csv:3: age \(age_group\) is 'old'"):
        build_village(path)
    with pytest.raises(InputError, match=r"village.csv:5: w is 'much', not a weight"):
        build_village(write_village(tmp_path, {(3, "w"): "much"}), weighted=True)


def test_unknown_text_is_dropped_and_counted_on_request(tmp_path: Path) -> None:
    found = build_village(
        write_village(tmp_path, {(2, "trust"): "Perhaps", (5, "sex"): "Woman"}), unknown_codes_missing=True
    )
    assert found.manifest["unknown_codes"] == {"A1": 1, "sex": 1}
    assert found.manifest["attributes"]["sex"]["no_answer"] == 1
    row = {row.item_id: row for row in read_values(found.path)}["A1_sex_Male"]
    assert (row.n, row.distribution) == (2, {"1": 1.0, "2": 0.0})


def test_a_label_of_two_codes_is_none(tmp_path: Path) -> None:
    path = write_village(tmp_path, {(0, "A2"): "Very"})
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(
        mapping.read_text().replace("{1: Very, 2: Rather, 3: Not at all}", "{1: Very, 2: very, 3: Little}")
    )
    with pytest.raises(InputError, match="A2 is 'Very', which is neither"):
        build_village(path)


def test_cells_as_numbers() -> None:
    cells = ["1", " 2 ", "0,5", "1e3", "", None, float("nan"), 7.0, "-1", "Male", "x", "1_0", "inf"]
    numbers, unreadable = numbers_of(cells, {"male": 1.0})
    expected = [1, 2, 0.5, 1000, np.nan, np.nan, np.nan, 7, -1, 1, np.inf, np.inf, np.inf]
    np.testing.assert_array_equal(numbers, expected)
    assert unreadable == {10: "x", 11: "1_0", 12: "inf"}


def test_a_label_that_others_take_for_an_empty_cell(tmp_path: Path) -> None:
    path = write_village(tmp_path, {(row, "A2"): "None" for row in (0, 1)})
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(mapping.read_text().replace("3: Not at all}", "3: None}"))
    frame = pd.read_csv(path, keep_default_na=False)
    assert frame["A2"].tolist()[:2] == ["None", "None"]
    row = {row.item_id: row for row in read_values(build_village(path).path)}["A2_sex_Male"]
    assert (row.modal_code, row.n) == (3, 4)


def test_a_country_named_in_words_is_the_one_of_its_code(tmp_path: Path) -> None:
    """'Exland' for XX, in all rows or in some, chosen by code or the only one there is."""
    by_code = rows(build_village(write_village(tmp_path)))
    for named in (range(8), range(0, 8, 2)):
        changed = {(row, "land"): "Exland" for row in named}
        assert rows(build_village(write_village(tmp_path, changed))) == by_code
    with pytest.raises(InputError, match="no respondents of ZZ"):
        build_village(write_village(tmp_path, changed), countries=("ZZ",))
