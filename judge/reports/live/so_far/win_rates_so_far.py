"""Win rates of a run that goes on, with intervals that may be looked at again and again.

Which interval is valid depends on the sequence in which the comparisons are judged:

spread (the default): one item of every question, then a second. This order is no uniform draw, so that the confidence
sequence of the pool does not apply. Estimates have independent increments, and the clustered interval of
:mod:`judge.stats.intervals.anytime_share` holds at all looks together. It is about other questions of this kind.

uniform: a uniform draw without replacement. The confidence sequence of the pool
(:mod:`judge.stats.intervals.confidence_sequence`) holds at all looks. It is about the mean over the run's own
comparisons, is not clustered and need not be. Comparisons that failed or are in flight count as 0 in its lower and as 1
in its upper end.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from judge.comparison.summary import Summary
from judge.core.item_sequence import SequenceRule
from judge.reports.live.so_far.judged_so_far import JudgedSoFar, PlannedComparisons
from judge.stats.agreement.ratings import IntArray
from judge.stats.estimate import LEVEL, Estimate, FloatArray, undefined
from judge.stats.intervals.anytime_share import anytime_estimates
from judge.stats.intervals.confidence_sequence import confidence_sequence
from judge.stats.win_rates.verdict_table import OUTCOMES

Basis = Literal["questions", "pool", "finished"]
LONG = 3_000  # scores whose confidence sequences take half a second
_REST = 10.0


@dataclass(frozen=True)
class WinRateSoFar:
    """A candidate's win rate under one criterion.

    Attributes:
        reference: The reference.
        candidate: The candidate.
        criterion: The criterion.
        basis: What the interval holds for: other questions of the kind, at all looks (``questions``); the pool of the
            run, at all looks (``pool``); other questions, at the end of a finished run (``finished``).
        planned: Comparisons of the plan.
        pool: Comparisons that the run could judge.
        outcomes: Comparisons by outcome; ``missing`` are those of which a call failed. Others are not judged yet.
        estimate: The win rate.
    """

    reference: str
    candidate: str
    criterion: str
    basis: Basis
    planned: int
    pool: int
    outcomes: dict[str, int]
    estimate: Estimate


def win_rates_so_far(judged: JudgedSoFar, sequence: SequenceRule) -> tuple[WinRateSoFar, ...]:
    """Estimate each candidate's win rate under each criterion from the comparisons judged so far.

    Each interval holds at all looks with 95 % by itself. Degenerate cases: nothing judged, no value
    (``nothing_scored``); spread and fewer than 5 questions, no interval (``too_few_clusters``).
    """
    planned = judged.planned
    found = []
    for number, names in enumerate(planned.pairs):
        pool = np.flatnonzero(planned.pair_of == number)
        found += [
            win_rate_of(
                planned,
                names,
                criterion,
                sequence,
                pool=pool,
                scores=judged.scores[pool, column],
                outcomes=judged.outcomes[pool, column],
            )
            for column, criterion in enumerate(judged.criteria)
        ]
    return tuple(found)


def win_rate_of(
    planned: PlannedComparisons,
    names: tuple[str, str],
    criterion: str,
    sequence: SequenceRule,
    *,
    pool: IntArray,
    scores: FloatArray,
    outcomes: NDArray[np.int8],
) -> WinRateSoFar:
    """Estimate one win rate from the comparisons of a pool.

    Args:
        planned: All comparisons.
        names: The reference, and the candidate whose win rate it is.
        criterion: The criterion.
        sequence: In which comparisons are judged.
        pool: The places of the n comparisons that the run could judge.
        scores: The candidate's scores of these (n,); NaN where there is none.
        outcomes: Indices into ``OUTCOMES`` (n,); -1 until each call was made.
    """
    is_planned = pool < planned.planned
    scores, outcomes = scores[is_planned], outcomes[is_planned]
    questions = planned.questions[pool[is_planned]]
    counts = np.bincount(outcomes[outcomes >= 0], minlength=len(OUTCOMES))
    return WinRateSoFar(
        reference=names[0],
        candidate=names[1],
        criterion=criterion,
        basis="questions" if sequence == "spread" else "pool",
        planned=len(scores),
        pool=len(pool),
        outcomes={name: int(count) for name, count in zip(OUTCOMES, counts, strict=True)},
        estimate=_of_questions(scores, questions) if sequence == "spread" else _of_pool(scores, questions, len(pool)),
    )


def final_win_rates(summary: Summary) -> tuple[WinRateSoFar, ...]:
    """The win rates of a finished run, as `judge show` prints them."""
    return tuple(
        WinRateSoFar(
            reference=row.reference,
            candidate=row.candidate,
            criterion=row.criterion,
            basis="finished",
            planned=row.planned,
            pool=row.planned,
            outcomes={name: getattr(row, name) for name in OUTCOMES},
            estimate=row.win_rate,
        )
        for row in summary.win_rates
        if row.dimension == "all"
    )


class RateKeeper:
    """Keeps the win rates of a run until its journal has grown.

    The confidence sequence takes about 0.1 ms a comparison, criterion and end. Where that is long it is computed in
    a thread of its own, and next after ten times as long at the earliest; until then the win rates of before are shown.

    Args:
        estimate: Computes them.
    """

    def __init__(self, estimate: Callable[[JudgedSoFar, SequenceRule], tuple[WinRateSoFar, ...]]) -> None:
        self._estimate = estimate
        self._rates: tuple[WinRateSoFar, ...] = ()
        self._of: object = None
        self._next = 0.0
        self._thread: threading.Thread | None = None

    def of(self, judged: JudgedSoFar, sequence: SequenceRule, version: object) -> tuple[WinRateSoFar, ...]:
        """The win rates of ``judged``, or of a while ago; empty where none are computed yet.

        Args:
            judged: The comparisons so far.
            sequence: In which they are judged.
            version: What changes with them.
        """
        is_busy = self._thread is not None and self._thread.is_alive()
        if version == self._of or is_busy or time.monotonic() < self._next:
            return self._rates
        self._of = version
        if sequence == "spread" or judged.scores.size < LONG:
            self._compute(judged, sequence)
        else:
            self._thread = threading.Thread(target=self._compute, args=(judged.copied(), sequence), daemon=True)
            self._thread.start()
        return self._rates

    def _compute(self, judged: JudgedSoFar, sequence: SequenceRule) -> None:
        began = time.monotonic()
        self._rates = self._estimate(judged, sequence)
        self._next = time.monotonic() + _REST * (time.monotonic() - began)


def _of_questions(scores: FloatArray, questions: IntArray) -> Estimate:
    there = ~np.isnan(scores)
    if not there.any():
        return undefined("nothing_scored")
    of = np.unique(questions[there], return_inverse=True)[1]
    sums = np.bincount(of, weights=scores[there]).astype(np.float64)[:, None]
    counts = np.bincount(of).astype(np.float64)[:, None]
    return anytime_estimates(sums, counts, np.array([(scores[there] ** 2).sum()]))[0]


def _of_pool(scores: FloatArray, questions: IntArray, pool: int) -> Estimate:
    there = np.flatnonzero(~np.isnan(scores))
    if not len(there):
        return undefined("nothing_scored")
    bounds = confidence_sequence(scores[: there[-1] + 1], pool, level=LEVEL)
    return Estimate(
        value=float(scores[there].mean()),
        low=float(bounds.low[-1]),
        high=float(bounds.high[-1]),
        n=len(there),
        clusters=len(np.unique(questions[there])),
    )
