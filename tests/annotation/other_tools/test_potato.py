"""Campaigns in Potato: a folder out, and what people left in it back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from judge.annotation.campaign.campaign import Key
from judge.annotation.labels.resolve import resolve_annotations
from judge.annotation.other_tools import potato
from judge.core.errors import InputError
from tests.annotation.conftest import CANDIDATE, REFERENCE, Planner

SAID = {"q1_persona": "Response 1", "q2_value": "Response 2", "q3_overall": "Tie"}
STATES = Path(__file__).parent / "potato_states"
LABELS: list[Any] = [[{"schema": scheme, "name": value}, value] for scheme, value in SAID.items()]


def answer(site: Path, key: Key, labels: dict[str, Any], person: str = "ada") -> None:
    """What a person leaves. The layout is the one that potato-annotation 2.12.1 wrote for a page in a browser."""
    times = {item.id: {"total_time_ms": 5095} for item in key.items}
    state = {"user_id": person, "instance_id_to_label_to_value": labels, "instance_id_to_behavioral_data": times}
    folder = site / "annotation_output" / person
    folder.mkdir(parents=True)
    (folder / "user_state.json").write_text(json.dumps(state), encoding="utf-8")


def test_potato_gets_a_folder_without_secrets(planned: Planner, tmp_path: Path) -> None:
    _, campaign, key = planned(items=4)
    assert potato.write(tmp_path / "site", campaign, key) == 4
    told = "".join(file.read_text(encoding="utf-8") for file in (tmp_path / "site").iterdir())
    assert sorted((tmp_path / "site").iterdir()) == sorted(potato.files(tmp_path / "site"))
    assert not any(word in told for word in (REFERENCE, CANDIDATE, "_first", key.secret))
    config = yaml.safe_load((tmp_path / "site" / "config.yaml").read_text(encoding="utf-8"))
    assert [scheme["name"] for scheme in config["annotation_schemes"]] == [*SAID, "skip", "comment"]
    assert config["base_css"] in {file.name for file in (tmp_path / "site").iterdir()}
    tasks = [json.loads(line) for line in (tmp_path / "site" / "tasks.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [task["id"] for task in tasks] == [item.id for item in key.items]


@pytest.mark.parametrize("given", [".", "annotation_output"])
def test_what_potato_keeps_is_read(planned: Planner, tmp_path: Path, given: str) -> None:
    _, campaign, key = planned(items=4)
    potato.write(tmp_path, campaign, key)
    full, part, noted, seen = (item.id for item in key.items)
    note = [{"schema": "comment", "name": "text_box"}, "hm"]
    answer(tmp_path, key, {full: [note, *LABELS], part: LABELS[:1], noted: [note], seen: []}, "ada@example.com")
    found = resolve_annotations(potato.read(tmp_path / given, campaign), campaign, key)
    assert [(one.choices, one.seconds, one.comment) for one in found.annotations] == [
        ({"persona": "A", "value": "B", "overall": "tie"}, 5.095, "hm")
    ]
    assert [one.category for one in found.set_aside] == ["missing criterion", "comment only", "not answered"]
    assert found.received == 4
    assert "@" not in str(found)


def test_what_potato_wrote_for_two_people_is_what_they_entered(planned: Planner, tmp_path: Path) -> None:
    """The states are potato-annotation 2.12.1's own, of our export of synthetic texts, entered in Chromium.

    Ids of tasks were replaced, and what Potato logs of the mouse was cut. Ada skipped; answered, then skipped; skipped,
    took it back, and answered; cleared a comment; commented on a skip; went back and changed an answer; and finished a
    task after a restart. Ben commented twice, and answered one task before he skipped it.
    """
    _, campaign, key = planned(items=8)
    potato.write(tmp_path, campaign, key)
    for person in ("ada", "ben"):
        text = (STATES / person / "user_state.json").read_text(encoding="utf-8")
        for number, item in enumerate(key.items, start=1):
            text = text.replace(f"task-{number}", item.id)
        (tmp_path / "annotation_output" / person).mkdir(parents=True)
        (tmp_path / "annotation_output" / person / "user_state.json").write_text(text, encoding="utf-8")
    found = resolve_annotations(potato.read(tmp_path, campaign), campaign, key)
    said = {
        person: {
            one.comparison_id: (" ".join(one.choices.values()), one.comment, one.seconds, one.order)
            for one in found.annotations
            if key.annotators[person] == one.annotator
        }
        for person in ("ada", "ben")
    }
    entered = {
        "ada": [("", None, 2.822), ("", None, 3.311), ("A B tie", None, 9.47), ("tie B A", None, 4.108),
                ("", "why I skip", 1.042), ("B tie tie", None, 2.631), ("tie B B", None, 3.431)],
        "ben": [("B A tie", None, 8.875), ("tie B A", "Näh, “close” <b>call</b> & 1 %20", 2.203),
                ("A tie B", None, 2.907), ("B A tie", "x", 2.228), ("", None, 2.148), ("A tie B", None, 2.164)],
    }  # fmt: skip
    assert said == {
        person: {item.comparison_id: (*row, item.order) for item, row in zip(key.items, rows, strict=False)}
        for person, rows in entered.items()
    }
    assert {one.skipped for one in found.annotations if not one.choices} == {True}
    assert not any(one.skipped for one in found.annotations if one.choices)
    assert {item.order for item in key.items[:6]} == {"candidate_first", "reference_first"}
    assert found.set_aside == []


def test_no_text_can_end_the_script_in_which_potato_puts_it(planned: Planner, tmp_path: Path) -> None:
    """SeenAnnotation with potato-annotation 2.12.1: a script in a response ran in the annotator's browser."""
    _, campaign, key = planned(items=1)
    (item,) = key.items
    item.data["response_1"] = "</script><SCRIPT>alert(1)</Script> <!-- a <b>bold</b> 1 < 2"
    potato.write(tmp_path, campaign, key)
    told = (tmp_path / "tasks.jsonl").read_text(encoding="utf-8").casefold()
    assert not any(word in told for word in ("</script", "<script", "<!--"))
    assert "<b>bold</b> 1 < 2" in told
    answer(tmp_path, key, {item.id: LABELS})
    (row,) = potato.read(tmp_path, campaign)
    assert row.data == item.data


