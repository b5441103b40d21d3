"""What became of the batches of a run, and how to cancel them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from judge.call_files.runs import opened_run
from judge.core.batches.ledger import Part, opened_ledger, read_parts
from judge.core.batches.open_service import open_service, stop
from judge.core.batches.service import ServiceError
from judge.core.errors import UsageError
from judge.generation.open_run import folder_of

_TIMEOUT = 60.0


@dataclass(frozen=True)
class Cancelled:
    """What cancelling did: batches that were cancelled, and parts that the provider never had."""

    asked: int
    never_sent: int


def parts_of(run: Path) -> list[Part]:
    """List the parts of a run, the first that was sent first, as the run's own files tell. Makes no call.

    Raises:
        UsageError: The run made no calls in batches.
        RunDirectoryError: The list is damaged.
    """
    if not run.exists():
        raise UsageError(f"{run}: no such run", hint="give a run directory, or a file of responses of `judge generate`")
    parts = list(read_parts(_folder(run)).values())
    if not parts:
        raise UsageError(f"{run} has no batches", hint="give a run that was made with --batch")
    return parts


def cancel(run: Path) -> Cancelled:
    """Ask the provider to make no further call of a run's batches under way.

    Results that there are by then still count: rerunning the command with ``--batch`` collects them.

    Raises:
        RunDirectoryError: There is no run, or another process uses it.
        ProviderStop: The provider does not answer.
    """
    asked = never = 0
    with opened_run(run) as found, opened_ledger(found.store.folder) as ledger:
        service = open_service(found.spec, _TIMEOUT)
        others = {part.batch for part in ledger.parts.values() if part.batch is not None}
        for part in ledger.open_parts:
            try:
                if part.batch is None:
                    batch = service.find(ledger.calls_of(part), part.name, part.since, others)
                    if batch is None:
                        ledger.close(part, "refused", "never sent")
                        never += 1
                        continue
                    ledger.created(part, batch)
                assert part.batch is not None
                service.cancel(part.batch)
            except ServiceError as error:
                raise stop(found.spec, error) from error
            asked += 1
    return Cancelled(asked, never)


def _folder(run: Path) -> Path:
    return folder_of(run) if not run.is_dir() and folder_of(run).is_dir() else run
