"""Why a model stopped, over loopback: whole, cut off, held back, or given up by the server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from judge.core.models.retry import RetryPolicy
from judge.core.models.types import CROWDED, TRANSIENT, ErrorKind
from tests.support.paths import ROOT
from tests.support.raw_server import VERDICT, Answer, Got, RawServer, chat, failed, replied
from tests.support.served import CALLS, small_run


@pytest.fixture(scope="module")
def server() -> Iterator[RawServer]:
    with RawServer(Answer()) as server:
        yield server


@pytest.mark.parametrize(
    ("word", "truncated", "refused"),
    [
        ("length", True, False),
        ("MAX_TOKENS", True, False),
        ("model_length", True, False),
        ("token_limit", True, False),
        ("ERROR_LIMIT", True, False),
        ("content_filter", False, True),
        ("SAFETY", False, True),
        ("sensitive", False, True),
        ("refusal", False, True),
        ("guardrail_intervened", False, True),
        ("STOP", False, False),
        ("stop", False, False),
        ("eos_token", False, False),
        ("stop_sequence", False, False),
        ("COMPLETE", False, False),
        ("normal", False, False),
        ("tool_calls", False, False),
        ("a word of next year", False, False),
        (None, False, False),
    ],
)
def test_a_reason_is_read_in_any_spelling(server: RawServer, word: str | None, truncated: bool, refused: bool) -> None:
    found = replied(server.answers(Answer(200, chat("A half", finish=word))))
    assert (found.truncated, found.refused, found.finish_reason) == (truncated, refused, word)


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("insufficient_system_resource", ErrorKind.OVERLOADED),
        ("load", ErrorKind.OVERLOADED),
        ("error", ErrorKind.SERVER),
        ("ERROR", ErrorKind.SERVER),
        ("network_error", ErrorKind.SERVER),
        ("abort", ErrorKind.SERVER),
        ("cancelled", ErrorKind.SERVER),
        ("time_limit", ErrorKind.TIMEOUT),
    ],
)
@pytest.mark.parametrize("text", ["", "A half", VERDICT])
def test_a_reply_that_the_server_gave_up_is_a_failure_that_is_tried_again(
    server: RawServer, word: str, kind: ErrorKind, text: str
) -> None:
    error = failed(server.answers(Answer(200, chat(text, finish=word))))
    assert error.kind is kind
    assert error.kind in TRANSIENT
    assert error.maybe_billed
    assert word in error.message


def test_an_overloaded_model_is_asked_again_and_backed_off_from(server: RawServer, tmp_path: Path) -> None:
    def busy_once(got: Got) -> Answer:
        return Answer(200, chat(VERDICT, finish="insufficient_system_resource" if len(server.seen) == 1 else "stop"))

    server.answers(busy_once)
    assert small_run(tmp_path / "run", server, policy=RetryPolicy(first_wait=0.01)).missing == 0
    assert len(server.seen) == CALLS + 1
    assert ErrorKind.OVERLOADED in CROWDED


def test_every_word_has_a_source_and_no_word_is_in_two_groups() -> None:
    content = yaml.safe_load((ROOT / "judge/core/models/finish_reasons.yaml").read_text(encoding="utf-8"))
    groups = [content["cut_off"], content["blocked"], *content["failed"].values()]
    assert {source for group in groups for source in group.values()} == set(content["sources"])
    words = [word.lower() for group in groups for word in group]
    assert len(words) == len(set(words))
