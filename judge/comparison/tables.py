"""The tables of a run, for the terminal, Markdown and the report."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from judge.comparison.expert_tables import expert_tables
from judge.comparison.headline import head, in_orders, marks_of
from judge.comparison.panel_tables import panel_tables, screen_panel
from judge.comparison.summary import JudgeRow, Summary, WinRateRow
from judge.core.screen.interval_bars import AXIS, interval_bar
from judge.core.screen.tables import Column, Table, without_columns
from judge.stats.estimate import Estimate
from judge.stats.formatting import DASH, EstimateFormatter, counted, short
from judge.stats.leaderboard.tables import MOST_COLUMNS, leaderboard_tables, matrix_table

INCONSISTENT = Column("inconsistent", short="incon-\nsistent")
OUTCOME_COLUMNS = ("win rate", "win", "tie", "loss", INCONSISTENT, "missing", "n")
_SCREEN_ROWS = 6  # of all leaderboards together, or of contestants and criteria
_MEASURES = {
    "first_shown": "first shown wins",
    "consistency": "orders agree",
    "longer_wins": Column("longer wins, words", short="longer wins,\nwords"),
    "longer_wins_characters": Column("longer wins, characters", short="longer wins,\ncharacters"),
}

_BY_ALL = Column("judges and orders agree", short="judges and\norders agree")

_Row = TypeVar("_Row", WinRateRow, JudgeRow)


def _measures(summary: Summary) -> dict[str, str]:
    """The measures of the judge; the agreement of a panel is that of its judges, too."""
    return _MEASURES if summary.panel is None else _MEASURES | {"consistency": _BY_ALL}


def screen_tables(summary: Summary) -> Iterator[Table]:
    """Return the short form of the first tables, for one screen: no heads, one row per contestant and criterion."""
    whole = _whole(summary)
    if not whole:
        return
    (reference, candidate), *others = by_pair(summary)
    title = f"Win rates against {reference}" if others else f"Win rate of {candidate} against {reference}"
    if _nothing(whole):
        yield replace(nothing_judged(summary, title, [rows[0] for rows in whole.values()]), head="")
        return
    for table in expert_tables(summary):
        yield replace(table, head="", full=None)
    if summary.leaderboards:
        yield from screen_boards(summary)
    else:
        yield _rates_with_bars(summary, title, whole)
    if summary.panel is not None:
        yield from screen_panel(summary)
        return
    yield _behaviour_in_a_line(summary) if summary.leaderboards else _behaviour_by_criterion(summary)


def _on_screen(rows: Sequence[_Row], main: str) -> tuple[list[_Row], str]:
    """The rows that a screen has room for: all, or those of the main criterion, and what is added to the title then."""
    if len(rows) <= _SCREEN_ROWS:
        return list(rows), ""
    return [row for row in rows if row.criterion == main], f", {main}"


def main_tables(summary: Summary) -> Iterator[Table]:
    """Return the first tables of `judge compare`: leaderboards, win rates and outcomes, then judge behaviour."""
    yield from expert_tables(summary)
    yield from board_tables(summary)
    yield from rate_tables(summary)
    yield from panel_tables(summary)
    yield from behaviour_tables(summary)


def rate_tables(summary: Summary) -> Iterator[Table]:
    """Return the outcomes, and before them, with several candidates of one reference, one table of win rates."""
    if not (whole := _whole(summary)):
        return
    (reference, candidate), *others = by_pair(summary)
    one = f"Win rate of {candidate} against {reference}"
    if _nothing(whole):
        first = [rows[0] for rows in whole.values()]
        yield nothing_judged(summary, f"Win rates against {reference}" if others else one, first)
        return
    if others and not summary.leaderboards:
        yield _overview(summary, reference, whole)
    yield _outcome_table(summary, f"Outcomes against {reference}" if others else one, whole)


def behaviour_tables(summary: Summary) -> Iterator[Table]:
    """Return position bias, consistency and length preference of the judge; nothing where nothing was judged."""
    if _nothing(_whole(summary)):
        return
    (reference, candidate), *others = by_pair(summary)
    who = "" if others else f": {candidate} against {reference}"
    yield _behaviour(summary, f"Judge behaviour{who}")


def screen_boards(summary: Summary) -> Iterator[Table]:
    """Return the leaderboards that fit on a screen: all, or that of the last criterion, the prompt's main one."""
    boards, unit, note = summary.leaderboards, summary.how.unit, _not_an_llm(summary)
    if sum(len(each.standings) for each in boards) > _SCREEN_ROWS:
        boards = boards[-1:]
    yield from leaderboard_tables(boards, unit=unit, note=note, bars=True, named=len(summary.leaderboards) > 1)


