"""One server of a fleet: what it is doing, and whether it may be given calls."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from judge.core.models.errors import is_schema_parameter
from judge.core.models.limiter import AdaptiveLimiter
from judge.core.models.providers.addresses import Address
from judge.core.models.types import CROWDED, FATAL, ChatError, ChatRequest, ErrorKind, ModelClient, ServerState

_TOLD_HOLDS = 3  # waits in a row without a reply, after which the user is told of a busy server
_MOST_STRIKES = 3  # failures in a row after which a server is left out
_FIRST_PROBE, _LONGEST_PROBE = 1.0, 30.0  # seconds until a server that is left out is tried again
_FIRST_TRIAL, _LONGEST_TRIAL = 30.0, 300.0  # the same after an error that waiting hardly mends, such as a wrong key
_FIRST_HOLD, _LONGEST_HOLD = 0.5, 60.0  # seconds without calls after "too many requests"
PASSING = frozenset(
    {ErrorKind.SERVER, ErrorKind.TIMEOUT, ErrorKind.CONNECTION, ErrorKind.BAD_REPLY, ErrorKind.NOT_THE_API}
)


@dataclass(eq=False)
class Server:
    """One server and its state.

    It is *up*, *held* (it asked for a wait: no call until then) or *out* (left out until it is tried again). One that
    was out is *on trial*: it gets one call at a time until a reply comes.

    Attributes:
        address: Where it is.
        client: Asks it.
        limiter: How many calls it may have in flight; adapts.
        replies: Replies so far.
        errors: Requests that got none.
        left_out: How often it was left out.
        problem: The error for which it is out; None where it is not.
        pause: Seconds until it is tried again.
        model: The model that its first reply named, since it was last taken back.
        rejects: The ways of asking for structured output that it rejected, with its words.
        used: When it was last given a call, for turns among servers with the same load.
        crowded: The last error for which it is held.
    """

    address: Address
    client: ModelClient
    limiter: AdaptiveLimiter
    clock: Callable[[], float] = time.monotonic
    replies: int = 0
    errors: int = 0
    left_out: int = 0
    problem: ChatError | None = None
    pause: float = 0.0
    model: str | None = None
    rejects: dict[str, ChatError] = field(default_factory=dict)
    used: int = 0
    crowded: ChatError | None = None
    _on_trial: bool = False
    _strikes: int = 0
    _held_until: float = 0.0
    _holds: int = 0

    @property
    def name(self) -> str:
        """How rows and messages name it."""
        return self.address.name

    @property
    def held(self) -> float:
        """Seconds for which it gets no call, since it asked for that; 0 where it is not held."""
        return max(0.0, self._held_until - self.clock())

    @property
    def is_up(self) -> bool:
        """Whether it may be given calls, as soon as it has room."""
        return self.problem is None and not self.held

    @property
    def has_room(self) -> bool:
        """Whether one more call may be in flight there."""
        return self.limiter.has_room and not (self._on_trial and self.limiter.in_flight)

    @property
    def load(self) -> tuple[float, int]:
        """What a further call would make of its load, for the choice of the least loaded; then whose turn it is."""
        return (self.limiter.in_flight + 1) / self.address.weight, self.used

    @property
    def is_lost(self) -> bool:
        """Whether it is left out for an error that ends a run where there is one server alone."""
        return self.problem is not None and self.problem.kind in FATAL

    def takes(self, request: ChatRequest) -> bool:
        """Whether it supports the way in which a request asks for structured output, as far as is known."""
        return mode_of(request) not in self.rejects

    def replied(self) -> None:
        """Note a reply: it works."""
        self.replies += 1
        self._strikes = self._holds = 0
        self.pause = 0.0
        self._on_trial = False
        if not self.is_lost:
            self.problem = None

    def failed(self, error: ChatError, request: ChatRequest) -> None:
        """Note a request without a reply, and leave the server out, or hold it, where the error says so."""
        self.errors += 1
        if error.kind in CROWDED:
            self.crowded = error
            self._hold(error.retry_after)
        elif error.kind in FATAL or (error.kind is ErrorKind.CONNECTION and not error.maybe_billed):
            self.leave_out(error)
        elif error.kind is ErrorKind.REJECTED_PARAMETER and is_schema_parameter(error.parameter):
            self.rejects[mode_of(request)] = error
        elif error.kind in PASSING:
            self.strike(error)

    def strike(self, error: ChatError) -> None:
        """Count an error that may be the server's fault; leave it out after several in a row."""
        self._strikes += 1
        if self._strikes >= _MOST_STRIKES or self._on_trial:
            self.leave_out(error)

    def leave_out(self, error: ChatError) -> None:
        """Give it no call until it is taken back."""
        if self.problem is None:
            self.left_out += 1
            first, longest = (_FIRST_TRIAL, _LONGEST_TRIAL) if error.kind in FATAL else (_FIRST_PROBE, _LONGEST_PROBE)
            self.pause = min(longest, max(first, 2 * self.pause))
        if self.problem is None or error.kind in FATAL:
            self.problem = error

    def take_back(self) -> None:
        """Give it calls again, one at a time until it replies."""
        self.problem, self.model = None, None
        self.rejects.clear()
        self._strikes, self._on_trial = 0, True

    def wait_longer(self) -> None:
        """Double the pause before it is tried again."""
        self.pause = min(_LONGEST_PROBE, 2 * self.pause)

    def state(self) -> ServerState:
        """Its state, for reports and manifests."""
        busy = self.crowded if self._holds >= _TOLD_HOLDS else None
        error = self.problem or busy
        problem = None if error is None else f"{error.kind.value}: {error.message}"
        return ServerState(
            self.name, self.address.weight, self.replies, self.errors, self.left_out, self.limiter.cuts, problem
        )

    def _hold(self, asked: float | None) -> None:
        """Hold it as long as it asks, or ever longer; errors of calls that were under way do not add to that."""
        if not self.held:
            self._holds += 1
        backoff = min(_LONGEST_HOLD, _FIRST_HOLD * 2 ** min(self._holds - 1, 16))
        seconds = max(asked or 0.0, backoff) * random.uniform(1.0, 1.1)  # noqa: S311 - spreads load, decides nothing
        self._held_until = max(self._held_until, self.clock() + seconds)


def mode_of(request: ChatRequest) -> str:
    """How a request asks for structured output."""
    return "text" if request.schema is None else request.schema_mode
