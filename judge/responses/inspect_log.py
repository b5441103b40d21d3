"""Logs of inspect_ai: one document with ``eval`` (task, model) and ``samples``, from .json or .eval.

https://inspect.aisi.org.uk/eval-logs.html. An epoch is a sample index. A long text may stand in ``attachments``, and
``attachment://KEY`` in its place.
"""

from __future__ import annotations

import re

from judge.responses.messages import content_reasoning, content_text, question_of
from judge.responses.shape import Failure, Read, Row, Rows, Shape, inside

_NOT_IN_NAMES = re.compile(r"[|\x00-\x1f]")
_ATTACHED = re.compile(r"attachment://([0-9a-f]+)")


def _fits(row: Row) -> bool:
    return isinstance(row.get("samples"), list) and isinstance(inside(row, "eval", "model"), str)


def _read(rows: Rows) -> Read:
    number = 0
    for _, log in rows:
        samples = log.get("samples")
        for sample in samples if isinstance(samples, list) else []:
            number += 1
            yield number, _response(sample, inside(log, "eval", "model"))


def _response(sample: object, model: object) -> Row | Failure:
    maker = _NOT_IN_NAMES.sub("-", model) if isinstance(model, str) and model else None
    if inside(sample, "error") is not None:
        return Failure("error of the sample", maker)
    if (limit := inside(sample, "limit", "type")) is not None and not inside(sample, "output", "choices"):
        return Failure(f"limit: {limit}", maker)
    choice = inside(sample, "output", "choices", 0)
    if choice is None:
        return Failure("no output", maker)
    content, asked = inside(choice, "message", "content"), inside(sample, "input")
    target, epoch = inside(sample, "target"), inside(sample, "epoch")
    attachments = inside(sample, "attachments")
    found: Row = {
        "item_id": inside(sample, "id"),
        "contestant": maker,
        "sample": epoch - 1 if isinstance(epoch, int) and epoch > 1 else None,
        "text": _whole(content_text(content), attachments),
        "reasoning": content_reasoning(content),
        "question": _whole(asked if isinstance(asked, str) else question_of(asked) or "", attachments) or None,
        "ground_truth": (", ".join(map(str, target)) if isinstance(target, list) else target) or None,
        "model": inside(sample, "output", "model") or model,
        "finish_reason": inside(choice, "stop_reason"),
    }
    return {name: value for name, value in found.items() if value is not None}


def _whole(text: str, attachments: object) -> str:
    """Put the attachments back into a text."""
    if not isinstance(attachments, dict):
        return text
    return _ATTACHED.sub(lambda match: str(attachments.get(match[1], match[0])), text)


SHAPE = Shape(
    "inspect_ai log",
    _fits,
    _read,
    {
        "item_id": "id",
        "contestant": "eval.model",
        "sample": "epoch",
        "text": "output",
        "question": "input",
        "ground_truth": "target",
    },
)
