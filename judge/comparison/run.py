"""A judging run, as functions return it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from judge.comparison.summary import Summary
from judge.core.calls.session import Session, is_finished
from judge.core.files.manifest import JudgingManifest


@dataclass(frozen=True)
class Run:
    """A judging run on disk, with its numbers.

    Attributes:
        folder: The run directory.
        manifest: Inputs, settings, versions, sessions and counts.
        summary: Counts, win rates with their intervals, and how the judge behaved.
        session: How the calls of this session ended; None where the run was loaded from disk.
        missing_allowed: Whether calls without a verdict were accepted (``--allow missing``) and each was made.
    """

    folder: Path
    manifest: JudgingManifest
    summary: Summary
    session: Session | None = None
    missing_allowed: bool = False

    @property
    def missing(self) -> int:
        """Planned calls without a verdict: failed, or not made yet."""
        return self.summary.counts.calls - self.summary.counts.ok

    @property
    def is_finished(self) -> bool:
        """Whether the session made every call, and each has a verdict or its lack was accepted."""
        return is_finished(self.session, self.missing, missing_allowed=self.missing_allowed)
