"""Building from files: every format gives the same rows; several countries; labels of files; manifests."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat
import pytest

from judge.core.errors import InputError, UsageError
from judge.core.files.rows import file_sha256
from judge.preferences.survey.mapping import Mapping
from judge.preferences.synthetic.files import write_survey
from judge.preferences.values.build import CountryValues, build
from judge.preferences.values.settings import BuildSettings, TruthSettings
from judge.preferences.values.values_file import manifest_of, read_manifest, read_values

FEW = TruthSettings(resamples=50)
TWO = ("age_group", "ethnicity_x_religion")  # enough to tell formats apart; all strata take seconds


def run(**options: Any) -> CountryValues:
    (result,) = build(BuildSettings(**{"truth": FEW} | options)).files
    return result


def rows(path: Path) -> list[str]:
    """The rows of the two strata without the source's sha256."""
    text = re.sub(r'"source_sha256":("[0-9a-f]{64}"|null)', "", path.read_text())
    return [line for line in text.splitlines() if any(f'"stratum":"{name}"' in line for name in TWO)]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, survey: Any, mapping: Mapping) -> Path:
    folder = tmp_path_factory.mktemp("files")
    for ending in (".csv", ".sav", ".dta"):
        write_survey(survey, mapping, folder / f"survey{ending}")
    text = (folder / "survey.csv").read_text()
    # No cell of the synthetic CSV holds a delimiter but the edition, which is quoted.
    semicolons = re.sub(r'("[^"]*")|,', lambda found: found[1] or ";", text)
    (folder / "semicolon.csv").write_bytes(b"\xef\xbb\xbf" + semicolons.encode())
    for ending in (".csv", ".sav"):
        with zipfile.ZipFile(folder / f"zipped{ending}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(folder / f"survey{ending}", f"download/survey{ending}")
    header, body = text.split("\n", 1)
    labelled = ",".join(f'"{name}: what, it asks"' for name in header.split(","))
    (folder / "country_file.csv").write_text(labelled + "\n" + body)
    return folder


@pytest.mark.parametrize(
    "name",
    ["survey.csv", "survey.sav", "survey.dta", "semicolon.csv", "zipped.csv.zip", "zipped.sav.zip", "country_file.csv"],
)
def test_every_format_gives_the_same_rows(files: Path, tmp_path: Path, values: Path, name: str) -> None:
    found = run(out=tmp_path / "values.jsonl", source=files / name, countries=("SGP",), strata=TWO)
    assert rows(found.path) == rows(values)
    assert len(rows(values)) == 14 * 214
    sha256 = file_sha256(files / name)
    assert {row.source_sha256 for row in read_values(found.path)} == {sha256}
    assert found.manifest["source"]["sha256"] == sha256


def test_age_bands_from_the_age_give_the_same_rows(survey: Any, mapping: Mapping, tmp_path: Path, values: Path) -> None:
    write_survey(survey.drop(columns="X003R"), mapping, tmp_path / "s.csv")
    found = run(out=tmp_path / "v.jsonl", source=tmp_path / "s.csv", strata=TWO)
    assert rows(found.path) == rows(values)


def test_the_manifest_holds_what_is_needed_to_build_again(files: Path, tmp_path: Path) -> None:
    found = run(out=tmp_path / "v.jsonl", source=files / "survey.csv", weighted=True, strata=("ethnicity", "sex"))
    about = json.loads(manifest_of(found.path).read_text())
    assert about == json.loads(json.dumps(found.manifest))
    assert manifest_of(found.path).name == "v.manifest.json"
    assert about["values"] == {"file": "v.jsonl", "sha256": file_sha256(found.path), "rows": 5 * 214}
    assert about["settings"]["weighting"] == "W_WEIGHT"
    assert about["settings"]["ties"] == "the lowest code of those that tie"
    assert about["catalogue"]["name"] == "wvs7"
    assert str(files) not in json.dumps(about)  # no path of a machine
    assert {cell["subgroup"] for cell in about["excluded_cells"]} >= {"ethnicity_SG:-Eurasian"}
    assert all(0 < cell["n"] < 30 for cell in about["excluded_cells"])
    assert about["excluded_questions"]["Q223"].startswith("party vote")
    assert {row.weighting for row in read_values(found.path)} == {"W_WEIGHT"}


def abroad(survey: Any, people: int = 400) -> Any:
    """Some of the respondents as those of another country, with ethnic groups of its own."""
    other = survey.head(people).copy()
    other["B_COUNTRY_ALPHA"] = "MYS"
    other["D_INTERVIEW"] += 1_000_000
    other["Q290"] = [458_001 if number % 2 else 458_002 for number in range(people)]
    return other


def test_several_countries_are_built_in_one_pass_and_each_as_if_alone(
    survey: Any, mapping: Mapping, tmp_path: Path, values: Path
) -> None:
    both = pd.concat([abroad(survey), survey], ignore_index=True)
    write_survey(both, mapping, tmp_path / "both.csv")
    told: list[str] = []
    summary = build(
        BuildSettings(
            out=tmp_path / "all",
            source=tmp_path / "both.csv",
            countries=("all",),
            strata=(*TWO, "ethnicity"),
            truth=FEW,
        ),
        lambda found: told.append(found.manifest["source"]["country"]),
    )
    assert told == ["MYS", "SGP"]
    assert sorted(path.name for path in (tmp_path / "all").iterdir()) == [
        "values-MYS.jsonl",
        "values-MYS.manifest.json",
        "values-SGP.jsonl",
        "values-SGP.manifest.json",
    ]
    assert rows(summary.files[1].path) == rows(values)
    malaysia = summary.files[0].manifest
    assert malaysia["subgroups"]["ethnicity"] == 0  # a CSV has no labels for codes that the mapping does not know
    assert malaysia["unlabelled_codes"] == {"ethnicity": {"458001": 200, "458002": 200}}
    with pytest.raises(UsageError, match="is a file"):
        build(BuildSettings(out=values, source=tmp_path / "both.csv", countries=("all",), truth=FEW))


def test_value_labels_of_spss_and_stata_serve_where_the_mapping_has_none(survey: Any, tmp_path: Path) -> None:
    labels: Any = {"Q290": {458001: "MY: Malay", 458002: "MY: Chinese", 702004: "not the official label"}}
    other = abroad(survey)
    other.loc[:39, "Q290"] = 702004
    pyreadstat.write_sav(other, tmp_path / "s.sav", variable_value_labels=labels)
    pyreadstat.write_dta(other, tmp_path / "s.dta", variable_value_labels=labels)
    for name in ("s.sav", "s.dta"):
        found = run(out=tmp_path / "v.jsonl", source=tmp_path / name, strata=("ethnicity",))
        groups = {row.subgroup.id: row.subgroup for row in read_values(found.path)}
        assert list(groups) == ["ethnicity_MY:-Malay", "ethnicity_MY:-Chinese", "ethnicity_SG:-Chinese"]
        assert groups["ethnicity_MY:-Malay"].persona == "a person living in Malaysia (ethnicity: Malay)"
        assert found.manifest["unlabelled_codes"] == {}


def test_other_strata_by_name_and_by_file(files: Path, tmp_path: Path) -> None:
    found = run(out=tmp_path / "a.jsonl", source=files / "survey.csv", strata=("education", "sex_x_age_x_religion"))
    assert found.manifest["subgroups"]["education"] == 3
    assert found.manifest["subgroups"]["sex_x_age_x_religion"] > 10
    ids = {row.subgroup.id for row in read_values(found.path)}
    assert "sex_x_age_x_religion_Female_35-44-years_Buddhist" in ids
    (tmp_path / "mine.yaml").write_text("income_x_sex: {attributes: [income, sex]}\n")
    found = run(out=tmp_path / "b.jsonl", source=files / "survey.csv", strata_file=tmp_path / "mine.yaml")
    assert {row.subgroup.id for row in read_values(found.path)} >= {"income_x_sex_Low_Male"}


def test_a_failure_leaves_the_former_file_as_it_was(files: Path, tmp_path: Path) -> None:
    found = run(out=tmp_path / "v.jsonl", source=files / "survey.csv", strata=("sex",))
    before = (found.path.read_bytes(), manifest_of(found.path).read_bytes())
    frame = pd.read_csv(files / "survey.csv")
    frame.loc[2011, "Q1"] = 7
    frame.to_csv(tmp_path / "bad.csv", index=False)
    with pytest.raises(InputError, match=r"bad.csv:2013: Q1 is 7.*row id 702072012"):
        run(out=found.path, source=tmp_path / "bad.csv", strata=("sex",))
    assert (found.path.read_bytes(), manifest_of(found.path).read_bytes()) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.csv", "v.jsonl", "v.manifest.json"]
    assert read_manifest(tmp_path / "nothing.jsonl") is None
