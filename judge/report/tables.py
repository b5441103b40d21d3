"""A run's numbers as tables of text: one source for the terminal and for Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from judge.core.prices import money
from judge.core.tables import Marks, Table
from judge.summary import Summary, WinRateRow

NOT_AN_LLM = "Judged by the offline heuristic, which is NOT an LLM: a demonstration, no evidence about any model."
_TITLES = {"stratum": "By stratum", "subgroup": "By subgroup", "category": "By question category"}


def headline(summary: Summary) -> list[str]:
    """Lines that stand before all tables: how much there is, what failed, what it cost, what to beware of."""
    counts, spent, how = summary.counts, summary.spent, summary.how
    lines = [] if how.is_llm else [NOT_AN_LLM]
    failed = sum(counts.failed.values())
    lines.append(
        f"{counts.comparisons:,} comparisons, {counts.calls:,} calls: {counts.ok:,} judged, {failed:,} failed"
        + (f" ({', '.join(f'{kind} {number}' for kind, number in counts.failed.items())})" if failed else "")
        + f", {counts.not_asked:,} not asked."
    )
    if counts.left_out_unpaired or counts.left_out_empty:
        lines.append(
            f"Left out before judging: {counts.left_out_unpaired} responses without a match, "
            f"{counts.left_out_empty} comparisons with an empty response."
        )
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
    return lines


def tables(summary: Summary) -> Iterator[Table]:
    """All tables of a run, per candidate: overall, by each dimension, and the judge's own behaviour."""
    for reference, candidate in dict.fromkeys((row.reference, row.candidate) for row in summary.win_rates):
        rows = [row for row in summary.win_rates if (row.reference, row.candidate) == (reference, candidate)]
        yield _overall(summary, rows, f"{candidate} against {reference}")
        for dimension in dict.fromkeys(row.dimension for row in rows):
            slices = [row for row in rows if row.dimension == dimension]
            if dimension != "all" and len({row.value for row in slices}) > 1:
                yield _sliced(summary, dimension, slices, f"{candidate} against {reference}")
        yield _behaviour(summary, reference, candidate)


def _overall(summary: Summary, rows: list[WinRateRow], who: str) -> Table:
    marks = Marks()
    body = [
        (
            row.criterion,
            marks.cell(row.win_rate),
            f"{row.win:,}",
            f"{row.tie:,}",
            f"{row.loss:,}",
            f"{row.inconsistent:,}",
            f"{row.missing:,}",
            f"{row.win_rate.n:,}",
            f"{row.win_rate.clusters:,}",
        )
        for row in rows
        if row.dimension == "all"
    ]
    planned = next((row.planned for row in rows if row.dimension == "all"), 0)
    missing = max((row.missing for row in rows if row.dimension == "all"), default=0)
    return Table(
        title=_titled(summary, f"Win rate of {who}"),
        head=f"{planned - missing:,} of {planned:,} comparisons judged, {missing:,} missing.",
        columns=("criterion", "win rate", "win", "tie", "loss", "inconsistent", "missing", "n", "clusters"),
        rows=tuple(body),
        notes=(
            f"Win rate: mean over comparisons of the score, win 1, tie .5, loss 0, mean of {_orders(summary)}; "
            f".5 is parity. Inconsistent: {_readings(summary)} disagree; scored as {_rule(summary)}.",
            f"In brackets: {summary.how.interval}, {summary.how.resamples:,} resamples, seed {summary.how.seed}.",
            *marks.notes(),
        ),
    )


def _sliced(summary: Summary, dimension: str, rows: list[WinRateRow], who: str) -> Table:
    marks = Marks()
    criteria = summary.how.criteria
    body = []
    judged_all = planned_all = 0
    for value in dict.fromkeys(row.value for row in rows):
        by_criterion = {row.criterion: row for row in rows if row.value == value}
        first = by_criterion[criteria[0]]
        judged = first.planned - max(row.missing for row in by_criterion.values())
        judged_all, planned_all = judged_all + judged, planned_all + first.planned
        body.append(
            (
                value,
                f"{judged:,}/{first.planned:,}",
                f"{first.win_rate.clusters:,}",
                *(marks.cell(by_criterion[criterion].win_rate) for criterion in criteria),
            )
        )
    title = _TITLES.get(dimension, f"By {dimension.replace('_', ' ')}")
    return Table(
        title=_titled(summary, f"{title}: win rate of {who}"),
        head=f"{judged_all:,} of {planned_all:,} comparisons judged, {planned_all - judged_all:,} missing.",
        columns=(dimension.replace("_", " "), "judged", "clusters", *criteria),
        rows=tuple(body),
        notes=("Each interval is of its slice alone: among many slices some stand out by chance.", *marks.notes()),
    )


def _behaviour(summary: Summary, reference: str, candidate: str) -> Table:
    marks = Marks()
    rows = [row for row in summary.judge if (row.reference, row.candidate) == (reference, candidate)]
    body = [
        (
            row.criterion,
            marks.cell(row.first_shown),
            f"{row.first_shown.n:,}",
            marks.cell(row.consistency),
            f"{row.consistency.n:,}",
            marks.cell(row.longer_wins),
            f"{row.longer_wins.n:,}",
        )
        for row in rows
    ]
    lengths = f"{reference} {rows[0].mean_words_reference:.0f}, {candidate} {rows[0].mean_words_candidate:.0f}"
    counts = summary.counts
    return Table(
        title=_titled(summary, f"The judge's own behaviour: {candidate} against {reference}"),
        head=f"Calls of the run: {counts.ok:,} of {counts.calls:,} judged, "
        f"{counts.calls - counts.ok:,} failed or not asked.",
        columns=("criterion", "first shown wins", "n", "orders agree", "n", "longer wins", "n"),
        rows=tuple(body),
        notes=(
            "First shown wins: of the judgments that name a winner, the share that names the response shown first; .5 "
            f"is unbiased. Orders agree: of the comparisons read in both orders{_in_all(summary)}. Longer wins: of "
            "those with a winner.",
            f"Mean length in words: {lengths}.",
            *marks.notes(),
        ),
    )


def _titled(summary: Summary, title: str) -> str:
    return title if summary.how.is_llm else f"{title} (heuristic, not an LLM)"


def _orders(summary: Summary) -> str:
    return "both orders" if summary.how.orders == "both" else "the one order drawn"


def _readings(summary: Summary) -> str:
    return "the orders" if summary.how.repeats == 1 else "the orders or the repeats"


def _in_all(summary: Summary) -> str:
    return "" if summary.how.repeats == 1 else f", in all {summary.how.repeats} repeats alike"


def _rule(summary: Summary) -> str:
    return {"mean": "that mean", "half": ".5", "exclude": "nothing (left out)"}[summary.how.inconsistent]
