"""From columns to surveys: codes, missing codes, bands, labels, countries; and everything that is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from judge.core.errors import InputError, PersonaJudgeError, UsageError
from judge.preferences.survey.encode import Encoder, wanted_columns
from judge.preferences.survey.files import read_columns
from judge.preferences.survey.mapping import load_mapping
from judge.preferences.survey.survey import Survey
from judge.preferences.values.build import build
from judge.preferences.values.settings import BuildSettings
from tests.support.surveys import without, write_village


def surveys(path: Path, *, weighted: bool = False, lenient: bool = False) -> dict[str, Survey]:
    mapping = load_mapping(path.parent / "mapping.yaml")
    attributes = ("sex", "age_group", "region")
    columns = read_columns(path, wanted_columns(mapping, attributes, None))
    encoder = Encoder(
        columns,
        mapping,
        attributes=attributes,
        weighted=weighted,
        path=path,
        sha256="f00",
        unknown_codes_missing=lenient,
    )
    return {survey.country: survey for survey in encoder.surveys()}


def run(path: Path, **options: object) -> None:
    settings = {"countries": ("XX",), "strata": ("sex",)} | options
    build(
        BuildSettings(
            out=path.parent / "out" / "values.jsonl",
            source=path,
            mapping=path.parent / "mapping.yaml",
            strata_file=path.parent / "strata.yaml",
            **settings,  # type: ignore[arg-type]
        ),
    )


def test_answers_become_indices_and_missing_codes_minus_one(tmp_path: Path) -> None:
    survey = surveys(write_village(tmp_path, {(0, "A2"): "99", (1, "A2"): "", (2, "trust"): "8"}))["XX"]
    assert [question.id for question in survey.questions] == ["A1", "A2"]
    assert survey.answers[:, 0].tolist() == [0, 0, -1, -1, 1, 1, 1, 0]
    assert survey.answers[:, 1].tolist() == [-1, -1, 2, 2, 0, 0, 1, 1]
    assert survey.source == "A village survey, edition v1"
    assert (survey.sha256, survey.country_name, survey.weights) == ("f00", "Exland", None)


def test_attributes_become_indices_of_labels(tmp_path: Path) -> None:
    found = surveys(write_village(tmp_path, {(0, "sex"): "-2"}))
    sex = found["XX"].traits["sex"]
    assert (sex.codes.tolist(), sex.labels, sex.values) == ([-1, 0, 0, 0, 1, 1, 1, 1], ("Male", "Female"), (1, 2))
    assert found["YY"].traits["region"].unlabelled == {11: 2}
    assert found["YY"].traits["region"].codes.tolist() == [-1, -1]


def test_age_bands_come_from_the_age_where_the_recoded_column_is_absent(tmp_path: Path) -> None:
    path = write_village(tmp_path)
    banded = surveys(path)["XX"].traits["age_group"]
    from_age = surveys(without(path, "band"))["XX"].traits["age_group"]
    assert banded.codes.tolist() == from_age.codes.tolist() == [0, 1, 0, 1, 0, 1, 0, 1]


def test_weights_are_read_where_asked_for(tmp_path: Path) -> None:
    weights = surveys(write_village(tmp_path), weighted=True)["XX"].weights
    assert weights is not None
    assert weights.tolist() == [1.5] * 4 + [0.5] * 4


def test_the_order_of_rows_does_not_matter(tmp_path: Path) -> None:
    path = write_village(tmp_path)
    before = surveys(path)["XX"].answers.tolist()
    header, *lines = path.read_text().splitlines()
    path.write_text("\n".join([header, *reversed(lines)]) + "\n")
    assert surveys(path)["XX"].answers.tolist() == before


def test_a_question_that_was_not_asked_or_has_one_answer_only_is_left_out_with_the_reason(tmp_path: Path) -> None:
    changed = {(row, "trust"): "-4" for row in range(8)} | {(row, "A2"): "1" for row in (8, 9)}
    found = surveys(write_village(tmp_path, changed))
    assert found["XX"].excluded == {"A1": "not asked: no valid answer"}
    assert found["YY"].excluded == {"A2": "only one of its codes is in use"}


def test_unknown_codes_are_refused_with_line_and_respondent_or_dropped_and_counted(tmp_path: Path) -> None:
    path = write_village(tmp_path, {(5, "trust"): "7"})
    with pytest.raises(
        InputError, match=r"village.csv:7: A1 is 7, which is neither .*\(1 Yes, 2 No\).*row id x5"
    ) as caught:
        surveys(path)
    assert "--unknown-codes missing" in str(caught.value)
    survey = surveys(path, lenient=True)["XX"]
    assert survey.unknown_codes == {"A1": 1}
    assert survey.answers[5, 0] == -1


@pytest.mark.parametrize(
    ("changed", "missing", "options", "message"),
    [
        ({}, (), {"countries": ("ZZ",)}, "no respondents of ZZ\n.*countries in this file: XX, YY"),
        ({}, (), {"countries": None}, "2 countries: XX, YY\n.*--country all"),
        ({(3, "round"): "1"}, (), {}, r"village.csv:5: round is 1, not wave 2 \(1 such rows\).*x3"),
        ({}, ("sex", "land"), {}, "missing columns: land, sex"),
        ({}, ("round",), {}, "missing column: round"),
        ({}, ("w",), {"weighted": True}, "missing column: w"),
        ({}, ("trust", "A2"), {}, "none of the 2 questions has a column, so this is not a file of A village survey"),
        ({}, ("band", "age"), {"strata": ("age_group",)}, "missing column: band"),
        ({(2, "w"): "-1"}, (), {"weighted": True}, r"village.csv:4: w is -1, not a weight \(row id x2\)"),
        ({(2, "id"): "x1"}, (), {}, r"village.csv:4: the respondent is also in line 3 \(1 respondents.*x1"),
        ({(0, "A2"): "1.5"}, (), {}, "village.csv:2: A2 is 1.5"),
        (
            {},
            (),
            {"strata": ("sex", "sex_x_age")},
            "sex has no subgroup in XX: none has 30 respondents, the largest has 4",
        ),
        ({}, (), {"strata": ("income",)}, "no stratum is called income\n.*known in strata.yaml: sex, age_group"),
        (
            {(row, "sex"): "-1" for row in range(10)},
            (),
            {},
            "sex has no subgroup in XX: .*no respondent has the attributes",
        ),
    ],
)
def test_what_is_refused_leaves_nothing_behind(
    tmp_path: Path,
    changed: dict[tuple[int, str], str],
    missing: tuple[str, ...],
    options: dict[str, object],
    message: str,
) -> None:
    path = without(write_village(tmp_path, changed), *missing)
    with pytest.raises(PersonaJudgeError, match=f"(?s){message}") as caught:
        run(path, **options)
    assert isinstance(caught.value, InputError | UsageError)
    assert caught.value.hint
    assert not list(tmp_path.rglob("*.jsonl*")) + list(tmp_path.rglob(".values*")) + list(tmp_path.rglob("*.json"))


def test_an_older_wave_of_the_world_values_survey_is_not_taken_for_wave_7(tmp_path: Path) -> None:
    (tmp_path / "WV6.csv").write_text("V1,V2,V2A,V4,V5\n6,702,702,1,1\n")
    with pytest.raises(
        InputError, match=r"none of the \d+ questions has a column, so this is not a file of World Values"
    ):
        build(BuildSettings(out=tmp_path / "v.jsonl", source=tmp_path / "WV6.csv"))
