"""A run's numbers as tables of text: one source for the terminal and for Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from judge.core.prices import money
from judge.report.words import Marks, counted, coverage, failures, short
from judge.summary import Summary, WinRateRow

NOT_AN_LLM = "Judged by the offline heuristic, which is NOT an LLM: a demonstration, no evidence about any model."
OUTCOME_COLUMNS = ("win rate", "win", "tie", "loss", "inconsistent", "missing", "n")
_MEASURES = {"first_shown": "first shown wins", "consistency": "orders agree", "longer_wins": "longer wins"}


@dataclass(frozen=True)
class Table:
    """A titled table. ``head`` says how much was judged, failed and missing; ``notes`` how to read the cells.

    ``labels`` is the number of leading columns that are words. ``full`` is the long form of a table whose criteria
    stand side by side: a row for each criterion, with all counts.
    """

    title: str
    head: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    labels: int = 1
    full: Table | None = None


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


def main_tables(summary: Summary) -> Iterator[Table]:
    """With several candidates one table of them all, as in the study; then each one's, and how the judge behaved."""
    whole = {pair: [row for row in rows if row.dimension == "all"] for pair, rows in by_pair(summary).items()}
    if len(whole) > 1:
        yield _overview(summary, whole)
    for (reference, candidate), rows in whole.items():
        who = f"{candidate} against {reference}"
        if rows[0].missing == rows[0].planned:
            yield nothing_judged(summary, f"Win rate of {who}", rows[:1])
            continue
        yield _overall(summary, rows, who)
        yield _behaviour(summary, rows, who)


def by_pair(summary: Summary) -> dict[tuple[str, str], list[WinRateRow]]:
    """The rows of each candidate, by the names of the reference and the candidate."""
    pairs: dict[tuple[str, str], list[WinRateRow]] = {}
    for row in summary.win_rates:
        pairs.setdefault((row.reference, row.candidate), []).append(row)
    return pairs


def nothing_judged(summary: Summary, title: str, rows: list[WinRateRow]) -> Table:
    """In place of a table of undefined cells."""
    return Table(titled(summary, title), coverage(rows), (), (), ("No table: nothing here was judged yet.",))


def side_by_side(
    summary: Summary, title: str, name: str, groups: Mapping[str, list[WinRateRow]], notes: tuple[str, ...]
) -> Table:
    """One line per group, one column per criterion; in full one line per group and criterion, with the outcomes."""
    how = summary.how
    marks, full_marks = Marks(how), Marks(how)
    body, full = [], []
    for label, rows in groups.items():
        by_criterion = {row.criterion: row for row in rows}
        ordered = [by_criterion[criterion] for criterion in how.criteria]
        sizes = sorted({row.win_rate.clusters for row in ordered})  # they differ only where inconsistent is excluded
        body.append(
            (
                label,
                f"{ordered[0].planned - ordered[0].missing:,}/{ordered[0].planned:,}",
                "-".join(f"{size:,}" for size in (sizes if len(sizes) < 2 else (sizes[0], sizes[-1]))),
                *(marks.cell(row.win_rate) for row in ordered),
            )
        )
        full += [(label, row.criterion, *_outcomes(row, full_marks)) for row in ordered]
    head = coverage(row for rows in groups.values() for row in rows if row.criterion == how.criteria[0])
    title, unit = titled(summary, title), f"{how.clustered_by}s"
    return Table(
        title=title,
        head=head,
        columns=(name, "judged", unit, *how.criteria),
        rows=tuple(body),
        notes=(*notes, *marks.notes()),
        full=Table(
            title=title,
            head=head,
            columns=(name, "criterion", *OUTCOME_COLUMNS, unit),
            rows=tuple(full),
            notes=(*notes, *full_marks.notes()),
            labels=2,
        ),
    )


def titled(summary: Summary, title: str) -> str:
    """The title, which says that the offline judge is no LLM."""
    return title if summary.how.is_llm else f"{title} (heuristic, not an LLM)"


