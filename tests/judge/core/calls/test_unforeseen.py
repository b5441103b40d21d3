"""An exception that nothing foresaw is the failure of one call: it is written down, and the others are made."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pytest

from judge.core.calls.budget import Budget
from judge.core.calls.completed_calls import load_completed
from judge.core.calls.limits import Limits
from judge.core.calls.runner import Runner
from judge.core.calls.structured_output import Fallback
from judge.core.calls.task import CUT, Outcome, Reading
from judge.core.files.journal import Journal, read_journal
from judge.core.models.types import ChatReply, ChatRequest, ModelClient
from judge.core.records import Status, Usage
from judge.generation.task import Generation

CALLS = 6


@dataclass(frozen=True)
class Number:
    number: int

    @property
    def key(self) -> str:
        return hashlib.sha256(str(self.number).encode()).hexdigest()


class Counting:
    """Six calls. ``fault`` names the step that fails for the first of them, with an exception of its own."""

    work = "counting"
    row_type = Generation
    usable: frozenset[Status] = frozenset({"ok"})
    reasked: frozenset[Status] = frozenset()
    fatal: Mapping[str, str] = MappingProxyType({})
    max_tokens = None
    tokens_out = 10

    def __init__(self, fault: str) -> None:
        self.fault = fault

    def calls(self) -> Iterator[Number]:
        return map(Number, range(CALLS))

    def request(self, call: Number, mode: str, max_tokens: int | None) -> ChatRequest:
        return ChatRequest("", str(call.number))

    def tokens_in(self, call: Number) -> int:
        return 10

    def read(self, call: Number, text: str) -> Reading:
        if self.fault == "read" and call.number == 0:
            raise RecursionError(text)
        return Reading("ok")

    def read_cut(self, call: Number, text: str) -> Reading:
        return CUT

    def problem(self, row: Generation, *, checked: bool) -> str | None:
        return None

    def row(self, call: Number, outcome: Outcome) -> Generation:
        if self.fault == "row" and call.number == 0 and outcome.reply is not None and outcome.reply.text:
            raise ValueError("no row can hold this")
        return Generation(key=call.key, item_id=str(call.number), sample=0, **outcome.fields())


def run(task: Counting, journal: Path) -> list[str]:
    """Make the missing calls; return the numbers that were asked, in order."""
    sent: list[str] = []

    async def ask(request: ChatRequest) -> ChatReply:
        sent.append(request.user)
        if task.fault == "ask" and request.user == "0":
            raise KeyError("nobody thought of this")
        return ChatReply("fine", "m", "stop", usage=Usage(input=1, output=1))

    async def close() -> None: ...

    with Journal(journal) as written:
        runner = Runner(
            client=ModelClient("openai:m", "here", ask, close),
            task=task,
            journal=written,
            fallback=Fallback(("text",), settled=True),
            limits=Limits(concurrency=1),
            budget=Budget(None),
            completed=load_completed(task, journal),
        )
        asyncio.run(runner.run())
    return sent


@pytest.mark.parametrize(("fault", "status"), [("ask", "api_error"), ("read", "parse_error"), ("row", "api_error")])
def test_it_is_written_down_and_last_in_line_the_next_time(tmp_path: Path, fault: str, status: str) -> None:
    journal, task = tmp_path / "rows.jsonl", Counting(fault)
    assert len(run(task, journal)) == CALLS
    failed, *rest = read_journal(journal, Generation)
    assert (failed.status, failed.error_kind) == (status, "bug")
    assert {row.status for row in rest} == {"ok"}
    assert len(rest) == CALLS - 1
    task.fault = ""
    assert run(task, journal) == ["0"]
    assert [row.status for row in read_journal(journal, Generation)][-1] == "ok"
