"""Make the calls that the journal does not have, each reply on disk before it is counted."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Generic

from judge.core.calls.budget import Budget, counted
from judge.core.calls.circuit_breaker import CircuitBreaker, stop_if_fatal, stop_if_too_long
from judge.core.calls.completed_calls import Completed, missing_calls
from judge.core.calls.events import OnEvent, Silent, Waiting, ignore
from judge.core.calls.limits import Limits
from judge.core.calls.meter import CallMeter
from judge.core.calls.reply_reading import reading_of, written
from judge.core.calls.structured_output import (
    Fallback,
    has_options,
    refuse_schema,
    refuse_users_parameters,
    rejected_optional,
    rejects_schema,
    without,
    without_rejected,
)
from judge.core.calls.task import C, Outcome, R, Task, request_again, weight_again
from judge.core.files.journal import Journal
from judge.core.files.request_log import RequestLog
from judge.core.models.limiter import AdaptiveLimiter, Stopped
from judge.core.models.providers.silence import tell_silence
from judge.core.models.retry import Asked, ask_with_retries
from judge.core.models.types import MISDIRECTED, ChatError, ChatReply, ChatRequest, ErrorKind, ModelClient

_LONGEST_START_SECONDS = 1.0
_ACCEPTED_SECONDS = 2.0  # a request that is under way for so long was not rejected: servers check requests first
_START_POLL_SECONDS = 0.05
_BUDGET_POLL_SECONDS = 0.02
_PATIENCE = 2.0  # seconds in which a first connection is tried again
_TOLD_SECONDS = 5.0  # a wait that is longer is told
_MUCH_LONGER = 30.0  # seconds that a wait ends after one that was told, to be told too
_UNLIKE_THE_FIRST = frozenset({ErrorKind.REJECTED_PARAMETER, ErrorKind.BAD_REQUEST, ErrorKind.CONTEXT_LENGTH})


@dataclass
class Counts:
    """Calls of a session so far. ``completed_before`` of the plan were in the journal at the start.

    ``requests`` have left; of these, ``recorded`` are counted in the rows of the journal. The others were of calls that
    have no row, since the session ended before they had a result.
    """

    completed_before: int = 0
    done: int = 0
    failed: int = 0
    requests: int = 0
    recorded: int = 0


@dataclass
class Runner(Generic[C, R]):
    """Makes the calls of one session. ``stop`` ends it early without losing a reply that was paid for.

    ``over_budget`` says that calls were left out since they could exceed the limit on money. ``log`` has every request
    before it leaves; None where none leaves the process. ``omitted`` are the optional parameters that the endpoint has
    rejected. From ``together_since`` on (of the monotonic clock) many calls are in flight; ``done_alone`` were done
    before.
    """

    client: ModelClient
    task: Task[C, R]
    journal: Journal
    fallback: Fallback
    limits: Limits
    budget: Budget
    completed: Completed
    log: RequestLog | None = None
    on_settled: Callable[[], None] = lambda: None
    on_event: OnEvent = ignore
    counts: Counts = field(default_factory=Counts)
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    over_budget: bool = False
    omitted: set[str] = field(default_factory=set)
    _stopped_by: Exception | None = None
    together_since: float | None = None
    done_alone: int = 0
    _answered: bool = False
    _told_until: float = 0.0
    _meter: CallMeter | None = None

    def __post_init__(self) -> None:
        limits = self.limits
        self.limiter = AdaptiveLimiter(limits.concurrency, rpm=limits.rpm, tpm=limits.tpm)
        self._counts_tokens = self.limiter.counts_tokens or self.budget.limit is not None
        self.budget.expected_output, self.budget.max_output = self.task.tokens_out, self.task.max_tokens
        any_ok, fatal = bool(self.completed.ok), self.task.fatal
        self._breaker = CircuitBreaker(self.client, self.limits.concurrency, any_ok=any_ok, fatal=fatal)

    async def run(self) -> None:
        """Make all missing calls.

        Raises:
            Exception: What stopped the session, after the calls in flight have ended.
        """
        calls = missing_calls(self.task, self.completed, retry_failed=self.limits.retry_failed)
        gc.freeze()  # a collector that walks the SDK's classes again and again stalls the calls
        started = time.monotonic()
        async with tell_silence(self.client.list_models, lambda: self._has_replied, self._tell_silence):
            first = await self._start(calls)
            # The others start one by one over a quarter of the time that the first took. A burst of requests would come
            # back as a burst of replies, again and again, and its calls would wait for each other.
            self.together_since, self.done_alone = time.monotonic(), self.counts.done
            apart = min(_LONGEST_START_SECONDS, (self.together_since - started) / 4) / self.limits.concurrency
            async with asyncio.TaskGroup() as group:
                for number in range(self.limits.concurrency):
                    group.create_task(self._work(calls, number * apart, after=None if number else first))
        if self._stopped_by is not None:
            raise self._stopped_by

    async def _start(self, calls: Iterator[C]) -> asyncio.Task[bool] | None:
        """Make one call at a time, until a reply has shown that the settings work, and which structured output.

        A slow server is not waited for: its first request is taken to be accepted when it has been under way for a
        while. Returns the task of that request, which goes on.
        """
        while not (self._answered or self.client.in_process):
            step = asyncio.create_task(self._step(calls))
            try:
                while not step.done() and not self._is_accepted():
                    await asyncio.wait({step}, timeout=_START_POLL_SECONDS)
            except asyncio.CancelledError:
                step.cancel()
                await asyncio.gather(step, return_exceptions=True)
                raise
            if not step.done():
                return step
            if not step.result():
                break
        return None

    def _is_accepted(self) -> bool:
        since = None if self._meter is None else self._meter.under_way_since
        return since is not None and time.monotonic() - since >= _ACCEPTED_SECONDS

    async def _work(self, calls: Iterator[C], delay: float, after: asyncio.Task[bool] | None) -> None:
        if after is not None:
            await after
        await asyncio.sleep(delay)
        while await self._step(calls):
            pass

    async def _step(self, calls: Iterator[C]) -> bool:
        """Make the next call; False when there is none, or none may be sent any more."""
        call = None if self.stop.is_set() else next(calls, None)
        if call is None:
            return False
        tokens = self.task.tokens_in(call) if self._counts_tokens else None
        meter = self._meter = CallMeter(self.budget, self.log, self._may_start, tokens)
        if not await meter.reserve():
            return False
        try:
            await self._ask(call, meter)
        except Stopped:
            pass
        except Exception as error:
            self._stopped_by = self._stopped_by or error
            self.stop.set()
        finally:
            self.counts.requests += meter.sent
            meter.release()
        return True

    async def _may_start(self, tokens: int, weight: float) -> bool:
        """Wait for room in the budget: calls in flight may cost less than was reserved for them."""
        while not self.stop.is_set():
            if self.budget.may_start(tokens, weight=weight):
                return True
            if not self.budget.in_flight:
                self.over_budget = True
                self.stop.set()
                break
            await asyncio.sleep(_BUDGET_POLL_SECONDS)
        return False

    async def _ask(self, call: C, meter: CallMeter) -> None:
        """Make a call, and once more where the reply is unusable (if truncated, with twice the token limit)."""
        failed = self.completed.failed
        attempt = failed.get(bytes.fromhex(call.key), 0) if failed else 0
        started = time.monotonic()
        asked, request, mode = await self._first(call, meter)
        row = self._keep(call, attempt, asked, request, started, meter)
        self._answered = self._answered or mode is not None
        if self.fallback.is_last:
            self._breaker.stop_if_all_alike(row)
        if mode is not None:
            row, mode = await self._made_usable(call, row, mode, meter)
            self._breaker.stop_if_all_alike(row)
        self.counts.done += 1
        usable = row.status in self.task.usable
        if mode is not None and usable and not self.fallback.settled:
            self.fallback.accept(mode)
            self.on_settled()
        self.counts.failed += not usable
        self._breaker.watch(row, usable=usable, answered=self._answered)

    async def _made_usable(self, call: C, row: R, mode: str, meter: CallMeter) -> tuple[R, str]:
        """Ask once more where the task wants that; return the last row, and the mode of the request that counts."""
        again = self.fallback.note_unread(mode) if row.status == "parse_error" else mode
        if row.status not in self.task.reasked or self.stop.is_set():
            return row, mode
        other = await self._reask(call, row, again, meter)
        if other is None:
            return row, mode
        if other.status == "parse_error":
            self.fallback.note_unread(again)
        elif other.status in self.task.usable and again != mode:
            self.fallback.rejected[mode] = f"accepted, but not followed: {row.error}"
        return other, again

    async def _first(self, call: C, meter: CallMeter) -> tuple[Asked, ChatRequest, str | None]:
        """Send the first request of a call, in each mode until one is accepted; return that mode, None if none is."""
        kept: ChatError | None = None
        requests = 0
        for mode in self.fallback.in_order:
            request = self.task.request(call, mode, self.task.max_tokens)
            asked, request = await self._send(request, meter)
            requests += asked.requests
            error = asked.outcome
            if not isinstance(error, ChatError) or error.kind is ErrorKind.TRUNCATED:
                return Asked(error, requests), request, mode
            self._stop_if_useless(error)
            self.fallback.note_lost(error)
            if not self._breaker.any_ok:
                refuse_users_parameters(await self._rejected(error, request, meter))
            if kept is None or rejects_schema(kept):  # that one was about the mode; this one is about the call
                kept = error
            if not self.fallback.goes_on(mode, error):
                break
        assert kept is not None
        if not self.fallback.settled:
            refuse_schema(kept)
        return Asked(kept, requests), request, None

    async def _rejected(self, error: ChatError, request: ChatRequest, meter: CallMeter) -> list[ChatError]:
        """Find all parameters of the user's that the endpoint rejects, of which it names one at a time.

        The request is sent again without those that are known. A reply to it is charged, and is no result.
        """
        found: list[ChatError] = []
        outcome: ChatError | ChatReply = error
        while isinstance(outcome, ChatError):
            left = without_rejected(outcome, request)
            if left is not None:
                found.append(outcome)
            elif found and rejects_schema(outcome) and request.schema is not None:
                left = replace(request, schema=None, schema_mode="text")
            if left is None or not has_options(left):
                return found
            request = left
            try:
                outcome = (await self._send(request, meter))[0].outcome
            except Stopped:
                return found
        meter.replied(replace(outcome, usage=counted(outcome.usage, outcome.text)))
        return found

    async def _reask(self, call: C, row: R, mode: str, meter: CallMeter) -> R | None:
        """Ask once more; None if the budget has no room for it, or the endpoint rejects the doubled limit."""
        meter.weight = weight_again(row)
        if not await meter.reserve():
            return None
        started = time.monotonic()
        request, reminder = request_again(self.task, call, row, mode)
        asked, request = await self._send(request, meter)
        if isinstance(asked.outcome, ChatError):
            if asked.outcome.kind in _UNLIKE_THE_FIRST:
                return None
            self._stop_if_useless(asked.outcome)
        return self._keep(call, row.attempt + 1, asked, request, started, meter, reminder)

    async def _send(self, request: ChatRequest, meter: CallMeter) -> tuple[Asked, ChatRequest]:
        """Send a request, without the optional parameters that the endpoint rejects; return it as it was sent, too."""
        requests = 0
        while True:
            request = without(request, self.omitted)
            asked = await ask_with_retries(
                self.client,
                request,
                limiter=self.limiter,
                policy=self.limits.policy,
                stop=self.stop,
                meter=meter,
                tokens=(meter.tokens or 0) + (request.max_tokens or self.task.tokens_out),
                final=() if self._has_replied else MISDIRECTED,
                patience=None if self._has_replied else _PATIENCE,
                on_wait=self._tell_wait,
            )
            requests += asked.requests
            name = rejected_optional(asked.outcome, request) if isinstance(asked.outcome, ChatError) else None
            if name is None:
                return Asked(asked.outcome, requests), request
            self.omitted.add(name)

    @property
    def _has_replied(self) -> bool:
        """Whether the endpoint has replied to any call of the run: then its address is right."""
        return self._answered or self._breaker.any_ok

    def _stop_if_useless(self, error: ChatError) -> None:
        """Raise what ends the session, where an error says that any further request is in vain, or is for hours."""
        stop_if_fatal(self.client, error, any_ok=self._breaker.any_ok, answered=self._has_replied)
        stop_if_too_long(self.client, error, self.limits.policy)

    def _tell_silence(self, seconds: float) -> None:
        self.on_event(Silent(self.client.endpoint, seconds))

    def _tell_wait(self, seconds: float, error: ChatError) -> None:
        """Report a long wait, unless one was reported that ends at about the same time."""
        now = time.monotonic()
        told = self._told_until + _MUCH_LONGER if now < self._told_until else now
        if seconds >= _TOLD_SECONDS and now + seconds > told:
            self._told_until = now + seconds
            self.on_event(Waiting(seconds, error.retry_after is not None, f"{error.kind.value}: {error.message}"))

    def _keep(
        self,
        call: C,
        attempt: int,
        asked: Asked,
        request: ChatRequest,
        started: float,
        meter: CallMeter,
        reminder: str | None = None,
    ) -> R:
        """Write the result of a call to the journal."""
        reply = asked.outcome if isinstance(asked.outcome, ChatReply) else None
        if reply is not None and not self.client.in_process and counted(reply.usage, reply.text) is None:
            reply = replace(reply, usage=None)
        outcome = Outcome(
            reading=reading_of(self.task, call, asked.outcome),
            sent=self.client.sent(request),
            reply=reply,
            attempt=attempt,
            requests=asked.requests,
            seconds=round(time.monotonic() - started, 3),
            cost=None if reply is None else meter.replied(reply),
            time=datetime.now(UTC).isoformat(timespec="milliseconds"),
            reminder=reminder,
        )
        row = written(self.task, self.journal, call, outcome)
        meter.settle()
        self.counts.recorded += row.requests
        return row
