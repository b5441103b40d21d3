"""Files without some questions, attributes or countries: one rule for every country; the rest can be built."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from judge.core.errors import InputError
from judge.preferences.survey.mapping import Mapping
from judge.preferences.values.build import build
from judge.preferences.values.describe import describe
from judge.preferences.values.settings import BuildSettings, TruthSettings
from judge.preferences.values.tables import headline
from tests.support.command import Call
from tests.support.refused import refused
from tests.support.surveys import without, write_village

EIGHT = [f"Q{number}" for number in range(1, 9)]
BARE = TruthSettings(min_n=5, resamples=0)


def eight_questions(survey: Any, mapping: Mapping, country: str) -> pd.DataFrame:
    """The synthetic survey with eight of its questions, as that of a country."""
    others = [column for name, column in mapping.columns.items() if name not in EIGHT]
    frame = survey.head(200).drop(columns=others)
    return frame.assign(B_COUNTRY_ALPHA=country)


@pytest.mark.parametrize(("country", "expected"), [("SGP", 214), ("CAN", 253), ("NZL", 253), ("THA", 253)])
def test_a_file_with_some_of_the_questions_needs_permission_whatever_the_country(
    survey: Any, mapping: Mapping, tmp_path: Path, country: str, expected: int
) -> None:
    eight_questions(survey, mapping, country).to_csv(tmp_path / "s.csv", index=False)
    options: dict[str, Any] = {"out": tmp_path / "v.jsonl", "source": tmp_path / "s.csv", "strata": ("sex",)}
    message = f"columns for 8 of {expected} questions of {country}; missing: Q9, Q10"
    with pytest.raises(InputError, match=message) as caught:
        build(BuildSettings(truth=BARE, **options))
    assert "--allow partial" in (caught.value.hint or "")
    assert not (tmp_path / "v.jsonl").exists()
    (found,) = build(BuildSettings(truth=BARE, allow=frozenset({"partial"}), **options)).files
    assert (found.manifest["questions"], found.manifest["questions_expected"]) == (8, expected)


def test_a_question_of_ones_own_mapping_needs_its_column_too(tmp_path: Path) -> None:
    path = without(write_village(tmp_path), "A2")
    options: dict[str, Any] = {
        "out": tmp_path / "v.jsonl",
        "source": path,
        "countries": ("XX",),
        "mapping": tmp_path / "mapping.yaml",
        "strata_file": tmp_path / "strata.yaml",
        "strata": ("sex",),
        "truth": TruthSettings(min_n=1, resamples=0),
    }
    with pytest.raises(InputError, match="columns for 1 of 2 questions of XX; missing: A2"):
        build(BuildSettings(**options))
    (found,) = build(BuildSettings(allow=frozenset({"partial"}), **options)).files
    assert found.manifest["excluded_questions"] == {"A2": "the file has no such column"}


def test_the_coverage_is_described(call: Call, survey: Any, mapping: Mapping, tmp_path: Path) -> None:
    eight_questions(survey, mapping, "SGP").to_csv(tmp_path / "s.csv", index=False)
    command = ("values", "build", "s.csv", "--strata", "sex", "--resamples", "0", "--out", "v.jsonl")
    with refused():
        call(*command)
    with refused("--allow does not know some"):
        call(*command, "--allow", "some")
    assert call(*command, "--allow", "partial") == 0
    assert any(" 8 of 214 questions," in line for line in headline(describe(tmp_path / "v.jsonl", top=5)))


def test_missing_attributes_name_the_strata_that_can_be_built(survey: Any, tmp_path: Path) -> None:
    survey.head(200).drop(columns=["Q289", "Q290"]).to_csv(tmp_path / "s.csv", index=False)
    options: dict[str, Any] = {"out": tmp_path / "v.jsonl", "source": tmp_path / "s.csv", "truth": BARE}
    with pytest.raises(InputError, match="missing columns: Q290, Q289") as caught:
        build(BuildSettings(**options))
    hint = caught.value.hint or ""
    assert "ethnicity, religion are needed by some strata only" in hint
    assert "--strata sex,age_group,sex_x_age." in hint
    assert build(BuildSettings(strata=("sex", "age_group", "sex_x_age"), **options)).failures == ()
    with pytest.raises(InputError, match="missing column: Q289") as caught:
        build(BuildSettings(strata=("religion",), **options))
    assert "choose other --strata" in (caught.value.hint or "")


def village(folder: Path, changed: dict[tuple[int, str], str], countries: tuple[str, ...] = ("all",)) -> BuildSettings:
    return BuildSettings(
        out=folder / "all",
        source=write_village(folder, changed),
        countries=countries,
        mapping=folder / "mapping.yaml",
        strata_file=folder / "strata.yaml",
        strata=("sex", "age_group"),
        truth=TruthSettings(min_n=1, resamples=0),
    )


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({(8, "trust"): "7"}, r"village.csv:10: A1 is 7, .*row id y0"),
        ({(8, "trust"): "Perhaps"}, "A1 is 'Perhaps'"),
        ({(9, "round"): "1"}, r"village.csv:11: round is 1, not wave 2"),
        ({(9, "id"): "y0"}, "the respondent is also in line 10"),
        ({(8, "trust"): "-1", (9, "trust"): "-1"}, "no question was answered in YY"),
        ({(8, "sex"): "-1", (9, "sex"): "-1", (8, "band"): "-1", (9, "band"): "-1"}, "no row is left in YY"),
    ],
)
@pytest.mark.parametrize("countries", [("all",), ("XX", "YY")])
def test_one_country_that_fails_does_not_stop_the_others(
    tmp_path: Path, changed: dict[tuple[int, str], str], message: str, countries: tuple[str, ...]
) -> None:
    summary = build(village(tmp_path, changed, countries))
    assert [found.path.name for found in summary.files] == ["values-XX.jsonl"]
    (failure,) = summary.failures
    assert failure.country == "YY"
    with pytest.raises(InputError, match=message):
        raise failure.error
    assert sorted(path.name for path in (tmp_path / "all").iterdir()) == ["values-XX.jsonl", "values-XX.manifest.json"]


def test_where_every_country_fails_nothing_is_left_behind(tmp_path: Path) -> None:
    settings = village(tmp_path, {(0, "trust"): "7", (8, "trust"): "7"})
    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(
        InputError, match=r"none of the 2 countries could be built; the first, XX: .*village\.csv:2: A1 is 7"
    ):
        build(settings)
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert not (tmp_path / "all").exists()


def test_countries_that_failed_give_exit_code_1(call: Call, tmp_path: Path) -> None:
    write_village(tmp_path, {(8, "trust"): "7"})
    options = "--mapping mapping.yaml --strata-file strata.yaml --strata sex --min-n 1 --resamples 0 --out all"
    assert call("values", "build", "village.csv", "--country", "all", *options.split()) == 1
    assert [path.name for path in (tmp_path / "all").glob("*.jsonl")] == ["values-XX.jsonl"]
