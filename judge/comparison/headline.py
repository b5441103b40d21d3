"""The lines above all tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from judge.comparison.summary import Counts, How, Spent, Summary, WinRateRow
from judge.core.calls.prices import money
from judge.stats.formatting import EstimateFormatter


def marks_of(how: How) -> EstimateFormatter:
    """EstimateFormatter for a table of this run."""
    return EstimateFormatter(how.clustered_by, method(how))


def method(how: How) -> str:
    """How the intervals were made, on one line of a terminal."""
    return f"{how.level:.0%} {how.interval} by {how.clustered_by}, {how.resamples:,} resamples, seed {how.seed}"


def coverage(rows: Iterable[WinRateRow]) -> str:
    """What was judged, failed and is missing. The rows are of one criterion, and no comparison is in two of them."""
    rows = list(rows)
    planned, missing, calls, not_asked = (
        sum(getattr(row, name) for row in rows) for name in ("planned", "missing", "calls", "not_asked")
    )
    failed: Counter[str] = Counter()
    for row in rows:
        failed.update(row.failed)
    return (
        f"{planned - missing:,} of {planned:,} comparisons judged, {missing:,} missing; of {calls:,} calls "
        f"{failures(failed)}, {not_asked:,} not asked."
    )


def left_out(counts: Counts) -> str:
    """What was planned and could not be judged at all, or nothing."""
    if not (counts.left_out_unpaired or counts.left_out_empty or counts.left_out_no_response):
        return ""
    planned = ""
    if counts.left_out_no_response:
        whole = counts.comparisons + counts.left_out_empty + counts.left_out_no_response
        planned = f"{counts.left_out_no_response:,} of {whole:,} planned pairs, since a response is missing; "
    return (
        f"Left out before judging: {planned}{counts.left_out_unpaired:,} responses without a match, "
        f"{counts.left_out_empty:,} comparisons with an empty response."
    )


def taken_over(spent: Spent) -> str:
    """How many replies other runs paid for, and which; empty where none."""
    if not spent.taken_over:
        return ""
    runs = ", ".join(f"{name} ({number:,})" for name, number in spent.taken_over.items())
    return f"{sum(spent.taken_over.values()):,} of the replies were paid for by other runs and taken over: {runs}"


def head(summary: Summary, rows: Iterable[WinRateRow]) -> str:
    """What stands above a table: :func:`coverage`, and what the whole run left out."""
    return " ".join(filter(None, (coverage(rows), left_out(summary.counts))))


def failures(failed: dict[str, int]) -> str:
    """How many calls failed, by kind: ``3 failed (refusal 1, timeout 2)``."""
    kinds = ", ".join(f"{kind} {number:,}" for kind, number in sorted(failed.items()))
    return f"{sum(failed.values()):,} failed" + (f" ({kinds})" if kinds else "")


NOT_AN_LLM = "Judged by the offline heuristic, which is NOT an LLM: a demonstration, no evidence about any model."


def headline(summary: Summary) -> list[str]:
    """Lines that stand before all tables: how much there is, what failed, what it cost, what to beware of."""
    counts, spent, how = summary.counts, summary.spent, summary.how
    lines = [] if how.is_llm else [NOT_AN_LLM]
    lines.append(
        f"{counts.comparisons:,} comparisons, {counts.calls:,} calls: {counts.ok:,} judged, {failures(counts.failed)}, "
        f"{counts.not_asked:,} not asked."
    )
    used = counts.calls - counts.not_asked
    if counts.on_disk > used:
        lines.append(f"{counts.on_disk:,} judgments on disk, {used:,} used: --limit leaves out the others.")
    if left := left_out(counts):
        lines.append(left)
    models = ", ".join(how.models_returned) or "no reply yet"
    lines.append(f"Judge {how.judge} ({models}); prompt {how.prompt} version {how.prompt_version}.")
    if how.is_llm:
        cost = money(spent.cost, spent.currency)
        if spent.cost is not None and spent.replies_without_cost:
            cost += f" and {spent.replies_without_cost} replies of unknown cost"
        lines.append(
            f"Spent so far: {spent.requests:,} requests, {spent.input_tokens:,} tokens in, "
            f"{spent.output_tokens:,} out, cost {cost}."
        )
        if taken := taken_over(spent):
            lines.append(f"{taken}. The sums above hold them.")
    return lines
