"""Potato (potato-annotation 2.12): a folder that ``potato start`` serves, and the answers it keeps per person."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from annotation import page
from annotation.blinding import LEFT, RIGHT
from annotation.campaign import Campaign, Key
from annotation.guide import instructions, title
from annotation.raw import Raw
from judge.core import rundir
from judge.core.errors import InputError

OUTPUT = "annotation_output"
_TASKS, _STATE = "tasks.jsonl", "user_state.json"
_HEADINGS = {"persona": "Persona", "question": "Question", "ground_truth": "Group's answer"}
_HEADINGS |= {LEFT: "Response 1", RIGHT: "Response 2"}


def write(path: Path, campaign: Campaign, key: Key) -> int:
    """Write the folder ``path``: ``config.yaml`` and the tasks; return their number.

    Potato hands tasks out in this order and keeps what people said under ``annotation_output``.
    """
    with rundir.replacing(path / _TASKS) as file:
        for item in key.items:
            file.write(json.dumps({"id": item.id, "text": item.data[LEFT]} | item.data, ensure_ascii=False) + "\n")
    with rundir.replacing(path / "config.yaml") as file:
        yaml.safe_dump(_config(campaign), file, sort_keys=False, allow_unicode=True, width=100)
    return len(key.items)


def _config(campaign: Campaign) -> dict[str, Any]:
    schemes: list[dict[str, Any]] = [
        {
            "annotation_type": "radio",
            "name": page.control(index, name),
            "description": f"{title(name)}. {criterion.question}",
            "labels": [label for _, label in page.CHOICES],
            "label_requirement": {"required": True},
        }
        for index, (name, criterion) in enumerate(campaign.criteria.items())
    ]
    schemes.append({"annotation_type": "text", "name": page.COMMENT, "description": "Optional comment"})
    fields = (*campaign.shows, LEFT, RIGHT)
    return {
        "annotation_task_name": campaign.title,
        "task_dir": ".",
        "output_annotation_dir": OUTPUT,
        "data_files": [_TASKS],
        "item_properties": {"id_key": "id", "text_key": "text"},
        "instance_display": {"fields": [{"key": name, "type": "text", "label": _HEADINGS[name]} for name in fields]},
        "annotation_instructions": instructions(campaign),
        "annotation_schemes": schemes,
        "assignment_strategy": "fixed_order",
        "num_annotators_per_item": min(campaign.overlap, campaign.annotators),
    }


def read(path: Path, campaign: Campaign) -> list[Raw]:
    """Read the answers in a folder that Potato served (or its output folder). People without answers give no row.

    Errors: there is no person's state in the folder; a state is not what Potato writes.
    """
    states = sorted(path.glob(f"**/{_STATE}"))
    if not states:
        raise InputError(
            f"no {_STATE} below this folder", path=path, hint=f"give the folder that Potato served, with {OUTPUT} in it"
        )
    names = page.controls(campaign)
    return [row for state in states for row in _of_person(state, names)]


def _of_person(path: Path, names: dict[str, str]) -> list[Raw]:
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
        labelled, behaviour = state["instance_id_to_label_to_value"], state.get("instance_id_to_behavioral_data") or {}
        return [
            _row(item, str(state["user_id"]), values, behaviour.get(item), names, path, number)
            for number, (item, values) in enumerate(labelled.items())
            if values
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"not a state of Potato's: {error!r}", path=path, hint="Potato 2.12 is known") from None


def _row(item: str, person: str, values: Any, behaviour: Any, names: dict[str, str], path: Path, number: int) -> Raw:
    """One person's answers to one task: a list of [{schema, name}, value]. Potato saves while people click."""
    labels = {label: page.alias(choice) for choice, label in page.CHOICES}
    answers: dict[str, tuple[str, ...]] = {}
    comment = None
    for label, value in values:
        scheme = str(label["schema"])
        if scheme == page.COMMENT:
            comment = str(value).strip() or None
            continue
        criterion = names.get(scheme, scheme)
        answers[criterion] = (*answers.get(criterion, ()), labels.get(str(value), str(value)))
    milliseconds = behaviour.get("total_time_ms") if behaviour else None
    return Raw(
        item=item,
        identity=person,
        answers=answers,
        comment=comment,
        seconds=None if milliseconds is None else milliseconds / 1000,
        at=("", number),
        place=path.name,
    )
