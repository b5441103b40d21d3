"""Output of OpenAI's Batch API, of Azure's, Mistral's and others of the kind, and of ``vllm run-batch``.

One line for each request: ``custom_id``, ``response`` (``status_code``, ``body``) and ``error``. The body is that of
the endpoint: chat completions, completions, or responses.
https://platform.openai.com/docs/api-reference/batch/request-output
"""

from __future__ import annotations

from judge.responses.messages import content_text
from judge.responses.shape import Failure, Read, Row, Rows, Shape, inside


def _fits(row: Row) -> bool:
    if "custom_id" not in row or "response" not in row:
        return False
    response = row["response"]
    return isinstance(inside(response, "body"), dict) or (response is None and isinstance(row.get("error"), dict))


def _read(rows: Rows) -> Read:
    for number, row in rows:
        status, body = inside(row, "response", "status_code"), inside(row, "response", "body")
        error = row.get("error") or inside(body, "error")
        if error or not isinstance(body, dict) or (isinstance(status, int) and status >= 400):
            code = inside(error, "code") or inside(error, "type")
            yield number, Failure(str(code or f"status {status}"))
            continue
        common = {"item_id": row.get("custom_id"), "model": body.get("model"), "usage": _usage(body.get("usage"))}
        choices = body.get("choices")
        if not isinstance(choices, list):  # of the endpoint /v1/responses
            yield number, _without_none(common | _output(body))
            continue
        for place, choice in enumerate(choices):
            own: Row = {"sample": place} if len(choices) > 1 else {}
            yield number, _without_none(common | own | _choice(choice))


def _choice(choice: object) -> Row:
    message = inside(choice, "message")
    refusal = inside(message, "refusal")
    text = content_text(inside(message, "content")) if message is not None else inside(choice, "text")
    return {
        "text": text or refusal or "",
        "reasoning": inside(message, "reasoning_content") or inside(message, "reasoning") or None,
        "refusal": True if refusal else None,
        "finish_reason": inside(choice, "finish_reason"),
    }


def _output(body: Row) -> Row:
    output = body.get("output")
    messages = [each for each in output if inside(each, "type") == "message"] if isinstance(output, list) else []
    contents = (inside(message, "content") for message in messages)
    parts = [part for content in contents if isinstance(content, list) for part in content]
    refusal = next((inside(part, "refusal") for part in parts if inside(part, "type") == "refusal"), None)
    return {
        "text": content_text(parts) or refusal or "",
        "refusal": True if refusal else None,
        "finish_reason": inside(body, "incomplete_details", "reason"),
    }


def _usage(usage: object) -> Row | None:
    given = inside(usage, "prompt_tokens") or inside(usage, "input_tokens")
    made = inside(usage, "completion_tokens") or inside(usage, "output_tokens")
    return {"input": given, "output": made} if isinstance(given, int) and isinstance(made, int) else None


def _without_none(row: Row) -> Row:
    return {name: value for name, value in row.items() if value is not None}


SHAPE = Shape(
    "OpenAI Batch output",
    _fits,
    _read,
    {"item_id": "custom_id", "text": "response.body", "model": "response.body.model"},
)
