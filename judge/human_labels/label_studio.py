"""Label Studio's JSON export as rows of a label table: one row for each annotation and control tag.

https://labelstud.io/guide/task_format: an array of tasks; a task has ``data`` and ``annotations``, an annotation
``completed_by`` and ``result``, and each result the ``from_name`` of its tag, the criterion.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from judge.core.errors import InputError

_ITEM = ("item", "item_id", "comparison_id", "id")
_QUESTION = ("question_id", "cluster")
Rows = Iterator[tuple[int, dict[str, object]]]


def label_studio_rows(rows: Rows, path: Path) -> Rows:
    """Yield the rows of a label table: those of an export of Label Studio as labels, all others as they are.

    The item is the task's ``data.item`` (or item_id, comparison_id, id), else the task's id. The rater is who completed
    the annotation: its mail address, else its number. The label is the choice, the rating, the number or the text of
    the result; several choices are one label, joined by ``+``. Cancelled annotations are left out, and so are
    predictions and annotations that are marked as ground truth. A second annotation of a task by one person is a
    repeat.

    Raises:
        InputError: A task is not as Label Studio exports it.
    """
    first = next(rows, None)
    if first is None:
        return
    everything = chain([first], rows)
    if not ("data" in first[1] and isinstance(first[1].get("annotations"), list)):
        yield from everything
        return
    for number, task in everything:
        try:
            yield from ((number, row) for row in _labels(task))
        except (AttributeError, TypeError, ValueError) as error:
            raise InputError(
                f"the task is not as Label Studio exports it: {error}",
                path=path,
                line=number,
                row=str(task.get("id")),
                hint="export the project again, as JSON",
            ) from None


def _labels(task: Any) -> list[dict[str, object]]:
    """The rows of a task."""
    data = task.get("data") or {}
    item = next((data[name] for name in _ITEM if name in data), task.get("id"))
    question = next((data[name] for name in _QUESTION if name in data), None)
    repeats: dict[object, int] = {}
    rows: list[dict[str, object]] = []
    for annotation in task.get("annotations") or []:
        if annotation.get("was_cancelled") or annotation.get("ground_truth"):
            continue
        rater = _rater(annotation.get("completed_by"))
        repeat = repeats[rater] = repeats.get(rater, -1) + 1
        for result in annotation.get("result") or []:
            if (label := _label(result.get("value"))) is not None:
                row = {"item": item, "rater": rater, "criterion": result.get("from_name"), "label": label}
                rows.append(row | {"repeat": repeat, "question_id": question})
    return rows


def _rater(by: object) -> object:
    return by.get("email") or by.get("id") if isinstance(by, Mapping) else by


def _label(value: object) -> object:
    """The label in a result's value; None where it marks a place (a box, a span) and is no label of the task."""
    if not isinstance(value, Mapping):
        return None
    if "choices" in value:
        return "+".join(map(str, value["choices"]))
    if "taxonomy" in value:
        return "+".join("/".join(map(str, path)) for path in value["taxonomy"])
    for name in ("rating", "number", "selected"):
        if name in value:
            return value[name]
    text = value.get("text")
    if isinstance(text, list) and "start" not in value:
        return " ".join(map(str, text))
    return text if isinstance(text, str) and "start" not in value else None
