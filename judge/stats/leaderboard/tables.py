"""Leaderboards as tables of text: ranks, strengths and win rates, and the matrix of win rates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from judge.core.screen.interval_bars import AXIS, interval_bar
from judge.core.screen.tables import Table, without_bars
from judge.stats.estimate import Estimate
from judge.stats.formatting import DASH, EstimateFormatter, plain_cell
from judge.stats.intervals.share_interval import METHOD as RATE_METHOD
from judge.stats.leaderboard.bradley_terry import METHOD, Leaderboard, Standing
from judge.stats.win_rates.two_way import TWO_WAY

MOST_COLUMNS = 12  # contestants whose matrix of win rates is a table; of more it is a figure


def leaderboard_tables(
    boards: Sequence[Leaderboard],
    *,
    unit: str = "question",
    note: str = "",
    bars: bool = False,
    named: bool | None = None,
) -> Iterator[Table]:
    """Yield one table per leaderboard.

    Args:
        boards: The leaderboards.
        unit: The name of a cluster, in the singular.
        note: What is added to each title, such as that the judge is not an LLM.
        bars: Whether win rates are drawn with characters too, for a terminal.
        named: Whether titles name the criterion; None: if there are several leaderboards.
    """
    for board in boards:
        table = leaderboard_table(board, unit=unit, note=note, named=len(boards) > 1 if named is None else named)
        yield table if bars else without_bars(table)


def leaderboard_table(board: Leaderboard, *, unit: str = "question", note: str = "", named: bool = True) -> Table:
    """The table of one leaderboard, with bars; ``named`` puts the criterion into its title."""
    rate_method = RATE_METHOD if board.clustered_by == "question" else TWO_WAY
    marks = EstimateFormatter(
        unit,
        f"95 % by {board.clustered_by}: {rate_method} (win rate); {METHOD}",
        brief=f"95 % interval, by {board.clustered_by}",
    )
    rates = [each.win_rate for each in board.standings]
    table = Table(
        f"Leaderboard{f', {board.criterion}' if named else ''}{note}",
        "",
        ("rank", "contestant", "ranks", "win rate", AXIS, "log strength", "n", f"{unit}s"),
        tuple(
            (
                DASH if each.rank is None else str(each.rank),
                each.contestant,
                ranks_cell(each),
                marks.cell(each.win_rate),
                interval_bar(rate.value, rate.low, rate.high),
                marks.cell(each.strength, signed=True),
                f"{each.win_rate.n:,}",
                f"{each.win_rate.clusters:,}",
            )
            for each, rate in zip(board.standings, rates, strict=True)
        ),
        (*_notes(board), *marks.notes()),
        labels=3,
        bars=4,
        optional=(7, 6, 5),
    )
    plain = tuple(
        (*row[:5], plain_cell(each.strength, signed=True), *row[6:])
        for row, each in zip(table.rows, board.standings, strict=True)
    )
    notes = (*_notes(board, brief=True), *marks.notes(brief=True)[:1])  # without those of the marks
    return replace(table, brief=replace(table, rows=plain, notes=notes))


def ranks_cell(standing: Standing) -> str:
    """The ranks that a contestant may have: ``1-3``, or one number."""
    low, high = standing.rank_low, standing.rank_high
    if low is None or high is None:
        return DASH
    return str(low) if low == high else f"{low}-{high}"


def _notes(board: Leaderboard, *, brief: bool = False) -> Iterator[str]:
    if board.groups:
        groups = "; ".join(", ".join(group) for group in board.groups)
        yield (
            f"No chain of comparisons joins all contestants, so they have no common scale: {groups}. Compare a "
            "contestant of one group with one of another."
        )
        return
    if brief:
        yield (
            "Ranks: 95 % sets, all together; contestants that share ranks are not told apart. Win rate: mean score "
            "against the others."
        )
        yield "Log strength: Bradley-Terry; 0 is the mean contestant."
    else:
        yield (
            "Ranks: simultaneous 95 % confidence sets from all pairwise differences; contestants that share ranks are "
            "not told apart. Win rate: mean score against the others (tie .5). Log strength: Bradley-Terry, a tie is "
            "half a win; 0 is the mean contestant, and one that is 1 above another wins 73 % of their comparisons."
        )
    alone = [
        each.contestant for each in board.standings if each.strength.flags & {"undefeated", "winless", "separated"}
    ]
    if alone:
        others = "The strengths are those of the other contestants, from the comparisons among them; more"
        rest = others if len(alone) < len(board.standings) else "More"
        yield f"Without a finite strength: {', '.join(alone)}. {rest} comparisons would bound it."


def matrix_table(
    names: Sequence[str],
    rates: Mapping[tuple[str, str], Estimate],
    criterion: str,
    *,
    unit: str = "question",
    clustered_by: str = "question",
    note: str = "",
) -> Table:
    """The win rate of each row's contestant against each column's.

    Args:
        names: The contestants, the best first.
        rates: Win rates by (reference, candidate); of a pair, one of both directions.
        criterion: The criterion.
        unit: The name of a cluster, in the singular.
        clustered_by: What the intervals are clustered by.
        note: What is added to the title.
    """
    rate_method = RATE_METHOD if clustered_by == "question" else TWO_WAY
    marks = EstimateFormatter(unit, f"95 % {rate_method}, by {clustered_by}, per pair, not adjusted")
    body = []
    for one in names:
        cells = [DASH if (found := win_rate_of(one, other, rates)) is None else marks.cell(found) for other in names]
        body.append((one, *cells))
    return Table(
        f"Win rate of the row's contestant against the column's, {criterion}{note}",
        "",
        ("contestant", *names),
        tuple(body),
        (f"{DASH}: not compared.", *marks.notes()),
    )


def win_rate_of(one: str, other: str, rates: Mapping[tuple[str, str], Estimate]) -> Estimate | None:
    """The win rate of a contestant against another one; None where they were not compared."""
    if (found := rates.get((other, one))) is not None:
        return found
    back = rates.get((one, other))
    return None if back is None else turned_rate(back)


def turned_rate(rate: Estimate) -> Estimate:
    """The win rate of the other side: 1 less the rate, with the ends of its interval exchanged."""
    value, low, high = (None if each is None else 1 - each for each in (rate.value, rate.high, rate.low))
    return replace(rate, value=value, low=low, high=high)
