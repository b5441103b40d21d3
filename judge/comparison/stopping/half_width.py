"""Judge in rounds until a win rate is known well enough: sequential stopping by a confidence sequence.

The comparisons are judged in a uniform sequence, a draw without replacement that the seed decides, also where the run
was spread over questions before: what it has judged is not asked again. Each round has a larger ``--limit`` and extends
the one before; calls that failed are asked again at its end. After each round the confidence sequence is computed in
planned order. It is valid at all looks together, so that stopping when it is narrow enough keeps its coverage.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from judge.comparison.compare import JudgingPreview
from judge.comparison.run import Run
from judge.comparison.stopping.rounds import judge_round, refuse_all_pairs
from judge.core.calls.cost_estimate import accept
from judge.core.calls.events import Event, OnEvent, ignore
from judge.judging.settings import CompareSettings
from judge.judging.stored_verdicts import pair_pools, read_verdicts
from judge.stats.estimate import LEVEL
from judge.stats.intervals.confidence_sequence import confidence_sequence
from judge.stats.win_rates.verdict_table import verdict_tables

FIRST = 50  # items of the first round
GROWTH = 1.25

StoppedBy = Literal["narrow", "pool", "limit", "max-cost", "interrupt", "error"]


@dataclass(frozen=True)
class WinRateBounds:
    """The confidence sequence of one candidate's win rate, at the end of a round.

    Attributes:
        candidate: The contestant whose win rate it is, over the reference.
        criterion: The criterion.
        planned: Comparisons of the round's plan.
        judged: Those of them that have a score; the others count as 0 in ``low`` and as 1 in ``high``.
        pool: All comparisons of the pair.
        low: The lower bound.
        high: The upper bound.
        level: The coverage at all looks together. With several candidates it is raised, so that all hold together.
    """

    candidate: str
    criterion: str
    planned: int
    judged: int
    pool: int
    low: float
    high: float
    level: float

    def is_within(self, half_width: float) -> bool:
        """Whether the sequence is +-``half_width`` or narrower."""
        return self.high - self.low <= 2 * half_width + 1e-12


@dataclass(frozen=True)
class Round(Event):
    """One round: a session with the limit of ``items``, its calls, and what is known after it."""

    items: int
    calls: int
    bounds: tuple[WinRateBounds, ...]


@dataclass(frozen=True)
class SequentialRun:
    """The result of judging in rounds.

    Attributes:
        run: The run after the last round, with the session of that round.
        rounds: The rounds, in order.
        stopped_by: "narrow": every sequence is as narrow as asked; "pool": all comparisons were judged; "limit":
            ``--limit`` was reached; "max-cost", "interrupt", "error": as the last session.
        half_width: What was asked for.
    """

    run: Run
    rounds: tuple[Round, ...]
    stopped_by: StoppedBy
    half_width: float

    @property
    def calls(self) -> int:
        """Calls made in all rounds."""
        return sum(each.calls for each in self.rounds)

    @property
    def bounds(self) -> tuple[WinRateBounds, ...]:
        """The bounds after the last round."""
        return self.rounds[-1].bounds


def compare_until(
    settings: CompareSettings,
    half_width: float,
    *,
    confirm: Callable[[JudgingPreview], bool] = accept,
    on_event: OnEvent = ignore,
) -> SequentialRun:
    """Judge in rounds until the confidence sequence of every candidate's win rate is +-``half_width`` or narrower.

    The criterion is the prompt's last; ``settings.sequence`` is ``uniform`` whatever it was. ``settings.limit`` is the
    most items that are judged. No round follows one that was interrupted, stopped by an error, or at the limit on
    money.

    Args:
        settings: As for :func:`~judge.comparison.compare.compare`.
        half_width: Of the sequence, in win rate (0 to .5).
        confirm: Asked before each round that makes calls.
        on_event: Told of progress, and of each :class:`Round` when it ends.

    Raises:
        PersonaJudgeError: As :func:`~judge.comparison.compare.compare`.
    """
    refuse_all_pairs(settings)
    items, rounds = FIRST, list[Round]()
    while True:
        limit = items if settings.limit is None else min(items, settings.limit)
        wanted = replace(settings, limit=limit, sequence="uniform")
        run, calls = judge_round(wanted, confirm=confirm, on_event=on_event)
        rounds.append(Round(limit, calls, _bounds(run)))
        on_event(rounds[-1])
        stopped_by = _stopped_by(run, rounds[-1], half_width, is_last=limit == settings.limit)
        if stopped_by is not None:
            return SequentialRun(run, tuple(rounds), stopped_by, half_width)
        items = max(items + 1, math.ceil(items * GROWTH))


def _stopped_by(run: Run, last: Round, half_width: float, *, is_last: bool) -> StoppedBy | None:
    """Why no further round follows, or None where one does."""
    assert run.session is not None
    if run.session.ended_by in ("interrupt", "error"):
        return run.session.ended_by
    if all(each.is_within(half_width) for each in last.bounds):
        return "narrow"
    if run.session.ended_by == "max-cost":
        return "max-cost"
    if all(each.planned >= each.pool for each in last.bounds):
        return "pool"
    return "limit" if is_last else None


def _bounds(run: Run) -> tuple[WinRateBounds, ...]:
    """The confidence sequence of every candidate, from the verdicts on disk."""
    criterion = run.manifest.criteria[-1]
    tables = verdict_tables((row for row in read_verdicts(run.folder) if row.criterion == criterion), (criterion,))
    pools = pair_pools(run.folder)
    # All candidates' sequences hold at once with 95 %: each of m with 1 - .05 / m (the union bound).
    level = 1 - (1 - LEVEL) / max(len(pools), 1)
    found = []
    for table in tables:
        scores = table.scores[:, 0]
        pool = pools[table.reference, table.candidate].comparisons
        sequence = confidence_sequence(scores, pool, level=level)
        found.append(
            WinRateBounds(
                candidate=table.candidate,
                criterion=criterion,
                planned=len(scores),
                judged=int(np.isfinite(scores).sum()),
                pool=pool,
                # Looked at after whole rounds only: what counts is the bound that stands now.
                low=float(sequence.low[-1]),
                high=float(sequence.high[-1]),
                level=level,
            )
        )
    return tuple(found)
