"""Stop a session after an error that every further call would meet, or after repeated failures of the endpoint."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from judge.core.calls.task import Row
from judge.core.clock import duration, time_after
from judge.core.errors import EXIT_FAILURES_REMAIN, EXIT_USAGE, ProviderStop
from judge.core.models.advice import advice_for
from judge.core.models.retry import RetryPolicy
from judge.core.models.types import CROWDED, FATAL, MISDIRECTED, TRANSIENT, ChatError, ErrorKind, ModelClient

_RESUME = "Rerun the command to resume"
_FIRST_CALLS = 3  # different calls without a reply at the start; one alone may be at fault itself
_ALL_UNUSABLE = 20  # calls without one usable reply, before the rest is paid for as well
_LEAST_IN_A_ROW = 8
_CHANGED = f"start the server as it was: earlier replies of the run do not have this fault. {_RESUME}"
_TRANSIENT = frozenset(kind.value for kind in TRANSIENT)
_CROWDED = frozenset(kind.value for kind in CROWDED)
_DOWN = "is the server up and the address right?"
_BUSY = "the endpoint is busy: try later, or with fewer calls at once (--concurrency, --rpm)."


def stop_if_fatal(client: ModelClient, error: ChatError, *, any_ok: bool, answered: bool = True) -> None:
    """Stop on a wrong key, an unknown model, an exhausted account, and on a web page before any reply came.

    Raises:
        ProviderStop: The error is of such a kind.
    """
    if error.kind in FATAL or (error.kind in MISDIRECTED and not answered):
        raise ProviderStop(
            f"{client.spec} at {client.endpoint}: {error.message}",
            hint=advice_for(client, error),
            exit_code=_exit_code(any_ok),
        )


def stop_if_too_long(client: ModelClient, error: ChatError, policy: RetryPolicy) -> None:
    """Stop where the endpoint asks to wait longer than the policy waits.

    Raises:
        ProviderStop: It does; the message names the time at which to go on.
    """
    if policy.refuses(error):
        assert error.retry_after is not None
        time = time_after(error.retry_after)
        raise ProviderStop(
            f"{client.spec} at {client.endpoint} asks to wait {duration(error.retry_after)}, until {time}: "
            f"{error.message}",
            hint=f"rerun the command after {time} to resume: completed calls are not made again. A run waits for at "
            f"most {duration(policy.longest_asked)} (--max-wait)",
            exit_code=EXIT_FAILURES_REMAIN,
        )


def _exit_code(any_ok: bool) -> int:
    """Choose the exit code: settings that have worked before are not wrong usage."""
    return EXIT_FAILURES_REMAIN if any_ok else EXIT_USAGE


@dataclass
class CircuitBreaker:
    """Checks each row as it comes.

    Attributes:
        client: The model.
        concurrency: Calls in flight.
        any_ok: Whether the run has a usable reply.
        fatal: Kinds of unusable reply that every call would get, and what to do about each.
    """

    client: ModelClient
    concurrency: int
    any_ok: bool
    fatal: Mapping[str, str] = field(default_factory=dict)
    _ok_now: bool = False
    _in_a_row: int = 0
    _failures: Counter[str] = field(default_factory=Counter)

    def stop_if_all_alike(self, row: Row) -> None:
        """Stop at a row whose fault every other call would have.

        A usable reply of this session shows that not every call has it; one of an earlier session does not, since the
        server may have been started in another way.

        Raises:
            ProviderStop: It is such a row.
        """
        advice = self.fatal.get(row.error_kind or "")
        if advice is not None and not self._ok_now:
            one_of_several = "" if row.endpoint is None else f"leave {row.endpoint} out, or "
            raise ProviderStop(
                f"{self.client.spec} at {row.endpoint or self.client.endpoint}: {row.error}",
                hint=f"{one_of_several}{_CHANGED if self.any_ok else advice}",
                exit_code=_exit_code(self.any_ok),
            )

    def watch(self, row: Row, *, usable: bool, answered: bool) -> None:
        """Count one row.

        Args:
            row: The journal's row.
            usable: Whether it completes its call.
            answered: Whether any call of the session got a reply.

        Raises:
            ProviderStop: Further calls would only waste time or money.
        """
        if usable:
            self.any_ok = self._ok_now = True
            self._in_a_row = 0
            return
        self._failures[row.error_kind or row.status] += 1
        self._in_a_row = self._in_a_row + 1 if row.error_kind in _TRANSIENT else 0
        if self._in_a_row >= self._most_in_a_row(row, answered=answered):
            raise ProviderStop(
                f"{self.client.spec} at {self.client.endpoint} does not respond: {row.error_kind}: {row.error}",
                hint=f"{_BUSY if row.error_kind in _CROWDED else _DOWN} {_RESUME}",
                exit_code=_exit_code(self.any_ok),
            )
        if not self.any_ok and self._failures.total() >= _ALL_UNUSABLE:
            kinds = ", ".join(f"{kind} {count}" for kind, count in self._failures.most_common())
            reply = "" if row.raw is None else f"; the last reply: {row.raw[:200]!r}"
            raise ProviderStop(
                f"not one usable reply from {self.client.spec} in {self._failures.total()} calls ({kinds}); "
                f"the last error: {row.error}{reply}",
                hint=f"`judge doctor` makes two calls; --structured-output text or another model may help. {_RESUME}",
                exit_code=EXIT_USAGE,
            )

    def _most_in_a_row(self, row: Row, *, answered: bool) -> int:
        if answered:
            return max(_LEAST_IN_A_ROW, self.concurrency)
        return 1 if row.error_kind == ErrorKind.CONNECTION else _FIRST_CALLS
