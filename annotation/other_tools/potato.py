"""Potato (tested with potato-annotation 2.12.1): write a folder for ``potato start``, and read its answers."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from judge.annotation.campaign import controls
from judge.annotation.campaign.blinding import LEFT, RIGHT
from judge.annotation.campaign.campaign import Campaign, Key
from judge.annotation.campaign.guide import instructions, title
from judge.annotation.campaign.outputs import write_export
from judge.annotation.labels.raw import RawAnnotation, valid_seconds
from judge.core.errors import InputError
from judge.core.files.rows import json_rows
from judge.core.files.yaml import read_mapping

OUTPUT = "annotation_output"
_TASKS, _PAGE, _STYLE, _STATE = "tasks.jsonl", "config.yaml", "page.css", "user_state.json"
_SKIP, _SKIPPED = "skip", "I cannot judge this item"  # Potato has no skip button, and required answers block the page
_HEADINGS = {"persona": "Persona", "question": "Question", "ground_truth": "Group's answer"}
_HEADINGS |= {LEFT: "Response 1", RIGHT: "Response 2"}

# Potato embeds a task in its page as JSON in a script element. These words in a text would end the element or start
# another; an invisible word joiner prevents this.
_SCRIPT, _JOINER = re.compile(r"<(?=/?script|!--)", re.IGNORECASE), "\u2060"

# Each field has its own line, except the two responses, which share one.
_CSS = """\
.instance-display-container.layout-horizontal > .display-field { flex: 1 1 100%; margin: 0; }
.instance-display-container.layout-horizontal > .display-field:nth-last-child(-n + 2) { flex: 1 1 40%; }
.annotation-form, .display-logic-container { width: 100%; }
"""


def write(path: Path, campaign: Campaign, key: Key) -> int:
    """Write the folder ``path``: ``config.yaml``, its style sheet and the tasks.

    Potato assigns tasks in this order and stores answers under ``annotation_output``.

    Returns:
        The number of tasks.

    Raises:
        UsageError: A file exists with other contents.
    """
    rows = (
        {"id": item.id, "text": item.id} | {name: _guarded(text) for name, text in item.data.items()}
        for item in key.items
    )
    write_export(
        {
            path / _TASKS: "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows),
            path / _PAGE: yaml.safe_dump(_config(campaign), sort_keys=False, allow_unicode=True, width=100),
            path / _STYLE: _CSS,
        }
    )
    return len(key.items)


def files(path: Path) -> list[Path]:
    """List the files that :func:`write` writes."""
    return [path / name for name in (_TASKS, _PAGE, _STYLE)]


def _config(campaign: Campaign) -> dict[str, Any]:
    schemes: list[dict[str, Any]] = [
        {
            "annotation_type": "radio",
            "name": controls.control(index, name),
            "description": f"{title(name)}. {criterion.question}",
            "labels": [label for _, label in controls.CHOICES],
            "label_requirement": {"required": True},
            "display_logic": {"show_when": [{"schema": _SKIP, "operator": "not_contains", "value": _SKIPPED}]},
        }
        for index, (name, criterion) in enumerate(campaign.criteria.items())
    ]
    skip = {"annotation_type": "multiselect", "name": _SKIP, "description": "Skip", "labels": [_SKIPPED]}
    comment = {"annotation_type": "text", "name": controls.COMMENT, "description": "Optional comment"}
    fields = (*campaign.shows, LEFT, RIGHT)
    return {
        "annotation_task_name": campaign.title,
        "task_dir": ".",
        "output_annotation_dir": OUTPUT,
        "data_files": [_TASKS],
        "item_properties": {"id_key": "id", "text_key": "text"},
        "instance_display": {
            "layout": {"direction": "horizontal", "gap": "12px"},
            "resizable": False,
            "fields": [{"key": name, "type": "text", "label": _HEADINGS[name]} for name in fields],
        },
        "base_css": _STYLE,
        "annotation_instructions": instructions(campaign),
        "annotation_schemes": [*schemes, skip, comment],
        "assignment_strategy": "fixed_order",
        "num_annotators_per_item": min(campaign.overlap, campaign.annotators),
    }


def read(path: Path, campaign: Campaign) -> list[RawAnnotation]:
    """Read the answers in a folder that Potato served (or its output folder): one raw row per annotator and task seen.

    The tasks and the page that were served must be in the folder: they show what annotators saw. A task that an
    annotator saw and did not answer is a row, too.

    Raises:
        InputError: No annotator's state, no tasks or no page in the folder; a state is malformed; the page
            shows or asks other things than this campaign's.
    """
    states = sorted(path.glob(f"**/{_STATE}"))
    if not states:
        raise InputError(
            f"no {_STATE} in this folder", path=path, hint=f"give the folder that Potato served, with {OUTPUT} in it"
        )
    site = next((folder for folder in (path, path.parent) if (folder / _TASKS).is_file()), path)
    _require_page(site / _PAGE, campaign)
    shown: dict[str, dict[str, Any]] = {}
    for number, row in json_rows(site / _TASKS):
        row.pop("text", None)  # Potato's own label of a task
        if (item := str(row.pop("id", ""))) in shown:
            raise InputError("duplicate task", path=site / _TASKS, line=number, row=item)
        shown[item] = {name: _unguarded(text) for name, text in row.items()}
    names = controls.controls(campaign)
    return [row for state in states for row in _of_annotator(state, names, shown)]


def _require_page(path: Path, campaign: Campaign) -> None:
    """Refuse answers to another page: they may refer to other sides or criteria."""
    wanted = _config(campaign)
    try:
        served = read_mapping(path)
        parts = ("item_properties", "data_files")
        fields = [config["instance_display"]["fields"] for config in (served, wanted)]
        asked = _asked(wanted)
        without = [one for one in asked if one[0] != _SKIP]  # earlier exports had no skip
        same = [
            _asked(served) in (asked, without),
            fields[0] == fields[1],
            *(served[part] == wanted[part] for part in parts),
        ]
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(f"not a page that `judge annotate export` wrote: {error!r}", path=path) from None
    if not all(same):
        raise InputError(
            "the page that was served shows or asks other things than this campaign's",
            path=path,
            hint="give the folder of this campaign; a page with other fields, questions or labels cannot be imported",
        )


def _asked(config: Any) -> list[tuple[str, Any]]:
    return [(scheme["name"], scheme.get("labels")) for scheme in config["annotation_schemes"]]


def _guarded(text: str) -> str:
    return _SCRIPT.sub("<" + _JOINER, text)


def _unguarded(text: Any) -> Any:
    return text.replace("<" + _JOINER, "<") if isinstance(text, str) else text


def _of_annotator(path: Path, names: dict[str, str], shown: Mapping[str, Mapping[str, Any]]) -> list[RawAnnotation]:
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
        labelled, behaviour = state["instance_id_to_label_to_value"], state.get("instance_id_to_behavioral_data") or {}
        person = str(state["user_id"])  # also the name of the folder: it must not occur in `place`
        return [
            replace(
                _row(item, values, behaviour.get(item), names),
                identity=person,
                at=("", number),
                data=shown.get(item, {}),
                place=f"{_STATE}, task {number + 1}",
            )
            for number, (item, values) in enumerate(labelled.items())
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"not a state file of Potato: {error!r}", path=path, hint="supported: Potato 2.12") from None


def _row(item: str, values: Any, behaviour: Any, names: dict[str, str]) -> RawAnnotation:
    """One annotator's answers to one task: a list of [{schema, name}, value], which Potato saves on each click.

    If skip is ticked, the page hides the questions, but Potato keeps earlier answers: the skip counts.
    """
    labels = {label: controls.alias(choice) for choice, label in controls.CHOICES}
    answers: dict[str, tuple[str, ...]] = {}
    comment, skipped = None, False
    for label, value in values:
        scheme = str(label["schema"])
        if scheme == controls.COMMENT:
            comment = str(value).strip() or None
            continue
        if scheme == _SKIP:
            skipped = True
            continue
        criterion = names.get(scheme, scheme)
        answers[criterion] = (*answers.get(criterion, ()), labels.get(str(value), str(value)))
    milliseconds = behaviour.get("total_time_ms") if behaviour else None
    return RawAnnotation(
        item=item,
        identity=None,
        answers=answers,
        comment=comment,
        skipped=skipped,
        seconds=None if milliseconds is None else valid_seconds(milliseconds / 1000),
        problem=None if answers or skipped else "comment only" if comment else "not answered",
    )
