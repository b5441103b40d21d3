"""Read the results of calls from a file into a run's journal: nothing twice, nothing of another run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from judge.core.call_files.lines import LineError, Wire, key_of, read_result
from judge.core.calls.budget import Budget, counted
from judge.core.calls.completed_calls import Completed, may_be_billed
from judge.core.calls.prices import Price
from judge.core.calls.reply_reading import reading_of, written
from judge.core.calls.task import Outcome, Task, request_again
from judge.core.errors import InputError
from judge.core.files.journal import Journal
from judge.core.files.rows import unreadable
from judge.core.models import anthropic
from judge.core.models.types import ChatError, ChatReply, ChatRequest

LONGEST_LINE = 32 * 2**20  # bytes, as of a live reply
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Place:
    """Where a result stands: its line, and the byte at which the line begins."""

    line: int
    start: int


@dataclass(frozen=True)
class OfBatch:
    """The batch that results are of.

    Attributes:
        batch: The provider's id.
        keys: Its calls.
        read: Those of them that the journal has a row of already, from this batch.
    """

    batch: str
    keys: Set[str]
    read: Set[bytes]


@dataclass(frozen=True)
class Asked:
    """How the calls of a file were made.

    Attributes:
        wire: The format of the requests.
        mode: How they asked for structured output.
        price: Of the model, as billed for calls of this kind; None where it has none.
        after: The last row of each call that was made again since its reply could not be used, by its key.
    """

    wire: Wire
    mode: str
    price: Price | None
    after: Mapping[bytes, Any] = field(default_factory=dict)

    def sent(self, task: Task[Any, Any], call: Any) -> tuple[ChatRequest, str | None]:
        """A call's request as it went out, with the defaults that are filled in, and what it appended to the prompt."""
        request, reminder = request_of(task, call, self.mode, self.after)
        return anthropic.as_sent(request) if self.wire == "anthropic" else request, reminder


def request_of(
    task: Task[Any, Any], call: Any, mode: str, after: Mapping[bytes, Any]
) -> tuple[ChatRequest, str | None]:
    """Build a call's request, and what it appends to the prompt: ``after`` has rows of replies that cannot be used."""
    row = after.get(bytes.fromhex(call.key)) if after else None
    if row is None:
        return task.request(call, mode, task.max_tokens), None
    return request_again(task, call, row, mode)


@dataclass
class Imported:
    """What a file of results gave.

    Attributes:
        completed: Calls that have a result now.
        failed: Calls whose result is an error or an unusable reply, by kind: they are made again.
        known: Results of calls that the journal had a result of already; they are left out.
        not_run: Calls that were not made, since their batch expired or was cancelled.
        damaged: Lines that are no results, with what is wrong: their calls stay missing.
        cost: Of the replies; None where one of them has no known price.
    """

    completed: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    known: int = 0
    not_run: int = 0
    damaged: list[tuple[int, str]] = field(default_factory=list)
    cost: float | None = 0.0

    def plus(self, other: Imported) -> Imported:
        """Return both together."""
        return Imported(
            self.completed + other.completed,
            self.failed + other.failed,
            self.known + other.known,
            self.not_run + other.not_run,
            [*self.damaged, *other.damaged],
            None if self.cost is None or other.cost is None else self.cost + other.cost,
        )


def import_results(
    task: Task[Any, Any],
    journal: Path,
    completed: Completed,
    path: Path,
    *,
    asked: Asked,
    part: OfBatch | None = None,
    budget: Budget | None = None,
) -> Imported:
    """Append the results of a file to a journal. A rerun adds nothing: what the journal has is left out.

    Nothing is written if a file that somebody made has a result that is not of this run, or two different ones of a
    call. The results of a batch are paid for: of these only such results are left out.

    Args:
        task: The run's calls.
        journal: Its journal.
        completed: What the journal has; what is added is added here too.
        path: The file.
        asked: How the calls were made.
        part: The batch that the results are of; None where it is a file that somebody made, whose name the rows keep.
        budget: What the replies cost is counted here; those without token counts at their estimate.

    Raises:
        InputError: The file cannot be read; results are of other calls than this run's, or a call has two results that
            differ.
        WriteError: The disk does not take the rows.
    """
    found = Imported()
    places = _places(path, found, None if part is None else part.keys)
    results = len(places)
    there = completed.ok if part is None else completed.ok | part.read
    for key in [key for key in places if key in there]:
        del places[key]
    found.known = results - len(places)
    # The calls are made twice, so that none is kept: first to see that each result is of one of them.
    ours = sum(bytes.fromhex(call.key) in places for call in task.calls())
    if ours < len(places):
        _refuse_foreign(task, places, results, path)
    with path.open("rb") as file, Journal(journal) as rows:
        for call in task.calls():
            if (at := places.get(bytes.fromhex(call.key))) is None:
                continue
            try:
                outcome = read_result(_line_at(file, at)).outcome
            except LineError as error:
                found.damaged.append((at.line, str(error)))
                continue
            if outcome is None:
                found.not_run += 1
                continue
            name = path.name if part is None else part.batch
            row = keep_result(task, rows, call, outcome, completed, asked, batch=name)
            if budget is not None and may_be_billed(row):
                usage = counted(row.usage, row.raw)
                budget.charge(usage, task.tokens_in(call), text=row.raw, batch=True)
            completed.add(row)
            completed.rows += 1
            if row.status in task.usable:
                found.completed += 1
            else:
                found.failed[row.error_kind or row.status] += 1
            if row.raw is not None:
                found.cost = None if found.cost is None or row.cost is None else found.cost + row.cost
    return found


