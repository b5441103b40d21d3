"""A run's win rates, or its leaderboard, as a LaTeX table, as papers print them (booktabs)."""

from __future__ import annotations

from collections.abc import Iterator

from judge.comparison.headline import NOT_AN_LLM, coverage, design, method
from judge.comparison.summary import Summary, WinRateRow
from judge.stats.estimate import Estimate
from judge.stats.formatting import plus_or_minus, short
from judge.stats.leaderboard.bradley_terry import METHOD
from judge.stats.leaderboard.tables import ranks_cell

_ESCAPES = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "\n": " ",
}


def latex_text(text: str) -> str:
    """Escape text so that LaTeX prints it unchanged."""
    return "".join(_ESCAPES.get(each, each) for each in text)


def latex_table(summary: Summary, dimension: str = "all") -> str:
    r"""A table of the win rates of each candidate under each criterion, with intervals and outcomes.

    Needs ``\usepackage{booktabs}``. The caption states how much was judged, the judge and how intervals were computed.

    Args:
        summary: The run's numbers.
        dimension: The slices: ``all`` is one row per candidate and criterion.
    """
    rows = [row for row in summary.win_rates if row.dimension == dimension]
    lines = [
        r"% needs \usepackage{booktabs}",
        r"\begin{table}",
        r"  \centering",
        rf"  \caption{{{_caption(summary, rows)}}}",
        r"  \begin{tabular}{lllrrrrrr}" if dimension != "all" else r"  \begin{tabular}{llrrrrrr}",
        r"    \toprule",
        "    " + " & ".join(_heads(dimension, summary.how.level)) + r" \\",
        r"    \midrule",
    ]
    previous = None
    in_groups = len(rows) > len({row.candidate for row in rows})  # a rule below every single row is none
    for row in rows:
        if in_groups and previous not in (None, row.candidate):
            lines.append(r"    \midrule")
        previous = row.candidate
        lines.append("    " + " & ".join(_cells(row, dimension)) + r" \\")
    return "\n".join([*lines, r"    \bottomrule", r"  \end{tabular}", r"\end{table}", ""])


def latex_leaderboard(summary: Summary) -> str:
    r"""The leaderboards as a table: rank with its confidence set, strength and win rate with their intervals.

    Needs ``\usepackage{booktabs}``. The caption states how much was judged, the judge and the methods.

    Args:
        summary: The numbers of a run that compared all pairs.
    """
    several = len(summary.leaderboards) > 1
    columns = ["criterion"] * several + ["rank", "contestant", "ranks", "win rate", "log strength", "$n$"]
    lines = [
        r"% needs \usepackage{booktabs}",
        r"\begin{table}",
        r"  \centering",
        rf"  \caption{{{_board_caption(summary)}}}",
        rf"  \begin{{tabular}}{{{'l' * several}rlcrrr}}",
        r"    \toprule",
        "    " + " & ".join(columns) + r" \\",
    ]
    for board in summary.leaderboards:
        lines.append(r"    \midrule")
        for each in board.standings:
            cells = [latex_text(board.criterion)] * several
            cells += [
                "--" if each.rank is None else str(each.rank),
                latex_text(each.contestant),
                ranks_cell(each).replace("-", "--"),
                _number(each.win_rate),
                _number(each.strength, signed=True),
                f"{each.win_rate.n:,}",
            ]
            lines.append("    " + " & ".join(cells) + r" \\")
    return "\n".join([*lines, r"    \bottomrule", r"  \end{tabular}", r"\end{table}", ""])


def _number(estimate: Estimate, *, signed: bool = False) -> str:
    if estimate.value is None:
        return latex_text(estimate.note or "undefined")
    write = plus_or_minus if signed else short
    parts = [write(each) for each in (estimate.value, estimate.low, estimate.high) if each is not None]
    text = parts[0] if len(parts) < 3 else f"{parts[0]} [{parts[1]}, {parts[2]}]"
    return text.replace("-", "$-$") if signed else text


def _board_caption(summary: Summary) -> str:
    how = summary.how
    told = [
        "Bradley-Terry leaderboard.",
        design(summary),
        coverage(row for row in summary.distinct if row.criterion == how.criteria[0]),
        f"Judge: {how.judge}, prompt {how.prompt} version {how.prompt_version}, {how.orders} orders.",
        "Ranks: simultaneous 95% confidence sets. Win rate: against the other contestants. Log strength: minus the "
        f"mean, a tie is half a win; {METHOD}. Win rates: {method(how)}.",
    ]
    if not how.is_llm:
        told.append(NOT_AN_LLM)
    return latex_text(" ".join(told))


def _heads(dimension: str, level: float) -> Iterator[str]:
    yield "candidate"
    if dimension != "all":
        yield latex_text(dimension)
    yield from ("criterion", rf"win rate [{100 * level:g}\,\% CI]", "win", "tie", "loss", "incons.", "$n$")


def _cells(row: WinRateRow, dimension: str) -> Iterator[str]:
    rate = row.win_rate
    yield latex_text(row.candidate)
    if dimension != "all":
        yield latex_text(row.value)
    yield latex_text(row.criterion)
    interval = "" if rate.low is None or rate.high is None else f" [{short(rate.low)}, {short(rate.high)}]"
    yield "undefined" if rate.value is None else f"{short(rate.value)}{interval}"
    yield from (f"{count:,}" for count in (row.win, row.tie, row.loss, row.inconsistent, rate.n))


def _caption(summary: Summary, rows: list[WinRateRow]) -> str:
    how = summary.how
    references = ", ".join(dict.fromkeys(row.reference for row in rows))
    whole = [row for row in rows if row.dimension == "all"]
    first = [row for row in (summary.distinct if whole else rows) if row.criterion == how.criteria[0]]
    told = [
        f"Win rate against {references}.",
        coverage(first),
        f"Judge: {how.judge}, prompt {how.prompt} version {how.prompt_version}, {how.orders} orders.",
        "Incons.: the two orders disagree (scored as their mean)."
        if how.inconsistent == "mean"
        else f"Incons.: the two orders disagree (scored: {how.inconsistent}).",
        f"Intervals: {method(how)}.",
    ]
    if not how.is_llm:
        told.append(NOT_AN_LLM)
    return latex_text(" ".join(told))
