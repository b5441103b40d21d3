"""One session of calls in batches: collect what is ready, send what is missing, wait for it or leave."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from judge.core.batches.asked import InBatches
from judge.core.batches.ledger import Ledger, Part, new_mark, opened_ledger
from judge.core.batches.limits import limits_of
from judge.core.batches.live_calls import ask_first, finish_live
from judge.core.batches.locate import locate
from judge.core.batches.open_service import open_service, refuse_fleet, stop
from judge.core.batches.results import fetch_results
from judge.core.batches.service import BatchService, BatchState, ServiceError
from judge.core.call_files.export import limit_name_of, mode_of, wire_of
from judge.core.call_files.import_results import Asked, OfBatch, import_results, request_of
from judge.core.call_files.lines import call_line
from judge.core.calls.ask import set_damage_aside
from judge.core.calls.completed_calls import missing_calls
from judge.core.calls.cost_estimate import Start
from judge.core.calls.events import OnEvent, Progress, Stopped, ignore
from judge.core.calls.limits import Limits
from judge.core.calls.session import EndedBy, Session
from judge.core.calls.task import Task, weight_again
from judge.core.errors import ProviderStop, RunDirectoryError
from judge.core.files.journal import read_journal
from judge.core.files.manifest import SessionEntry
from judge.core.files.run_directory import RunDirectory, now
from judge.core.models.open_client import ModelSpec
from judge.core.models.types import ModelClient
from judge.core.tokens import estimate_tokens

_ROUNDS = 2  # how often a call is sent in one session: once more after a reply that cannot be used
_FIRST_PAUSE = 1.0  # seconds until the second look at batches
_PATIENCE = 20  # failed questions to the provider, one after the other, before the session ends


def ask_in_batches(
    task: Task[Any, Any],
    store: RunDirectory[Any],
    limits: Limits,
    *,
    spec: ModelSpec,
    open_client: Callable[[], ModelClient],
    start: Start,
    reload: Callable[[], Start],
    on_event: OnEvent = ignore,
    details: Mapping[str, Any] | None = None,
) -> Session:
    """Make the missing calls in batches. Nothing is sent twice, whenever the process is killed.

    The first call of a run is made live: it shows whether key, model and structured output work. What batches under way
    have is collected first. Prints nothing.

    Args:
        task: As in :class:`.InBatches`, like the other arguments.
        store: The run on disk.
        limits: The limits of the session.
        spec: The model.
        open_client: Opens the client for the live call.
        start: Where the session starts.
        reload: Reads that anew from disk.
        on_event: Told of progress at each look.
        details: What else the session's entry in the manifest has.

    Returns:
        How the session ended. What stopped it is in ``error``.

    Raises:
        UsageError: The model is served by a fleet.
        WriteError: The disk does not take a file.
        RunDirectoryError: The list of parts is damaged, or parts under way have calls that are not in the plan.
    """
    one = InBatches(task, store, limits, spec, open_client, start, reload, details or {})
    return ask_together_in_batches([one], on_event)[0]


def ask_together_in_batches(asked: Sequence[InBatches], on_event: OnEvent = ignore) -> list[Session]:
    """Make the missing calls of several models in batches, which are under way at the same time.

    As :func:`ask_in_batches`; what stops one model does not stop the others. Where batches are to be finished live,
    calls of batches that have ended without a result are made live once no batch of their model is under way.
    """
    found: dict[int, Session] = {}
    failed_before = {place: frozenset(one.start.completed.failed) for place, one in enumerate(asked)}
    with ExitStack() as stack:
        sessions: dict[int, _Session] = {}
        for one in asked:
            refuse_fleet(one.spec)
        for place, one in enumerate(asked):
            set_damage_aside(one.store, one.start.completed)
            ledger = stack.enter_context(opened_ledger(one.store.folder))
            start = one.start
            if not ledger.parts and not (start.completed.ok and one.store.manifest.reply_mode):
                first = ask_first(one, on_event)
                if first.ended_by != "done" or not first.completed:
                    found[place] = first
                    continue
                start = one.reload()
            session = _Session(one.task, one.store, one.limits, one.spec, ledger, start, on_event)
            session.check_plan()
            sessions[place] = session
        for session in sessions.values():
            session.share()
        for place, ended in zip(sessions, _run(list(sessions.values()), asked, on_event), strict=True):
            found[place] = ended
        to_finish = {place: found[place] for place in sessions if sessions[place].finishes_live}
        found |= finish_live(asked, to_finish, failed_before, on_event)
    return [found[place] for place in range(len(asked))]


def _run(sessions: Sequence[_Session], asked: Sequence[InBatches], on_event: OnEvent) -> list[Session]:
    """Collect and send until nothing is under way and nothing is to be sent, or until there is only to wait."""
    for session in sessions:
        session.begin(asked[0].details)
    interrupted = False
    pause = _FIRST_PAUSE
    try:
        while sessions:
            for session in sessions:
                session.step()
            if all(session.has_ended for session in sessions):
                break
            on_event(_progress(sessions))
            time.sleep(min(pause, *(session.poll for session in sessions)))
            pause *= 2  # a few calls are soon made
    except KeyboardInterrupt:
        interrupted = True
    finally:
        on_event(Stopped())
    return [session.end(interrupted=interrupted) for session in sessions]


def _progress(sessions: Sequence[_Session]) -> Progress:
    """How far all of them are."""
    every = [session.progress() for session in sessions]
    costs = [each.spent for each in every if each.spent is not None]
    return replace(
        every[0],
        total=sum(each.total for each in every),
        completed_before=sum(each.completed_before for each in every),
        done=sum(each.done for each in every),
        failed=sum(each.failed for each in every),
        spent=sum(costs) if len(costs) == len(every) else None,
        waiting=sum(each.waiting for each in every),
    )


@dataclass
class _Session:
    task: Task[Any, Any]
    store: RunDirectory[Any]
    limits: Limits
    spec: ModelSpec
    ledger: Ledger
    start: Start
    on_event: OnEvent
    done: int = 0
    failed: int = 0
    over_budget: bool = False
    has_ended: bool = False
    _error: Exception | None = None
    _service: BatchService | None = None
    _sent: dict[bytes, int] = field(default_factory=dict)  # how often calls were sent in this session
    _failures: int = 0
    _is_full: bool = False  # the account takes no more batches for now
    _left: Any = None  # the call that did not fit into the last part

    def __post_init__(self) -> None:
        assert self.limits.batch is not None
        self._plan = self.limits.batch
        self._wire = wire_of(self.spec)
        self._limits = limits_of(self._wire)
        self._budget, self._completed = self.start.budget, self.start.completed
        self._before = len(self._completed.ok)
        self._total = self.start.estimate.calls + self.start.estimate.completed

    def check_plan(self) -> None:
        """Refuse a plan without calls that are under way: their results could not be read.

        Raises:
            RunDirectoryError: There are such calls.
        """
        if not (under_way := self.ledger.under_way()):
            return
        outside = len(under_way - {bytes.fromhex(call.key) for call in self.task.calls()})
        if outside:
            raise RunDirectoryError(
                f"{outside:,} calls in batches of {self.store.folder} that are under way are not in the plan of this "
                "command",
                hint="rerun it as they were sent (--limit), which collects them",
            )

    @property
    def finishes_live(self) -> bool:
        """Whether calls that ended batches left without a result are made live."""
        return self._plan.finish == "live"

    @property
    def poll(self) -> float:
        """Seconds between two looks, at most."""
        return self._plan.poll

    def share(self) -> None:
        """Let other models under the same limit on money know what batches under way may cost."""
        self._budget.committed = self._reserved()

    def begin(self, details: Mapping[str, Any]) -> None:
        """Enter the session in the manifest."""
        self._earlier = self.store.manifest.sessions
        self._entry = SessionEntry(started=now(), max_cost=self.limits.max_cost, batches=True, **details)
        self.store.update(sessions=(*self._earlier, self._entry))
        self.store.save()
        self._began, self._spent_before = time.monotonic(), self._budget.spent
        self._waiting_calls = self._queue()

    def step(self) -> None:
        """Collect what is ready and send what is missing; what stops the session is kept."""
        if self.has_ended:
            return
        try:
            if self._service is None:
                self._service = open_service(self.spec, self.limits.timeout)
            self.has_ended = self._work(self._service)
        except ProviderStop as stopped:
            self._error, self.has_ended = stopped, True
        self.share()

    def end(self, *, interrupted: bool) -> Session:
        """Close the connections, and enter the end of the session in the manifest."""
        if self._service is not None:
            self._service.close()
        error = self._error
        ended_by = self._ended_by(error, interrupted=interrupted)
        closed = self._entry.model_copy(
            update={
                "ended": now(),
                "ended_by": ended_by,
                "wall_seconds": round(time.monotonic() - self._began, 3),
                "calls": self.done + self.failed,
                "failed": self.failed,
            }
        )
        self.store.update(sessions=(*self._earlier, closed))
        self.store.save()
        return Session(
            ended_by=ended_by,
            completed=self.done,
            failed=self.failed,
            requests=self.done + self.failed,
            spent=self._budget.spent,
            spent_before=self._spent_before,
            max_cost=self.limits.max_cost,
            error=error,
            in_batches=sum(part.calls for part in self.ledger.open_parts),
        )

    def _ended_by(self, error: Exception | None, *, interrupted: bool) -> EndedBy:
        if error is not None:
            return "error"
        if interrupted:
            return "interrupt"
        if self.ledger.open_parts:
            return "batches"
        return "max-cost" if self.over_budget else "done"

    def _work(self, service: BatchService) -> bool:
        """Collect and send; return whether nothing is left to do, or only to wait where the session does not."""
        collected = self._collect(service)
        if collected and not self.ledger.open_parts:
            self._waiting_calls, self._left = self._queue(), None  # what failed is sent once more
        while len(self.ledger.open_parts) < self._limits.at_once and not self._is_full:
            part = self._next_part(self._waiting_calls)
            if part is None:
                break
            self.share()
            self._send(service, part)
        return not self.ledger.open_parts or not self._plan.wait

    def _collect(self, service: BatchService) -> bool:
        """Look at every part that is under way; whether one has ended."""
        ended = False
        for part in self.ledger.open_parts:
            try:
                ended = self._look(service, part) or ended
                self._failures = 0
            except ServiceError as error:
                self._bear(error)
        return ended

    def _bear(self, error: ServiceError) -> None:
        """Go on after an error that may pass; end the session after too many, or where there is no waiting."""
        self._failures += 1
        if not error.passing or self._failures >= _PATIENCE or not self._plan.wait:
            raise stop(self.spec, error) from error

    def _look(self, service: BatchService, part: Part) -> bool:
        if part.batch is None:
            self._send(service, part)
            if part.batch is None:
                return False
        state = service.state(part.batch)
        part.status = state.status
        if state.end == "running":
            return False
        if state.end == "failed":
            self._refused(part, state)
            return True
        results = self.ledger.results_of(part)
        fetch_results(service, part, state, results, self.store.folder)
        price = None if self._budget.price is None else self._budget.price.in_batch
        asked = Asked(self._wire, part.mode, price, self._unusable(but_of=part.batch))
        batch = OfBatch(part.batch, self.ledger.keys_of(part), self._read(part.batch))
        found = import_results(
            self.task, self.store.journal, self._completed, results, asked=asked, part=batch, budget=self._budget
        )
        failed = found.failed.total()
        known = part.calls - found.completed - failed - found.known
        odd = f", {len(found.damaged):,} lines left out" if found.damaged else ""
        self.ledger.close(part, "imported", state.status + odd, added=found.completed, failed=failed, not_run=known)
        self.done += found.completed
        self.failed += failed
        self._is_full = False
        return True

    def _refused(self, part: Part, state: BatchState) -> None:
        """Close a part that the provider refused whole; its calls are sent later where the account was only full.

        Raises:
            ProviderStop: It was refused for another reason, or nothing is under way that would make room.
        """
        self.ledger.close(part, "refused", state.status)
        for key in self.ledger.keys_of(part):
            self._sent.pop(bytes.fromhex(key), None)
        if state.is_full and self.ledger.open_parts:
            self._is_full = True
            return
        hint = "correct what the provider names, and rerun the command"
        raise ProviderStop(
            f"{self.spec} refused the batch {part.batch}: {state.problem or state.status}",
            hint=f"no call of it was made; {'--calls-per-batch makes smaller parts' if state.is_full else hint}",
            exit_code=1,
        )

    def _send(self, service: BatchService, part: Part) -> None:
        """Send a part, unless the provider has it or may have it."""
        try:
            if locate(service, self.ledger, part, self._plan.settle) != "unsent":
                return
        except ServiceError as error:
            self._bear(error)
            return
        try:
            found = service.create(self.ledger.calls_of(part), part.name, partial(self.ledger.sending, part))
        except ServiceError as error:
            if not error.unsure:
                if part.maybe_sent:
                    self.ledger.unsent(part)
                if not error.passing:
                    self.ledger.close(part, "refused", str(error)[:100])
            self._bear(error)
            return
        self.ledger.created(part, found)

    def _queue(self) -> Iterator[Any]:
        """The calls to send: those without a result that are not under way and were not sent too often.

        Calls of batches that have ended are left for live calls where these finish the run.
        """
        left_out = self.ledger.under_way()
        if self.finishes_live:
            left_out |= self.ledger.ended()
        retry = self.limits.retry_failed or bool(self._sent)
        for call in missing_calls(self.task, self._completed, retry_failed=retry):
            key = bytes.fromhex(call.key)
            if key not in left_out and self._sent.get(key, 0) < _ROUNDS:
                yield call

    def _next_part(self, queue: Iterator[Any]) -> Part | None:
        """Write the next part, as large as the provider and the budget allow; None where there is nothing to send."""
        mode = mode_of(self.limits.structured_output, self.store.manifest.reply_mode)
        after = self._unusable()
        price = None if self._budget.price is None else self._budget.price.in_batch
        budget = replace(self._budget, price=price, spent=self._budget.spent + self._reserved())
        mark = new_mark()
        lines: list[bytes] = []
        keys: list[bytes] = []
        size = 0
        self.over_budget = False
        most = min(self._limits.requests, self._plan.size or self._limits.requests)
        while len(lines) < most:
            call = next(queue, None) if self._left is None else self._left
            self._left = None
            if call is None:
                break
            key = bytes.fromhex(call.key)
            request, _ = request_of(self.task, call, mode, after)
            line = call_line(
                self._wire,
                self.spec.model,
                call.key,
                request,
                limit_name=limit_name_of(self.spec),
                mark=mark if self._wire == "anthropic" else "",
            )
            fits = not lines or size + len(line) <= self._limits.bytes
            weight = weight_again(after[key]) if key in after else 1.0
            if not fits or not budget.may_start(self.task.tokens_in(call), weight=weight):
                self._left = call
                self.over_budget = fits
                break
            lines.append(line)
            keys.append(key)
            size += len(line)
        if not lines:
            return None
        for key in keys:
            self._sent[key] = self._sent.get(key, 0) + 1
        return self.ledger.plan(b"".join(lines), len(lines), None if price is None else budget.reserved, mode, mark)

    def _reserved(self) -> float:
        """What the parts under way may cost; one that was sent when there was no price, by the length of its file."""
        if self._budget.price is None:
            return 0.0
        price, total = self._budget.price.in_batch, 0.0
        for part in self.ledger.open_parts:
            if part.cost is not None:
                total += part.cost
                continue
            own = replace(self._budget, price=price, limit=None)
            own.may_start(estimate_tokens(self.ledger.calls_of(part).read_text(encoding="utf-8")), weight=part.calls)
            total += own.reserved
        return total

    def _read(self, batch: str) -> set[bytes]:
        """The failed calls of which the journal has a row of a batch: a process may have been killed while it read."""
        if not self._completed.failed:
            return set()
        rows = read_journal(self.store.journal, self.task.row_type, damage=[])
        return {bytes.fromhex(row.key) for row in rows if row.batch == batch}

    def _unusable(self, but_of: str | None = None) -> dict[bytes, Any]:
        """The last row of each failed call whose reply could not be used, as its next request is worded.

        Rows of the batch ``but_of`` do not count: its requests were made before them.
        """
        if not self._completed.failed:
            return {}
        rows = read_journal(self.store.journal, self.task.row_type, damage=[])
        failed = self._completed.failed
        last = {
            key: row
            for row in rows
            if (key := bytes.fromhex(row.key)) in failed and (but_of is None or row.batch != but_of)
        }
        return {key: row for key, row in last.items() if row.status in self.task.reasked}

    def progress(self) -> Progress:
        """How far the session is."""
        budget = self._budget
        return Progress(
            work=self.task.work,
            total=self._total,
            completed_before=self._before,
            done=self.done + self.failed,
            failed=self.failed,
            spent=budget.spent if budget.price is not None else None,
            currency=self.store.manifest.prices.currency,
            waiting=sum(part.calls for part in self.ledger.open_parts),
        )
