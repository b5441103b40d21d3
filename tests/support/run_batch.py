"""Makes the calls of a file one after the other over HTTP, as ``vllm run-batch`` does, and writes their results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen


def run_batch(calls: Path, results: Path, root: str, *, timeout: float = 10) -> list[dict[str, Any]]:
    """Write the results of OpenAI's format or Anthropic's, by the format of the calls; ``root`` is without /v1."""
    rows = [_result(json.loads(line), root, timeout) for line in calls.read_text(encoding="utf-8").splitlines()]
    write_rows(results, rows)
    return rows


def write_rows(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def _result(call: dict[str, Any], root: str, timeout: float) -> dict[str, Any]:
    key = call["custom_id"]
    if "params" in call:
        status, body = _post(f"{root}/v1/messages", call["params"], timeout)
        done = {"type": "succeeded", "message": body} if status == 200 else {"type": "errored", "error": body}
        return {"custom_id": key, "result": done}
    assert call["method"] == "POST"
    status, body = _post(root + call["url"], call["body"], timeout)
    response = {"status_code": status, "request_id": f"r-{key[:8]}", "body": body}
    return {"id": f"b-{key[:8]}", "custom_id": key, "response": response, "error": None}


def _post(address: str, body: dict[str, Any], timeout: float) -> tuple[int, Any]:
    headers = {"content-type": "application/json", "x-api-key": "test", "authorization": "Bearer test"}
    request = Request(address, json.dumps(body).encode(), headers)
    try:
        with urlopen(request, timeout=timeout) as reply:
            return reply.status, json.load(reply)
    except HTTPError as error:
        return error.code, json.loads(error.read() or b"null")
