"""Carrying out a plan: every call that the journal does not hold yet, each reply on disk before it is counted."""

from __future__ import annotations

import asyncio
import gc
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from judge.calls import Call, CallMaker
from judge.core.budget import Budget
from judge.core.chat.limiter import AdaptiveLimiter
from judge.core.chat.open import redact
from judge.core.chat.retry import Asked, RetryPolicy, Stopped, ask_with_retries
from judge.core.chat.types import FATAL, TRANSIENT, ChatError, ChatReply, ErrorKind, ModelClient
from judge.core.errors import ProviderStop
from judge.core.journal import Journal
from judge.core.records import Judgment, Status
from judge.core.tokens import estimate_tokens
from judge.negotiation import Negotiation
from judge.parse import ReplyParser
from judge.plan import Plan

ASKS = 2  # a malformed, empty or truncated reply is asked once more
_LONGEST_START_SECONDS = 1.0
_BUDGET_POLL_SECONDS = 0.02
_GUESSED_OUTPUT = 4096  # tokens, where a truncated reply tells neither its limit nor its length

_FATAL_HINTS = {
    ErrorKind.AUTH: "check the key in the environment",
    ErrorKind.PERMISSION: "the key may not use this model or endpoint",
    ErrorKind.NOT_FOUND: "check the model's name and --base-url (often ends in /v1); `judge doctor` tries one call",
    ErrorKind.QUOTA: "top up the account, then give the same command again: it goes on where it stopped",
}


@dataclass
class Progress:
    """Counts of a session, for the progress display and the manifest."""

    total: int
    held: int = 0  # calls of the plan that the journal held already
    done: int = 0
    failed: int = 0
    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    started: float = field(default_factory=time.monotonic)
    models: Counter[str] = field(default_factory=Counter)
    fingerprints: Counter[str] = field(default_factory=Counter)


@dataclass
class Held:
    """What the journal holds: keys whose judgment stands, and attempts made for keys that failed."""

    ok: set[bytes] = field(default_factory=set)
    failed: dict[bytes, int] = field(default_factory=dict)

    def add(self, row: Judgment) -> None:
        """Take note of one row; the last row of a key is the one that stands."""
        key = bytes.fromhex(row.key)
        if row.status == "ok":
            self.ok.add(key)
            self.failed.pop(key, None)
        else:
            self.failed[key] = row.attempt + 1
            self.ok.discard(key)


