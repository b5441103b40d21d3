"""Write the results of a run: verdicts, summary, CSV tables and a Markdown page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from judge.comparison.expert_tables import expert_cells
from judge.comparison.headline import headline, method
from judge.comparison.panel_tables import judge_cells, rate_cells
from judge.comparison.slices import omitted_tables, slice_tables
from judge.comparison.summary import JudgeRow, Summary, WinRateRow
from judge.comparison.tables import main_tables
from judge.core.files import run_directory as rundir
from judge.core.records import Verdict
from judge.core.screen.tables import markdown_cell, markdown_lines, write_csv
from judge.stats.estimate import COLUMNS, Estimate
from judge.stats.formatting import counted


def write_verdicts(verdicts: Iterable[Verdict], path: Path) -> Iterator[Verdict]:
    """Write verdicts while passing them on. The file replaces an older one after the last verdict.

    Args:
        verdicts: The verdicts in planned order.
        path: The JSON Lines file.

    Returns:
        An iterator over the same verdicts; it has to be exhausted.
    """
    with rundir.replacing(path) as file:
        for row in verdicts:
            file.write(row.model_dump_json() + "\n")
            yield row


def write_summary(summary: Summary, folder: Path) -> None:
    """Write summary.json, summary.md and the tables as CSV into a run directory."""
    rundir.write_json(folder / rundir.SUMMARY, summary.model_dump(mode="json"))
    with rundir.replacing(folder / rundir.MARKDOWN) as file:
        file.write(markdown(summary))
    how = _how(summary)
    _write_csv(folder / rundir.TABLES / "win_rates.csv", [{**_rate(row), **how} for row in summary.win_rates])
    whole = {_names(row): row for row in summary.win_rates if row.dimension == "all"}
    _write_csv(
        folder / rundir.TABLES / "judge.csv",
        [{**_behaviour(row, whole.get(_names(row))), **how} for row in summary.judge],
    )
    if summary.leaderboards:
        _write_csv(folder / rundir.TABLES / "leaderboard.csv", [{**row, **how} for row in leaderboard_rows(summary)])
        _write_csv(folder / rundir.TABLES / "pairs.csv", [{**_rate(row), **how} for row in summary.pair_rates])
    if summary.expert is not None:
        cells = [{**expert_cells(row), "judge": summary.expert.judge} for row in summary.expert.rows]
        _write_csv(folder / rundir.TABLES / "expert.csv", cells)
    if summary.panel is not None:
        _write_csv(folder / rundir.TABLES / "panel.csv", [rate_cells(row) for row in summary.panel.rates])
        _write_csv(folder / rundir.TABLES / "judges.csv", [judge_cells(row) for row in summary.panel.judges])


def leaderboard_rows(summary: Summary) -> Iterator[dict[str, Any]]:
    """The rows of all leaderboards, for CSV."""
    for board in summary.leaderboards:
        for each in board.standings:
            yield {
                "criterion": board.criterion,
                "contestant": each.contestant,
                "rank": each.rank,
                "rank_low": each.rank_low,
                "rank_high": each.rank_high,
                **_flat(each.strength, "strength"),
                **_flat(each.win_rate, "win_rate"),
            }


def markdown(summary: Summary) -> str:
    """Format the run's tables, in full, and its provenance as Markdown, for an appendix."""
    how = summary.how
    lines = [f"# {markdown_cell(summary.name)}", ""]
    for line in headline(summary):
        lines += [markdown_cell(line), ""]
    lines += [f"**Warning:** {markdown_cell(warning)}\n" for warning in summary.warnings]
    for table in (*main_tables(summary), *slice_tables(summary)):
        lines += markdown_lines(table.full or table)
    lines += [f"{markdown_cell(line)}\n" for line in omitted_tables(summary)]
    returned = ", ".join(
        f"{markdown_cell(name)} ({counted(count, 'reply', 'replies')})" for name, count in how.models_returned.items()
    )
    lines += [
        "## Provenance",
        "",
        f"- judge: {markdown_cell(how.judge)} at {markdown_cell(how.endpoint)}",
        f"- models as returned: {returned or 'none'}",
        f"- prompt: {how.prompt} version {how.prompt_version}, sha256 {how.prompt_sha256}",
        f"- orders: {how.orders}; repeats: {how.repeats}; inconsistent scored by rule `{how.inconsistent}`",
        f"- intervals: {method(how)}",
        "- all settings, inputs with sha256 and versions: manifest.json",
        "",
    ]
    return "\n".join(lines)


def _names(row: WinRateRow | JudgeRow) -> tuple[str, str, str]:
    return row.reference, row.candidate, row.criterion


def _counts(row: WinRateRow) -> dict[str, Any]:
    """The counts judged, failed and missing. They come before all other numbers of a row."""
    failed = sum(row.failed.values())
    return {
        "comparisons": row.planned,
        "judged": row.planned - row.missing,
        "missing": row.missing,
        "calls": row.calls,
        "calls_judged": row.calls - failed - row.not_asked,
        "calls_failed": failed,
        "calls_failed_kinds": "; ".join(f"{kind} {number}" for kind, number in sorted(row.failed.items())),
        "calls_not_asked": row.not_asked,
    }


def _rate(row: WinRateRow) -> dict[str, Any]:
    names = ("reference", "candidate", "dimension", "value", "criterion")
    return {
        **{name: getattr(row, name) for name in names},
        **_counts(row),
        **{name: getattr(row, name) for name in ("win", "tie", "loss", "inconsistent")},
        **_flat(row.win_rate, "win_rate"),
    }


def _behaviour(row: JudgeRow, whole: WinRateRow | None) -> dict[str, Any]:
    return {
        **{name: getattr(row, name) for name in ("reference", "candidate", "criterion")},
        **({} if whole is None else _counts(whole)),
        **_flat(row.first_shown, "first_shown"),
        **_flat(row.consistency, "consistency"),
        **_flat(row.longer_wins, "longer_wins"),
        "mean_words_reference": row.mean_words_reference,
        "mean_words_candidate": row.mean_words_candidate,
        **(_flat(row.longer_wins_characters, "longer_wins_characters") if row.longer_wins_characters else {}),
    }


def _how(summary: Summary) -> dict[str, Any]:
    """How the numbers were computed, repeated in each row so that a row can be read alone."""
    how = summary.how
    return {
        "interval": how.interval,
        "level": how.level,
        "clustered_by": how.clustered_by,
        "resamples": how.resamples,
        "seed": how.seed,
        "inconsistent_rule": how.inconsistent,
        "orders": how.orders,
        "repeats": how.repeats,
        "judge": how.judge,
        "is_llm": how.is_llm,
        "prompt": how.prompt,
        "prompt_version": how.prompt_version,
    }


def _flat(estimate: Estimate, prefix: str) -> dict[str, Any]:
    """Spread an estimate over columns: win_rate, win_rate_low, ..."""
    return {prefix if part == "value" else f"{prefix}_{part}": getattr(estimate, part) for part in COLUMNS}


def _write_csv(path: Path, rows: list[dict[str, Any]]) -> None:
    write_csv(path, rows, list(rows[0]) if rows else [])
