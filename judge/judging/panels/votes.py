"""The votes of a panel's judges, and the verdicts that they make together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from judge.core.errors import UsageError
from judge.core.files.manifest import PanelBy
from judge.core.records import Comparison, Outcome, Verdict
from judge.core.tokens import count_words
from judge.judging.call_plan import Plan
from judge.judging.journal_state import Slot
from judge.judging.panels.read_judges import ReadJudge
from judge.judging.verdicts import InconsistentRule, verdict
from judge.stats.agreement.ratings import BoolArray, IntArray
from judge.stats.estimate import FloatArray
from judge.stats.panels.scores import panel_scores


@dataclass(frozen=True)
class Votes:
    """What J judges say of n comparisons under C criteria.

    Attributes:
        names: The judges (J,).
        criteria: The criteria (C,).
        ids: The comparisons (n,).
        pairs: Reference and candidate of each comparison (n,).
        questions: Number of each comparison's question (n,).
        may: Which judges may vote on each comparison (n, J).
        scores: The candidate's scores (n, J, C); NaN where a judge has not read a comparison in all orders, or may not
            vote on it.
        agree: Whether the orders (and repeats) of a judge agree (n, J, C); false where there is no score.
        decided: Judgments with a winner (n, J, C).
        first_wins: Those of them that name the response shown first (n, J, C).
        in_order: The scores with the reference shown first, and with the candidate (n, J, C, 2).
        repeats: Complete repeats (n, J, C).
        failures: Calls without a judgment by kind, where there are some, by comparison, judge and criterion.
        calls: Planned calls that decide a criterion, of one judge (n,).
    """

    names: tuple[str, ...]
    criteria: tuple[str, ...]
    ids: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]
    questions: IntArray
    may: BoolArray
    scores: FloatArray
    agree: BoolArray
    decided: IntArray
    first_wins: IntArray
    in_order: FloatArray
    repeats: IntArray
    failures: dict[tuple[int, int, int], dict[str, int]]
    calls: IntArray

    def failed(self, judge: int, *, apart: bool) -> Counter[str]:
        """Count a judge's calls without a judgment by kind; ``apart``: each criterion has calls of its own."""
        found: Counter[str] = Counter()
        for (_, place, criterion), kinds in self.failures.items():
            if place == judge and (apart or not criterion):
                found.update(kinds)
        return found


def read_votes(plan: Plan, judges: Sequence[ReadJudge], criteria: tuple[str, ...], rule: InconsistentRule) -> Votes:
    """Resolve what each judge says of each comparison of a plan.

    Args:
        plan: The plan of the panel's run.
        judges: The judges with their journals.
        criteria: The criteria of the prompt.
        rule: How a judge's orders that differ are scored.

    Raises:
        UsageError: The rule gives no score to such a comparison: that would take a vote, and be no failure.
    """
    if rule == "exclude":
        raise UsageError(
            "with --inconsistent exclude a judge whose orders differ would not vote, and the panel miss its quorum",
            hint="--inconsistent mean, half or winner",
        )
    shape = len(plan), len(judges), len(criteria)
    scores, in_order = np.full(shape, np.nan), np.full((*shape, 2), np.nan)
    agree, may = np.zeros(shape, dtype=np.bool_), np.zeros(shape[:2], dtype=np.bool_)
    decided, first_wins, repeats = (np.zeros(shape, dtype=np.int64) for _ in range(3))
    calls = np.zeros(len(plan), dtype=np.int64)
    failures: dict[tuple[int, int, int], dict[str, int]] = {}
    ids, pairs, questions = [], [], []
    numbers: dict[str, int] = {}
    for row, comparison in enumerate(plan):
        ids.append(comparison.id)
        pairs.append((comparison.reference, comparison.candidate))
        questions.append(numbers.setdefault(comparison.item.question_id, len(numbers)))
        planned = _planned(plan, comparison, criteria)
        calls[row] = len(planned[criteria[0]])
        for place, judge in enumerate(judges):
            if not judge.votes_on(comparison.reference, comparison.candidate):
                continue
            may[row, place] = True
            made = judge.state.calls.get(comparison.id, {})
            for column, criterion in enumerate(criteria):
                one = verdict(comparison, criterion, planned[criterion], made, rule, (0, 0))
                at = row, place, column
                scores[at] = np.nan if one.score is None else one.score
                agree[at] = one.outcome not in ("missing", "inconsistent")
                decided[at], first_wins[at], repeats[at] = one.decided, one.first_wins, one.repeats
                in_order[at] = [np.nan if each is None else each for each in (one.reference_first, one.candidate_first)]
                if one.failures:
                    failures[at] = one.failures
    return Votes(
        tuple(each.about.name for each in judges),
        criteria,
        tuple(ids),
        tuple(pairs),
        np.array(questions, dtype=np.int64),
        may,
        scores,
        agree,
        decided,
        first_wins,
        in_order,
        repeats,
        failures,
        calls,
    )


