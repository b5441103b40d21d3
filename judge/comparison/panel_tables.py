"""The judges of a panel: what stands above the tables, and the tables of what each says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from judge.comparison.summary import Summary
from judge.core.calls.prices import money
from judge.core.screen.interval_bars import AXIS, interval_bar
from judge.core.screen.tables import Table
from judge.judging.panels.rates import PanelJudgeRow, PanelRateRow, PanelRates
from judge.stats.estimate import COLUMNS, Estimate
from judge.stats.formatting import EstimateFormatter, counted, interval_line
from judge.stats.intervals.share_interval import METHOD

_PANEL = "panel"
_RULES = {
    "mean": "mean of the scores",
    "majority": "vote of the majority",
    "weighted": "weighted mean of the scores",
}
_MOST_ROWS = 9  # on a screen


def panel_lines(summary: Summary) -> list[str]:
    """Return the lines above the tables of a run with a panel; none without one."""
    panel = summary.panel
    if panel is None:
        return []
    names = ", ".join(each.name for each in panel.judges)
    lines = [f"Panel of {names}: {_RULES[panel.combine]}, quorum {panel.quorum}{_alpha(summary, panel)}."]
    if panel.below_quorum:
        lines.append(
            f"No verdict, since fewer than {panel.quorum} judges have read them: "
            f"{counted(panel.below_quorum, 'comparison')}."
        )
    out = [
        f"{each.name} on {' and '.join(each.without)} ({counted(each.left_out, 'comparison')})"
        for each in panel.judges
        if each.without
    ]
    if out:
        lines.append(f"No vote on contestants of their own model family: {', '.join(out)}.")
    return lines


def _alpha(summary: Summary, panel: PanelRates) -> str:
    """The agreement of the judges under the main criterion, in a sentence."""
    main = next((each for each in panel.alphas if each.criterion == summary.how.criteria[-1]), None)
    if main is None or main.alpha.value is None:
        return ""
    cell = EstimateFormatter(summary.how.unit, "").cell(main.alpha)
    return f"; alpha, {main.criterion}: {cell}"


def screen_panel(summary: Summary) -> Iterator[Table]:
    """Return the table of the judges under the main criterion, for one screen; none without a panel."""
    if summary.panel is None:
        return
    criterion = summary.how.criteria[-1]  # the panel's own win rate stands in the table above
    main = [row for row in summary.panel.rates if row.criterion == criterion and row.judge is not None]
    first = main[0].candidate if main else None
    shown = main if len(main) <= _MOST_ROWS else [row for row in main if row.candidate == first]
    table = _judges(summary, summary.panel, shown, f"Judges of the panel, {criterion}", bars=True)
    yield replace(table, brief=replace(table, notes=()))


def panel_tables(summary: Summary) -> Iterator[Table]:
    """Return the tables of a panel in full: each judge, its calls, and how the judges agree; none without one."""
    panel = summary.panel
    if panel is None:
        return
    yield _judges(summary, panel, list(panel.rates), "Judges of the panel", bars=False)
    yield _calls(summary, panel)
    yield _agreement(summary, panel)


def _judges(summary: Summary, panel: PanelRates, rows: list[PanelRateRow], title: str, *, bars: bool) -> Table:
    marks = _marks(summary)
    several = len({row.candidate for row in rows}) > 1
    columns: list[tuple[str, Callable[[PanelRateRow], str]]] = []
    if several:
        columns.append(("contestant", lambda row: row.candidate))
    if not bars:
        columns.append(("criterion", lambda row: row.criterion))
    columns.append(("judge", lambda row: _PANEL if row.judge is None else row.judge))
    labels = len(columns)
    columns.append(("win rate", lambda row: marks.cell(row.win_rate)))
    if bars:
        columns.append((AXIS, lambda row: interval_bar(row.win_rate.value, row.win_rate.low, row.win_rate.high)))
    else:
        columns.append(("first shown wins", lambda row: marks.cell(row.first_shown)))
        columns.append(("change without it", lambda row: "-" if row.change is None else marks.cell(row.change)))
    columns += [
        ("without it", lambda row: "-" if row.without is None else marks.cell(row.without)),
        ("orders agree", lambda row: marks.cell(row.consistency)),
        ("judged", lambda row: f"{row.voted:,}/{row.planned:,}"),
    ]
    if bars:
        by_name = {each.name: each for each in panel.judges}
        columns.append(("failed", lambda row: f"{sum(by_name[str(row.judge)].failed.values()):,}"))
        if any(each.not_asked for each in panel.judges):
            columns.append(("not made", lambda row: f"{by_name[str(row.judge)].not_asked:,}"))
        columns.append(("cost", lambda row: _cost(summary, by_name, row)))
    body = tuple(tuple(cell(row) for _, cell in columns) for row in rows)
    left = len({row.candidate for row in panel.rates}) - len({row.candidate for row in rows})
    more = f" {counted(left, 'further contestant')}: --full." if bars and left else ""
    names = tuple(name for name, _ in columns)
    whole = all(row.voted == row.planned for row in rows) and all(each.calls == each.ok for each in panel.judges)
    dispensable = ("failed", "judged") if whole else ()
    return Table(
        title,
        "",
        names,
        body,
        (
            f"Win rate: of the judge alone; without it: of the panel of the others.{more}",
            "Orders agree: in this share of the comparisons; of the panel, all judges agree there, too.",
            *marks.notes(brief=bars),
        ),
        labels=labels,
        bars=labels + 1 if bars else None,
        optional=tuple(names.index(name) for name in (*dispensable, "orders agree", "cost")) if bars else (),
    )


def _cost(summary: Summary, by_name: dict[str, PanelJudgeRow], row: PanelRateRow) -> str:
    cost = summary.spent.cost if row.judge is None else by_name[row.judge].cost
    return "-" if cost is None else money(cost, summary.spent.currency)


def _calls(summary: Summary, panel: PanelRates) -> Table:
    body = tuple(
        (
            each.name,
            each.judge,
            ", ".join(each.models_returned) or "no reply yet",
            *(["-" if each.weight is None else f"{each.weight:.3g}"] if panel.combine == "weighted" else []),
            f"{each.calls:,}",
            f"{each.ok:,}",
            f"{sum(each.failed.values()):,}",
            ", ".join(f"{kind} {number:,}" for kind, number in each.failed.items()) or "-",
            f"{each.not_asked:,}",
            f"{each.left_out:,}",
            f"{each.requests:,}",
            "-" if each.cost is None else money(each.cost, summary.spent.currency),
        )
        for each in panel.judges
    )
    weight = ("weight",) if panel.combine == "weighted" else ()
    return Table(
        "Calls of the judges",
        "",
        (
            *("judge", "model", "returned"),
            *weight,
            *("calls", "judged", "failed", "kinds", "not made", "no vote", "requests", "cost"),
        ),
        body,
        ("No vote: comparisons with a contestant of the judge's own model family, which it is not asked about.",),
        labels=3,
    )


def _agreement(summary: Summary, panel: PanelRates) -> Table:
    marks = _marks(summary)
    body = [("all judges", each.criterion, marks.cell(each.alpha), "-", "-") for each in panel.alphas]
    body += [
        (f"{each.first}, {each.second}", each.criterion, "-", marks.cell(each.same), marks.cell(each.difference))
        for each in panel.pairs
    ]
    return Table(
        "Agreement of the judges",
        "",
        ("judges", "criterion", "alpha", "same score", "difference"),
        tuple(body),
        (
            "Alpha: Krippendorff's, of the judges' scores as numbers (interval level). Difference: the second judge's "
            "win rate less the first's, on the comparisons that both scored.",
            *marks.notes(),
        ),
        labels=2,
    )


def _marks(summary: Summary) -> EstimateFormatter:
    how = summary.how
    return EstimateFormatter(how.unit, interval_line(METHOD, "question", how.resamples, how.seed, how.level))


def judge_cells(row: PanelJudgeRow) -> dict[str, Any]:
    """Spread what a judge's calls were over the columns of a CSV file."""
    names = ("name", "judge", "endpoint", "weight", "calls", "ok")
    return {
        **{name: getattr(row, name) for name in names},
        "failed": sum(row.failed.values()),
        "failed_kinds": "; ".join(f"{kind} {number}" for kind, number in row.failed.items()),
        "not_asked": row.not_asked,
        "no_vote_on": "; ".join(row.without),
        "no_vote": row.left_out,
        "requests": row.requests,
        "cost": row.cost,
    }


def rate_cells(row: PanelRateRow) -> dict[str, Any]:
    """Spread what a judge says over the columns of a CSV file."""
    names = ("reference", "candidate", "criterion", "planned", "voted")
    found: dict[str, Any] = {"judge": row.judge or _PANEL, **{name: getattr(row, name) for name in names}}
    for name in ("win_rate", "consistency", "first_shown", "without", "change"):
        found |= _flat(getattr(row, name), name)
    return found | {"lost_without": row.lost}


def _flat(estimate: Estimate | None, prefix: str) -> dict[str, Any]:
    return {
        prefix if part == "value" else f"{prefix}_{part}": None if estimate is None else getattr(estimate, part)
        for part in COLUMNS
    }
