"""How servers say that they will not have a parameter, and what becomes of the run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from judge.core.errors import EXIT_FAILURES_REMAIN, ProviderStop
from tests.support.command import Call, Command
from tests.support.loopback import Loopback
from tests.support.raw_server import Answer, Got, RawServer, chat
from tests.support.refused import refused
from tests.support.runs import manifest, statuses, summary
from tests.support.served import CALLS, LIMIT, Body, compare, small_run

SAYS_NO = {
    "DeepSeek": (400, {"error": {"message": "This response_format type is unavailable now", "type": "x"}}),
    "Azure": (
        400,
        {
            "error": {
                "message": "Invalid parameter: 'response_format' of type 'json_schema' is not "
                "supported with this model."
            }
        },
    ),
    "llama.cpp": (400, {"error": {"code": 400, "message": "Failed to initialize samplers: failed to parse grammar"}}),
    "vLLM": (400, {"object": "error", "message": "The provided JSON schema has features not supported by xgrammar"}),
    "FastAPI": (422, {"detail": [{"loc": ["body", "response_format", "type"], "msg": "Input should be 'text'"}]}),
    "OpenRouter": (404, {"error": {"message": "No endpoints found that can handle the requested parameters."}}),
    "a bare 400": (400, {"error": "Bad Request"}),
    "a bare 422": (422, {}),
    "a bare 500": (500, {"error": {"message": "Internal Server Error"}}),
    "a bare 501": (501, {}),
}


@pytest.mark.parametrize("name", SAYS_NO)
def test_whatever_way_a_server_says_that_it_knows_no_schema_it_is_asked_for_text(
    judge: Command, tmp_path: Path, name: str
) -> None:
    with Loopback(refuses=lambda body: SAYS_NO[name] if "response_format" in body else None) as server:
        done = compare(judge, server, *LIMIT)
    assert done.returncode == 0, done.stderr
    assert manifest(tmp_path / "run")["reply_mode"] == "text"
    assert list(manifest(tmp_path / "run")["reply_modes_rejected"]) == ["json_schema"]
    assert len(server.seen) == CALLS + 1


def test_anthropics_refusal_of_the_output_format_leads_to_the_tool(judge: Command, tmp_path: Path) -> None:
    no = (
        400,
        {
            "type": "error",
            "error": {"type": "invalid_request_error", "message": "This model does not support the output format."},
        },
    )
    with Loopback(refuses=lambda body: no if "output_config" in body else None) as server:
        done = compare(judge, server, *LIMIT, provider="anthropic")
    assert done.returncode == 0, done.stderr
    assert manifest(tmp_path / "run")["reply_mode"] == "tool"


def test_a_server_that_stops_taking_the_schema_is_asked_in_another_way_by_the_next_session(
    call: Call, tmp_path: Path
) -> None:
    taken = 0

    def flips(body: Body) -> tuple[int, dict[str, Any]] | None:
        nonlocal taken
        taken += "response_format" in body
        no = (400, {"error": {"message": "response_format is not supported", "param": "response_format"}})
        return no if "response_format" in body and taken > 10 else None

    with Loopback(refuses=flips) as server:
        with pytest.raises(ProviderStop, match="no longer supports response_format") as caught:
            compare(call, server, "--limit", "20", "--concurrency", "2")
        assert caught.value.exit_code == EXIT_FAILURES_REMAIN
        assert compare(call, server, "--limit", "20") == 0
    assert statuses(tmp_path / "run") == {"ok": 40}
    assert manifest(tmp_path / "run")["reply_modes_lost"] == ["json_schema"]
    assert any("structured output changed during the run" in each for each in summary(tmp_path / "run")["warnings"])


def test_two_names_for_the_token_limit_that_are_both_refused_are_not_asked_for_ever(call: Call) -> None:
    def no(body: Body) -> tuple[int, dict[str, Any]] | None:
        used, other = ("max_tokens", "max_completion_tokens")
        used, other = (used, other) if used in body else (other, used)
        return 400, {"error": {"message": f"Unsupported parameter: '{used}'. Use '{other}' instead.", "param": used}}

    with Loopback(refuses=no) as server, refused("without --max-tokens"):
        compare(call, server, "--max-tokens", "50")
    assert len(server.seen) == 2


@pytest.mark.parametrize(("option", "name"), [("--model-seed", "seed"), ("--temperature", "temperature")])
def test_a_refused_parameter_stops_the_run_whatever_the_way_of_asking(call: Call, option: str, name: str) -> None:
    with Loopback(rejects=(name,)) as server, refused(f"without {option}"):
        compare(call, server, "--reply", "text", option, "1")
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("rejects", "options", "requests"),
    [
        (("temperature",), "--temperature", 2),
        (("temperature", "seed"), "--temperature and --model-seed", 3),
        (("seed", "response_format", "temperature"), "--model-seed and --temperature", 4),
        (
            ("temperature", "max_tokens", "max_completion_tokens", "seed"),
            "--temperature and --max-tokens and --model-seed",
            4,
        ),
    ],
)
def test_all_rejected_parameters_are_named_although_the_endpoint_names_one_after_the_other(
    tmp_path: Path, rejects: tuple[str, ...], options: str, requests: int
) -> None:
    def strict(got: Got) -> Answer:
        named = next((name for name in rejects if name in got.body), None)
        error = {"error": {"message": f"Unsupported parameter: {named}", "param": named}}
        return Answer(200, chat()) if named is None else Answer(400, error)

    with RawServer(strict) as server:
        done = small_run(tmp_path / "run", server, temperature=0.5, model_seed=3, max_tokens=100)
        assert done.session is not None
        assert isinstance(done.session.error, ProviderStop)
        assert done.session.error.hint == f"give the command without {options}"
        assert (len(server.seen), done.session.requests) == (requests, requests)
        assert done.missing == CALLS, "the reply to a request without them is no result"
