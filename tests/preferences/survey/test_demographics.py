"""The attributes that ship: their labels give the published ids of subgroups."""

from __future__ import annotations

from typing import Any

import pytest

from judge.core.files.yaml import read_mapping
from judge.preferences.survey.catalogue import FOLDER

ATTRIBUTES: dict[str, dict[str, Any]] = read_mapping(FOLDER / "demographics.yaml")


def test_the_columns_are_the_surveys() -> None:
    assert {name: entry["column"] for name, entry in ATTRIBUTES.items()} == {
        "sex": "Q260",
        "age_group": "X003R",
        "religion": "Q289",
        "ethnicity": "Q290",
        "marital_status": "Q273",
        "education": "Q275R",
        "income": "Q288R",
        "social_class": "Q287",
        "immigrant": "Q263",
        "urban_rural": "H_URBRURAL",
        "settlement": "H_SETTLEMENT",
    }


@pytest.mark.parametrize(
    ("attribute", "code", "part_of_id"),
    [
        ("sex", 2, "Female"),
        ("sex", 1, "Male"),
        ("age_group", 2, "25-34-years"),
        ("age_group", 6, "65-and-over"),
        ("ethnicity", 702006, "SG:-Malay"),
        ("ethnicity", 702003, "SG:-South-Asian-Indian,-Pakistan,-etc."),
        ("religion", 0, "Do-not-belong-to-a-denomination"),
    ],
)
def test_labels_are_verbatim(attribute: str, code: int, part_of_id: str) -> None:
    assert ATTRIBUTES[attribute]["labels"][code].replace(" ", "-") == part_of_id


def test_the_bands_of_age_leave_no_gap_and_fit_their_labels() -> None:
    age = ATTRIBUTES["age_group"]
    bands = age["fallback"]["bands"]
    assert age["fallback"]["column"] == "Q262"
    assert list(bands) == list(age["labels"])
    assert [low for low, _ in list(bands.values())[1:]] == [high + 1 for _, high in list(bands.values())[:-1]]
    for code, (low, high) in bands.items():
        assert age["labels"][code] == (f"{low} and over" if high is None else f"{low}-{high} years")
