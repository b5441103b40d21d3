"""The lines above all tables."""

from __future__ import annotations

from judge.core.prices import money
from judge.report.words import failures, left_out, taken_over
from judge.summary import Summary

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
