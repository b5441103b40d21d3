"""Results of promptfoo (``promptfoo eval --output results.json`` or ``.jsonl``).

https://www.promptfoo.dev/docs/configuration/outputs. A file may hold several providers and prompts: each pair of them
is a contestant, and the test is the item.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from judge.responses.ids import Occurrences
from judge.responses.shape import Failure, Read, Row, Rows, Shape, inside


def _fits(row: Row) -> bool:
    return isinstance(inside(row, "results", "results"), list) or {"testIdx", "promptIdx", "response"} <= row.keys()


def _read(rows: Rows) -> Read:
    records = list(_records(rows))
    prompts = {str(inside(row, "prompt", "label") or inside(row, "promptIdx")) for _, row in records}
    several = len({str(row.get("promptIdx")) for _, row in records}) > len({_provider(row) for _, row in records})
    seen = Occurrences()
    for number, row in records:
        contestant = _provider(row)
        if several and len(prompts) > 1:
            label = str(inside(row, "prompt", "label") or row.get("promptIdx"))
            contestant = f"{contestant} / {label if len(label) <= 60 else label[:57] + '...'}" if contestant else label
        contestant = contestant and contestant.replace("|", "-").replace("\n", " ")
        output = inside(row, "response", "output")
        error = inside(row, "response", "error") or (row.get("error") if output is None else None)
        if error or output is None:
            yield number, Failure("error of the provider" if error else "no output", contestant)
            continue
        item_id = str(row.get("testIdx"))
        found: Row = {
            "item_id": item_id,
            "contestant": contestant,
            "sample": seen.next(item_id, (contestant, str(row.get("promptIdx")))) or None,
            "text": output if isinstance(output, str) else json.dumps(output, ensure_ascii=False),
            "question": _question(row),
            "refusal": inside(row, "response", "isRefusal") or None,
            "finish_reason": inside(row, "response", "finishReason"),
        }
        yield number, {name: value for name, value in found.items() if value is not None}


def _records(rows: Rows) -> Iterator[tuple[int, Row]]:
    """The results, from the document that holds them or from lines."""
    for number, row in rows:
        held = inside(row, "results", "results")
        if isinstance(held, list):
            yield from ((place, each) for place, each in enumerate(held, start=1) if isinstance(each, dict))
        else:
            yield number, row


def _provider(row: Row) -> str | None:
    provider = row.get("provider")
    name = provider if isinstance(provider, str) else inside(provider, "label") or inside(provider, "id")
    return name if isinstance(name, str) and name else None


def _question(row: Row) -> str | None:
    """The test's variables where there is one, which all prompts have in common; else the rendered prompt."""
    given = row.get("vars") or inside(row, "testCase", "vars")
    values = [value for value in given.values() if isinstance(value, str)] if isinstance(given, dict) else []
    raw = inside(row, "prompt", "raw")
    return values[0] if len(values) == 1 else raw if isinstance(raw, str) else None


SHAPE = Shape(
    "promptfoo results",
    _fits,
    _read,
    {"item_id": "testIdx", "text": "response.output", "question": "vars or prompt", "contestant": "provider"},
)
