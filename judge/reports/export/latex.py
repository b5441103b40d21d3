"""A run's win rates as a LaTeX table, as papers print them (booktabs)."""

from __future__ import annotations

from collections.abc import Iterator

from judge.comparison.headline import NOT_AN_LLM, coverage, method
from judge.comparison.summary import Summary, WinRateRow
from judge.stats.formatting import short

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
    for row in rows:
        if previous not in (None, row.candidate):
            lines.append(r"    \midrule")
        previous = row.candidate
        lines.append("    " + " & ".join(_cells(row, dimension)) + r" \\")
    return "\n".join([*lines, r"    \bottomrule", r"  \end{tabular}", r"\end{table}", ""])


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
