"""Resolve judgments into verdicts: both orders together, failures counted separately. Makes no calls.

The score of one order is the candidate's: win 1, tie .5, loss 0. The score of a comparison is the mean of its orders,
WR_c = (s1 + s2) / 2 of the reference study (arXiv 2604.12851), and with repeats the mean over repeats.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from judge.core.errors import UsageError
from judge.core.records import Choice, Comparison, Order, Outcome, Verdict
from judge.core.tokens import count_words
from judge.judging.call_plan import Plan
from judge.judging.journal_state import CallState, JournalState, Slot

InconsistentRule = Literal["mean", "half", "winner", "exclude"]
INCONSISTENT_RULES: dict[InconsistentRule, str] = {
    "mean": "the mean of both orders, as in the study: .5 for opposite winners, .75 or .25 for a winner and a tie",
    "half": ".5 whenever the two orders differ (with repeats: per repeat, then the mean over repeats)",
    "winner": "a winner and a tie score as that winner, opposite winners .5 (as JudgeBench counts)",
    "exclude": "no score; counted as inconsistent",
}


def resolve(
    plan: Plan,
    state: JournalState,
    criteria: tuple[str, ...],
    rule: InconsistentRule = "mean",
    see: Callable[[Comparison], None] = lambda _: None,
) -> Iterator[Verdict]:
    """Yield the verdicts of all planned comparisons, one per criterion, in planned sequence; ``see`` is shown each.

    With adaptive orders, the score of a comparison that is read in one order is less what its place gained the
    candidate in the pilot, see :func:`less_position`.

    Raises:
        UsageError: The orders are adaptive, and the rule is not the mean.
    """
    if plan.orders == "adaptive" and rule != "mean":
        raise UsageError(
            f"the rule {rule!r} needs both orders of each comparison, and this run has adaptive orders",
            hint="--inconsistent mean, whose expected score is the same in one random order",
        )
    effects = {} if plan.after_pilot is None else plan.after_pilot.effects
    for comparison in plan:
        see(comparison)
        made = state.calls.get(comparison.id, {})
        calls = plan.calls_of(comparison)
        texts = comparison.reference_text, comparison.candidate_text
        words = count_words(texts[0]), count_words(texts[1])
        characters = len(texts[0]), len(texts[1])
        for criterion in criteria:
            planned: list[Slot] = [
                (call.order, call.repeat, call.criterion) for call in calls if call.criterion in (None, criterion)
            ]
            found = verdict(comparison, criterion, planned, made, rule, words, characters)
            once = plan.times(comparison.item.id, comparison.sample) == 1
            yield less_position(found, effects[criterion]) if once and criterion in effects else found


def less_position(verdict: Verdict, effect: float) -> Verdict:
    """Take from the score of a verdict in one random order what the pilot says its place is worth.

    With s1 and s2 the candidate's scores when it is shown first and second, the score of both orders is (s1 + s2) / 2,
    and one of them is d = (s1 - s2) / 2 more, the other as much less. Either comes with probability 1/2, so that
    s - e and s + e have that expectation, whatever the number e; their variance is (d - e)^2, the least on average
    where e is the mean of d, the ``effect``. It is from the pilot alone, and so independent of the order drawn here.

    Args:
        verdict: The verdict of one order.
        effect: e, in [-.5, .5]; positive where the response shown first gains.

    Returns:
        The verdict with this score, which may lie outside [0, 1] by ``effect``; its outcome is as it was.
    """
    if verdict.score is None:
        return verdict
    sign = 1 if verdict.candidate_first is not None else -1
    return verdict.model_copy(update={"score": verdict.score - sign * effect})


def verdict(
    comparison: Comparison,
    criterion: str,
    planned: Sequence[Slot],
    made: Mapping[Slot, CallState],
    rule: InconsistentRule,
    words: tuple[int, int],
    characters: tuple[int, int] | None = None,
) -> Verdict:
    """Resolve one comparison under one criterion.

    A repeat counts only if all its planned orders have a judgment. With several repeats the outcome is the one that all
    of them share, else inconsistent. The counts for the position bias use complete repeats only, since in one order
    alone a good candidate would look like a bias.

    Args:
        comparison: The comparison.
        criterion: The criterion.
        planned: Its planned calls that decide the criterion.
        made: The state of its calls in the journal.
        rule: How inconsistent orders are scored.
        words: The lengths of the reference's and the candidate's response in words.
        characters: The same in characters; None where they are not known.
    """
    found = resolve_calls(criterion, planned, made, rule)
    item = comparison.item
    return Verdict(
        comparison_id=comparison.id,
        criterion=criterion,
        item_id=item.id,
        sample=comparison.sample,
        reference=comparison.reference,
        candidate=comparison.candidate,
        outcome=found.outcome,
        score=found.score,
        reference_first=found.reference_first,
        candidate_first=found.candidate_first,
        repeats=found.repeats,
        decided=found.decided,
        first_wins=found.first_wins,
        failures=found.failures,
        calls=len(planned),
        question_id=item.question_id,
        category=item.category,
        stratum=item.stratum,
        subgroup=item.subgroup,
        attributes=item.attributes,
        reference_words=words[0],
        candidate_words=words[1],
        reference_characters=None if characters is None else characters[0],
        candidate_characters=None if characters is None else characters[1],
    )


class ResolvedCalls(NamedTuple):
    """What the calls of one comparison say under one criterion, by the names of a verdict's fields."""

    outcome: Outcome
    score: float | None
    reference_first: float | None
    candidate_first: float | None
    repeats: int
    decided: int
    first_wins: int
    failures: dict[str, int]


