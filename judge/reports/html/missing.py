"""Missing data: how many comparisons have no verdict, and which calls failed."""

from __future__ import annotations

from dataclasses import dataclass

from judge.comparison.headline import in_orders, refusals
from judge.comparison.summary import Summary
from judge.comparison.tables import titled
from judge.core.screen.tables import Table
from judge.judging.panels.rates import PanelRates
from judge.reports.report_data import ReportData
from judge.stats.formatting import counted

KINDS = {
    "malformed": "the reply could not be read",
    "empty": "the reply was empty",
    "only_reasoning": "the reply was empty, and only its field for reasoning had text",
    "refusal": "the judge refused",
    "truncated": "the reply was cut off",
    "context_length": "the prompt was too long for the judge",
    "content_filter": "the provider's content filter blocked it",
    "bad_request": "the endpoint rejected the request",
    "rejected_parameter": "the endpoint rejected a parameter",
    "rate_limit": "the endpoint's rate limit was reached",
    "overloaded": "the endpoint was overloaded",
    "server": "the endpoint failed",
    "timeout": "the request timed out",
    "connection": "the connection failed",
    "bad_reply": "the response of the endpoint was invalid",
    "not_the_api": "a web page or another API responded",
    "reply_too_large": "the response of the endpoint was too large",
    "bug": "a fault of this program",
}


@dataclass(frozen=True)
class Missing:
    """The missing data in sentences and as a table of calls; ``share`` of the comparisons without a verdict."""

    share: float
    sentences: tuple[str, ...]
    table: Table


def missing(data: ReportData) -> Missing:
    """Count the calls planned, judged, failed and not made."""
    summary = data.summary
    counts = summary.counts
    absent = sum(row.missing for row in summary.distinct if row.criterion == summary.how.criteria[0])
    share = absent / counts.comparisons if counts.comparisons else 0.0
    rows = [("calls planned", "", f"{counts.calls:,}", _share(counts.calls, counts.calls))]
    rows.append(("judged", "", f"{counts.ok:,}", _share(counts.ok, counts.calls)))
    rows += [
        ("failed", f"{kind}: {KINDS.get(kind, 'another failure')}", f"{number:,}", _share(number, counts.calls))
        for kind, number in counts.failed.items()
    ]
    if not counts.failed:
        rows.append(("failed", "", "0", _share(0, counts.calls)))
    rows.append(("not made", "", f"{counts.not_asked:,}", _share(counts.not_asked, counts.calls)))
    table = Table(
        titled(summary, "Calls to the judge"),
        f"{counts.comparisons - absent:,} of {counted(counts.comparisons, 'comparison')} with a verdict.",
        ("calls", "kind", "number", "share"),
        tuple(rows),
        ("A failed call is never scored as a tie or a loss: its comparison is excluded from all win rates.",),
        labels=2,
    )
    return Missing(share, tuple(_sentences(summary, absent, share)), table)


def _of_panel(panel: PanelRates) -> list[str]:
    """What of a panel's votes is missing, and why."""
    lines = [
        f"The judge {each.name} has no judgment in {counted(each.calls - each.ok, 'call')} of {each.calls:,}: it has "
        "no vote there."
        for each in panel.judges
        if each.calls > each.ok
    ]
    lines += [
        f"The judge {each.name} has no vote on {' and '.join(each.without)}, of its own model family: "
        f"{counted(each.left_out, 'comparison')}."
        for each in panel.judges
        if each.without
    ]
    if panel.below_quorum:
        lines.append(
            f"{counted(panel.below_quorum, 'comparison')} were read by fewer than {panel.quorum} judges and have no "
            "verdict, whatever those say that have read them."
        )
    return lines


def _share(number: int, of: int) -> str:
    return f"{number / of:.1%}" if of else "-"


def _sentences(summary: Summary, absent: int, share: float) -> list[str]:
    counts = summary.counts
    orders = in_orders(summary, one="in one order each")
    times = "" if summary.how.repeats == 1 else f", {counted(summary.how.repeats, 'time')} each"
    if not counts.comparisons:
        lines = ["The run has no comparisons."]
    elif not absent:
        lines = [f"No data is missing: {_all(counts.comparisons)} judged {orders}{times}."]
    else:
        lines = [
            f"{absent:,} of {counted(counts.comparisons, 'comparison')} ({share:.1%}) "
            f"{'has' if absent == 1 else 'have'} no verdict. Missing comparisons may differ from the others: "
            "section 1 gives bounds of the win rates."
        ]
    if counts.not_asked:
        lines.append(f"The run is not finished: {counts.not_asked:,} of {counts.calls:,} calls were not made yet.")
    if counts.left_out_unpaired or counts.left_out_empty:
        lines.append(
            f"Excluded before judging: {counted(counts.left_out_unpaired, 'unmatched response')}, "
            f"{counted(counts.left_out_empty, 'comparison')} with an empty response."
        )
    if summary.expert is not None and summary.expert.missing:
        lines.append(
            f"Of the {summary.expert.calls:,} calls of the expert {summary.expert.judge}, {summary.expert.missing:,} "
            "have no verdict: their comparisons are missing from its sample, and no vote."
        )
    if summary.panel is not None:
        lines += _of_panel(summary.panel)
    if summary.refusals:
        lines.append(refusals(summary.refusals))
    inconsistent = sum(row.inconsistent for row in summary.distinct if row.criterion == summary.how.criteria[-1])
    if inconsistent:
        lines.append(
            f"In {counted(inconsistent, 'comparison')} the judgments disagree on {summary.how.criteria[-1]}: they are "
            "counted as inconsistent, not as ties."
        )
    return lines


def _all(comparisons: int) -> str:
    return "the one comparison was" if comparisons == 1 else f"all {comparisons:,} comparisons were"