def test_a_page_of_before_there_was_a_skip_is_read(planned: Planner, tmp_path: Path) -> None:
    _, campaign, key = planned(items=1)
    potato.write(tmp_path, campaign, key)
    answer(tmp_path, key, {key.items[0].id: LABELS})
    page = tmp_path / "config.yaml"
    config = yaml.safe_load(page.read_text())
    config["annotation_schemes"] = [one for one in config["annotation_schemes"] if one["name"] != "skip"]
    config["instance_display"] = {"fields": config["instance_display"]["fields"]}
    page.write_text(yaml.safe_dump(config))
    assert len(resolve_annotations(potato.read(tmp_path, campaign), campaign, key).annotations) == 1
    config["annotation_schemes"].append({"annotation_type": "multiselect", "name": "skip", "labels": ["All is well"]})
    page.write_text(yaml.safe_dump(config))
    with pytest.raises(InputError, match="shows or asks other things"):
        potato.read(tmp_path, campaign)


def test_answers_to_other_tasks_than_the_campaigns_are_set_aside(planned: Planner, tmp_path: Path) -> None:
    _, campaign, key = planned(items=3)
    potato.write(tmp_path, campaign, key)
    turned, moved, gone = [json.loads(line) for line in (tmp_path / "tasks.jsonl").read_text().splitlines()]
    turned["response_1"], turned["response_2"] = turned["response_2"], turned["response_1"]
    moved |= {name: text for name, text in gone.items() if name != "id"}
    (tmp_path / "tasks.jsonl").write_text("".join(json.dumps(row) + "\n" for row in (turned, moved)))
    answer(tmp_path, key, {item.id: LABELS for item in key.items})
    found = resolve_annotations(potato.read(tmp_path, campaign), campaign, key)
    assert [one.category for one in found.set_aside] == ["sides swapped", "another item's texts", "task changed"]
    assert found.annotations == []


def test_a_page_that_shows_something_else_is_refused(planned: Planner, tmp_path: Path) -> None:
    _, campaign, key = planned(items=1)
    potato.write(tmp_path, campaign, key)
    answer(tmp_path, key, {key.items[0].id: LABELS})
    page = tmp_path / "config.yaml"
    config = yaml.safe_load(page.read_text())
    config["instance_display"]["fields"][-1]["key"] = "response_1"
    config["instance_display"]["fields"][-2]["key"] = "response_2"
    page.write_text(yaml.safe_dump(config))
    with pytest.raises(InputError, match="shows or asks other things"):
        potato.read(tmp_path, campaign)
    for text, words in (("[]", "not a mapping"), ("a: [", "not usable as YAML"), ("a: 1", "not a page")):
        page.write_text(text)
        with pytest.raises(InputError, match=words):
            potato.read(tmp_path, campaign)
    page.unlink()
    with pytest.raises(InputError, match=r"config\.yaml: cannot be read"):
        potato.read(tmp_path, campaign)


def test_a_task_that_stands_twice_is_refused(planned: Planner, tmp_path: Path) -> None:
    _, campaign, key = planned(items=1)
    potato.write(tmp_path, campaign, key)
    answer(tmp_path, key, {key.items[0].id: LABELS})
    tasks = tmp_path / "tasks.jsonl"
    tasks.write_text(tasks.read_text() * 2)
    with pytest.raises(InputError, match=r"tasks\.jsonl:2: duplicate task"):
        potato.read(tmp_path, campaign)


@pytest.mark.parametrize("text", [None, "[]", "{", '{"user_id": "a", "instance_id_to_label_to_value": {"x": [1]}}'])
def test_a_folder_that_is_not_potatos_is_refused(planned: Planner, tmp_path: Path, text: str | None) -> None:
    _, campaign, key = planned(items=1)
    potato.write(tmp_path, campaign, key)
    if text is not None:
        (tmp_path / "user_state.json").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="user_state"):
        potato.read(tmp_path, campaign)
