"""The lines above the tables: coverage, failures, cost and the judge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from judge.comparison.expert_tables import expert_lines
from judge.comparison.panel_tables import panel_lines
from judge.comparison.summary import Counts, How, RefusalRow, Spent, Summary, WinRateRow
from judge.core.calls.prices import money
from judge.core.files.manifest import Decision, PilotOrders
from judge.stats.formatting import (
    EstimateFormatter,
    brief_interval_line,
    counted,
    interval_line,
    p_cell,
    short,
)


def marks_of(how: How) -> EstimateFormatter:
    """Return a formatter of estimates for a table of this run."""
    brief = brief_interval_line(how.clustered_by, how.level, subgroups=how.has_subgroups)
    return EstimateFormatter(how.unit, method(how), brief=brief)


def method(how: How) -> str:
    """Describe on one line how the intervals were computed."""
    return interval_line(
        how.interval, how.clustered_by, how.resamples, how.seed, how.level, subgroups=how.has_subgroups
    )


def coverage(rows: Iterable[WinRateRow]) -> str:
    """Count what was judged, failed and is missing.

    Args:
        rows: Rows of one criterion that have no comparison in common.
    """
    rows = list(rows)
    planned, missing, calls, not_asked = (
        sum(getattr(row, name) for row in rows) for name in ("planned", "missing", "calls", "not_asked")
    )
    failed: Counter[str] = Counter()
    for row in rows:
        failed.update(row.failed)
    return (
        f"{planned - missing:,} of {counted(planned, 'comparison')} judged, {missing:,} missing; "
        f"{counted(calls, 'call')}: {failures(failed)}, {not_asked:,} not made."
    )


_BY = {
    "rule": "by the rule, which misses about a third of them (docs/generation.md)",
    "files": "as their files say",
}


def refusals(rows: Iterable[RefusalRow]) -> str:
    """Say how many responses of each contestant are refusals, and who said so."""
    rows = list(rows)
    each = ", ".join(
        f"{row.contestant} {row.refusals:,} of {row.responses:,}"
        + (f" (not classified: {_kinds(row.failed)})" if row.failed else "")
        for row in rows
    )
    by = rows[0].by
    return f"Refusals among the responses, {_BY.get(by, f'as {by} says')}: {each}."


def left_out(counts: Counts) -> str:
    """Say what was excluded before judging; empty where nothing was."""
    if not (counts.left_out_unpaired or counts.left_out_empty or counts.left_out_no_response):
        return ""
    planned = ""
    if counts.left_out_no_response:
        whole = counts.comparisons + counts.left_out_empty + counts.left_out_no_response
        planned = f"{counts.left_out_no_response:,} of {whole:,} planned pairs with a missing response, "
    return (
        f"Excluded before judging: {planned}{counted(counts.left_out_unpaired, 'unmatched response')}, "
        f"{counted(counts.left_out_empty, 'comparison')} with an empty response."
    )


def taken_over(spent: Spent) -> str:
    """Say how many replies were reused from which other runs; empty where none were."""
    if not spent.taken_over:
        return ""
    runs = ", ".join(f"{name} ({number:,})" for name, number in spent.taken_over.items())
    return f"{sum(spent.taken_over.values()):,} of the replies were reused from other runs: {runs}"


def left_out_judges(spent: Spent) -> str:
    """Say what judges have cost that a panel's run does not name any more; empty where there are none."""
    if not spent.left_out:
        return ""
    costs = ", ".join(f"{name} {money(cost, spent.currency)}" for name, cost in spent.left_out.items())
    return f"with judges that are not named any more: {costs}"


def head(summary: Summary, rows: Iterable[WinRateRow]) -> str:
    """Return the head of a table: :func:`coverage`, and what the run excluded before judging."""
    return " ".join(filter(None, (coverage(rows), left_out(summary.counts))))


def decision_lines(decision: Decision | None) -> list[str]:
    """Say for each candidate on which side of .5 its win rate was decided to lie, at which look and by which bound."""
    if decision is None:
        return []
    lines = []
    for each in decision.candidates:
        if not each.looks:
            continue
        look = each.looks[-1]
        said = {"above": "decided: above .5", "below": "decided: below .5", "undecided": "undecided"}
        p = "p undefined" if look.p is None else f"p {p_cell(look.p)}"
        missing = f", {look.missing:,} of them missing and counted against it" if look.missing else ""
        lines.append(
            f"Win rate of {each.candidate}, {decision.criterion}, {said.get(each.decision or '', 'not decided yet')}, "
            f"for other questions too: {p} at look {len(each.looks)} (bound {p_cell(look.level)}), after "
            f"{counted(look.comparisons, 'comparison')}{missing}."
        )
    if lines:
        lines.append(
            f"Decisions: error {short(decision.error)} at all looks together; a win rate of {short(decision.detect)} "
            f"is found with power {short(decision.power)}."
        )
    return lines


def in_orders(
    summary: Summary,
    both: str = "in both orders",
    one: str = "in one random order",
    pilot: str = "in both orders in a pilot, else in one",
) -> str:
    """Choose the words for how pairs were read: in both orders, in one, or in both in the pilot alone."""
    found = summary.pilot_orders
    if found is not None and found.rest == "one":
        return pilot
    return one if summary.how.orders == "one" else both


