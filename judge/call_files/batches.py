"""What became of the batches of a run, and how to cancel them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from judge.call_files.runs import opened_run
from judge.core.batches.ledger import Ledger, Part, opened_ledger, read_parts
from judge.core.batches.locate import locate
from judge.core.batches.open_service import open_service, stop
from judge.core.batches.service import BatchService, ServiceError
from judge.core.calls.limits import SETTLE_SECONDS
from judge.core.errors import UsageError
from judge.core.files.run_directory import MANIFEST
from judge.generation.open_run import folder_of
from judge.judging.panel import FOLDER

_TIMEOUT = 60.0


@dataclass(frozen=True)
class Cancelled:
    """What cancelling did, in batches.

    Attributes:
        asked: That the provider cancels.
        never_sent: Parts that the provider never had.
        ended: That had ended: the results that there are will be collected, however few.
        unknown: Parts that may have been sent, and may still appear in the provider's list.
    """

    asked: int = 0
    never_sent: int = 0
    ended: int = 0
    unknown: int = 0


def parts_of(run: Path) -> list[Part]:
    """List the parts of a run, the first that was sent first, as the run's own files tell. Makes no call.

    Raises:
        UsageError: The run made no calls in batches.
        RunDirectoryError: The list is damaged.
    """
    if not run.exists():
        raise UsageError(f"{run}: no such run", hint="give a run directory, or a file of responses of `judge generate`")
    parts = [part for folder in _folders(run) for part in read_parts(folder).values()]
    if not parts:
        raise UsageError(f"{run} has no batches", hint="give a run that was made with --batch")
    return parts


def cancel(run: Path, settle: float = SETTLE_SECONDS) -> Cancelled:
    """Ask the provider to make no further call of a run's batches under way.

    Results that there are by then still count: rerunning the command with ``--batch`` collects them. So do those of
    batches that have ended, even where they are fewer than the provider says, or none.

    Args:
        run: The run directory.
        settle: As in :class:`~judge.core.calls.limits.Batches`.

    Raises:
        RunDirectoryError: There is no run, or another process uses it.
        ProviderStop: The provider does not answer.
    """
    counts: Counter[str] = Counter()
    for folder in _folders(run):
        with opened_run(folder) as found, opened_ledger(found.store.folder) as ledger:
            service = open_service(found.spec, _TIMEOUT)
            for part in ledger.open_parts:
                try:
                    counts[_cancel(service, ledger, part, settle)] += 1
                except ServiceError as error:
                    raise stop(found.spec, error) from error
    return Cancelled(**counts)


def _cancel(service: BatchService, ledger: Ledger, part: Part, settle: float) -> str:
    """Cancel a part; return the field of :class:`Cancelled` that counts it."""
    try:
        where = locate(service, ledger, part, settle)
    except ServiceError as error:
        if not (error.gone or error.not_the_api):
            raise
        where = "unsent"  # the server has no list of batches, so no part can ever be found in it
    if where == "unsent":
        ledger.close(part, "refused", "never sent")
        return "never_sent"
    if part.batch is None:
        return "unknown"
    try:
        if service.state(part.batch).end == "running":
            service.cancel(part.batch)
            return "asked"
    except ServiceError as error:
        if not error.gone:
            raise
        ledger.close(part, "refused", "not at the provider")
        return "ended"
    ledger.release(part)
    return "ended"


def _folders(run: Path) -> list[Path]:
    """The folder of a run, or of a panel's judges."""
    folder = folder_of(run) if not run.is_dir() and folder_of(run).is_dir() else run
    judges = sorted(path.parent for path in (folder / FOLDER).glob(f"*/{MANIFEST}"))
    return judges or [folder]
