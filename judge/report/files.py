"""What a run leaves beside its journal: verdicts, summary, CSV tables and a Markdown page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from judge.core import rundir
from judge.core.records import Verdict
from judge.core.tables import markdown_cell, markdown_lines, write_csv
from judge.report.tables import headline, tables
from judge.summary import EstimateRow, Summary

_ESTIMATE = ("value", "low", "high", "n", "clusters", "note")


def write_verdicts(verdicts: Iterable[Verdict], path: Path) -> Iterator[Verdict]:
    """Write verdicts as they stream by, and pass them on; the file is put in place when the last one is through."""
    with rundir.replacing(path) as file:
        for row in verdicts:
            file.write(row.model_dump_json() + "\n")
            yield row


def write_summary(summary: Summary, folder: Path) -> None:
    """Write summary.json, summary.md and the tables as CSV."""
    rundir.write_json(folder / rundir.SUMMARY, summary.model_dump(mode="json"))
    with rundir.replacing(folder / rundir.MARKDOWN) as file:
        file.write(markdown(summary))
    settings = {"judge": summary.how.judge, "is_llm": summary.how.is_llm, "prompt": summary.how.prompt}
    _csv(
        folder / rundir.TABLES / "win_rates.csv",
        [{**settings, **_flat(row.model_dump(), {"win_rate": "win_rate"})} for row in summary.win_rates],
    )
    names = {name: name for name in ("first_shown", "consistency", "longer_wins")}
    _csv(
        folder / rundir.TABLES / "judge.csv", [{**settings, **_flat(row.model_dump(), names)} for row in summary.judge]
    )


def markdown(summary: Summary) -> str:
    """The run's tables in Markdown, with how they were made, to be pasted into an appendix."""
    how = summary.how
    lines = [f"# {markdown_cell(summary.name)}", ""]
    for line in headline(summary):
        lines += [markdown_cell(line), ""]
    lines += [f"**Warning:** {markdown_cell(warning)}\n" for warning in summary.warnings]
    for table in tables(summary):
        lines += markdown_lines(table)
    returned = ", ".join(f"{markdown_cell(name)} ({count:,} replies)" for name, count in how.models_returned.items())
    lines += [
        "## How it was made",
        "",
        f"- judge: {markdown_cell(how.judge)} at {markdown_cell(how.endpoint)}; models as returned: "
        + (returned or "none"),
        f"- prompt: {how.prompt} version {how.prompt_version}, sha256 {how.prompt_sha256}",
        f"- orders: {how.orders}; repeats: {how.repeats}; inconsistent scored by rule `{how.inconsistent}`",
        f"- intervals: {how.interval}, {how.resamples:,} resamples, seed {how.seed}",
        "- all settings, inputs with sha256 and versions: manifest.json",
        "",
    ]
    return "\n".join(lines)


def _flat(row: dict[str, Any], estimates: dict[str, str]) -> dict[str, Any]:
    """Spread nested estimates over columns of their own: win_rate, win_rate_low, ..."""
    flat = {name: value for name, value in row.items() if name not in estimates}
    for name, prefix in estimates.items():
        values = EstimateRow.model_validate(row[name])
        for part in _ESTIMATE:
            flat[prefix if part == "value" else f"{prefix}_{part}"] = getattr(values, part)
    return flat


def _csv(path: Path, rows: list[dict[str, Any]]) -> None:
    write_csv(path, rows, list(rows[0]) if rows else [])
