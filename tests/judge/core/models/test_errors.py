"""From HTTP errors to kinds."""

from __future__ import annotations

import json

import pytest
import yaml

from judge.core.models.errors import from_body, known_words
from judge.core.models.types import ErrorKind
from tests.support.paths import ROOT


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
    assert from_body(status, json.dumps({"error": error}).encode()).kind is kind
    assert from_body(status, json.dumps(error).encode()).kind is kind
    assert from_body(status, json.dumps([{"error": error}]).encode()).kind is kind


def test_every_phrase_has_a_source_and_no_kind_is_listed_that_there_is_not() -> None:
    content = yaml.safe_load((ROOT / "judge/core/models/error_words.yaml").read_text(encoding="utf-8"))
    groups = [group for name in ("telling", "passing") for kind in content[name].values() for group in kind.values()]
    named = {source for group in groups for source in group.values()}
    others = ("rejecting", "about_schema", "no_system_role", "used_up", "bot_wall")
    named |= {source for name in others for source in content[name].values()}
    assert named == set(content["sources"])
    assert known_words().telling[0] is ErrorKind.QUOTA
