"""Strata, cells, and ids: exactly those that the study published."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from judge.core.errors import InputError
from judge.preferences.survey.mapping import load_mapping
from judge.preferences.survey.survey import Survey, Trait
from judge.preferences.values.ground_truth import persona
from judge.preferences.values.strata import cells, load_strata, subgroup_id

PUBLISHED = [
    ("Q1_sex_Female", "sex", {"sex": 2}),
    ("Q1_age_group_25-34-years", "age_group", {"age_group": 2}),
    ("Q1_ethnicity_SG:-Malay", "ethnicity", {"ethnicity": 702006}),
    ("Q1_religion_Do-not-belong-to-a-denomination", "religion", {"religion": 0}),
    ("Q1_sex_x_age_Male_65-and-over", "sex_x_age", {"sex": 1, "age_group": 6}),
    (
        "Q1_sex_x_ethnicity_Female_SG:-South-Asian-Indian,-Pakistan,-etc.",
        "sex_x_ethnicity",
        {"sex": 2, "ethnicity": 702003},
    ),
]


@pytest.mark.parametrize(("published", "stratum", "codes"), PUBLISHED)
def test_ids_are_those_that_the_study_published(published: str, stratum: str, codes: dict[str, int]) -> None:
    mapping = load_mapping()
    assert load_strata().by_name[stratum].attributes == tuple(codes)
    labels = [mapping.attributes[name].labels[code] for name, code in codes.items()]
    assert f"Q1_{subgroup_id(stratum, labels)}" == published


def test_the_ten_strata_of_the_study() -> None:
    chosen = load_strata().chosen(None).by_name
    assert [name for name, stratum in chosen.items() if stratum.split == "train"] == [
        "sex",
        "age_group",
        "ethnicity",
        "religion",
        "sex_x_age",
        "sex_x_religion",
        "sex_x_ethnicity",
    ]
    assert [name for name, stratum in chosen.items() if stratum.split == "ood"] == [
        "age_x_religion",
        "age_x_ethnicity",
        "ethnicity_x_religion",
    ]


def survey(**traits: list[int]) -> Survey:
    n = len(next(iter(traits.values())))
    return Survey(
        source="test",
        sha256=None,
        country="XX",
        country_name="Exland",
        questions=(),
        answers=np.empty((n, 0), dtype=np.int8),
        weights=None,
        weighting="none",
        excluded={},
        traits={
            name: Trait(np.array(codes, dtype=np.int16), (f"{name} a", f"{name} b"), (1, 2))
            for name, codes in traits.items()
        },
    )


def test_cells_are_in_the_order_of_codes_and_hold_who_is_known(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text("all three: {attributes: [one, two, three]}\nalone: {attributes: [two]}\n")
    strata = load_strata(tmp_path / "s.yaml").chosen(None).by_name
    people = survey(one=[1, 0, 0, 1, -1, 0], two=[0, 1, 1, 0, 1, 0], three=[0, 0, 0, 0, 0, -1])
    found = list(cells(people, "all three", strata["all three"]))
    assert [cell.id for cell in found] == ["all three_one-a_two-b_three-a", "all three_one-b_two-a_three-a"]
    assert [cell.members.tolist() for cell in found] == [[1, 2], [0, 3]]
    assert found[0].attributes == {"one": "one a", "two": "two b", "three": "three a"}
    assert found[0].codes == {"one": 1, "two": 2, "three": 1}
    assert [cell.members.tolist() for cell in cells(people, "alone", strata["alone"])] == [[0, 3, 5], [1, 2, 4]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sex: {attributes: []}", "sex"),
        ("sex: {attributes: [sex], split: test}", "split"),
        ("sex: {attribute: [sex]}", "attribute"),
        ("{}", "no stratum"),
        ("- sex", "mapping"),
        ("sex: {attributes: [sex]}\nsex: {attributes: [age]}", "occurs twice"),
    ],
)
def test_a_bad_strata_file_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "s.yaml").write_text(text)
    with pytest.raises(InputError, match=rf"(?s)s\.yaml.*{message}"):
        load_strata(tmp_path / "s.yaml")


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ({"sex": 2}, "a woman living in Singapore"),
        ({"age_group": 6}, "a person aged 65 or over living in Singapore"),
        ({"sex": 2, "age_group": 3}, "a woman aged between 35 and 44 living in Singapore"),
        ({"religion": 3}, "an Orthodox Christian person living in Singapore"),
        ({"ethnicity": 702008}, "a Eurasian person living in Singapore"),
        ({"ethnicity": 702006, "religion": 5}, "a Malay Muslim person living in Singapore"),
        ({"sex": 1, "religion": 0}, "a man living in Singapore, who does not belong to any religious denomination"),
        (
            {"ethnicity": 702999, "religion": 9},
            "a person living in Singapore, who belongs to none of the larger ethnic groups and who belongs to a "
            "religion other than the largest ones",
        ),
        ({"sex": 1, "education": 3}, "a man with a higher level of education living in Singapore"),
        ({"ethnicity": 458001}, "a person living in Singapore (ethnicity: Malay)"),
    ],
)
def test_personas_are_sentences(codes: dict[str, int], expected: str) -> None:
    assert persona(codes, {"ethnicity": "MY: Malay"}, load_mapping().file.words, "Singapore") == expected


def test_every_label_of_the_studys_strata_has_words() -> None:
    mapping = load_mapping()
    for name in load_strata().chosen(None).attributes:
        assert set(mapping.file.words[name]) == set(mapping.attributes[name].labels)
