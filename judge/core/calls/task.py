"""What a session needs to know of its task: the calls, their wording, and what replies mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

from judge.core.models.types import ChatReply, ChatRequest
from judge.core.records import Status, Usage


class Call(Protocol):
    """One planned call. ``key`` is the sha256, in hexadecimal, of all that determines it."""

    @property
    def key(self) -> str: ...  # noqa: D102


class Row(Protocol):
    """What the journal rows of all tasks have."""

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
    @property
    def batch(self) -> str | None: ...  # noqa: D102
    @property
    def endpoint(self) -> str | None: ...  # noqa: D102
    def model_dump_json(self, *, exclude_defaults: bool = False) -> str: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reply means. ``parsed`` is the task's own reading of it, where its status is ok."""

    status: Status
    kind: str | None = None
    problem: str | None = None
    parsed: object = None


_GUESSED_OUTPUT = 4096  # tokens, where a truncated reply tells neither its limit nor its length
CUT = Reading("truncated", "truncated", "the reply hit the token limit")


@dataclass(frozen=True, slots=True)
class Outcome:
    """One reply to a call, or the failure to get one (``reply`` is None), and what it took.

    ``sent`` is the request as it went out, with the client's defaults; ``reminder`` is what a second ask appended;
    ``batch`` is the batch or file that the reply came in, None where it came by itself.
    """

    reading: Reading
    sent: ChatRequest
    reply: ChatReply | None
    attempt: int
    requests: int
    seconds: float
    cost: float | None
    time: str
    reminder: str | None = None
    batch: str | None = None

    def fields(self) -> dict[str, Any]:
        """Return the fields that every row has, by their names."""
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
            **({} if self.batch is None else {"batch": self.batch}),
            **({} if reply is None or reply.endpoint is None else {"endpoint": reply.endpoint}),
        }


C = TypeVar("C", bound=Call)
R = TypeVar("R", bound=Row)
R_co = TypeVar("R_co", bound=Row, covariant=True)


class Task(Protocol[C, R_co]):
    """A task: its calls in order (the same each time), their wording, and what becomes of a reply."""

    @property
    def work(self) -> str:
        """The name of the work, for the display: judging, generating."""
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
    def fatal(self) -> Mapping[str, str]:
        """Kinds of unusable reply that every other call would get as well, and what to do about each."""
        ...

    @property
    def max_tokens(self) -> int | None:
        """The token limit of a first request; None leaves it to the provider."""
        ...

    def calls(self) -> Iterator[C]:
        """Yield all calls of the plan, in order, completed or not."""
        ...

    def request(self, call: C, mode: str, max_tokens: int | None) -> ChatRequest:
        """Build the request for a call, with structured output in the given mode."""
        ...

    @property
    def tokens_out(self) -> int:
        """The estimated tokens of a reply."""
        ...

    def tokens_in(self, call: C) -> int:
        """Estimate the tokens of a request, for the limits on tokens and on money."""
        ...

    def read(self, call: C, text: str) -> Reading:
        """Read the text of a reply. Never raises: what cannot be read is a reading with its status."""
        ...

    def reminder(self, call: C, row: Any) -> str | None:
        """Word what a second ask appends to the prompt: what was wrong with the first reply. None appends nothing."""
        ...

    def read_cut(self, call: C, text: str) -> Reading:
        """Read a text that was cut off at the token limit."""
        ...

    def row(self, call: C, outcome: Outcome) -> R_co:
        """Make the journal's row."""
        ...

    def place(self, of: Any) -> tuple[object, ...]:
        """Return where a call or a row of the journal is in the plan; equal for a call and its row."""
        ...

    def problem(self, row: Any, *, checked: bool) -> str | None:
        """Say why a row of the journal cannot be as it was written, or None; ``checked``: its check value is right."""
        ...


def request_again(task: Task[C, Any], call: C, row: Row, mode: str) -> tuple[ChatRequest, str | None]:
    """Build the request of a call whose last reply cannot be used, and what it appends to the prompt.

    The prompt says what was wrong; after a truncated reply the token limit is twice as high.
    """
    limit = task.max_tokens
    if row.status == "truncated":
        limit = 2 * (limit or (row.usage.output if row.usage else 0) or _GUESSED_OUTPUT)
    reminder = task.reminder(call, row)
    request = task.request(call, mode, limit)
    if reminder is not None:
        request = replace(request, user=f"{request.user.rstrip()}\n\n{reminder}")
    return request, reminder


def weight_again(row: Row) -> float:
    """What such a request may cost, in replies of usual length: twice the output may cost twice as much."""
    return 2.0 if row.status == "truncated" else 1.0


@dataclass(frozen=True)
class First:
    """A task with its first call alone that is not ``done``: a live call that shows whether the settings work."""

    task: Task[Any, Any]
    done: Set[bytes]

    def calls(self) -> Iterator[Any]:
        """Yield one call."""
        call = next((call for call in self.task.calls() if bytes.fromhex(call.key) not in self.done), None)
        if call is not None:
            yield call

    def __getattr__(self, name: str) -> Any:
        return getattr(self.task, name)