def keep_result(
    task: Task[Any, Any],
    rows: Journal,
    call: Any,
    given: ChatReply | ChatError,
    completed: Completed,
    asked: Asked,
    *,
    batch: str | None = None,
    requests: int = 1,
    seconds: float = 0.0,
) -> Any:
    """Write the row of a call whose result came as a line.

    Args:
        task: The run's calls.
        rows: The journal.
        call: The call.
        given: Its result.
        completed: What the journal has, which says how often the call was made before.
        asked: How the call was made.
        batch: The batch or the file that the result came in; None where it came by itself.
        requests: The number of requests that it took.
        seconds: How long it took.

    Returns:
        The row.

    Raises:
        WriteError: The disk does not take it.
    """
    reply = given if isinstance(given, ChatReply) else None
    if reply is not None:
        reply = replace(reply, usage=counted(reply.usage, reply.text))
    usage = None if reply is None else reply.usage
    sent, reminder = asked.sent(task, call)
    outcome = Outcome(
        reading=reading_of(task, call, reply or given),
        sent=sent,
        reply=reply,
        attempt=completed.failed.get(bytes.fromhex(call.key), 0),
        requests=requests,
        seconds=seconds,
        cost=None if usage is None or asked.price is None else asked.price.of(usage),
        time=datetime.now(UTC).isoformat(timespec="milliseconds"),
        reminder=reminder,
        batch=batch,
    )
    return written(task, rows, call, outcome)


def _places(path: Path, found: Imported, within: Set[str] | None) -> dict[bytes, Place]:
    """Find the line of each call's result; note the lines that are none.

    Where a call has a result and a line that says that it was not made, or an error, the better one counts: services
    put errors in a file of their own, and a part that was sent again has both.

    Args:
        path: The file.
        found: Gets the lines that are no results.
        within: The calls of a batch: other results, and those of a call with two replies that differ, are left out.

    Raises:
        InputError: The file cannot be read; a call has two replies that differ, in a file that is not of a batch.
    """
    places: dict[bytes, Place] = {}
    twice: set[bytes] = set()
    with _opened(path) as file:
        for at, line in _lines(file):
            try:
                if len(line) > LONGEST_LINE:
                    raise LineError(f"{len(line) / 2**20:,.0f} MB long")
                name = key_of(line)
                if within is not None and name not in within:
                    raise LineError("the result of a call that was not in the batch")
                key = bytes.fromhex(name)
            except LineError as error:
                found.damaged.append((at.line, str(error)))
                continue
            except ValueError:
                raise InputError(
                    f"the custom_id {name!r} is not of a call of this program", path=path, line=at.line, hint=_OTHER
                ) from None
            try:
                places[key] = _better(path, file, places[key], at, line) if key in places else at
            except InputError as error:
                if within is None:
                    raise
                found.damaged.append((at.line, error.message))
                twice.add(key)
    return {key: at for key, at in places.items() if key not in twice} if twice else places


def _opened(path: Path) -> IO[bytes]:
    try:
        return path.open("rb")
    except OSError as error:
        raise unreadable(path, error) from None


_OTHER = "give the results of a file that `judge calls export` wrote for this run"


def _better(path: Path, file: IO[bytes], first: Place, second: Place, line: bytes) -> Place:
    back = file.tell()
    before = _line_at(file, first)
    file.seek(back)
    if before.strip() == line.strip():
        return first
    one, other = _outcome(before), _outcome(line)
    if isinstance(one, ChatReply) and isinstance(other, ChatReply):
        raise InputError(
            f"a second result of the call {key_of(line)[:8]}..., and another one than in line {first.line}",
            path=path,
            line=second.line,
            hint="remove one of them",
        )
    return first if isinstance(one, ChatReply) or other is None else second


def _outcome(line: bytes) -> ChatReply | ChatError | None:
    try:
        return read_result(line).outcome
    except LineError:
        return None


def _refuse_foreign(task: Task[Any, Any], places: Mapping[bytes, Place], results: int, path: Path) -> None:
    ours = {bytes.fromhex(call.key) for call in task.calls()}
    lines = [at.line for key, at in places.items() if key not in ours]
    more = f" and {len(lines) - _SHOWN:,} more" if len(lines) > _SHOWN else ""
    raise InputError(
        f"{len(lines):,} of {results:,} results are of calls that this run does not have "
        f"(lines {', '.join(map(str, lines[:_SHOWN]))}{more}): of another run, or of other settings",
        path=path,
        line=lines[0],
        hint=_OTHER,
    )


def _lines(file: IO[bytes]) -> Iterator[tuple[Place, bytes]]:
    start = 0
    for number, line in enumerate(iter(file.readline, b""), start=1):
        if line.strip():
            yield Place(number, start), line
        start += len(line)


def _line_at(file: IO[bytes], at: Place) -> bytes:
    file.seek(at.start)
    return file.readline()