@dataclass
class Runner:
    """One session of a run. ``stop`` ends it early without losing a reply that was paid for."""

    client: ModelClient
    maker: CallMaker
    parser: ReplyParser
    plan: Plan
    journal: Journal
    negotiation: Negotiation
    budget: Budget
    limiter: AdaptiveLimiter
    policy: RetryPolicy
    progress: Progress
    held: Held
    concurrency: int
    retry_failed: bool = True
    on_settled: Callable[[], None] = lambda: None
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    over_budget: bool = False
    _stopped_by: Exception | None = None
    _failures_in_a_row: int = 0

    async def run(self) -> None:
        """Ask all that is missing. Errors: what stopped the run, after the calls in flight have come home."""
        calls = self._missing_calls()
        gc.freeze()  # what is there stays: a collector that walks the SDK's classes again and again stalls the calls
        started = time.monotonic()
        while not self.negotiation.settled and await self._step(calls):
            pass  # one call alone, until a reply has settled how to ask
        # The others start one by one over the time that the first took: a burst would come back as a burst, every
        # round anew, and its calls would wait for each other.
        apart = min(_LONGEST_START_SECONDS, time.monotonic() - started) / self.concurrency
        async with asyncio.TaskGroup() as group:
            for number in range(self.concurrency):
                group.create_task(self._work(calls, number * apart))
        if self._stopped_by is not None:
            raise self._stopped_by

    def _missing_calls(self) -> Iterator[Call]:
        for comparison in self.plan:
            for call in self.maker.calls(self.plan, comparison):
                key = bytes.fromhex(call.key)
                if key in self.held.ok or (not self.retry_failed and key in self.held.failed):
                    self.progress.held += 1
                else:
                    yield call

    async def _work(self, calls: Iterator[Call], delay: float) -> None:
        await asyncio.sleep(delay)
        while await self._step(calls):
            pass

    async def _step(self, calls: Iterator[Call]) -> bool:
        """Carry out the next call; False when there is none, or none may be sent any more."""
        while not self.stop.is_set():
            if self.budget.may_start():
                try:  # no await between taking a call and carrying it out
                    call = next(calls, None)
                    if call is not None:
                        await self._carry_out(call)
                    return call is not None
                finally:
                    self.budget.finish()
            if not self.budget.in_flight:
                self.over_budget = True
                self.stop.set()
                break
            await asyncio.sleep(_BUDGET_POLL_SECONDS)  # what comes home may cost less than was reserved for it
        return False

    async def _carry_out(self, call: Call) -> None:
        try:
            await self._ask(call)
        except Stopped:
            return
        except Exception as error:
            self._stopped_by = self._stopped_by or error
            self.stop.set()

    async def _ask(self, call: Call) -> None:
        attempt = self.held.failed.get(bytes.fromhex(call.key), 0)
        max_tokens = self.maker.settings.max_tokens
        tokens = estimate_tokens(call.user) + (max_tokens or 500)
        judgment: Judgment | None = None
        for _ in range(ASKS):
            started = time.monotonic()
            asked = await self._request(call, max_tokens, tokens)
            if isinstance(asked.outcome, ChatError):
                judgment = self._failure(call, attempt, asked, asked.outcome, started)
            else:
                judgment = self._judgment(call, attempt, asked, asked.outcome, started)
            self.journal.append(judgment)
            self._count_row(judgment)
            if judgment.status not in ("parse_error", "truncated") or self.stop.is_set():
                break
            attempt += 1
            if judgment.status == "truncated":
                used = judgment.usage.output if judgment.usage else 0
                max_tokens = 2 * (max_tokens or used or _GUESSED_OUTPUT)
        assert judgment is not None
        self.progress.done += 1
        self.progress.failed += judgment.status != "ok"
        self._watch(judgment)

    async def _request(self, call: Call, max_tokens: int | None, tokens: int) -> Asked:
        """Ask once (with retries), falling back to other ways of asking while none is settled."""
        requests = 0
        while True:
            request = self.maker.request(call, mode=self.negotiation.mode, max_tokens=max_tokens)
            asked = await ask_with_retries(
                self.client, request, limiter=self.limiter, policy=self.policy, stop=self.stop, tokens=tokens
            )
            requests += asked.requests
            if isinstance(asked.outcome, ChatReply):
                if not self.negotiation.settled:
                    self.negotiation.accept()
                    self.on_settled()
            elif asked.outcome.kind in FATAL:
                raise ProviderStop(
                    f"{self.client.spec} at {self.client.endpoint}: {redact(asked.outcome.message)}",
                    hint=_FATAL_HINTS[asked.outcome.kind],
                )
            elif self.negotiation.fall_back(asked.outcome):
                continue
            return Asked(asked.outcome, requests)

    def _judgment(self, call: Call, attempt: int, asked: Asked, reply: ChatReply, started: float) -> Judgment:
        status: Status = "ok"
        kind = problem = None
        parsed = None
        if reply.refused:
            status, kind, problem = "refusal", "refusal", "the provider marked the reply as a refusal"
        elif reply.truncated:
            status, kind, problem = "truncated", "truncated", "the reply hit the token limit"
        else:
            parsed = self.parser.parse(reply.text)
            if parsed.refusal:
                status, kind, problem = "refusal", "refusal", "the reply declines to judge"
            elif parsed.error is not None:
                status, problem = "parse_error", parsed.error
                kind = "malformed" if reply.text.strip() else "empty"
        accepted = parsed if status == "ok" else None
        return Judgment(
            key=call.key,
            comparison_id=call.comparison_id,
            order=call.order,
            repeat=call.repeat,
            attempt=attempt,
            judge=self.client.spec,
            model=reply.model,
            fingerprint=reply.fingerprint,
            status=status,
            error_kind=kind,
            error=problem,
            winners=accepted.winners if accepted else {},
            analyses=accepted.analyses if accepted else {},
            raw=redact(reply.text) if self.client.needs_network else reply.text,
            finish_reason=reply.finish_reason,
            usage=reply.usage,
            cost=self.budget.charge(reply.usage),
            prompt_sha256=self.maker.prompt.sha256,
            requests=asked.requests,
            seconds=round(time.monotonic() - started, 3),
            time=_now(),
        )

    def _failure(self, call: Call, attempt: int, asked: Asked, error: ChatError, started: float) -> Judgment:
        return Judgment(
            key=call.key,
            comparison_id=call.comparison_id,
            order=call.order,
            repeat=call.repeat,
            attempt=attempt,
            judge=self.client.spec,
            model=None,
            status="refusal" if error.kind is ErrorKind.CONTENT_FILTER else "api_error",
            error_kind=error.kind.value,
            error=redact(error.message)[:2000],
            prompt_sha256=self.maker.prompt.sha256,
            requests=asked.requests,
            seconds=round(time.monotonic() - started, 3),
            time=_now(),
        )

    def _count_row(self, row: Judgment) -> None:
        progress = self.progress
        progress.requests += row.requests
        if row.model:
            progress.models[row.model] += 1
        if row.fingerprint:
            progress.fingerprints[row.fingerprint] += 1
        if row.usage:
            progress.input_tokens += row.usage.input
            progress.output_tokens += row.usage.output

    def _watch(self, judgment: Judgment) -> None:
        """Stop when the endpoint is gone: to fail each remaining call after all its retries would take hours."""
        if judgment.error_kind not in {kind.value for kind in TRANSIENT}:
            self._failures_in_a_row = 0
            return
        self._failures_in_a_row += 1
        if self._failures_in_a_row >= max(8, self.concurrency) or not self.negotiation.settled:
            raise ProviderStop(
                f"{self.client.spec} at {self.client.endpoint} does not answer: {judgment.error_kind}: "
                f"{judgment.error}",
                hint="is the server up and the address right? Give the same command again: it goes on where it stopped",
            )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