def board_tables(summary: Summary) -> Iterator[Table]:
    """Return the leaderboards and the win rates of all pairs; nothing where there is no leaderboard."""
    unit, note = summary.how.unit, _not_an_llm(summary)
    yield from leaderboard_tables(summary.leaderboards, unit=unit, note=note)
    yield from matrix_tables(summary)


def matrix_tables(summary: Summary) -> Iterator[Table]:
    """Return the win rates of all pairs under each criterion, the best contestant first; none of many contestants."""
    for board in summary.leaderboards:
        if len(board.standings) > MOST_COLUMNS:
            return
        yield matrix_table(
            [each.contestant for each in board.standings],
            pair_rates_of(summary, board.criterion),
            board.criterion,
            unit=summary.how.unit,
            clustered_by=board.clustered_by,
            note=_not_an_llm(summary),
        )


def pair_rates_of(summary: Summary, criterion: str) -> dict[tuple[str, str], Estimate]:
    """The win rates of the pairs of contestants under a criterion, by (reference, candidate)."""
    return {(row.reference, row.candidate): row.win_rate for row in summary.pair_rates if row.criterion == criterion}


def _first(summary: Summary) -> list[WinRateRow]:
    """The rows under the first criterion in which each comparison is once."""
    return [row for row in summary.distinct if row.criterion == summary.how.criteria[0]]


def _whole(summary: Summary) -> dict[str, list[WinRateRow]]:
    pairs = by_pair(summary)
    return {candidate: [row for row in rows if row.dimension == "all"] for (_, candidate), rows in pairs.items()}


def _nothing(whole: Mapping[str, list[WinRateRow]]) -> bool:
    return all(rows[0].missing == rows[0].planned for rows in whole.values())


def by_pair(summary: Summary) -> dict[tuple[str, str], list[WinRateRow]]:
    """Group the rows by the names of reference and candidate."""
    pairs: dict[tuple[str, str], list[WinRateRow]] = {}
    for row in summary.win_rates:
        pairs.setdefault((row.reference, row.candidate), []).append(row)
    return pairs


def nothing_judged(summary: Summary, title: str, rows: list[WinRateRow]) -> Table:
    """Return a table without rows, in place of one with undefined cells only."""
    return Table(titled(summary, title), head(summary, rows), (), (), ("No comparisons judged yet.",))


def side_by_side(
    summary: Summary, title: str, name: str, groups: Mapping[str, list[WinRateRow]], notes: tuple[str, ...]
) -> Table:
    """Return a table with one row per group and one column per criterion; its long form also has the outcomes."""
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
    title, unit = titled(summary, title), f"{how.unit}s"
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
    """Add to a title that the offline judge is not an LLM, where it is not."""
    return title + _not_an_llm(summary)


def _not_an_llm(summary: Summary) -> str:
    return "" if summary.how.is_llm else " (heuristic, not an LLM)"


def _overview(summary: Summary, reference: str, whole: Mapping[str, list[WinRateRow]]) -> Table:
    note = (
        f".5 is parity with {reference}. Contestants share their {summary.how.unit}s: overlap of two intervals "
        "does not test their difference. To compare two contestants, make one of them the --reference."
    )
    table = side_by_side(summary, f"Win rates against {reference}", "contestant", whole, (note,))
    return replace(table, full=None)  # its long form is the table that follows


