"""From HTTP errors to kinds."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from email.utils import formatdate
from types import SimpleNamespace
from typing import Any

import pytest

from judge.core.models.errors import from_status, parse_retry_after
from judge.core.models.types import ErrorKind


@dataclass
class Refused:
    """What the SDKs' status errors have in common."""

    status_code: int
    body: object
    message: str = "message"
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def response(self) -> Any:
        return SimpleNamespace(headers=self.headers)


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (400, {"message": "This model's maximum context length is 8192 tokens"}, ErrorKind.CONTEXT_LENGTH),
        (400, {"message": "prompt is too long: 210000 tokens > 200000 maximum"}, ErrorKind.CONTEXT_LENGTH),
        (413, {"message": "Request too large"}, ErrorKind.CONTEXT_LENGTH),
        (400, {"message": "filtered", "code": "content_filter"}, ErrorKind.CONTENT_FILTER),
        (400, {"message": "Your credit balance is too low to access the API"}, ErrorKind.QUOTA),
        (400, {"message": "something else"}, ErrorKind.BAD_REQUEST),
        (400, {"message": "temperature must be at most 2"}, ErrorKind.BAD_REQUEST),
        (400, {"message": "Unsupported value: 'temperature' does not support 0.3"}, ErrorKind.REJECTED_PARAMETER),
        (400, {"message": "bad", "param": "response_format"}, ErrorKind.REJECTED_PARAMETER),
        (400, {"message": "output_config: Extra inputs are not permitted"}, ErrorKind.REJECTED_PARAMETER),
        (422, {"message": "Unknown field response_format"}, ErrorKind.REJECTED_PARAMETER),
        (401, {"message": "no"}, ErrorKind.AUTH),
        (403, {"message": "no"}, ErrorKind.PERMISSION),
        (404, {"message": "no"}, ErrorKind.NOT_FOUND),
        (408, {"message": "late"}, ErrorKind.TIMEOUT),
        (429, {"message": "slow down"}, ErrorKind.RATE_LIMIT),
        (429, {"message": "quota", "code": "insufficient_quota"}, ErrorKind.QUOTA),
        (500, {"message": "oops"}, ErrorKind.SERVER),
        (529, {"message": "Overloaded", "type": "overloaded_error"}, ErrorKind.OVERLOADED),
        (503, {"message": "Overloaded"}, ErrorKind.OVERLOADED),
        # Anthropic
        (400, {"message": "You have reached your specified API usage limits."}, ErrorKind.QUOTA),
        (400, {"message": "This organization has been disabled."}, ErrorKind.PERMISSION),
        (400, {"message": "Output blocked by content filtering policy"}, ErrorKind.CONTENT_FILTER),
        (400, {"message": "input length and `max_tokens` exceed context limit: 9 + 9 > 10"}, ErrorKind.CONTEXT_LENGTH),
        # OpenAI and Azure
        (429, {"message": "Your account is not active", "code": "billing_not_active"}, ErrorKind.QUOTA),
        (400, {"message": "limit reached", "code": "billing_hard_limit_reached"}, ErrorKind.QUOTA),
        (429, {"message": "Request too large for m on tokens per min (TPM)"}, ErrorKind.CONTEXT_LENGTH),
        (400, {"message": "Invalid prompt: violates usage policy", "code": "invalid_prompt"}, ErrorKind.CONTENT_FILTER),
        (400, {"message": "x", "code": "string_above_max_length"}, ErrorKind.CONTEXT_LENGTH),
        (
            400,
            {"message": "Could not finish the message because max_tokens or model output limit was reached."},
            ErrorKind.TRUNCATED,
        ),
        # compatible servers: Gemini, DeepSeek, DashScope, OpenRouter, llama.cpp
        (400, {"message": "API key not valid. Please pass a valid API key."}, ErrorKind.AUTH),
        (400, {"message": "x", "code": "invalid_api_key"}, ErrorKind.AUTH),
        (400, {"message": "x", "code": "model_not_found"}, ErrorKind.NOT_FOUND),
        (400, {"message": "Content Exists Risk"}, ErrorKind.CONTENT_FILTER),
        (400, {"message": "x", "code": "data_inspection_failed"}, ErrorKind.CONTENT_FILTER),
        (
            403,
            {"message": "Model m requires moderation and your input was flagged"},
            ErrorKind.CONTENT_FILTER,
        ),
        (400, {"message": "x", "type": "exceed_context_size_error"}, ErrorKind.CONTEXT_LENGTH),
        (402, {"message": "Insufficient Balance"}, ErrorKind.QUOTA),
        # Words do not overrule a server error, nor a rate limit that speaks of a quota per minute.
        (500, {"message": "context length lookup failed"}, ErrorKind.SERVER),
        (429, {"message": "You exceeded your current quota, retry in 20 s"}, ErrorKind.RATE_LIMIT),
    ],
)
def test_kinds(status: int, error: dict[str, str], kind: ErrorKind) -> None:
    wrapped = from_status(Refused(status, {"error": error}))
    assert wrapped.kind is kind
    assert from_status(Refused(status, error)).kind is kind, "the SDK may have unwrapped the body"


def test_a_body_that_is_no_json_gives_the_sdks_words() -> None:
    found = from_status(Refused(502, "<html>", message="Bad gateway"))
    assert found.kind is ErrorKind.SERVER
    assert "Bad gateway" in found.message


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Mon, 01 Jan 99999999999999999999 00:00:00 GMT"}, None),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    assert parse_retry_after(headers) == seconds


def test_retry_after_as_a_date() -> None:
    found = parse_retry_after({"retry-after": formatdate(time.time() + 30, usegmt=True)})
    assert found is not None
    assert 25 < found < 31