def order_lines(summary: Summary) -> list[str]:
    """Say what the pilot of a run with adaptive orders showed, how the rest is read, and the calls that this saves."""
    pilot, how = summary.pilot_orders, summary.how
    if pilot is None:
        return []
    lines = [pilot_line(pilot)]
    if pilot.rest == "one":
        whole = 2 * summary.counts.comparisons * how.repeats * (len(how.criteria) if how.apart else 1)
        lines.append(
            f"Calls: {summary.counts.calls:,} in place of {whole:,} ({1 - summary.counts.calls / whole:.0%} saved); "
            f"after the pilot the variance of the win rate is about {pilot.variance_ratio or 1:.2f} times that of both "
            "orders."
        )
    return lines


def pilot_line(pilot: PilotOrders) -> str:
    """Say what the pilot showed of the two orders, and how the rest is read."""
    ends = "" if pilot.effect_low is None else f" [{short(pilot.effect_low)}, {short(pilot.effect_high or 0.0)}]"
    effect = "-" if pilot.effect is None else short(pilot.effect)
    line = (
        f"Pilot of {counted(pilot.comparisons, 'comparison')} in both orders, {pilot.criterion}: the response shown "
        f"first gains {effect}{ends} in score"
    )
    if pilot.calls_ratio is None:
        return f"{line}. Too little is known of the orders: the rest is read in both."
    price = f"one order takes {pilot.calls_ratio:.0%} of the calls of both for the same variance"
    if pilot.rest == "both":
        return f"{line}; {price}: the rest is read in both orders."
    doubt = ", which is not clearly more" if pilot.calls_ratio >= 1 else ""
    return f"{line}; {price}{doubt}: the rest is read in one random order, and its scores are corrected by that gain."


def design(summary: Summary) -> str:
    """Say which pairs of contestants were compared; empty where that was each candidate with the reference."""
    how = summary.how
    if not how.all_pairs:
        return ""
    pairs = len({(row.reference, row.candidate) for row in summary.pair_rates})
    number = len({row.candidate for row in summary.win_rates})
    which = (
        f"{counted(pairs, 'pair')}"
        if how.pairs_per_item is None
        else (f"{counted(pairs, 'pair')}, {how.pairs_per_item:,} of them on each item (balanced)")
    )
    return f"{counted(number, 'contestant')} compared with one another in {which}."


def failures(failed: dict[str, int]) -> str:
    """Format the number of failed calls, by kind: ``3 failed (refusal 1, timeout 2)``."""
    return f"{sum(failed.values()):,} failed" + (f" ({_kinds(failed)})" if failed else "")


def _kinds(failed: dict[str, int]) -> str:
    return ", ".join(f"{kind} {number:,}" for kind, number in sorted(failed.items()))


NOT_AN_LLM = "Judged by the offline heuristic, which is NOT an LLM: a demonstration, not evidence about any model."


def headline(summary: Summary) -> list[str]:
    """Return the lines above all tables: coverage, failures, the judge and the cost."""
    counts, spent, how = summary.counts, summary.spent, summary.how
    lines = [] if how.is_llm else [NOT_AN_LLM]
    lines.append(
        f"{counted(counts.comparisons, 'comparison')}, {counted(counts.calls, 'call')}: {counts.ok:,} judged, "
        f"{failures(counts.failed)}, {counts.not_asked:,} not made."
    )
    for kind, reason in counts.reasons.items():
        example = f", for example {counts.examples[kind]}" if kind in counts.examples else ""
        lines.append(f"Failed, {kind} ({counts.failed.get(kind, 0):,}), most often: {reason.rstrip('.')}{example}.")
    used = counts.calls - counts.not_asked
    if counts.on_disk > used:
        lines.append(f"{counted(counts.on_disk, 'judgment')} on disk, {used:,} used: --limit excludes the others.")
    if left := left_out(counts):
        lines.append(left)
    if summary.refusals:
        lines.append(refusals(summary.refusals))
    if (asked := summary.refusals_spent) is not None:
        lines.append(
            f"Spent to find refusals: {counted(asked.requests, 'request')}, cost {money(asked.cost, asked.currency)}."
        )
    lines += decision_lines(summary.decision)
    lines += order_lines(summary)
    if which := design(summary):
        lines.append(which)
    lines += expert_lines(summary)
    lines += panel_lines(summary)
    models = ", ".join(how.models_returned) or "no reply yet"
    who = f"Judge {how.judge} ({models})" if summary.panel is None else f"Models: {models}"
    lines.append(f"{who}; prompt {how.prompt} version {how.prompt_version}.")
    if how.is_llm:
        cost = money(spent.cost, spent.currency)
        if spent.cost is not None and spent.replies_without_cost:
            cost += f" and {spent.replies_without_cost} replies of unknown cost"
        if spent.left_out:
            cost += f" ({left_out_judges(spent)})"
        lines.append(
            f"Spent so far: {counted(spent.requests, 'request')}, {spent.input_tokens:,} tokens in, "
            f"{spent.output_tokens:,} out, cost {cost}."
        )
        if taken := taken_over(spent):
            lines.append(f"{taken}. The totals above include them.")
    return lines
