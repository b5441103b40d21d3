"""Generation as a task of the runner: how a question is put to a model, and what its reply becomes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from generation.calls import Call, CallMaker
from judge.core.asking.task import Outcome, Reading
from judge.core.chat.types import ChatRequest
from judge.core.records import GroundTruth, Record, Reply, Status, Usage

ANSWERS: frozenset[Status] = frozenset({"ok", "refusal", "truncated"})


class Generation(Record):
    """One reply to one call, or the failure to get one: a row of the journal.

    ``key`` is the sha256 of everything that determines the call; ``attempt`` counts the replies paid for under it, and
    the last row of a key is the one that stands. ``mode`` says how a number was asked for.
    """

    key: str
    item_id: str
    sample: int
    attempt: int
    seed: int | None = None
    model: str | None = None
    fingerprint: str | None = None
    mode: str = "text"
    status: Status
    error_kind: str | None = None
    error: Reply | None = None
    raw: Reply | None = None
    finish_reason: str | None = None
    usage: Usage | None = None
    cost: float | None = None
    requests: int = 1
    seconds: float = 0.0
    time: str


class Generating:
    """The calls of all items. A refusal and a text cut off at the limit are answers: they are what the model gives.

    An empty reply of a server is asked again. That of a local model is its answer, since it would be empty again.
    """

    work = "generating"
    answers = ANSWERS
    second_chance: frozenset[Status] = frozenset({"parse_error"})

    def __init__(self, maker: CallMaker, items: Sequence[GroundTruth]) -> None:
        self._maker = maker
        self._items = items
        self._mode = "text"

    @property
    def max_tokens(self) -> int | None:
        """The token limit that the user set."""
        return self._maker.settings.max_tokens

    def calls(self) -> Iterator[Call]:
        """All samples of each item, in the file's order."""
        return self._maker.calls(self._items)

    def request(self, call: Call, mode: str, max_tokens: int | None) -> ChatRequest:
        """The request for a call."""
        self._mode = mode
        return self._maker.request(call, mode=mode, max_tokens=max_tokens)

    @property
    def tokens_out(self) -> int:
        """The usual length of a reply."""
        return self._maker.tokens_per_reply

    def tokens_in(self, call: Call) -> int:
        """Estimated tokens of a call's prompt."""
        return self._maker.tokens_in(call)

    def read(self, call: Call, text: str) -> Reading:  # noqa: ARG002 - every call is read alike
        """Any text is an answer; what it is worth is judged later, without a call."""
        return (
            Reading("ok")
            if text.strip() or self._maker.settings.model.local
            else Reading("parse_error", "empty", "the reply is empty")
        )

    def row(self, call: Call, outcome: Outcome) -> Generation:
        """The journal's row, with the reply's raw text whatever became of it."""
        reply, reading = outcome.reply, outcome.reading
        return Generation(
            key=call.key,
            item_id=call.item_id,
            sample=call.sample,
            attempt=outcome.attempt,
            seed=call.seed,
            model=reply.model if reply else None,
            fingerprint=reply.fingerprint if reply else None,
            mode=self._mode,
            status=reading.status,
            error_kind=reading.kind,
            error=reading.problem,
            raw=reply.text if reply else None,
            finish_reason=reply.finish_reason if reply else None,
            usage=reply.usage if reply else None,
            cost=outcome.cost,
            requests=outcome.requests,
            seconds=outcome.seconds,
            time=outcome.time,
        )
