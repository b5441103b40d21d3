"""What clients learn from an endpoint's errors: the name of the token limit, and that there is no system message."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from judge.core.models.types import ChatRequest, ErrorKind
from tests.support.raw_server import REQUEST, Answer, Got, RawServer, chat, failed, replied

LIMITED = replace(REQUEST, max_tokens=50)


def error(status: int, message: str, **fields: Any) -> Answer:
    return Answer(status, {"error": {"message": message, **fields}})


def refusing(name: str, message: str, status: int = 400, **fields: Any) -> Any:
    return lambda got: error(status, message, **fields) if name in got.body else Answer(200, chat())


@pytest.mark.parametrize(
    ("message", "fields"),
    [
        ("'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.", {"param": "None"}),
        ("'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.", {}),
        ("Use max_completion_tokens instead of max_tokens, which is unsupported.", {}),
        ("Unsupported parameter.", {"param": "max_tokens"}),
        ("Extra inputs are not permitted: max_tokens", {}),
    ],
)
def test_the_other_name_of_the_token_limit_is_used_from_then_on(message: str, fields: dict[str, Any]) -> None:
    with RawServer(refusing("max_tokens", message, **fields)) as server:
        replied(server, LIMITED, times=3)
    names = [[name for name in ("max_tokens", "max_completion_tokens") if name in got.body] for got in server.seen]
    assert names == [["max_tokens"], ["max_completion_tokens"], ["max_completion_tokens"]]


def test_a_limit_that_is_refused_under_both_names_is_named_and_tried_no_more() -> None:
    def no(got: Got) -> Answer:
        return error(400, f"unknown parameter {'max_tokens' if 'max_tokens' in got.body else 'max_completion_tokens'}")

    with RawServer(no) as server:
        found = failed(server, LIMITED, times=2)
    assert (found.kind, found.parameter, found.adapted) == (
        ErrorKind.REJECTED_PARAMETER,
        "max_completion_tokens",
        False,
    )


def test_only_what_was_sent_can_be_refused() -> None:
    words = "Unsupported: temperature, seed, response_format and max_tokens are unknown here"
    with RawServer(error(400, words)) as server:
        assert failed(server, ChatRequest("", "x")).kind is ErrorKind.BAD_REQUEST
        assert failed(server, ChatRequest("", "x", seed=1)).parameter == "seed"
        assert failed(server, ChatRequest("", "x", schema={}, schema_mode="json_schema")).parameter == "response_format"


SYSTEM_WORDS = [
    (400, {"object": "error", "message": "System role not supported", "type": "BadRequestError", "code": 400}),
    (500, {"error": {"code": 500, "message": "Only user, assistant and tool roles are supported, got system."}}),
    (424, {"error": "Request failed: Conversation roles must alternate user/assistant/user/...", "error_type": "x"}),
    (400, [{"error": {"code": 400, "message": "Developer instruction is not enabled for models/gemma-3-27b-it"}}]),
    (400, {"error": {"message": "'messages[0].role' does not support 'system' with this model.", "param": "messages"}}),
    (422, {"detail": "System messages are not supported by this model"}),
    (400, "jinja2.exceptions.TemplateError: System role not supported"),
    (200, {"error": {"message": "System role not supported"}}),
]


@pytest.mark.parametrize(("status", "body"), SYSTEM_WORDS)
def test_without_a_system_message_its_text_leads_the_users(status: int, body: object) -> None:
    def template(got: Got) -> Answer:
        return Answer(status, body) if got.body["messages"][0]["role"] == "system" else Answer(200, chat())

    with RawServer(template) as server:
        replied(server, times=3)
    assert len(server.seen) == 3, "one refusal, then two calls in the other way"
    assert server.seen[-1].body["messages"] == [{"role": "user", "content": f"{REQUEST.system}\n\n{REQUEST.user}"}]


def test_a_template_that_refuses_both_ways_fails_the_call_alone() -> None:
    with RawServer(error(400, "Conversation roles must alternate user/assistant")) as server:
        found = failed(server, times=2)
    assert (found.kind, found.adapted) == (ErrorKind.BAD_REQUEST, False)


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_a_stream_is_declined_in_every_request(provider: str) -> None:
    with RawServer(error(400, "no")) as server:
        failed(server, provider=provider)
    assert server.seen[0].body["stream"] is False


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({"prompt_tokens": 900, "completion_tokens": 200, "total_tokens": 1100}, (900, 200)),
        ({"prompt_tokens": 900, "completion_tokens": 200, "total_tokens": 3100}, (900, 2200)),
        ({"prompt_tokens": 900, "completion_tokens": 200, "total_tokens": 0}, (900, 200)),
        ({"prompt_tokens": 900, "completion_tokens": 200, "total_tokens": 1000}, (900, 200)),
        ({"prompt_tokens": 900, "completion_tokens": 200, "total_tokens": "many"}, (900, 200)),
        (
            {
                "prompt_tokens": 900,
                "completion_tokens": 2200,
                "total_tokens": 3100,
                "completion_tokens_details": {"reasoning_tokens": 2000},
            },
            (900, 2200),
        ),
        (
            {"prompt_tokens": 900, "completion_tokens": 200, "completion_tokens_details": {"reasoning_tokens": 2000}},
            (900, 2200),
        ),
        ({"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}, None),
    ],
)
def test_output_is_the_total_without_the_prompt_if_more(usage: Any, expected: tuple[int, int] | None) -> None:
    with RawServer(Answer(200, chat(usage=usage))) as server:
        found = replied(server).usage
    assert (None if found is None else (found.input, found.output)) == expected


def test_a_word_about_streams_is_left_out_where_it_is_refused() -> None:
    detail = [{"loc": ["body", "stream"], "msg": "extra fields not permitted", "type": "value_error.extra"}]

    def strict(got: Got) -> Answer:
        return Answer(422, {"detail": detail}) if "stream" in got.body else Answer(200, chat())

    with RawServer(strict) as server:
        replied(server, times=3)
    assert ["stream" in got.body for got in server.seen] == [True, False, False]