def _outcome_table(summary: Summary, title: str, whole: Mapping[str, list[WinRateRow]]) -> Table:
    marks = marks_of(summary.how)
    named = _Named(whole)
    return Table(
        title=titled(summary, title),
        head=head(summary, _first(summary)),
        columns=(*named.column, "criterion", *OUTCOME_COLUMNS, f"{summary.how.unit}s"),
        rows=tuple(
            (*named.cell(name), row.criterion, *_outcomes(row, marks)) for name, rows in whole.items() for row in rows
        ),
        notes=(
            f"Win rate: mean of win 1, tie .5, loss 0, {_orders(summary)}; .5 is parity. Inconsistent: "
            f"{_judgments(summary)} disagree; {_rule(summary)}.",
            *_bounds(whole, named),
            *marks.notes(),
        ),
        labels=1 + len(named.column),
    )


def _rates_with_bars(summary: Summary, title: str, whole: Mapping[str, list[WinRateRow]]) -> Table:
    every, main = [row for rows in whole.values() for row in rows], summary.how.criteria[-1]
    rows, of = _on_screen(every, main)
    if summary.panel is not None:  # whose judges need the room
        rows, of = [row for row in every if row.criterion == main], f", {main}"
    marks, named = marks_of(summary.how), _Named(whole)
    at = 2 + len(named.column)
    columns = (*named.column, "criterion", OUTCOME_COLUMNS[0], AXIS, *OUTCOME_COLUMNS[1:], f"{summary.how.unit}s")
    body = []
    for row in rows:
        rate, *numbers = _outcomes(row, marks)
        bar = interval_bar(row.win_rate.value, row.win_rate.low, row.win_rate.high)
        body.append((*named.cell(row.candidate), row.criterion, rate, bar, *numbers))
    inconsistent, missing = (any(getattr(row, name) for row in rows) for name in ("inconsistent", "missing"))
    found = Table(
        title=titled(summary, f"{title}{of}"),
        head="",
        columns=columns,
        rows=tuple(body),
        notes=(
            f"Win rate: win 1, tie .5, loss 0, {_orders(summary)}; .5 is parity.",
            *([f"Inconsistent: {_judgments(summary)} disagree; {_rule(summary)}."] if inconsistent else ()),
            *_bounds(_of_each(rows), named),
            *marks.notes(brief=True),
        ),
        labels=at - 1,
        bars=at,
        optional=(
            *([columns.index("missing")] if not missing else ()),
            len(columns) - 1,
            *([columns.index(INCONSISTENT)] if not inconsistent else ()),
        ),
    )
    return without_columns(found, {at - 2}) if of else found


def _of_each(rows: Iterable[WinRateRow]) -> dict[str, list[WinRateRow]]:
    found: dict[str, list[WinRateRow]] = {}
    for row in rows:
        found.setdefault(row.candidate, []).append(row)
    return found


def _behaviour_in_a_line(summary: Summary) -> Table:
    """A table without rows: the judge over all pairs, under the main criterion."""
    marks, row = marks_of(summary.how), summary.judge[-1]
    found = [
        f"{label} {marks.cell(share)}"
        for name, label in _measures(summary).items()
        if (share := getattr(row, name)) is not None
    ]
    return Table("", f"Judge, {row.criterion}: {'; '.join(found)}.", (), ())


def _behaviour_by_criterion(summary: Summary) -> Table:
    marks, named = marks_of(summary.how), _Named({row.candidate for row in summary.judge})
    rows, of = _on_screen(summary.judge, summary.how.criteria[-1])
    shown = {
        name: label for name, label in _measures(summary).items() if any(getattr(row, name) is not None for row in rows)
    }
    body = []
    for row in rows:
        found = [getattr(row, name) for name in shown]
        cells = [DASH if share is None else marks.cell(share) for share in found]
        body.append((*named.cell(row.candidate), row.criterion, *cells))
    labels = 1 + len(named.column)
    table = Table(
        title=titled(summary, f"Judge behaviour{of}"),
        head="",
        columns=(*named.column, "criterion", *shown.values()),
        rows=tuple(body),
        notes=(
            f"First shown: .5 is no position bias. {_mean_lengths(summary, 'Mean words: ', '.')}".rstrip(),
            *marks.notes(brief=True),
        ),
        labels=labels,
        optional=tuple(labels + place for place, name in enumerate(shown) if name == "longer_wins_characters"),
        rank=tuple(float(row.criterion != summary.how.criteria[-1]) for row in rows),
        ranked_by=f"under {summary.how.criteria[-1]}",
    )
    return without_columns(table, {labels - 1}) if of else table


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
    """Bound the win rates: all missing comparisons lost, or all won."""
    found = []
    for name, rows in whole.items():
        for row in rows:
            if row.missing and row.win_rate.value is not None:
                won, n = row.win_rate.value * row.win_rate.n, row.win_rate.n + row.missing
                ends = f"{short(won / n)} to {short((won + row.missing) / n)}"
                found.append(" ".join((*named.cell(name), row.criterion, ends)))
    if found:
        yield f"Bounds if all missing comparisons were losses, or wins: {', '.join(found)}."


