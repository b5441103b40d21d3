"""Decide early on which side of .5 a win rate lies: looks at growing data, their bounds, and how many comparisons next.

The claim is about other questions of the kind: the test at each look is that of the clustered interval. Comparisons are
spread over questions (:mod:`judge.core.item_sequence`), so that estimates at later looks have independent increments,
and the bounds of :mod:`judge.stats.intervals.group_sequential` hold. In a pool of fewer than 40 questions later looks
are at the same questions, and these bounds decide too often: there each look has its own part of the error
(Bonferroni). Information is 1 / SE^2 of the win rate; looks are planned at fifths of what the design needs, or of what
the pool can give if that is less.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Literal

import numpy as np

from judge.stats.agreement.ratings import BoolArray, IntArray
from judge.stats.estimate import FEW_CLUSTERS, MIN_CLUSTERS, FloatArray
from judge.stats.intervals.group_sequential import boundaries, inflation, spent
from judge.stats.intervals.share_interval import share_p_value
from judge.stats.intervals.t_interval import cr2
from judge.stats.win_rates.variance_components import components

PARITY = 0.5
LOOKS = 5
FEW_QUESTIONS = FEW_CLUSTERS  # of a pool: with fewer, looks do not rely on independent increments
ASSUMED_VARIANCE = 0.25  # of a score, before any is known: the greatest
FEWEST = 10  # comparisons at the first look
_LEAST_STEP = 0.02  # in shares of information, from look to look
_STEEPEST = 0.824  # logit(d) d (1 - d) is greatest here: rates beyond need no more information than this one
_NEXT = 0.1  # a look so close to the last one is skipped

Side = Literal["above", "below"]
inflation_of = functools.cache(inflation)


@dataclass(frozen=True)
class Design:
    """What is asked of a decision.

    Attributes:
        error: Probability of a decision if the win rate is .5, at all looks together; half of it for the wrong side.
        power: Probability of the right decision if the win rate is ``detect``.
        detect: The win rate, above .5, that is to be found with this power; 1 - ``detect`` alike.
    """

    error: float = 0.05
    power: float = 0.9
    detect: float = 0.6

    @property
    def information(self) -> float:
        """1 / SE^2 of the win rate at the last of the planned looks.

        The test at ``detect`` = d is of t = logit(d) d (1 - d) / SE, whose quantile is Student's: with few comparisons
        (those of half the greatest variance) more information is needed.
        """
        from scipy.special import ndtri, stdtrit

        at = min(self.detect, _STEEPEST)
        distance = np.log(at / (1 - at)) * at * (1 - at)
        tail, power = 1 - self.error / 2, ndtri(self.power)
        needed = ((ndtri(tail) + power) / distance) ** 2
        few = stdtrit(max(needed * ASSUMED_VARIANCE / 2 - 1, MIN_CLUSTERS - 1), tail)
        return float(((few + power) / distance) ** 2) * inflation_of(LOOKS, self.error, self.power)


@dataclass(frozen=True)
class Look:
    """What was seen at a look.

    Attributes:
        comparisons: Comparisons planned so far.
        missing: Those of them whose calls failed; they count against the decision.
        questions: Questions with a score.
        win_rate: Mean score; None if there is none.
        fraction: Information, as a share of that at the last planned look.
        p: Two-sided p-value of .5, with missing comparisons against the side; None below 5 questions.
        level: The greatest p that decides at this look: the bound.
        decision: The side, if p is at most the level.
        is_last: Whether no look follows: the information or the pool is used up.
    """

    comparisons: int
    missing: int
    questions: int
    win_rate: float | None
    fraction: float
    p: float | None
    level: float
    decision: Side | None
    is_last: bool


@dataclass(frozen=True)
class Next:
    """The next look: how many comparisons, and whether it is the last one."""

    comparisons: int
    is_last: bool


def fewest_questions(error: float) -> int:
    """Return the questions below which nothing is decided: K of them give no p below 2^(1 - K), as a sign test."""
    return 1 + int(np.ceil(-np.log2(error)))


def first_look(design: Design, pool: int) -> Next:
    """Plan the first look, at a fifth of the information if scores had the greatest variance there is."""
    wanted = max(FEWEST, int(np.ceil(design.information * ASSUMED_VARIANCE / LOOKS)))
    return Next(min(wanted, pool), wanted >= pool)


def look_at(
    design: Design,
    before: tuple[Look, ...],
    planned: Next,
    scores: FloatArray,
    missing: BoolArray,
    questions: IntArray,
    pool: tuple[int, int],
) -> tuple[Look, Next | None]:
    """Test whether the win rate is above or below .5, and plan the next look.

    A missing comparison counts as lost in the test for a win rate above .5, and as won in that for one below: what is
    decided holds whatever its outcome.

    Args:
        design: What is asked.
        before: The looks before this one.
        planned: This look, as it was planned.
        scores: Scores so far (n,), NaN where there is none.
        missing: Comparisons whose calls failed (n,). One without a score that is not missing is left out.
        questions: Question of each comparison (n,).
        pool: Number of comparisons that can be judged, and of their questions.

    Returns:
        The look, and the next one; None if this one decides or is the last.
    """
    there = ~np.isnan(scores)
    mean, error, _, number = _mean(scores[there], questions[there])
    parts = components(scores, questions, np.full(len(scores), -1), np.full((len(scores), 2), np.nan))
    whole, seen = design.information, 0.0
    if np.isfinite(error):
        seen = 1 / (error**2 * whole) if error > 0 else 1.0
    if parts is not None and (most := _information(parts.question, parts.rest, pool[0], pool[1])) < whole:
        # The pool cannot give so much: what counts is the share of what it can.
        seen, whole = _information(parts.question, parts.rest, len(scores), pool[1]) / most, most
    fraction = min(1.0, max(seen, (before[-1].fraction if before else 0.0) + _LEAST_STEP))
    is_last = planned.is_last or len(scores) >= pool[0] or fraction >= 1 or len(before) + 1 >= LOOKS
    p, side = _test(scores, missing, questions)
    few = pool[1] < FEW_QUESTIONS
    level = _level([each.fraction for each in before], fraction, design.error, is_last=is_last, few=few)
    decided = side if p is not None and p <= level else None
    look = Look(
        comparisons=len(scores),
        missing=int(missing.sum()),
        questions=number,
        win_rate=mean if there.any() else None,
        fraction=fraction,
        p=p,
        level=level,
        decision=decided,
        is_last=is_last,
    )
    if decided or is_last:
        return look, None
    total = ASSUMED_VARIANCE if parts is None else parts.rest + (parts.question or 0.0)
    question = None if parts is None else parts.question
    return look, _next(fraction, len(before) + 2, whole, total, question, len(scores), pool)


def _information(question: float | None, rest: float, comparisons: int, questions: int) -> float:
    """Compute the information of comparisons spread over questions, by the variance between these and the rest."""
    return 1 / ((question or 0.0) / min(comparisons, questions) + rest / comparisons)


def _mean(scores: FloatArray, questions: IntArray) -> tuple[float, float, float, int]:
    """Mean, clustered standard error, degrees of freedom, and number of questions."""
    of = np.unique(questions, return_inverse=True)[1]
    counts = np.bincount(of).astype(np.float64)[:, None]
    sums = np.bincount(of, weights=scores).astype(np.float64)[:, None]
    mean, error, freedom = cr2(sums, counts, np.array([(scores**2).sum()]))
    return float(mean[0]), float(error[0]), float(freedom[0]), len(counts)


def _test(scores: FloatArray, missing: BoolArray, questions: IntArray) -> tuple[float | None, Side | None]:
    use = ~np.isnan(scores) | missing
    sides: tuple[tuple[Side, float], ...] = (("above", 0.0), ("below", 1.0))
    for side, filled in sides:
        y = np.where(missing, filled, scores)[use]
        mean, error, freedom, number = _mean(y, questions[use])
        if number < MIN_CLUSTERS:
            return None, None
        if (mean > PARITY) == (side == "above") and mean != PARITY:
            at = np.array([mean]), np.array([error]), np.array([freedom]), np.array([float(number)])
            return float(share_p_value(*at)[0]), side
    return 1.0, None


def _level(before: list[float], fraction: float, error: float, *, is_last: bool, few: bool) -> float:
    """Compute the nominal two-sided level of this look. The last one spends what is left.

    With ``few`` questions it is what this look spends, whatever the dependence of the looks (Bonferroni).
    """
    from scipy.special import ndtr

    fractions = [*before, fraction]
    cumulative = [spent(each, error) for each in fractions]
    if is_last:
        cumulative[-1] = error
    if few:
        return cumulative[-1] - (cumulative[-2] if before else 0.0)
    return float(2 * ndtr(-boundaries(fractions, cumulative)[-1]))


def _next(
    fraction: float, number: int, whole: float, total: float, question: float | None, now: int, pool: tuple[int, int]
) -> Next:
    """Plan look ``number``: the comparisons that give the next fifth of the information by the variance so far.

    Up to one comparison of each question the information is n / variance; beyond, 1 / (question / Q + rest / n). As
    long as no question has two scores their correlation is unknown, and the next look is at two of each at the most.
    """
    planned = [(each + 1) / LOOKS for each in range(LOOKS)]
    target = next((each for each in planned[number - 1 :] if each > fraction + _NEXT), 1.0)
    comparisons, questions = pool
    wanted = target * whole * total
    if wanted > questions:
        room = 1 / (target * whole) - (question or 0.0) / questions
        wanted = (total - (question or 0.0)) / room if room > 0 else float(comparisons)
        most = 2 * questions if question is None and now < questions else comparisons
        wanted = min(wanted, most)
        target = target if wanted < most or most == comparisons else 0.0
    wanted = max(int(np.ceil(wanted)), now + 1)
    return Next(min(wanted, comparisons), target >= 1 or wanted >= comparisons)
