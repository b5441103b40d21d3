"""From judgments to verdicts: both orders read together, failures kept apart. Costs no call.

The score of one order is the candidate's: win 1, tie .5, loss 0. The score of a comparison is the mean of its orders,
WR_c = (s1 + s2) / 2 of the reference study (arXiv 2604.12851), and with repeats the mean over repeats.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from judge.core.records import Choice, Comparison, Judgment, Order, Outcome, Verdict
from judge.core.tokens import count_words
from judge.judging.plan import Plan
from judge.judging.reply_parser import ReplyParser

InconsistentRule = Literal["mean", "half", "exclude"]
INCONSISTENT_RULES: dict[InconsistentRule, str] = {
    "mean": "the mean of both orders, as in the study: .5 for opposite winners, .75 or .25 for a winner and a tie",
    "half": ".5, whatever the two orders said (with repeats: in each of them, and the mean over these)",
    "exclude": "no score; counted as inconsistent",
}


@dataclass(slots=True)
class CallState:
    """What stands for one call: its last row in the journal."""

    status: str
    kind: str | None
    winners: Mapping[str, Choice]


@dataclass(slots=True)
class JournalState:
    """The last row of each call, by comparison, order and repeat, and what all rows together cost."""

    calls: dict[str, dict[tuple[Order, int], CallState]] = field(default_factory=dict)
    rows: int = 0
    requests: int = 0
    cost: float | None = None
    rows_without_cost: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    models: Counter[str] = field(default_factory=Counter)
    fingerprints: Counter[str] = field(default_factory=Counter)
    taken_over: Counter[str] = field(default_factory=Counter)

    def add(self, row: Judgment, parser: ReplyParser | None = None) -> None:
        """Take in one row, in journal order; with a parser the raw reply is read anew."""
        status, kind, winners = row.status, row.error_kind, row.winners
        if parser is not None and row.raw and status in ("ok", "parse_error"):
            parsed = parser.parse(row.raw)
            winners = parsed.winners
            status = "refusal" if parsed.refusal else "parse_error" if parsed.error else "ok"
            kind = ("refusal" if parsed.refusal else kind or "malformed") if parsed.error else None
        self.calls.setdefault(row.comparison_id, {})[(row.order, row.repeat)] = CallState(
            status, kind, _shared(winners)
        )
        self.rows += 1
        self.requests += row.requests
        if row.cost is not None:
            self.cost = (self.cost or 0.0) + row.cost
        elif row.raw is not None:
            self.rows_without_cost += 1
        if row.usage:
            self.input_tokens += row.usage.input
            self.output_tokens += row.usage.output
        if row.model:
            self.models[row.model] += 1
        if row.fingerprint:
            self.fingerprints[row.fingerprint] += 1
        if row.taken_from:
            self.taken_over[row.taken_from] += 1


_SEEN: dict[tuple[tuple[str, Choice], ...], Mapping[str, Choice]] = {}


def _shared(winners: Mapping[str, Choice]) -> Mapping[str, Choice]:
    """One object per distinct combination of winners: there are few, and many calls."""
    return _SEEN.setdefault(tuple(winners.items()), winners)


def journal_state(rows: Iterable[Judgment], parser: ReplyParser | None = None) -> JournalState:
    """Read a whole journal."""
    state = JournalState()
    for row in rows:
        state.add(row, parser)
    return state


def resolve(
    plan: Plan,
    state: JournalState,
    criteria: tuple[str, ...],
    rule: InconsistentRule = "mean",
) -> Iterator[Verdict]:
    """Yield the verdicts of all planned comparisons, one per criterion, in planned order."""
    for comparison in plan:
        made = state.calls.get(comparison.id, {})
        planned = [(call.order, call.repeat) for call in plan.calls_of(comparison)]
        words = count_words(comparison.reference_text), count_words(comparison.candidate_text)
        for criterion in criteria:
            yield verdict(comparison, criterion, planned, made, rule, words)


def verdict(
    comparison: Comparison,
    criterion: str,
    planned: list[tuple[Order, int]],
    made: Mapping[tuple[Order, int], CallState],
    rule: InconsistentRule,
    words: tuple[int, int],
) -> Verdict:
    """One comparison under one criterion. A repeat counts only if all its planned orders gave a verdict.

    With several repeats the outcome is the one that all of them share, else inconsistent. Judgments are counted for the
    position bias only from repeats that count: read in one order only, a good candidate would look like a bias.
    """
    failures: Counter[str] = Counter()
    by_repeat: dict[int, dict[Order, float]] = {}
    decided: Counter[int] = Counter()
    first_wins: Counter[int] = Counter()
    spoiled: set[int] = set()
    for order, repeat in planned:
        call = made.get((order, repeat))
        if call is None or call.status != "ok":
            failures["not_asked" if call is None else call.kind or call.status] += 1
            spoiled.add(repeat)
            continue
        choice = call.winners[criterion]
        decided[repeat] += choice != "tie"
        first_wins[repeat] += choice == "A"
        by_repeat.setdefault(repeat, {})[order] = candidate_score(choice, order)
    whole = [repeat for repeat in by_repeat if repeat not in spoiled]
    scores = [by_repeat[repeat] for repeat in whole]
    outcome, score = combine(scores, rule)
    item = comparison.item
    return Verdict(
        comparison_id=comparison.id,
        criterion=criterion,
        item_id=item.id,
        sample=comparison.sample,
        reference=comparison.reference,
        candidate=comparison.candidate,
        outcome=outcome,
        score=score,
        reference_first=_mean([orders["reference_first"] for orders in scores if "reference_first" in orders]),
        candidate_first=_mean([orders["candidate_first"] for orders in scores if "candidate_first" in orders]),
        repeats=len(scores),
        decided=sum(decided[repeat] for repeat in whole),
        first_wins=sum(first_wins[repeat] for repeat in whole),
        failures=dict(sorted(failures.items())),
        question_id=item.question_id,
        category=item.category,
        stratum=item.stratum,
        subgroup=item.subgroup,
        attributes=item.attributes,
        reference_words=words[0],
        candidate_words=words[1],
    )


def candidate_score(choice: Choice, order: Order) -> float:
    """The candidate's score in one order; A is the response shown first."""
    if choice == "tie":
        return 0.5
    return 1.0 if (choice == "B") == (order == "reference_first") else 0.0


def combine(repeats: list[dict[Order, float]], rule: InconsistentRule) -> tuple[Outcome, float | None]:
    """Outcome and score from the complete repeats' scores per order. No complete repeat: missing, no score.

    The score is the mean over repeats. ``half`` sets each repeat whose orders disagree to .5; ``exclude`` takes the
    score from every comparison whose outcome is inconsistent, be it within a repeat or between repeats.
    """
    if not repeats:
        return "missing", None
    each = [_outcome(orders) for orders in repeats]
    outcome = each[0] if len(set(each)) == 1 else "inconsistent"
    if outcome == "inconsistent" and rule == "exclude":
        return outcome, None
    halved = [one == "inconsistent" and rule == "half" for one in each]
    return outcome, _mean(
        [0.5 if half else sum(orders.values()) / len(orders) for half, orders in zip(halved, repeats, strict=True)]
    )


def _outcome(orders: Mapping[Order, float]) -> Outcome:
    distinct = set(orders.values())
    if len(distinct) > 1:
        return "inconsistent"
    by_score: dict[float, Outcome] = {1.0: "win", 0.0: "loss", 0.5: "tie"}
    return by_score[distinct.pop()]


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None
