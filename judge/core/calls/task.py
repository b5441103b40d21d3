"""What the runner needs to know of the work at hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from judge.core.models.types import ChatReply, ChatRequest
from judge.core.records import Status, Usage


class Call(Protocol):
    """One planned call. ``key`` is the sha256, in hexadecimal, of all that determines it."""

    @property
    def key(self) -> str: ...  # noqa: D102


class Row(Protocol):
    """What every journal row of a call has."""

    @property
    def key(self) -> str: ...  # noqa: D102
    @property
    def attempt(self) -> int: ...  # noqa: D102
    @property
    def status(self) -> Status: ...  # noqa: D102
    @property
    def error_kind(self) -> str | None: ...  # noqa: D102
    @property
    def error(self) -> str | None: ...  # noqa: D102
    @property
    def raw(self) -> str | None: ...  # noqa: D102
    @property
    def usage(self) -> Usage | None: ...  # noqa: D102
    @property
    def requests(self) -> int: ...  # noqa: D102
    def model_dump_json(self, *, exclude_defaults: bool = False) -> str: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reply turned out to be. ``parsed`` is the task's own reading of it, where its status is ok."""

    status: Status
    kind: str | None = None
    problem: str | None = None
    parsed: object = None


CUT = Reading("truncated", "truncated", "the reply hit the token limit")


@dataclass(frozen=True, slots=True)
class Outcome:
    """One reply to a call, or the failure to get one (``reply`` is None), and what it took.

    ``sent`` is the request as it went out, with the client's defaults.
    """

    reading: Reading
    sent: ChatRequest
    reply: ChatReply | None
    attempt: int
    requests: int
    seconds: float
    cost: float | None
    time: str

    def fields(self) -> dict[str, Any]:
        """What every row says of a reply or a failure, by the names of the rows' fields."""
        reply, reading = self.reply, self.reading
        return {
            "attempt": self.attempt,
            "model": reply.model if reply else None,
            "fingerprint": reply.fingerprint if reply else None,
            "status": reading.status,
            "error_kind": reading.kind,
            "error": reading.problem,
            "raw": reply.text if reply else None,
            "finish_reason": reply.finish_reason if reply else None,
            "usage": reply.usage if reply else None,
            "cost": self.cost,
            "requests": self.requests,
            "seconds": self.seconds,
            "time": self.time,
        }


C = TypeVar("C", bound=Call)
R = TypeVar("R", bound=Row)
R_co = TypeVar("R_co", bound=Row, covariant=True)


class Task(Protocol[C, R_co]):
    """The work: its calls in order (the same each time), their wording, and what becomes of a reply."""

    @property
    def work(self) -> str:
        """What the work is called, for the display: judging, generating."""
        ...

    @property
    def row_type(self) -> type[R_co]:
        """The class of the journal's rows."""
        ...

    @property
    def usable(self) -> frozenset[Status]:
        """The statuses that complete a call: it is not made again."""
        ...

    @property
    def reasked(self) -> frozenset[Status]:
        """The statuses after which the call is made once more at once (truncated: with twice the token limit)."""
        ...

    @property
    def max_tokens(self) -> int | None:
        """The token limit of a first request; None leaves it to the provider."""
        ...

    def calls(self) -> Iterator[C]:
        """All calls of the plan, in order, asked already or not."""
        ...

    def request(self, call: C, mode: str, max_tokens: int | None) -> ChatRequest:
        """The request for a call, asking for the schema in the given way."""
        ...

    @property
    def tokens_out(self) -> int:
        """An estimate of a reply's tokens."""
        ...

    def tokens_in(self, call: C) -> int:
        """An estimate of a request's tokens, for the caps on tokens and on money."""
        ...

    def read(self, call: C, text: str) -> Reading:
        """What the text of a reply means. Never raises: what cannot be read is a reading with its status."""
        ...

    def read_cut(self, call: C, text: str) -> Reading:
        """What a text means that was cut off at the token limit."""
        ...

    def row(self, call: C, outcome: Outcome) -> R_co:
        """The journal's row."""
        ...
