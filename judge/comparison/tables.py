"""A run's numbers as tables of text: one source for the terminal and for Markdown."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from judge.comparison.headline import head, marks_of
from judge.comparison.summary import Summary, WinRateRow
from judge.core.screen.tables import Column, Table
from judge.stats.formatting import EstimateFormatter, counted, short

INCONSISTENT = Column("inconsistent", short="incon-\nsistent")
OUTCOME_COLUMNS = ("win rate", "win", "tie", "loss", INCONSISTENT, "missing", "n")
_MEASURES = {"first_shown": "first shown wins", "consistency": "orders agree", "longer_wins": "longer wins"}


def main_tables(summary: Summary) -> Iterator[Table]:
    """What `judge compare` prints first: win rates and outcomes, then how the judge behaved."""
    yield from rate_tables(summary)
    yield from behaviour_tables(summary)


def rate_tables(summary: Summary) -> Iterator[Table]:
    """With several candidates one table of them all, as in the study; then the outcomes."""
    if not (whole := _whole(summary)):
        return
    (reference, candidate), *others = by_pair(summary)
    one = f"Win rate of {candidate} against {reference}"
    if _nothing(whole):
        first = [rows[0] for rows in whole.values()]
        yield nothing_judged(summary, f"Win rates against {reference}" if others else one, first)
        return
    if others:
        yield _overview(summary, reference, whole)
    yield _outcome_table(summary, f"Outcomes against {reference}" if others else one, whole)


def behaviour_tables(summary: Summary) -> Iterator[Table]:
    """How the judge behaved, of all candidates; none where nothing was judged."""
    whole = _whole(summary)
    if _nothing(whole):
        return
    (reference, candidate), *others = by_pair(summary)
    who = "" if others else f": {candidate} against {reference}"
    yield _behaviour(summary, f"The judge's own behaviour{who}", whole)


def _whole(summary: Summary) -> dict[str, list[WinRateRow]]:
    pairs = by_pair(summary)
    return {candidate: [row for row in rows if row.dimension == "all"] for (_, candidate), rows in pairs.items()}


def _nothing(whole: Mapping[str, list[WinRateRow]]) -> bool:
    return all(rows[0].missing == rows[0].planned for rows in whole.values())


def by_pair(summary: Summary) -> dict[tuple[str, str], list[WinRateRow]]:
    """The rows of each candidate, by the names of the reference and the candidate."""
    pairs: dict[tuple[str, str], list[WinRateRow]] = {}
    for row in summary.win_rates:
        pairs.setdefault((row.reference, row.candidate), []).append(row)
    return pairs


def nothing_judged(summary: Summary, title: str, rows: list[WinRateRow]) -> Table:
    """In place of a table of undefined cells."""
    return Table(titled(summary, title), head(summary, rows), (), (), ("No table: nothing here was judged yet.",))


def side_by_side(
    summary: Summary, title: str, name: str, groups: Mapping[str, list[WinRateRow]], notes: tuple[str, ...]
) -> Table:
    """One line per group, one column per criterion; in full one line per group and criterion, with the outcomes."""
    how = summary.how
    marks, full_marks = marks_of(how), marks_of(how)
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
    top = head(summary, (row for rows in groups.values() for row in rows if row.criterion == how.criteria[0]))
    title, unit = titled(summary, title), f"{how.clustered_by}s"
    return Table(
        title=title,
        head=top,
        columns=(name, "judged", unit, *how.criteria),
        rows=tuple(body),
        notes=(*notes, *marks.notes()),
        full=Table(
            title=title,
            head=top,
            columns=(name, "criterion", *OUTCOME_COLUMNS, unit),
            rows=tuple(full),
            notes=(*notes, *full_marks.notes()),
            labels=2,
        ),
    )


def titled(summary: Summary, title: str) -> str:
    """The title, which says that the offline judge is no LLM."""
    return title if summary.how.is_llm else f"{title} (heuristic, not an LLM)"


def _overview(summary: Summary, reference: str, whole: Mapping[str, list[WinRateRow]]) -> Table:
    note = (
        f".5 is parity with {reference}. Contestants share the {summary.how.clustered_by}s: whether two intervals "
        "overlap does not compare the two; make one of them the --reference."
    )
    table = side_by_side(summary, f"Win rates against {reference}", "contestant", whole, (note,))
    return replace(table, full=None)  # its long form is the table that follows


def _outcome_table(summary: Summary, title: str, whole: Mapping[str, list[WinRateRow]]) -> Table:
    marks = marks_of(summary.how)
    named = _Named(whole)
    return Table(
        title=titled(summary, title),
        head=head(summary, (rows[0] for rows in whole.values())),
        columns=(*named.column, "criterion", *OUTCOME_COLUMNS, f"{summary.how.clustered_by}s"),
        rows=tuple(
            (*named.cell(name), row.criterion, *_outcomes(row, marks)) for name, rows in whole.items() for row in rows
        ),
        notes=(
            f"Win rate: mean over comparisons of the score, win 1, tie .5, loss 0, mean of {_orders(summary)}; "
            f".5 is parity. Inconsistent: {_readings(summary)} disagree; scored as {_rule(summary)}.",
            *_bounds(whole, named),
            *marks.notes(),
        ),
        labels=1 + len(named.column),
    )


class _Named:
    """The candidate's name beside each row, where there are several."""

    def __init__(self, candidates: Collection[str]) -> None:
        self._several = len(candidates) > 1
        self.column = ("contestant",) if self._several else ()

    def cell(self, name: str) -> tuple[str, ...]:
        return (name,) if self._several else ()


