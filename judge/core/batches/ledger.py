"""The parts of a run that are sent as batches: each is on disk before it is sent.

``batches.jsonl`` in the run directory has one line for each step of a part: ``planned`` before it is sent, ``sending``
right before the request that makes the batch, ``created`` with the provider's id, and ``closed`` once its results are
in the journal, or the provider has refused it. Where the id did not come: ``unsent`` if the provider refused that,
``missed`` when the provider's list was first without the batch; it is sent anew only if the list is without it later,
too. ``released`` says that a batch has ended and whatever results there are will do. The calls of a part are a file in
``batches/``, and so are its results. Each part has a name of its own, with random digits: no other batch has it.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from judge.core.call_files.lines import LineError, key_of
from judge.core.calls.limits import Limits
from judge.core.errors import RunDirectoryError
from judge.core.files.append_only import AppendedFile
from judge.core.files.run_directory import now, write_bytes

LEDGER = "batches.jsonl"
FOLDER = "batches"
End = Literal["imported", "refused"]


@dataclass
class Part:
    """A part.

    Attributes:
        name: Its own.
        calls: The number of its calls.
        planned: When it was written, before it was sent (ISO 8601).
        cost: What it may cost, as estimated; None where the model has no price.
        mode: How its calls ask for structured output.
        batch: The provider's id; None while that is unknown.
        end: How it ended; None while it is under way.
        status: The provider's last word on it.
        added: Results that it gave.
        failed: Its calls without a usable result.
        not_run: Its calls that were not made.
        maybe_sent: Whether the provider may have it though its id is unknown.
        missed: When the provider's list was first without it, after it may have been sent; None where it was not.
        released: Whether the results that there are will do, however few.
    """

    name: str
    calls: int
    planned: str
    cost: float | None
    mode: str
    batch: str | None = None
    end: End | None = None
    status: str = ""
    added: int = 0
    failed: int = 0
    not_run: int = 0
    maybe_sent: bool = False
    missed: datetime | None = None
    released: bool = False

    @property
    def since(self) -> datetime:
        """When it may have been sent, at the earliest."""
        return datetime.fromisoformat(self.planned)


class Ledger:
    """The parts of a run. Open it with :func:`opened_ledger`."""

    def __init__(self, folder: Path, parts: dict[str, Part], file: AppendedFile) -> None:
        self._folder = folder
        self._file = file
        self.parts = parts

    @property
    def open_parts(self) -> list[Part]:
        """The parts that are under way, or were planned and perhaps sent."""
        return [part for part in self.parts.values() if part.end is None]

    def calls_of(self, part: Part) -> Path:
        """The file of a part's calls."""
        return self._folder / FOLDER / f"{part.name}.jsonl"

    def results_of(self, part: Part) -> Path:
        """The file of a part's results."""
        return self._folder / FOLDER / f"{part.name}.results.jsonl"

    def keys_of(self, part: Part) -> set[str]:
        """The keys of a part's calls.

        Raises:
            RunDirectoryError: The file of its calls is not there, or is damaged.
        """
        path = self.calls_of(part)
        try:
            with path.open("rb") as file:
                return {key_of(line) for line in file}
        except (OSError, LineError) as error:
            raise RunDirectoryError(
                f"{path}, the calls of a batch under way, cannot be read: {error}",
                hint="restore the file: without it a call might be made twice",
            ) from None

    def under_way(self) -> set[bytes]:
        """The keys of the calls of all open parts."""
        return {bytes.fromhex(key) for part in self.open_parts for key in self.keys_of(part)}

    def ended(self) -> set[bytes]:
        """The keys of the calls of all parts whose results were read, with or without a result.

        A part whose file was removed since is left out: nothing of it is under way.
        """
        read = [part for part in self.parts.values() if part.end == "imported" and self.calls_of(part).exists()]
        return {bytes.fromhex(key) for part in read for key in self.keys_of(part)}

    def plan(self, content: bytes, calls: int, cost: float | None, mode: str, mark: str) -> Part:
        """Write a part's calls, and that it is about to be sent.

        Raises:
            WriteError: The disk does not take it: it must not be sent.
        """
        part = Part(f"part-{len(self.parts) + 1}-{mark}", calls, now(), cost, mode)
        write_bytes(self.calls_of(part), content)
        self._note(part, "planned", calls=calls, cost=cost, mode=mode, time=part.planned)
        self.parts[part.name] = part
        return part

    def sending(self, part: Part) -> None:
        """Note that the next request makes the batch of a part."""
        part.maybe_sent, part.missed = True, None
        self._note(part, "sending")

    def unsent(self, part: Part) -> None:
        """Note that the provider did not make the batch."""
        part.maybe_sent, part.missed = False, None
        self._note(part, "unsent")

    def missing(self, part: Part) -> float:
        """Note that the provider's list is without a part; return the seconds since it first was."""
        if part.missed is None:
            part.missed = datetime.now(UTC)
            self._note(part, "missed", since=part.missed.isoformat())
        return (datetime.now(UTC) - part.missed).total_seconds()

    def release(self, part: Part) -> None:
        """Note that whatever results a part has will do."""
        part.released = True
        self._note(part, "released")

    def created(self, part: Part, batch: str) -> None:
        """Note the provider's id of a part."""
        part.batch = batch
        self._note(part, "created", batch=batch)

    def close(self, part: Part, end: End, status: str, *, added: int = 0, failed: int = 0, not_run: int = 0) -> None:
        """Note how a part ended."""
        part.end, part.status = end, status
        part.added, part.failed, part.not_run = added, failed, not_run
        self._note(part, "closed", end=end, status=status, added=added, failed=failed, not_run=not_run)

    def _note(self, part: Part, step: str, **facts: Any) -> None:
        line = {"part": part.name, "step": step, "time": now(), **facts}
        self._file.write(json.dumps(line).encode() + b"\n")
        self._file.sync()


