"""Potato (potato-annotation 2.12.1 was run): a folder that ``potato start`` serves, and what it keeps per person."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from judge.annotation.answers.raw import Raw, seconds
from judge.annotation.answers.resolve import COMMENT_ONLY, NOT_ANSWERED
from judge.annotation.campaign import controls
from judge.annotation.campaign.blinding import LEFT, RIGHT
from judge.annotation.campaign.campaign import Campaign, Key
from judge.annotation.campaign.guide import instructions, title
from judge.annotation.campaign.outputs import write_export
from judge.core.errors import InputError
from judge.core.files.rows import json_rows
from judge.core.files.yaml import read_mapping

OUTPUT = "annotation_output"
_TASKS, _PAGE, _STYLE, _STATE = "tasks.jsonl", "config.yaml", "page.css", "user_state.json"
_SKIP, _SKIPPED = "skip", "I cannot judge this item"  # Potato has no button for it, and required answers block the page
_HEADINGS = {"persona": "Persona", "question": "Question", "ground_truth": "Group's answer"}
_HEADINGS |= {LEFT: "Response 1", RIGHT: "Response 2"}

# Potato writes a task into its page as a script's JSON, where these words of a text would end the script and begin
# another; a word joiner, which nobody sees, keeps them apart.
_SCRIPT, _JOINER = re.compile(r"<(?=/?script|!--)", re.IGNORECASE), "\u2060"

# A row of fields, of which all but the two responses take a line of their own.
_CSS = """\
.instance-display-container.layout-horizontal > .display-field { flex: 1 1 100%; margin: 0; }
.instance-display-container.layout-horizontal > .display-field:nth-last-child(-n + 2) { flex: 1 1 40%; }
.annotation-form, .display-logic-container { width: 100%; }
"""


def write(path: Path, campaign: Campaign, key: Key) -> int:
    """Write the folder ``path``: ``config.yaml``, its style and the tasks; return their number.

    Potato hands tasks out in this order and keeps what people said under ``annotation_output``.
    Errors: as :func:`judge.annotation.campaign.outputs.write_export`.
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
    """The files that :func:`write` makes."""
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


def read(path: Path, campaign: Campaign) -> list[Raw]:
    """Read the answers in a folder that Potato served (or its output folder), one row per person and task seen.

    The tasks and the page that were served must be there too: they say what was shown. A task that a person saw and did
    not answer is a row of its own. Errors: there is no person's state in the folder; a state is not what Potato writes;
    the tasks are not there; the page asks or shows something else than this campaign's.
    """
    states = sorted(path.glob(f"**/{_STATE}"))
    if not states:
        raise InputError(
            f"no {_STATE} below this folder", path=path, hint=f"give the folder that Potato served, with {OUTPUT} in it"
        )
    site = next((folder for folder in (path, path.parent) if (folder / _TASKS).is_file()), path)
    _require_page(site / _PAGE, campaign)
    shown: dict[str, dict[str, Any]] = {}
    for number, row in json_rows(site / _TASKS):
        row.pop("text", None)  # what Potato lists tasks by
        if (item := str(row.pop("id", ""))) in shown:
            raise InputError("a task that was there before", path=site / _TASKS, line=number, row=item)
        shown[item] = {name: _unguarded(text) for name, text in row.items()}
    names = controls.controls(campaign)
    return [row for state in states for row in _of_person(state, names, shown)]


def _require_page(path: Path, campaign: Campaign) -> None:
    """Refuse answers to another page: its labels would mean another side, or its questions another criterion."""
    wanted = _config(campaign)
    try:
        served = read_mapping(path)
        parts = ("item_properties", "data_files")
        fields = [config["instance_display"]["fields"] for config in (served, wanted)]
        asked = _asked(wanted)
        without = [one for one in asked if one[0] != _SKIP]  # what was exported before there was a way to skip
        same = [
            _asked(served) in (asked, without),
            fields[0] == fields[1],
            *(served[part] == wanted[part] for part in parts),
        ]
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(f"not a page that `judge annotate export` wrote: {error!r}", path=path) from None
    if not all(same):
        raise InputError(
            "the page that was served shows or asks something else than this campaign's",
            path=path,
            hint="give the folder of this campaign; a page with other fields, questions or labels cannot be read back",
        )


def _asked(config: Any) -> list[tuple[str, Any]]:
    return [(scheme["name"], scheme.get("labels")) for scheme in config["annotation_schemes"]]


def _guarded(text: str) -> str:
    return _SCRIPT.sub("<" + _JOINER, text)


def _unguarded(text: Any) -> Any:
    return text.replace("<" + _JOINER, "<") if isinstance(text, str) else text


def _of_person(path: Path, names: dict[str, str], shown: Mapping[str, Mapping[str, Any]]) -> list[Raw]:
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
        labelled, behaviour = state["instance_id_to_label_to_value"], state.get("instance_id_to_behavioral_data") or {}
        person = str(state["user_id"])  # the folder's name, too: it must not stand in a place
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
        raise InputError(f"not a state of Potato's: {error!r}", path=path, hint="Potato 2.12 is known") from None


def _row(item: str, values: Any, behaviour: Any, names: dict[str, str]) -> Raw:
    """One person's answers to one task: a list of [{schema, name}, value]. Potato saves while people click.

    While the skip is ticked the page hides the questions, but Potato keeps what was answered before: the skip counts.
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
    return Raw(
        item=item,
        identity=None,
        answers=answers,
        comment=comment,
        skipped=skipped,
        seconds=None if milliseconds is None else seconds(milliseconds / 1000),
        problem=None if answers or skipped else COMMENT_ONLY if comment else NOT_ANSWERED,
    )