def _overview(summary: Summary, whole: Mapping[tuple[str, str], list[WinRateRow]]) -> Table:
    (reference, _), *_ = whole
    return side_by_side(
        summary,
        f"Win rates against {reference}",
        "contestant",
        {candidate: rows for (_, candidate), rows in whole.items()},
        (
            f".5 is parity with {reference}. Contestants share the {summary.how.clustered_by}s: whether two intervals "
            "overlap does not compare the two; make one of them the --reference.",
        ),
    )


def _overall(summary: Summary, rows: list[WinRateRow], who: str) -> Table:
    marks = Marks(summary.how)
    return Table(
        title=titled(summary, f"Win rate of {who}"),
        head=coverage(rows[:1]),
        columns=("criterion", *OUTCOME_COLUMNS, f"{summary.how.clustered_by}s"),
        rows=tuple((row.criterion, *_outcomes(row, marks)) for row in rows),
        notes=(
            f"Win rate: mean over comparisons of the score, win 1, tie .5, loss 0, mean of {_orders(summary)}; "
            f".5 is parity. Inconsistent: {_readings(summary)} disagree; scored as {_rule(summary)}.",
            *_bounds(rows),
            *marks.notes(),
        ),
    )


def _outcomes(row: WinRateRow, marks: Marks) -> tuple[str, ...]:
    numbers = (row.win, row.tie, row.loss, row.inconsistent, row.missing, row.win_rate.n, row.win_rate.clusters)
    return (marks.cell(row.win_rate), *(f"{number:,}" for number in numbers))


def _bounds(rows: list[WinRateRow]) -> Iterator[str]:
    """How far what is missing could move the win rates: all of it lost, or all of it won."""
    found = []
    for row in rows:
        if row.missing and row.win_rate.value is not None:
            won, n = row.win_rate.value * row.win_rate.n, row.win_rate.n + row.missing
            found.append(f"{row.criterion} {short(won / n)} to {short((won + row.missing) / n)}")
    if found:
        yield f"Were all that is missing lost, or all won, the win rates would be: {', '.join(found)}."


def _behaviour(summary: Summary, whole: list[WinRateRow], who: str) -> Table:
    marks = Marks(summary.how)
    reference, candidate = whole[0].reference, whole[0].candidate
    rows = [row for row in summary.judge if (row.reference, row.candidate) == (reference, candidate)]
    body = []
    for measure, name in _MEASURES.items():
        for row in rows:
            estimate = getattr(row, measure)
            body.append((name, row.criterion, marks.cell(estimate), f"{estimate.n:,}", f"{estimate.clusters:,}"))
    words = f"{reference} {rows[0].mean_words_reference:.0f}, {candidate} {rows[0].mean_words_candidate:.0f}"
    return Table(
        title=titled(summary, f"The judge's own behaviour: {who}"),
        head=coverage(whole[:1]),
        columns=("measure", "criterion", "share", "n", f"{summary.how.clustered_by}s"),
        rows=tuple(body),
        notes=(
            "First shown wins: of the judgments that name a winner (n), the share that names the response shown first; "
            f".5 is unbiased. Orders agree: of the comparisons read in both orders{_in_all(summary)}. Longer wins: of "
            f"those with a winner and unequal lengths. Mean length in words: {words}.",
            *marks.notes(),
        ),
        labels=2,
    )


def _orders(summary: Summary) -> str:
    return "both orders" if summary.how.orders == "both" else "the one order drawn"


def _readings(summary: Summary) -> str:
    return "the orders" if summary.how.repeats == 1 else "the orders or the repeats"


def _in_all(summary: Summary) -> str:
    return "" if summary.how.repeats == 1 else f", in all {counted(summary.how.repeats, 'repeat')} alike"


def _rule(summary: Summary) -> str:
    if summary.how.inconsistent == "half" and summary.how.repeats > 1:
        return ".5 in each repeat whose orders disagree"
    return {"mean": "that mean", "half": ".5", "exclude": "nothing (left out)"}[summary.how.inconsistent]
