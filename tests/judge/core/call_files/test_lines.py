"""Lines of calls and results: marks of batches, and what ``vllm run-batch`` writes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from judge.core.call_files.lines import call_line, key_of, mark_of, read_result
from judge.core.models.types import ChatError, ChatReply, ChatRequest

KEY = "f0" * 32
MARK = "0123456789ab"


@pytest.mark.parametrize("mark", ["", MARK])
def test_a_marked_id_names_the_call_and_the_batch_and_fits_anthropics_rules(mark: str) -> None:
    line = call_line("anthropic", "m", KEY, ChatRequest(system="s", user="u"), mark=mark)
    assert (key_of(line), mark_of(line)) == (KEY, mark)
    assert len(json.loads(line)["custom_id"]) <= 64


# vllm/entrypoints/openai/run_batch.py, make_error_request_output and run_request: the body is null, and ``error`` is a
# text or an ErrorResponse, which older versions wrote flat.
@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (400, "Request must not be sent in stream mode", "bad_request"),
        (400, {"error": {"message": "This model's maximum context length is 9", "code": 400}}, "context_length"),
        (404, {"object": "error", "message": "The model `m` does not exist.", "code": 404}, "not_found"),
    ],
)
def test_errors_of_vllm_run_batch(status: int, error: Any, kind: str) -> None:
    response = {"status_code": status, "request_id": "vllm-batch-1", "body": None}
    outcome = read_result(json.dumps({"custom_id": KEY, "response": response, "error": error}).encode()).outcome
    assert isinstance(outcome, ChatError)
    assert outcome.kind == kind


def test_a_reply_of_vllm_run_batch() -> None:
    message = {"role": "assistant", "content": "{}", "tool_calls": [], "reasoning": None}
    body = {
        "choices": [{"index": 0, "message": message, "finish_reason": "stop", "stop_reason": None}],
        "model": "m",
        "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
        "prompt_logprobs": None,
    }
    response = {"status_code": 200, "request_id": "vllm-batch-1", "body": body}
    outcome = read_result(json.dumps({"custom_id": KEY, "response": response, "error": None}).encode()).outcome
    assert isinstance(outcome, ChatReply)
    assert (outcome.text, outcome.usage and outcome.usage.output) == ("{}", 2)
