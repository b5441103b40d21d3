"""Stop a session after an error that every further call would meet, or after repeated failures of the endpoint."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from judge.core.calls.task import Row
from judge.core.errors import EXIT_FAILURES_REMAIN, EXIT_USAGE, ProviderStop
from judge.core.models.types import FATAL, TRANSIENT, ChatError, ErrorKind, ModelClient

ADVICE = {
    ErrorKind.AUTH: "the key is wrong: set the right one in the environment",
    ErrorKind.PERMISSION: "the key may not use this model or endpoint",
    ErrorKind.NOT_FOUND: "no such model or address: check the name, and that --base-url ends as the server says "
    "(often /v1)",
    ErrorKind.QUOTA: "top up the account, then rerun the command to resume",
    ErrorKind.REDIRECT: "give the other server in --base-url if you trust it with the prompts, or --follow-redirects",
}
_WITHOUT_V1 = (
    "no such model or address: check the name, and give --base-url without /v1 (for anthropic, the client adds "
    "/v1/messages)"
)


def advice_for(client: ModelClient, kind: ErrorKind) -> str | None:
    """What to do about an error, by the provider; None where its message says all."""
    if kind is ErrorKind.NOT_FOUND and client.spec.startswith("anthropic:"):
        return _WITHOUT_V1
    return ADVICE.get(kind)


_RESUME = "Rerun the command to resume"
_FIRST_CALLS = 3  # different calls without a reply at the start; one alone may be at fault itself
_ALL_UNUSABLE = 20  # calls without one usable reply, before the rest is paid for as well
_LEAST_IN_A_ROW = 8
_TRANSIENT = frozenset(kind.value for kind in TRANSIENT)


def stop_if_fatal(client: ModelClient, error: ChatError, *, any_ok: bool) -> None:
    """Stop on a wrong key, an unknown model, an exhausted account.

    Raises:
        ProviderStop: The error is of such a kind.
    """
    if error.kind in FATAL:
        raise ProviderStop(
            f"{client.spec} at {client.endpoint}: {error.message}",
            hint=advice_for(client, error.kind),
            exit_code=_exit_code(any_ok),
        )


def _exit_code(any_ok: bool) -> int:
    """Choose the exit code: settings that have worked before are not wrong usage."""
    return EXIT_FAILURES_REMAIN if any_ok else EXIT_USAGE


@dataclass
class CircuitBreaker:
    """Checks each row as it comes. ``any_ok`` says whether the run has a usable reply."""

    client: ModelClient
    concurrency: int
    any_ok: bool
    _in_a_row: int = 0
    _failures: Counter[str] = field(default_factory=Counter)

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
            self.any_ok = True
            self._in_a_row = 0
            return
        self._failures[row.error_kind or row.status] += 1
        self._in_a_row = self._in_a_row + 1 if row.error_kind in _TRANSIENT else 0
        if self._in_a_row >= self._most_in_a_row(row, answered=answered):
            raise ProviderStop(
                f"{self.client.spec} at {self.client.endpoint} does not respond: {row.error_kind}: {row.error}",
                hint=f"is the server up and the address right? {_RESUME}",
                exit_code=_exit_code(self.any_ok),
            )
        if not self.any_ok and self._failures.total() >= _ALL_UNUSABLE:
            kinds = ", ".join(f"{kind} {count}" for kind, count in self._failures.most_common())
            reply = "" if row.raw is None else f"; the last reply: {row.raw[:200]!r}"
            raise ProviderStop(
                f"not one usable reply from {self.client.spec} in {self._failures.total()} calls ({kinds}); "
                f"the last error: {row.error}{reply}",
                hint=f"`judge doctor` makes one call; --structured-output text or another model may help. {_RESUME}",
                exit_code=EXIT_USAGE,
            )

    def _most_in_a_row(self, row: Row, *, answered: bool) -> int:
        if answered:
            return max(_LEAST_IN_A_ROW, self.concurrency)
        return 1 if row.error_kind == ErrorKind.CONNECTION else _FIRST_CALLS
