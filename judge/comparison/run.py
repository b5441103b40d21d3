"""A judging run, as functions return it."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from judge.comparison.summary import Summary
from judge.core.calls.session import Session, is_finished
from judge.core.files.manifest import JudgingManifest
from judge.judging.panels.read_judges import folders

if TYPE_CHECKING:
    import pandas as pd


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
    def unclassified(self) -> int:
        """Responses that a model was to classify as refusals or answers, and did not."""
        return sum(row.unclassified for row in self.summary.refusals)

    @property
    def missing(self) -> int:
        """Planned calls without a verdict: failed, or not made yet; those of an expert judge are among them."""
        expert = 0 if self.summary.expert is None else self.summary.expert.missing
        return self.summary.counts.calls - self.summary.counts.ok + expert

    @property
    def is_finished(self) -> bool:
        """Whether the session made every call, and each has a result or its lack was accepted."""
        missing = self.missing + self.unclassified
        return is_finished(self.session, missing, missing_allowed=self.missing_allowed)

    def verdicts(self) -> pd.DataFrame:
        """Verdicts as they were last written: see :func:`~judge.comparison.frames.verdict_frame`.

        Raises:
            RunDirectoryError: No verdicts were written yet.
        """
        from judge.comparison.frames import verdict_frame
        from judge.judging.stored_verdicts import read_verdicts

        return verdict_frame(read_verdicts(self.folder))

    def judgments(self) -> pd.DataFrame:
        """All rows of the journal (of a panel, of all): see :func:`~judge.comparison.frames.judgment_frame`."""
        from judge.comparison.frames import judgment_frame
        from judge.core.files.journal import read_journal
        from judge.core.files.run_directory import JOURNAL
        from judge.core.records import Judgment

        journals = [folder / JOURNAL for _, folder in folders(self.folder, self.manifest)] or [self.folder / JOURNAL]
        return judgment_frame(row for path in journals for row in read_journal(path, Judgment))

    @property
    def judges(self) -> dict[str, Path]:
        """The folders of the judges' own runs by name, of a panel; empty for one judge."""
        return dict(folders(self.folder, self.manifest))

    def win_rates(self) -> pd.DataFrame:
        """Win rates by slice with intervals: see :func:`~judge.comparison.frames.win_rate_frame`."""
        from judge.comparison.frames import win_rate_frame

        return win_rate_frame(self.summary)

    def leaderboard(self) -> pd.DataFrame:
        """Ranks and strengths of all contestants: see :func:`~judge.comparison.frames.leaderboard_frame`.

        Raises:
            UsageError: The run did not compare all pairs.
        """
        from judge.comparison.frames import leaderboard_frame
        from judge.core.errors import UsageError

        if not self.summary.leaderboards:
            raise UsageError(
                "the run has no leaderboard: it compares candidates with one reference",
                hint="judge with all_pairs=True (--all-pairs); win_rates() has each candidate's win rate",
            )
        return leaderboard_frame(self.summary)

    def __repr__(self) -> str:
        """One line: the manifest and the summary have their own."""
        counts = self.summary.counts
        return (
            f"<Run {str(self.folder)!r}: judge {self.manifest.judge}, "
            f"{counts.comparisons:,} comparisons, {counts.ok:,} of {counts.calls:,} calls with a verdict>"
        )

    def _repr_html_(self) -> str:
        """What a notebook shows: how much was judged, and the main win rates."""
        from judge.comparison.headline import headline

        rates = self.win_rates()
        shown = rates[rates["dimension"] == "all"][
            ["reference", "candidate", "criterion", "win_rate", "low", "high", "n", "missing"]
        ]
        lines = "<br>".join(escape(line) for line in headline(self.summary))
        return f"<p><b>{escape(str(self.folder))}</b><br>{lines}</p>{shown.round(3).to_html(index=False)}"