def _behaviour(summary: Summary, title: str) -> Table:
    marks = marks_of(summary.how)
    names = dict.fromkeys(row.candidate for row in summary.judge)
    named = _Named(names)
    body = []
    for name in names:
        rows = [row for row in summary.judge if row.candidate == name]
        for measure, label in _measures(summary).items():
            for row in rows:
                if (found := getattr(row, measure)) is None:
                    continue
                numbers = (marks.cell(found), f"{found.n:,}", f"{found.clusters:,}")
                body.append((*named.cell(name), label, row.criterion, *numbers))
    return Table(
        title=titled(summary, title),
        head=head(summary, _first(summary)),
        columns=(*named.column, "measure", "criterion", "share", "n", f"{summary.how.unit}s"),
        rows=tuple(body),
        notes=(
            "First shown wins: share of the judgments with a winner (n) that name the response shown first; .5: no "
            f"position bias. {_agreement(summary)} Longer "
            "wins: share of the comparisons with a winner and unequal lengths; a preference only if words and "
            f"characters say so.{_mean_lengths(summary, ' Mean length in words: ', '.')}",
            *marks.notes(),
        ),
        labels=2 + len(named.column),
    )


def _mean_lengths(summary: Summary, before: str, after: str = "") -> str:
    """The mean length of each contestant's responses; nothing where the rows are about all pairs together."""
    if summary.how.all_pairs:
        return ""
    lengths = {row.reference: row.mean_words_reference for row in summary.judge}
    lengths |= {row.candidate: row.mean_words_candidate for row in summary.judge}
    return f"{before}{', '.join(f'{name} {words:.0f}' for name, words in lengths.items())}{after}"


def _orders(summary: Summary) -> str:
    if summary.panel is not None:
        return "of both orders of all judges" if summary.how.orders == "both" else "of all judges"
    return in_orders(
        summary,
        both="averaged over both orders",
        pilot="averaged over both orders in the pilot, else in one random order less the pilot's position effect",
    )


def _judgments(summary: Summary) -> str:
    if summary.panel is not None:
        return "the judges" if summary.how.orders == "one" else "the judges or the orders"
    if summary.how.orders == "one":
        return "the repeats"
    return "the orders" if summary.how.repeats == 1 else "the orders or the repeats"


def _agreement(summary: Summary) -> str:
    """What the share of agreement is a share of."""
    if summary.panel is None:
        return f"Orders agree: share of the comparisons judged in both orders{_in_all(summary)}."
    return "Judges and orders agree: share of the comparisons in which all judges say one thing in both orders."


def _in_all(summary: Summary) -> str:
    return "" if summary.how.repeats == 1 else f" that give one verdict in all {counted(summary.how.repeats, 'repeat')}"


def _rule(summary: Summary) -> str:
    if summary.how.inconsistent == "half" and summary.how.repeats > 1:
        return "scored .5 in each repeat whose orders disagree"
    of_panel = {"mean": "mean", "majority": "majority", "weighted": "weighted mean"}
    rules = {
        "mean": "scored as that average"
        if summary.panel is None
        else f"scored by the {of_panel[summary.panel.combine]}",
        "half": "scored .5",
        "winner": "scored as the winner that only one names, else .5",
        "exclude": "excluded from the win rate",
    }
    return rules[summary.how.inconsistent]
