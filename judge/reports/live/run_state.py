"""Whether a run goes on, is finished, was stopped or failed: by its lock, its manifest and the growth of its files."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from judge.core.clock import duration
from judge.core.files.manifest import Manifest
from judge.stats.formatting import counted

QUIET = 120.0  # seconds without growth after which a run whose lock cannot be looked up is taken to have ended
QUIET_UNLOCKED = 15.0  # the same where its lock was looked up and not found: another container's locks are not listed
_LOCKS = Path("/proc/locks")  # Linux

StateName = Literal["running", "finished", "stopped", "failed"]


@dataclass(frozen=True)
class RunState:
    """The state of a run, and in one sentence how it came to it."""

    name: StateName
    words: str


def is_locked(lock: Path) -> bool | None:
    """Whether a process has the lock of a run directory.

    The lock itself is not touched: to try it would, for a moment, keep the run from starting.

    Returns:
        None where this system does not list its locks (only Linux does).
    """
    try:
        found = lock.stat()
        listed = _LOCKS.read_text(encoding="ascii", errors="replace")
    except FileNotFoundError:
        return None if not _LOCKS.exists() else False
    except OSError:
        return None
    place = f"{os.major(found.st_dev):02x}:{os.minor(found.st_dev):02x}:{found.st_ino}"
    return any(place in line.split() for line in listed.splitlines())


def state_of(manifest: Manifest, *, locked: bool | None, quiet: float, missing: int | None) -> RunState:
    """Say how a run stands.

    Args:
        manifest: Its manifest.
        locked: Whether a process has its lock; None where that is not known.
        quiet: Seconds since one of its files changed.
        missing: Planned calls without a result; None where the plan is not known.
    """
    session = manifest.sessions[-1] if manifest.sessions else None
    is_open = session is not None and session.ended is None
    if locked:
        return RunState("running", "Calls are being made." if is_open else "The run is being prepared, or written.")
    if (is_open or session is None) and quiet < (QUIET if locked is None else QUIET_UNLOCKED):
        return RunState("running", f"The last change was {duration(quiet)} ago.")
    if session is None:
        return RunState("stopped", "No call was made. Rerun the command to start.")
    if is_open:
        return RunState(
            "stopped",
            f"The process ended without finishing: the last change was {duration(quiet)} ago. Rerun the command to "
            "resume.",
        )
    if session.ended_by == "interrupt":
        return RunState("stopped", "The user stopped it. Rerun the command to resume.")
    if session.ended_by == "max-cost":
        return RunState("stopped", "A further call could have passed --max-cost. Rerun with a higher one to resume.")
    if session.ended_by == "error":
        return RunState("failed", "An error stopped it; the command printed which. Rerun the command to resume.")
    if missing:
        return RunState("finished", f"{counted(missing, 'call')} without a result. Rerun the command to retry.")
    return RunState("finished", "Every call has a result.")
