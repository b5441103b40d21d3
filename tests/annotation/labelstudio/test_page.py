"""The page's configuration for any criteria. How it looks is tested in a browser."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge.annotation.campaign import controls
from judge.annotation.campaign.campaign import Campaign
from judge.annotation.labelstudio import page
from tests.support.campaigns import described as campaign


def read(described: Campaign) -> tuple[list[ET.Element], list[ET.Element]]:
    view = ET.fromstring(page.config(described))
    return list(view.iter("Choices")), list(view.iter("Text"))


@given(
    st.dictionaries(
        st.text(min_size=1, max_size=20).filter(str.strip), st.text("ab<&\"'$ é", min_size=1), min_size=1, max_size=14
    )
)
def test_each_criterion_gets_a_required_question_with_a_tie(criteria: dict[str, str]) -> None:
    described = campaign(
        {name.replace("\x00", "0"): text for name, text in criteria.items() if xml_safe(name)} or {"a": "b"}
    )
    groups, _ = read(described)
    assert [controls.controls(described)[group.attrib["name"]] for group in groups] == list(described.criteria)
    keys = [choice.attrib["hotkey"] for group in groups for choice in group if "hotkey" in choice.attrib]
    assert len(keys) == len(set(keys)) == 3 * min(len(groups), 11)
    for group in groups:
        assert (group.attrib["choice"], group.attrib["required"]) == ("single-radio", "true")
        assert [(choice.attrib["value"], choice.attrib["alias"]) for choice in group] == [
            ("Response 1", "1"),
            ("Response 2", "2"),
            ("Tie", "tie"),
        ]


def xml_safe(text: str) -> bool:
    return all(
        character >= " " and character not in "\ufffe\uffff" and not "\ud800" <= character <= "\udfff"
        for character in text
    )


@pytest.mark.parametrize("shows", [(), ("question",), ("persona", "question", "ground_truth")])
def test_the_page_shows_what_the_prompt_tells_the_judge(shows: tuple[str, ...]) -> None:
    _, texts = read(campaign({"overall": "Which?"}, shows))
    assert [text.attrib["value"] for text in texts] == [f"${name}" for name in (*shows, "response_1", "response_2")]


def test_the_servers_own_checker_finds_our_controls() -> None:
    from label_studio_sdk.label_interface import LabelInterface

    described = campaign({"persona": "Who?", "tone of voice": "How?"})
    interface = LabelInterface(page.config(described))
    interface.validate()
    controls = {control.name: control.labels for control in interface.controls}
    assert controls == {"q1_persona": ["1", "2", "tie"], "q2_tone_of_voice": ["1", "2", "tie"], "comment": []}


def test_an_alias_means_one_choice() -> None:
    assert {controls.ALIASES[controls.alias(choice)]: choice for choice in ("A", "B", "tie")} == {
        "A": "A",
        "B": "B",
        "tie": "tie",
    }
