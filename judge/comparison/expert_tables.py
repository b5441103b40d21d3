"""The win rates by an expert judge: what stands above the tables, and the table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from judge.comparison.summary import Summary
from judge.core.calls.prices import money
from judge.core.files.manifest import ExpertDesign
from judge.core.screen.interval_bars import AXIS, interval_bar
from judge.core.screen.tables import Table
from judge.judging.expert.rates import ExpertRow
from judge.stats.estimate import COLUMNS, Estimate
from judge.stats.formatting import EstimateFormatter, about, counted, short

METHOD = "95% jackknife t interval on the logit scale, by {by}, within strata of the cheap judge's verdicts"


def expert_pilot_lines(judge: str, found: ExpertDesign, comparisons: int, currency: str) -> list[str]:
    """Say what the expert's pilot showed, which share it reads therefore, and what each judge costs.

    Args:
        judge: The expert.
        found: What its pilot showed.
        comparisons: The comparisons that the cheap judge read.
        currency: Of the costs.
    """
    ends = "" if found.r2_low is None else f" [{short(found.r2_low)}, {short(found.r2_high or 0.0)}]"
    r2 = "undefined: one judge gives all one score" if found.r2 is None else f"{short(found.r2)}{ends}"
    lines = [
        f"Expert {judge}, pilot of {counted(found.pilot, 'comparison')}, {found.criterion}: R2 of the cheap judge {r2}."
    ]
    why = "that R2 and the prices suggest" if found.wanted == "auto" else "that was asked for"
    read = round(found.share * comparisons)
    saved = ""
    if found.saved is not None:
        alone = f"{read / (1 - found.saved):,.0f}" if found.saved < 1 else "all"
        saved = (
            f"; expected by this R2: alone it would read about {alone} for the same interval ({found.saved:.0%} saved)"
        )
    lines.append(f"The expert reads {found.share:.0%} of {comparisons:,} (about {read:,}), {why}{saved}.")
    if found.expert_cost is not None and found.cheap_cost is not None:
        both = (found.cheap_cost * comparisons, found.expert_cost * read)
        lines.append(
            f"Expected cost: {money(both[0], currency)} by the cheap judge ({money(found.cheap_cost, currency)} a "
            f"comparison) and {money(both[1], currency)} by the expert ({money(found.expert_cost, currency)})."
        )
    return lines


def expert_lines(summary: Summary) -> list[str]:
    """Return the lines above the tables of a run with an expert; none without one."""
    expert, spent = summary.expert, summary.expert_spent
    if expert is None or spent is None:
        return []
    failed = "".join(f", {kind} {number:,}" for kind, number in expert.failed.items())
    judged = expert.calls - expert.missing
    lines = [
        f"Expert {expert.judge} ({', '.join(expert.models_returned) or 'no reply yet'}): "
        f"{counted(expert.sampled, 'comparison')} sampled, {counted(expert.calls, 'call')}: {judged:,} judged, "
        f"{sum(expert.failed.values()):,} failed{failed}, {expert.not_asked:,} not made; spent "
        f"{money(spent.cost, spent.currency)}."
    ]
    if expert.design is not None:
        first = next((row for row in expert.rows if row.dimension == "all"), None)
        comparisons = sum(stratum.comparisons for stratum in expert.design.strata)
        lines += expert_pilot_lines(expert.judge, expert.design, comparisons, spent.currency) if first else []
    return lines


def expert_tables(summary: Summary) -> Iterator[Table]:
    """Return the table of the expert's win rates, with all slices in its long form; none without an expert."""
    expert = summary.expert
    if expert is None or not expert.rows:
        return
    whole = [row for row in expert.rows if row.dimension == "all"]
    reference = whole[0].reference
    notes = (
        f"The win rate by {expert.judge}, estimated from the comparisons that it read and from all that "
        f"{summary.how.judge} read (prediction-powered inference). Expert only: from its verdicts alone. Worth: the "
        "comparisons that it would have to read alone for the same interval, by these intervals and not by the pilot's "
        "R2; fewer than it read if the cheap judge's verdicts cost more than they bring.",
    )
    head = (
        f"{counted(whole[0].judged, 'comparison')} read by {summary.how.judge}, {expert.sampled:,} sampled for "
        f"{expert.judge}."
    )
    title = f"Win rates by the expert against {reference}"
    yield Table(
        title,
        head,
        ("contestant", "criterion", "win rate", AXIS, "expert only", "cheap judge only", "read", "worth"),
        *_body(summary, whole, notes, bars=True),
        labels=2,
        bars=3,
        full=Table(
            title,
            head,
            ("contestant", "slice", "criterion", "win rate", "expert only", "cheap judge only", "read", "worth"),
            *_body(summary, expert.rows, notes, bars=False),
            labels=3,
        ),
    )


def _body(
    summary: Summary, rows: tuple[ExpertRow, ...] | list[ExpertRow], notes: tuple[str, ...], *, bars: bool
) -> tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]:
    how = summary.how
    marks = EstimateFormatter(
        how.unit, METHOD.format(by=how.clustered_by) + about(how.clustered_by, subgroups=how.has_subgroups)
    )
    body = []
    for row in rows:
        rate = row.win_rate
        names = (row.candidate, row.criterion) if bars else (row.candidate, _slice(row), row.criterion)
        bar = (interval_bar(rate.value, rate.low, rate.high),) if bars else ()
        cells = (marks.cell(row.expert_only), marks.cell(row.cheap_only), f"{row.read:,} of {row.sampled:,}")
        worth = "-" if row.worth is None else f"{row.worth:,.0f}"
        body.append((*names, marks.cell(rate), *bar, *cells, worth))
    return tuple(body), (*notes, *marks.notes())


def _slice(row: ExpertRow) -> str:
    return "all" if row.dimension == "all" else f"{row.dimension} {row.value}"


def expert_cells(row: ExpertRow) -> dict[str, Any]:
    """Spread a row over the columns of a CSV file."""
    names = ("reference", "candidate", "dimension", "value", "criterion", "judged", "sampled", "read")
    return {
        **{name: getattr(row, name) for name in names},
        **_flat(row.win_rate, "win_rate"),
        **_flat(row.expert_only, "expert_only"),
        **_flat(row.cheap_only, "cheap_only"),
        "tuning": row.tuning,
        "worth": row.worth,
    }


def _flat(estimate: Estimate, prefix: str) -> dict[str, Any]:
    return {prefix if part == "value" else f"{prefix}_{part}": getattr(estimate, part) for part in COLUMNS}
