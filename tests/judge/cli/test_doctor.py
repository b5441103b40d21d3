"""`judge doctor`: one pair of responses in both orders, and what the two verdicts show of the judge."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from judge.comparison.endpoint_check import Diagnosis, diagnose
from judge.core.models.open_client import parse_spec
from judge.core.models.types import ErrorKind
from tests.support.command import Call
from tests.support.raw_server import VERDICT, Answer, Got, RawServer, chat

CRITERIA = ("persona", "value", "overall")


def asked(server: RawServer) -> Diagnosis:
    """What the doctor finds at a server."""
    return diagnose(parse_spec("openai:m", server.url), prompt="persona-value", prices=None, timeout=10)


def verdict(letter: str) -> Answer:
    """A verdict for one letter under every criterion."""
    winners = {f"{criterion}_winner": letter for criterion in CRITERIA}
    return Answer(200, chat(json.dumps({"persona_analysis": "x", "value_analysis": "y"} | winners)))


def reads(got: Got) -> Answer:
    """A judge that reads: the response of the person who takes the bus wins, wherever it stands."""
    prompt = got.body["messages"][-1]["content"]
    return verdict("A" if prompt.rindex("I take the bus") < prompt.rindex("As a language model") else "B")


def in_turn(*answers: Answer) -> Callable[[Got], Answer]:
    """The first answer for the first call, the last for all calls after these."""
    left = list(answers)
    return lambda got: left.pop(0) if len(left) > 1 else left[0]


def test_a_judge_that_reads_is_asked_twice_and_its_winner_changes_place() -> None:
    with RawServer(reads) as server:
        found = asked(server)
    assert len(server.seen) == 2
    assert found.winners == dict.fromkeys(CRITERIA, ("A", "B"))
    assert (found.works, found.by_place, found.other_problem) == (True, {}, None)


@pytest.mark.parametrize("letter", ["A", "B"])
def test_a_place_that_always_wins_is_found(letter: str) -> None:
    with RawServer(verdict(letter)) as server:
        found = asked(server)
    assert found.works
    assert found.by_place == {letter: list(CRITERIA)}


def test_a_place_wins_by_criterion_and_ties_are_no_place() -> None:
    with RawServer(Answer(200, chat(VERDICT))) as server:
        assert asked(server).by_place == {"A": ["persona", "value"]}
        server.answers(in_turn(verdict("A"), verdict("tie")))
        assert asked(server).by_place == {}


def test_a_second_reply_without_a_verdict_is_doubtful_and_a_second_call_that_fails_is_a_failure() -> None:
    with RawServer(in_turn(verdict("A"), Answer(200, chat("I would rather not say.")))) as server:
        found = asked(server)
        assert found.works
        assert found.other_problem
        assert found.winners == {}
        server.answers(in_turn(verdict("A"), Answer(402, {"error": {"message": "your credit is used up"}})))
        failed = asked(server)
    assert not failed.works
    assert failed.error is not None
    assert failed.error.kind is ErrorKind.QUOTA
    assert failed.reply is not None


def test_a_doubtful_judge_ends_with_0_and_a_call_that_fails_with_1(call: Call) -> None:
    with RawServer(verdict("A")) as server:
        doctor = ("doctor", "--judge", "openai:m", "--base-url", server.url)
        assert call(*doctor) == 0
        server.answers(in_turn(verdict("A"), Answer(402, {"error": {"message": "your credit is used up"}})))
        assert call(*doctor) == 1
        server.answers(Answer(200, chat("no verdict")))
        assert call(*doctor) == 1
