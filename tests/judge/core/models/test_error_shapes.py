"""Every shape of an error body, through the real SDKs: what kind it becomes, and that its words are kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from judge.core.models.types import ErrorKind
from tests.support.raw_server import Answer, RawServer, chat, failed, replied

KEY_WORDS = "API key not valid. Please pass a valid API key."
GEMINI = {
    "error": {
        "code": 400,
        "message": KEY_WORDS,
        "status": "INVALID_ARGUMENT",
        "details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}],
    }
}
UPSTREAM = {"error": {"message": "Rate limit reached for m", "type": "tokens", "code": "rate_limit_exceeded"}}
WITH_CHOICES = {"id": None, "choices": None, "usage": None}


def page(title: str, body: str = "<h1>Sorry</h1>") -> str:
    return f"<!DOCTYPE html>\n<html><head><title>{title}</title></head><body>{body}</body></html>"


SHAPES: dict[str, tuple[int, object, ErrorKind, str]] = {
    # an object
    "openai": (401, {"error": {"message": "no", "code": "invalid_api_key"}}, ErrorKind.AUTH, "no"),
    "error is a text": (404, {"error": "model 'm' not found"}, ErrorKind.NOT_FOUND, "model 'm' not found"),
    "vllm": (
        400,
        {"object": "error", "message": "maximum context length is 4096 tokens", "type": "BadRequestError", "code": 400},
        ErrorKind.CONTEXT_LENGTH,
        "4096",
    ),
    "llama.cpp": (503, {"error": {"code": 503, "message": "Loading model"}}, ErrorKind.OVERLOADED, "Loading model"),
    "an upstream's error as JSON": (
        400,
        {"error": {"message": "Provider returned error", "metadata": {"raw": json.dumps(UPSTREAM)}}},
        ErrorKind.RATE_LIMIT,
        "Rate limit reached for m",
    ),
    "an upstream's status in words": (
        500,
        {"error": {"message": "litellm.AuthenticationError: Error code: 401 - bad"}},
        ErrorKind.AUTH,
        "bad",
    ),
    "zhipu without money": (429, {"error": {"code": "1113", "message": "owing"}}, ErrorKind.QUOTA, "owing"),
    "zhipu's moderation": (400, {"error": {"code": "1301", "message": "no"}}, ErrorKind.CONTENT_FILTER, "no"),
    "openrouter's moderation": (
        403,
        {"error": {"message": "Your input was flagged. No credits were charged.", "code": 403}},
        ErrorKind.CONTENT_FILTER,
        "flagged",
    ),
    "bedrock": (
        400,
        {"__type": "ThrottlingException", "Message": "Too many tokens, please wait before trying again."},
        ErrorKind.RATE_LIMIT,
        "please wait",
    ),
    "aws, with the name of its service": (
        400,
        {"__type": "com.amazon.coral.service#ExpiredTokenException", "message": "expired"},
        ErrorKind.AUTH,
        "expired",
    ),
    "a gateway's budget": (
        400,
        {"error": {"message": "Budget has been exceeded!", "type": "budget_exceeded", "code": "400"}},
        ErrorKind.QUOTA,
        "Budget",
    ),
    "not in this country": (451, {"error": {"message": "not here"}}, ErrorKind.PERMISSION, "not here"),
    "cancelled": (499, {"error": {"code": 499, "message": "cancelled", "status": "CANCELLED"}}, ErrorKind.TIMEOUT, "c"),
    # a list
    "gemini": (400, [GEMINI], ErrorKind.AUTH, KEY_WORDS),
    "gemini without a reason": (400, [{"error": {"code": 400, "message": KEY_WORDS}}], ErrorKind.AUTH, KEY_WORDS),
    "a list of quota": (429, [{"error": {"code": 429, "status": "RESOURCE_EXHAUSTED"}}], ErrorKind.RATE_LIMIT, "429"),
    "a list of texts": (400, ["prompt is too long"], ErrorKind.CONTEXT_LENGTH, "prompt is too long"),
    # text and web pages
    "text": (400, "prompt is too long: 5000 tokens, maximum 4096", ErrorKind.CONTEXT_LENGTH, "5000 tokens"),
    "text of a key": (400, "Invalid API key provided", ErrorKind.AUTH, "Invalid API key"),
    "text of unknown words": (400, "no bananas today", ErrorKind.BAD_REQUEST, "no bananas today"),
    "html": (502, page("502 Bad Gateway"), ErrorKind.SERVER, "502 Bad Gateway"),
    "html of another status": (500, page("429 Too Many Requests"), ErrorKind.RATE_LIMIT, "Too Many Requests"),
    "html without a title": (
        403,
        "<html><body><p>Access denied by policy</p></body></html>",
        ErrorKind.PERMISSION,
        "denied by policy",
    ),
    "xml": (
        403,
        "<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>Not yours</Message></Error>",
        ErrorKind.PERMISSION,
        "Not yours",
    ),
    "nothing": (503, "", ErrorKind.SERVER, "Service Unavailable"),
    "a number": (418, 7, ErrorKind.BAD_REQUEST, "418"),
    "bytes": (500, b"\xff\xfe\x00oops", ErrorKind.SERVER, "oops"),
    # other objects
    "fastapi": (401, {"detail": "Not authenticated"}, ErrorKind.AUTH, "Not authenticated"),
    "fastapi, a list": (
        422,
        {
            "detail": [
                {"loc": ["body", "temperature"], "msg": "Extra inputs are not permitted", "type": "extra_forbidden"}
            ]
        },
        ErrorKind.BAD_REQUEST,
        "body.temperature: Extra inputs are not permitted",
    ),
    "fastapi, an object": (
        400,
        {"detail": {"error": {"message": "This model's maximum context length is 9"}}},
        ErrorKind.CONTEXT_LENGTH,
        "length is 9",
    ),
    "anthropic": (
        529,
        {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}},
        ErrorKind.OVERLOADED,
        "Overloaded",
    ),
    "a message on top": (401, {"message": "invalid api token"}, ErrorKind.AUTH, "invalid api token"),
    "a message on top of 400": (400, {"message": "too many tokens: 9 > 8"}, ErrorKind.CONTEXT_LENGTH, "9 > 8"),
    "cohere's errors": (400, {"errors": ["invalid api token"]}, ErrorKind.AUTH, "invalid api token"),
    "cloudflare's errors": (
        400,
        {"success": False, "errors": [{"code": 10000, "message": "Authentication error"}], "result": None},
        ErrorKind.AUTH,
        "Authentication error",
    ),
    "a problem of RFC 9457": (
        400,
        {"type": "about:blank", "title": "Too long", "status": 400, "detail": "input is too long for this model"},
        ErrorKind.CONTEXT_LENGTH,
        "input is too long",
    ),
    "aws": (400, {"__type": "ThrottlingException", "Message": "slow"}, ErrorKind.RATE_LIMIT, "slow"),
    "azure": (
        400,
        {"error": {"code": "x", "message": "y", "innererror": {"code": "ResponsibleAIPolicyViolation"}}},
        ErrorKind.CONTENT_FILTER,
        "y",
    ),
    "apigee": (401, {"fault": {"faultstring": "Invalid ApiKey", "detail": {}}}, ErrorKind.AUTH, "Invalid ApiKey"),
    # 200 with an error inside
    "200, code 401": (200, {"error": {"code": 401, "message": "No auth"}}, ErrorKind.AUTH, "No auth"),
    "200, code 402": (200, {"error": {"code": "402", "message": "Pay"}}, ErrorKind.QUOTA, "Pay"),
    "200, code 404": (200, {"error": {"code": 404, "message": "No model"}}, ErrorKind.NOT_FOUND, "No model"),
    "200, code 429": (200, {"error": {"code": 429, "message": "Slow"}}, ErrorKind.RATE_LIMIT, "Slow"),
    "200, code 529": (200, {"error": {"code": 529, "message": "Busy"}}, ErrorKind.OVERLOADED, "Busy"),
    "200, code 502": (200, {"error": {"code": 502, "message": "Upstream"}}, ErrorKind.SERVER, "Upstream"),
    "200, a code of words": (
        200,
        {"error": {"code": "insufficient_quota", "message": "x"}},
        ErrorKind.QUOTA,
        "with an error",
    ),
    "200, words alone": (200, {"error": "Too many requests"}, ErrorKind.RATE_LIMIT, "Too many requests"),
    "200, unknown words": (200, {"error": "bananas"}, ErrorKind.SERVER, "bananas"),
    "200, a list": (200, [{"error": {"code": 429, "message": "Slow"}}], ErrorKind.RATE_LIMIT, "Slow"),
    "200, detail": (200, {"detail": "Not authenticated"}, ErrorKind.AUTH, "Not authenticated"),
    "200, message": (200, {"code": 429, "message": "wait"}, ErrorKind.RATE_LIMIT, "wait"),
    "200, base_resp": (
        200,
        {"choices": None, "base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}},
        ErrorKind.QUOTA,
        "insufficient balance",
    ),
    "200, minimax's key": (
        200,
        {"choices": None, "base_resp": {"status_code": 1004, "status_msg": "login fail: check your API secret key"}},
        ErrorKind.AUTH,
        "login fail",
    ),
    "200, minimax's codes alone": (200, {"base_resp": {"status_code": 2049, "status_msg": "no"}}, ErrorKind.AUTH, "no"),
    "200, minimax is busy, base_resp": (
        200,
        {"base_resp": {"status_code": 1002, "status_msg": "wait"}},
        ErrorKind.RATE_LIMIT,
        "wait",
    ),
    "200, minimax's filter, base_resp": (
        200,
        {**chat("half a sentence"), "base_resp": {"status_code": 1027, "status_msg": "output"}},
        ErrorKind.CONTENT_FILTER,
        "output",
    ),
    "200, baidu's key": (
        200,
        {"error_code": 110, "error_msg": "no longer valid"},
        ErrorKind.AUTH,
        "no longer valid",
    ),
    "200, baidu's day": (200, {"error_code": 17, "error_msg": "daily"}, ErrorKind.QUOTA, "daily"),
    "200, baidu's second": (200, {"error_code": 18, "error_msg": "qps"}, ErrorKind.RATE_LIMIT, "qps"),
    "200, baidu is busy": (200, {"error_code": 336100, "error_msg": "later"}, ErrorKind.OVERLOADED, "later"),
    "200, baidu's length": (200, {"error_code": 336103, "error_msg": "long"}, ErrorKind.CONTEXT_LENGTH, "long"),
    "200, zhipu's key": (200, {"error": {"code": "1002", "message": "Token"}}, ErrorKind.AUTH, "Token"),
    "200, zhipu in chinese": (
        200,
        {"code": 401, "msg": "令牌已过期", "success": False},
        ErrorKind.AUTH,
        "令牌",
    ),
    "zhipu is busy": (429, {"error": {"code": "1302", "message": "并发数过高"}}, ErrorKind.RATE_LIMIT, "并发数过高"),
    "200, alibaba's key": (200, {"code": "InvalidApiKey", "message": "x", "request_id": "r"}, ErrorKind.AUTH, "x"),
    "200, alibaba's rate": (200, {"code": "Throttling.RateQuota", "message": "x"}, ErrorKind.RATE_LIMIT, "x"),
    "200, alibaba's code alone": (200, {"code": "Arrearage", "message": ""}, ErrorKind.QUOTA, "arrearage"),
    "200, tencent's key": (
        200,
        {"Response": {"Error": {"Code": "AuthFailure.SignatureFailure", "Message": "sign"}, "RequestId": "r"}},
        ErrorKind.AUTH,
        "sign",
    ),
    "200, cloudflare's token": (
        200,
        {"success": False, "errors": [{"code": 10000, "message": "no"}], "result": None},
        ErrorKind.AUTH,
        "no",
    ),
    "cloudflare's day": (
        429,
        {"success": False, "errors": [{"code": 3036, "message": "daily free allocation"}]},
        ErrorKind.QUOTA,
        "daily",
    ),
    "cloudflare is full": (
        429,
        {"success": False, "errors": [{"code": 3040, "message": "full"}]},
        ErrorKind.RATE_LIMIT,
        "full",
    ),
    "200, cloudflare's model": (
        200,
        {"success": False, "errors": [{"code": 5007, "message": "No such model"}]},
        ErrorKind.NOT_FOUND,
        "No such model",
    ),
    "200, sglang": (
        200,
        {"object": "error", "message": "too long: maximum context", "type": "BadRequestError", "code": 400},
        ErrorKind.CONTEXT_LENGTH,
        "too long",
    ),
    "200, fastapi, a list": (
        200,
        {"detail": [{"loc": ["body", "model"], "msg": "model does not exist", "type": "value_error"}]},
        ErrorKind.NOT_FOUND,
        "body.model",
    ),
    "200, success is false": (200, {"success": False}, ErrorKind.SERVER, "HTTP 200"),
    "an error beside half a choice": (
        200,
        {**chat("half a sentence"), "error": {"message": "upstream died", "code": 502}},
        ErrorKind.SERVER,
        "upstream died",
    ),
    # other statuses and languages
    "azure's filter": (
        400,
        {
            "error": {
                "code": "content_filter",
                "message": "The response was filtered",
                "status": 400,
                "innererror": {"code": "ResponsibleAIPolicyViolation", "content_filter_result": {}},
            }
        },
        ErrorKind.CONTENT_FILTER,
        "filtered",
    ),
    "german": (403, {"error": {"message": "Kontingent erschöpft"}}, ErrorKind.QUOTA, "Kontingent"),
    "german in latin-1": (403, "Kontingent erschöpft".encode("latin-1"), ErrorKind.QUOTA, "erschöpft"),
    "chinese": (403, {"error": {"message": "用户额度不足, 剩余额度: 0"}}, ErrorKind.QUOTA, "额度不足"),
    "french": (402, {"error": "Crédit insuffisant"}, ErrorKind.QUOTA, "insuffisant"),
    "a used-up key": (401, {"error": {"message": "该令牌额度已用尽"}}, ErrorKind.QUOTA, "额度"),
    "english": (403, {"error": {"message": "quota exceeded for this project"}}, ErrorKind.QUOTA, "quota"),
    "google's codes at 403": (
        403,
        {"error": {"message": "x", "errors": [{"reason": "rateLimitExceeded"}]}},
        ErrorKind.RATE_LIMIT,
        "x",
    ),
    "openrouter's data policy": (
        404,
        {"error": {"message": "No endpoints found matching your data policy", "code": 404}},
        ErrorKind.PERMISSION,
        "data policy",
    ),
    "a proxy's login": (407, page("Proxy Authentication Required"), ErrorKind.PERMISSION, "Proxy"),
    "a network's login": (511, page("Network Authentication Required"), ErrorKind.PERMISSION, "Network"),
    "gone": (410, {"error": "this model was retired"}, ErrorKind.NOT_FOUND, "retired"),
    "too long an address": (414, page("414 Request-URI Too Large"), ErrorKind.BAD_REQUEST, "Too Large"),
    "a head too large": (431, "", ErrorKind.BAD_REQUEST, "Request Header Fields Too Large"),
    "another media type": (415, {"detail": "Unsupported media type"}, ErrorKind.BAD_REQUEST, "media type"),
    "a failed dependency": (424, {"error": "Request failed during generation"}, ErrorKind.SERVER, "generation"),
    "too early": (425, "", ErrorKind.SERVER, "Too Early"),
    "cloudflare, 520": (520, page("x.com | 520: Web server is returning an unknown error"), ErrorKind.SERVER, "520"),
    "cloudflare, 524": (524, "error code: 524", ErrorKind.TIMEOUT, "524"),
    "cloudflare, 530": (530, "error code: 1016", ErrorKind.SERVER, "1016"),
    "a slow gateway": (504, page("504 Gateway Time-out"), ErrorKind.TIMEOUT, "Gateway Time-out"),
    "200, text": (200, "429 Too Many Requests", ErrorKind.RATE_LIMIT, "Too Many Requests"),
    "200, a page of an error": (200, page("401 Unauthorized"), ErrorKind.AUTH, "Unauthorized"),
    "200, several lines of JSON": (
        200,
        '{"error": "rate limited"}\n{"done": true}',
        ErrorKind.RATE_LIMIT,
        "rate limited",
    ),
    "200, one word": (200, {"ok": False, "error": "rate_limited"}, ErrorKind.RATE_LIMIT, "rate_limited"),
    "200, an error in a stream": (
        200,
        'event: error\ndata: {"error": {"type": "overloaded_error", "message": "Busy"}}\n\n',
        ErrorKind.OVERLOADED,
        "Busy",
    ),
    # choices without a choice, and an error
    "null choices": (
        200,
        {**WITH_CHOICES, "error": {"message": "ResourceExhausted: worker limit reached", "code": 429}},
        ErrorKind.RATE_LIMIT,
        "worker limit reached",
    ),
    "null choices, no code": (
        200,
        {**WITH_CHOICES, "error": {"message": "ResourceExhausted: worker limit"}},
        ErrorKind.RATE_LIMIT,
        "worker limit",
    ),
    "no choices": (200, {"choices": [], "error": {"message": "x", "code": 402}}, ErrorKind.QUOTA, "x"),
    "an error in a choice": (
        200,
        {
            "choices": [
                {"error": {"code": 502, "message": "cut"}, "finish_reason": "error", "message": {"content": "A"}}
            ]
        },
        ErrorKind.SERVER,
        "cut",
    ),
    # no reply at all
    "200, another object": (200, {"hello": "world"}, ErrorKind.BAD_REPLY, "another object"),
    "200, a web page": (200, page("Sign in"), ErrorKind.NOT_THE_API, "Sign in"),
    "200, nothing": (200, "", ErrorKind.BAD_REPLY, "it is empty"),
    "200, a stream": (200, 'data: {"choices": []}\n\ndata: [DONE]\n\n', ErrorKind.BAD_REPLY, "streams"),
    "200, nested deeply": (200, b"[" * 200_000 + b"]" * 200_000, ErrorKind.BAD_REPLY, "nested too deeply"),
    "an error nested deeply": (500, b'{"error": ' * 100_000, ErrorKind.SERVER, "HTTP 500"),
    "an error of many digits": (500, b'{"error": ' + b"9" * 10_000 + b"}", ErrorKind.SERVER, "HTTP 500"),
}
ONLY_OPENAI = ("null choices", "no choices", "choice", "base_resp")


@pytest.fixture(scope="module")
def server() -> Iterator[RawServer]:
    with RawServer(Answer()) as server:
        yield server


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
@pytest.mark.parametrize("name", SHAPES)
def test_the_kind_and_the_words(server: RawServer, name: str, provider: str) -> None:
    if provider == "anthropic" and any(part in name for part in ONLY_OPENAI):
        pytest.skip("a shape of the other format")
    status, body, kind, words = SHAPES[name]
    error = failed(server.answers(Answer(status, body)), provider=provider)
    assert (error.kind, words in error.message) == (kind, True), error.message
    assert [got.method for got in server.seen].count("POST") == 1


def test_what_stands_beside_an_empty_reply_and_is_no_error() -> None:
    for beside in ({"base_resp": {"status_code": 0, "status_msg": ""}}, {"message": "ok"}, {"error": None}):
        with RawServer(Answer(200, {**chat(""), **beside})) as server:
            assert replied(server).text == ""


@pytest.mark.parametrize(
    ("message", "text", "reasoning"),
    [
        ({"reasoning_content": "I think A."}, "", "I think A."),
        ({"reasoning": "I think A."}, "", "I think A."),
        ({"reasoning": None, "thinking": "I think A."}, "", "I think A."),
        ({}, "", ""),
    ],
)
def test_empty_content_keeps_the_reasoning_beside_it(message: dict[str, Any], text: str, reasoning: str) -> None:
    with RawServer(Answer(200, chat("", **message))) as server:
        reply = replied(server)
    assert (reply.text, reply.reasoning) == (text, reasoning)


def test_the_thoughts_of_a_message_are_kept_apart() -> None:
    blocks = [{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "A"}]
    with RawServer(Answer(200, {"model": "m", "content": blocks, "stop_reason": "end_turn"})) as server:
        reply = replied(server, provider="anthropic")
    assert (reply.text, reply.reasoning) == ("A", "Hm.")


def test_a_null_error_beside_a_reply_is_none() -> None:
    with RawServer(Answer(200, {**chat("A"), "error": None, "message": "fine"})) as server:
        assert replied(server).text == "A"


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ("Please try again in 20s. Visit the page", 20.0),
        ("Please try again in 1m2.5s.", 62.5),
        ("try again in 500ms", 0.5),
        ("No deployments available, Try again in 5 seconds.", 5.0),
        ("Please retry after 3 seconds", 3.0),
        ("Please try again later", None),
        ("try again in 2 months", None),
    ],
)
def test_the_wait_that_the_words_ask_for(words: str, seconds: float | None) -> None:
    with RawServer(Answer(429, {"error": {"message": words}})) as server:
        assert failed(server).retry_after == seconds


def test_the_wait_that_a_body_asks_for() -> None:
    details = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "17s"}]
    with RawServer(Answer(429, [{"error": {"code": 429, "message": "quota", "details": details}}])) as server:
        assert failed(server).retry_after == 17.0
