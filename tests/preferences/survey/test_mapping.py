"""Mapping files: what docs/values.md shows works; what is wrong in one is named."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from judge.core.errors import InputError
from judge.preferences.survey.mapping import load_mapping
from judge.preferences.values.build import build
from judge.preferences.values.settings import BuildSettings
from judge.preferences.values.strata import load_strata
from judge.preferences.values.values_file import read_values
from tests.support.paths import ROOT
from tests.support.surveys import MAPPING

PAGE = (ROOT / "docs" / "values.md").read_text(encoding="utf-8")


def shown(what: str) -> str:
    found = re.search(rf"<!-- {what} -->\n```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert found
    return found[1]


def test_the_survey_that_the_docs_show_can_be_built(tmp_path: Path) -> None:
    (tmp_path / "harbour.yaml").write_text(shown("mapping"))
    rng = random.Random(0)
    lines = ["resp_id;release;gender;age;pweight;trustgen;H2"] + [
        f"{number};2024-1;{1 + number % 2};{rng.randint(16, 90)};0,9;{rng.choice([1, 2, 3, 98])};{rng.randint(1, 3)}"
        for number in range(400)
    ]
    (tmp_path / "panel.csv").write_text("\n".join(lines))
    settings = BuildSettings(
        out=tmp_path / "v.jsonl",
        source=tmp_path / "panel.csv",
        mapping=tmp_path / "harbour.yaml",
        strata=("sex", "age_group", "sex_x_age"),
        weighted=True,
    )
    (result,) = build(settings).files
    rows = {row.item_id: row for row in read_values(result.path)}
    row = rows["H1_sex_x_age_Female_65-and-over"]
    assert row.subgroup.persona == "a woman aged 65 or over living in Harbour Town"
    assert set(row.distribution) == {"1", "2"}
    assert row.n < row.subgroup.n
    assert (row.country, row.source) == ("HT", "Harbour Town residents' panel 2024, release 2024-1")


def test_the_strata_that_the_docs_show_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(shown("strata"))
    assert list(load_strata(tmp_path / "s.yaml").chosen(None).by_name) == ["sex", "education", "sex_x_education"]


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("name: A village survey", "title: x", "name is missing"),
        ("questions:", "catalogue: wvs7\nquestions:", "either `catalogue: wvs7` or `questions`"),
        ("{column: land, ", "{column: land, only: XX, ", "either the column, or the only country"),
        ('1: "Yes"', "1: Yes", "put it in quotes"),
        ("{1: Very, 2: Rather, 3: Not at all}", "{1: Very}", "at least 2"),
        ("ordinal: true", "ordinal: perhaps", "ordinal"),
        ("weight: w", "weight: w\nwight: w", "wight is not a known key: did you mean weight"),
        ("attributes:", "attributs:", "attributs"),
    ],
)
def test_what_is_wrong_in_a_mapping_is_named(tmp_path: Path, before: str, after: str, message: str) -> None:
    assert before in MAPPING
    (tmp_path / "m.yaml").write_text(MAPPING.replace(before, after))
    with pytest.raises(InputError, match=rf"(?s)m\.yaml:\d+: .*{message}"):
        load_mapping(tmp_path / "m.yaml")


def test_the_mapping_that_ships_knows_the_66_countries_of_wave_7() -> None:
    mapping = load_mapping()
    assert len(mapping.file.country.names) == 66
    assert mapping.country_name("SGP") == "Singapore"
    assert mapping.country_name("QQQ") == "QQQ"
    assert len(mapping.lists["SGP"]) == 214
    assert set(mapping.set_aside["Q221"]) == {4}