def _outcomes(row: WinRateRow, marks: EstimateFormatter) -> tuple[str, ...]:
    numbers = (row.win, row.tie, row.loss, row.inconsistent, row.missing, row.win_rate.n, row.win_rate.clusters)
    return (marks.cell(row.win_rate), *(f"{number:,}" for number in numbers))


def _bounds(whole: Mapping[str, list[WinRateRow]], named: _Named) -> Iterator[str]:
    """How far what is missing could move the win rates: all of it lost, or all of it won."""
    found = []
    for name, rows in whole.items():
        for row in rows:
            if row.missing and row.win_rate.value is not None:
                won, n = row.win_rate.value * row.win_rate.n, row.win_rate.n + row.missing
                ends = f"{short(won / n)} to {short((won + row.missing) / n)}"
                found.append(" ".join((*named.cell(name), row.criterion, ends)))
    if found:
        yield f"Were all that is missing lost, or all won, the win rates would be: {', '.join(found)}."


def _behaviour(summary: Summary, title: str, whole: Mapping[str, list[WinRateRow]]) -> Table:
    marks = marks_of(summary.how)
    named = _Named(whole)
    body = []
    for name in whole:
        rows = [row for row in summary.judge if row.candidate == name]
        for measure, label in _MEASURES.items():
            for row in rows:
                found = getattr(row, measure)
                numbers = (marks.cell(found), f"{found.n:,}", f"{found.clusters:,}")
                body.append((*named.cell(name), label, row.criterion, *numbers))
    lengths = {row.reference: row.mean_words_reference for row in summary.judge}
    lengths |= {row.candidate: row.mean_words_candidate for row in summary.judge}
    return Table(
        title=titled(summary, title),
        head=head(summary, (rows[0] for rows in whole.values())),
        columns=(*named.column, "measure", "criterion", "share", "n", f"{summary.how.clustered_by}s"),
        rows=tuple(body),
        notes=(
            "First shown wins: of the judgments that name a winner (n), the share that names the response shown first; "
            f".5 is unbiased. Orders agree: of the comparisons read in both orders{_in_all(summary)}. Longer wins: of "
            "those with a winner and unequal lengths. Mean length in words: "
            + ", ".join(f"{name} {words:.0f}" for name, words in lengths.items())
            + ".",
            *marks.notes(),
        ),
        labels=2 + len(named.column),
    )


def _orders(summary: Summary) -> str:
    return "both orders" if summary.how.orders == "both" else "the one order drawn"


def _readings(summary: Summary) -> str:
    if summary.how.orders == "one":
        return "the repeats"
    return "the orders" if summary.how.repeats == 1 else "the orders or the repeats"


def _in_all(summary: Summary) -> str:
    return "" if summary.how.repeats == 1 else f", in all {counted(summary.how.repeats, 'repeat')} alike"


def _rule(summary: Summary) -> str:
    if summary.how.inconsistent == "half" and summary.how.repeats > 1:
        return ".5 in each repeat whose orders disagree"
    return {"mean": "that mean", "half": ".5", "exclude": "nothing (left out)"}[summary.how.inconsistent]
