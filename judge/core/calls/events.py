"""What a session reports while it runs. Nothing is printed here: the receiver decides what to show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

_MATTERS = 10.0  # seconds


@dataclass(frozen=True)
class Event:
    """Base of everything that is reported."""


@dataclass(frozen=True)
class Progress(Event):
    """How far a session is; sent several times a second while calls are made.

    ``completed_before`` of the ``total`` planned calls were in the journal at the start. ``spent`` is the cost of the
    run so far, None where the model has no price. ``waiting`` calls wait for a retry; ``slowed_to`` is the number of
    calls in flight that the endpoint allows now, None where it is the number that was asked for.
    """

    work: str
    total: int
    completed_before: int
    done: int
    failed: int
    spent: float | None
    currency: str
    waiting: int = 0
    slowed_to: int | None = None


@dataclass(frozen=True)
class Reestimated(Event):
    """The time that a session takes, from its first replies, where the plan was far from it. Sent at most once.

    ``replies`` came in ``seconds``; the rest takes about ``left`` seconds. The plan said ``planned`` seconds for all.
    """

    replies: int
    seconds: float
    left: float
    planned: float

    @property
    def is_far(self) -> bool:
        """Whether the plan was wrong by half or more of the time, and by so much that it matters; false at the end."""
        took = self.seconds + self.left
        return self.left >= 1 and abs(took - self.planned) >= _MATTERS and not 0.5 < took / max(self.planned, 1e-9) < 2


@dataclass(frozen=True)
class Waiting(Event):
    """A call waits before it is sent again. Sent for long waits alone, and once for calls that wait at the same time.

    ``asked`` says that the endpoint has asked for the wait; ``error`` is the kind of the error, and its message.
    """

    seconds: float
    asked: bool
    error: str


@dataclass(frozen=True)
class Silent(Event):
    """The endpoint takes connections, and has sent nothing for so many seconds, not even its list of models."""

    endpoint: str
    seconds: float


@dataclass(frozen=True)
class ServerLeftOut(Event):
    """A server of a fleet is given no more calls, and why; its calls go to the others."""

    server: str
    problem: str


@dataclass(frozen=True)
class ServerTakenBack(Event):
    """A server of a fleet that was left out is given calls again."""

    server: str


@dataclass(frozen=True)
class Stopping(Event):
    """The user interrupted: no further call is sent, and those in flight are waited for."""


@dataclass(frozen=True)
class Stopped(Event):
    """The calls of a session have ended, for whatever reason."""


OnEvent = Callable[[Event], None]


def ignore(event: Event) -> None:
    """Report nothing: the default receiver."""
