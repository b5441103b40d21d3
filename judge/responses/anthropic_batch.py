"""Results of Anthropic's Message Batches: ``custom_id`` and ``result``, one line for each request.

https://docs.anthropic.com/en/api/retrieving-message-batch-results
"""

from __future__ import annotations

from judge.responses.messages import content_reasoning, content_text
from judge.responses.shape import Failure, Read, Row, Rows, Shape, inside


def _fits(row: Row) -> bool:
    return "custom_id" in row and isinstance(inside(row, "result", "type"), str)


def _read(rows: Rows) -> Read:
    for number, row in rows:
        ended, message = inside(row, "result", "type"), inside(row, "result", "message")
        if ended != "succeeded" or not isinstance(message, dict):
            kind = inside(row, "result", "error", "error", "type") or inside(row, "result", "error", "type") or ended
            yield number, Failure(str(kind))
            continue
        found: Row = {
            "item_id": row.get("custom_id"),
            "text": content_text(message.get("content")),
            "reasoning": content_reasoning(message.get("content")),
            "model": message.get("model"),
            "finish_reason": message.get("stop_reason"),
            "refusal": True if message.get("stop_reason") == "refusal" else None,
        }
        given, made = inside(message, "usage", "input_tokens"), inside(message, "usage", "output_tokens")
        if isinstance(given, int) and isinstance(made, int):
            found["usage"] = {"input": given, "output": made}
        yield number, {name: value for name, value in found.items() if value is not None}


SHAPE = Shape(
    "Anthropic Message Batches results",
    _fits,
    _read,
    {"item_id": "custom_id", "text": "result.message.content", "model": "result.message.model"},
)