def _planned(plan: Plan, comparison: Comparison, criteria: tuple[str, ...]) -> dict[str, list[Slot]]:
    calls = plan.calls_of(comparison)
    return {
        criterion: [(call.order, call.repeat, call.criterion) for call in calls if call.criterion in (None, criterion)]
        for criterion in criteria
    }


def combined(votes: Votes, by: PanelBy, weights: FloatArray | None) -> FloatArray:
    """Combine the votes to the panel's scores (n, C); NaN below the quorum.

    Args:
        votes: The votes.
        by: The panel's rule.
        weights: Weights of each comparison, judge and criterion (n, J, C), where the rule is ``weighted``.
    """
    columns = [
        panel_scores(
            votes.scores[:, :, column],
            quorum=by.quorum,
            rule=by.combine,
            weights=None if weights is None else weights[:, :, column],
        )
        for column in range(len(votes.criteria))
    ]
    return np.stack(columns, axis=1)


def panel_verdicts(
    plan: Plan, votes: Votes, scores: FloatArray, see: Callable[[Comparison], None] = lambda _: None
) -> Iterator[Verdict]:
    """Yield the panel's verdicts, one per comparison and criterion, in planned sequence; ``see`` is shown each.

    The outcome is a win, a loss or a tie where the score is 1 or 0, or all judges say tie; inconsistent where judges or
    orders disagree; missing below the quorum, whatever those say who have read the comparison.

    Args:
        plan: The plan of the panel's run.
        votes: The votes on its comparisons.
        scores: The panel's scores (n, C), NaN below the quorum.
        see: Called with each comparison.
    """
    together = _Together(votes, scores)
    for row, comparison in enumerate(plan):
        see(comparison)
        words = count_words(comparison.reference_text), count_words(comparison.candidate_text)
        characters = len(comparison.reference_text), len(comparison.candidate_text)
        empty = verdict(comparison, votes.criteria[0], (), {}, "mean", words, characters)
        for column, criterion in enumerate(votes.criteria):
            yield empty.model_copy(update={"criterion": criterion, **together.fields(row, column)})


class _Together:
    """The fields of the panel's verdicts that follow from the votes."""

    def __init__(self, votes: Votes, scores: FloatArray) -> None:
        there = ~np.isnan(votes.scores) & ~np.isnan(scores)[:, None, :]
        tie = (~there | (votes.agree & (votes.scores == 0.5))).all(axis=1)
        self._scores = scores.tolist()
        self._outcomes = np.select(
            (np.isnan(scores), scores == 1, scores == 0, tie), ("missing", "win", "loss", "tie"), "inconsistent"
        ).tolist()
        orders = np.where(there[..., None], votes.in_order, np.nan)
        known = ~np.isnan(orders)
        sums, counts = np.where(known, orders, 0.0).sum(axis=1), known.sum(axis=1)
        self._in_order = np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0).tolist()
        self._counts = [
            np.where(there, each, 0).sum(axis=1).tolist() for each in (votes.repeats, votes.decided, votes.first_wins)
        ]
        self._calls = (votes.calls * votes.may.sum(axis=1)).tolist()
        self._failures: dict[tuple[int, int], Counter[str]] = {}
        for (row, _, column), kinds in votes.failures.items():
            self._failures.setdefault((row, column), Counter()).update(kinds)

    def fields(self, row: int, column: int) -> dict[str, object]:
        """The fields of one comparison under one criterion, by their places."""
        outcome: Outcome = self._outcomes[row][column]
        found: dict[str, object] = {
            "outcome": outcome,
            "failures": dict(sorted(self._failures.get((row, column), {}).items())),
            "calls": self._calls[row],
        }
        if outcome == "missing":
            return found
        first, second = (None if np.isnan(each) else each for each in self._in_order[row][column])
        repeats, decided, first_wins = (each[row][column] for each in self._counts)
        return found | {
            "score": self._scores[row][column],
            "reference_first": first,
            "candidate_first": second,
            "repeats": repeats,
            "decided": decided,
            "first_wins": first_wins,
        }