def resolve_calls(
    criterion: str, planned: Sequence[Slot], made: Mapping[Slot, CallState], rule: InconsistentRule
) -> ResolvedCalls:
    """Resolve the calls of one comparison under one criterion; the arguments are those of :func:`verdict`."""
    counted = _count(criterion, planned, made)
    scores, whole = list(counted.scores.values()), counted.scores
    outcome, score = combine(scores, rule)
    return ResolvedCalls(
        outcome,
        score,
        _mean([orders["reference_first"] for orders in scores if "reference_first" in orders]),
        _mean([orders["candidate_first"] for orders in scores if "candidate_first" in orders]),
        len(scores),
        sum(counted.decided[repeat] for repeat in whole),
        sum(counted.first_wins[repeat] for repeat in whole),
        dict(sorted(counted.failures.items())),
    )


def outcome_and_score(
    criterion: str, planned: Sequence[Slot], made: Mapping[Slot, CallState], rule: InconsistentRule
) -> tuple[Outcome, float | None]:
    """Compute what :func:`verdict` gives of a comparison's calls alone: its outcome, and the candidate's score.

    Args:
        criterion: The criterion.
        planned: The planned calls that decide the criterion.
        made: The state of the comparison's calls in the journal.
        rule: How inconsistent orders are scored.
    """
    return combine(list(_count(criterion, planned, made).scores.values()), rule)


class _Counted(NamedTuple):
    """The planned calls of one comparison: scores by order of each complete repeat, and counts by repeat."""

    scores: dict[int, dict[Order, float]]
    failures: Counter[str]
    decided: Counter[int]
    first_wins: Counter[int]


def _count(criterion: str, planned: Sequence[Slot], made: Mapping[Slot, CallState]) -> _Counted:
    """Collect the scores of complete repeats: those whose planned orders all have a judgment."""
    failures: Counter[str] = Counter()
    by_repeat: dict[int, dict[Order, float]] = {}
    decided: Counter[int] = Counter()
    first_wins: Counter[int] = Counter()
    spoiled: set[int] = set()
    for slot in planned:
        order, repeat, _ = slot
        call = made.get(slot)
        if call is None or call.status != "ok":
            failures["not_asked" if call is None else call.kind or call.status] += 1
            spoiled.add(repeat)
            continue
        choice = call.winners[criterion]
        decided[repeat] += choice != "tie"
        first_wins[repeat] += choice == "A"
        by_repeat.setdefault(repeat, {})[order] = candidate_score(choice, order)
    whole = {repeat: orders for repeat, orders in by_repeat.items() if repeat not in spoiled}
    return _Counted(whole, failures, decided, first_wins)


def candidate_score(choice: Choice, order: Order) -> float:
    """Return the candidate's score in one order: 1, .5 or 0. A is the response shown first."""
    if choice == "tie":
        return 0.5
    return 1.0 if (choice == "B") == (order == "reference_first") else 0.0


def combine(repeats: list[dict[Order, float]], rule: InconsistentRule) -> tuple[Outcome, float | None]:
    """Compute outcome and score from the candidate's scores per order of each complete repeat.

    Args:
        repeats: The complete repeats; none gives the outcome missing and no score.
        rule: ``half`` sets each repeat whose orders differ to .5, ``winner`` to the score of the only winner, or to .5
            if there is none; ``exclude`` gives no score to a comparison whose outcome is inconsistent, within a repeat
            or between repeats.

    Returns:
        The outcome, and the mean score over repeats.
    """
    if not repeats:
        return "missing", None
    each = [_outcome(orders) for orders in repeats]
    outcome = each[0] if len(set(each)) == 1 else "inconsistent"
    if outcome == "inconsistent" and rule == "exclude":
        return outcome, None
    return outcome, _mean([_score(orders, rule) for orders in repeats])


def _score(orders: Mapping[Order, float], rule: InconsistentRule) -> float:
    """Compute the score of one repeat from the candidate's score in each order."""
    mean = sum(orders.values()) / len(orders)
    if rule == "half" and len(set(orders.values())) > 1:
        return 0.5
    if rule == "winner":
        return 0.5 if mean == 0.5 else float(mean > 0.5)
    return mean


def _outcome(orders: Mapping[Order, float]) -> Outcome:
    distinct = set(orders.values())
    if len(distinct) > 1:
        return "inconsistent"
    by_score: dict[float, Outcome] = {1.0: "win", 0.0: "loss", 0.5: "tie"}
    return by_score[distinct.pop()]


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None
