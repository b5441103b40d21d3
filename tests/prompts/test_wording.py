"""Personas: every subgroup of the study's ten strata in every phrasing, against a snapshot, and by rules of grammar.

After a wanted change: `python -m tests.prompts.test_wording` writes the snapshot anew; read what changed.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from judge.preferences.survey.mapping import load_mapping
from judge.preferences.values.ground_truth import persona as wording_of_values
from judge.preferences.values.strata import load_strata
from judge.prompts.persona import PHRASINGS, load_speaking
from judge.prompts.wording import describe

SNAPSHOT = Path(__file__).with_name("personas.json")
STUDY = (
    "sex",
    "age_group",
    "ethnicity",
    "religion",
    "sex_x_age",
    "sex_x_religion",
    "sex_x_ethnicity",
    "age_x_religion",
    "age_x_ethnicity",
    "ethnicity_x_religion",
)

WRONG = re.compile(r"  | ,|\.\.|\b[Aa]n? an?\b|\b[Aa] [AEIOaeio](?!u)|\b[Aa]n (?:[^AEIOaeio]|[Ee]u)|SG:|\bNone\b|[{}]")


def subgroups() -> Iterator[tuple[str, dict[str, int], dict[str, str]]]:
    """Stratum, codes and labels of every cell that the labels allow."""
    mapping = load_mapping()
    strata = load_strata(None)
    for name in STUDY:
        attributes = strata.by_name[name].attributes
        listed = [mapping.attributes[attribute].labels.items() for attribute in attributes]
        for cell in itertools.product(*listed):
            codes = {attribute: code for attribute, (code, _) in zip(attributes, cell, strict=True)}
            labels = {attribute: label for attribute, (_, label) in zip(attributes, cell, strict=True)}
            yield name, codes, labels


def rendered() -> dict[str, str]:
    """Each phrasing in full for one subgroup; for all subgroups what differs: the noun phrase and the answers."""
    first = next(labels for stratum, _, labels in subgroups() if stratum == "ethnicity_x_religion")
    found = {name: load_speaking(name, "open").system(describe(first, "SGP")) for name in PHRASINGS}
    for stratum, _, labels in subgroups():
        said = describe(labels, "SGP")
        answers = " ".join(answer for _, answer in said.facts)
        found[f"{stratum}: {' / '.join(labels.values())}"] = f"{said.persona} | {answers}"
    return found


def test_every_subgroup_is_worded_as_in_the_snapshot() -> None:
    assert rendered() == json.loads(SNAPSHOT.read_text(encoding="utf-8"))


def test_all_ten_strata_are_there() -> None:
    assert {stratum for stratum, _, _ in subgroups()} == set(STUDY)
    assert len(rendered()) > 200


@pytest.mark.parametrize("phrasing", PHRASINGS)
def test_every_wording_is_whole_sentences(phrasing: str) -> None:
    prompt = load_speaking(phrasing, "open")
    for _, _, labels in subgroups():
        text = prompt.system(describe(labels, "SGP"))
        assert text.endswith(".")
        assert not WRONG.search(text), text
        if phrasing != "none":
            assert "Singapore" in text


def test_a_model_is_told_what_the_judge_is_told() -> None:
    words = load_mapping().file.words
    for _, codes, labels in subgroups():
        assert describe(labels, "SGP").persona == wording_of_values(codes, labels, words, "Singapore")


def test_the_control_says_nothing_of_the_person() -> None:
    prompt = load_speaking("none", "open")
    assert not prompt.tells_persona
    assert len({prompt.system(describe(labels, "SGP")) for _, _, labels in subgroups()}) == 1
    assert all(load_speaking(name, "open").tells_persona for name in PHRASINGS if name != "none")


def test_labels_without_words_are_quoted_and_the_files_own_wording_is_kept() -> None:
    attributes = {"social_class": "Working class", "ethnicity": "MY: Orang Asli"}
    found = describe(attributes, "MYS")
    assert found.persona == "a person living in Malaysia (social class: Working class; ethnicity: Orang Asli)"
    assert ("What is your social class?", "Working class.") in found.facts
    assert describe(attributes, "MYS", own="a worker").persona == "a worker"
    assert describe({"sex": "Female"}, None, own="a woman living in Utopia").persona == "a woman living in Utopia"
    assert describe({"sex": "Female"}, None).persona == "a woman"
    assert describe({"sex": "Female"}, "SGP", own="somebody").persona == "a woman living in Singapore"
    assert describe({"religion": "Do not belong to a denomination"}, None).persona == (
        "a person who does not belong to any religious denomination"
    )


def test_an_interview_tells_all_that_the_noun_phrase_tells_and_from_one_source() -> None:
    interview = load_speaking("interview", "open")
    own = describe({"sex": "Female"}, None, own="a woman living in Singapore")
    assert own.facts == (("Who are you?", "I am a woman living in Singapore."),)
    assert "Singapore" in interview.system(own)
    mixed = describe({"sex": "Female", "social_class": "Working class"}, "SGP", own="a worker in Utopia.")
    assert mixed.facts == (("Who are you?", "I am a worker in Utopia."),)
    assert "Singapore" not in interview.system(mixed)


def test_a_subgroup_without_attributes_is_a_person() -> None:
    assert describe({}, "SGP").facts == (("Where do you live?", "I live in Singapore."),)
    assert describe({}, None).facts == (("Who are you?", "I am a person."),)
    assert "Respondent: I am a person." in load_speaking("interview", "open").system(describe({}, None))


def test_what_one_does_stands_in_a_clause_of_its_own() -> None:
    together = {"marital_status": "Living together as married"}
    assert describe({"sex": "Female", **together}, "SGP").persona == (
        "a woman living in Singapore, who lives together with a partner as if married"
    )
    assert describe({"age_group": "65 and over", **together}, "SGP").persona == (
        "a person aged 65 or over living in Singapore, who lives together with a partner as if married"
    )


if __name__ == "__main__":
    SNAPSHOT.write_text(json.dumps(rendered(), indent=0, ensure_ascii=False) + "\n", encoding="utf-8")