def read_parts(folder: Path) -> dict[str, Part]:
    """Read the parts of a run, in the order of their sending; none where it has no ledger.

    Raises:
        RunDirectoryError: A line is damaged: a part might be sent twice.
    """
    path = folder / LEDGER
    parts: dict[str, Part] = {}
    if not path.exists():
        return parts
    lines = path.read_bytes().split(b"\n")
    for number, line in enumerate(lines, start=1):
        if not line:
            continue
        try:
            _apply(parts, json.loads(line))
        except (ValueError, LookupError, TypeError) as error:
            if number == len(lines):  # a line that was cut off: what it would have said did not happen
                break
            raise RunDirectoryError(
                f"{path}:{number}: damaged: {type(error).__name__}: {error}",
                hint="restore the line: without it a part might be sent twice",
            ) from None
    return parts


def _apply(parts: dict[str, Part], line: dict[str, Any]) -> None:
    if line["step"] == "planned":
        name = str(line["part"])
        parts[name] = Part(name, int(line["calls"]), str(line["time"]), line["cost"], str(line["mode"]))
        return
    part, step = parts[line["part"]], line["step"]
    if step in ("sending", "unsent"):
        part.maybe_sent, part.missed = step == "sending", None
    elif step == "missed":
        part.missed = datetime.fromisoformat(line["since"])
    elif step == "released":
        part.released = True
    elif step == "created":
        part.batch = str(line["batch"])
    else:
        part.end, part.status = line["end"], str(line["status"])
        part.added, part.failed, part.not_run = int(line["added"]), int(line["failed"]), int(line["not_run"])


def new_mark() -> str:
    """Draw what tells a part from all other batches of an account, those of other runs included."""
    return secrets.token_hex(6)


def calls_under_way(folder: Path, limits: Limits | None = None) -> int:
    """Count a run's calls in batches under way, and refuse to make them in another way: they would be paid for twice.

    Args:
        folder: The run directory.
        limits: Of the session that begins; None where calls are to be made elsewhere.

    Raises:
        RunDirectoryError: Batches of the run are under way, and the session does not make calls in batches.
    """
    under_way = [part for part in read_parts(folder).values() if part.end is None]
    if under_way and (limits is None or limits.batch is None):
        raise RunDirectoryError(
            f"{sum(part.calls for part in under_way):,} calls of {folder} are in {len(under_way):,} batches under way",
            hint=f"rerun the command with --batch, which collects them; or `judge batches cancel {folder}`, and then "
            "with --batch",
        )
    return sum(part.calls for part in under_way)


@contextmanager
def opened_ledger(folder: Path) -> Iterator[Ledger]:
    """Open the ledger of a locked run directory; it is made where there is none."""
    parts = read_parts(folder)
    (folder / FOLDER).mkdir(exist_ok=True)
    with AppendedFile(folder / LEDGER) as file:
        yield Ledger(folder, parts, file)
