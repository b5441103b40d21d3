"""Write a run's results in a format that other programs read."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from judge.comparison.files import leaderboard_rows
from judge.comparison.frames import win_rate_frame
from judge.comparison.headline import NOT_AN_LLM
from judge.comparison.results import load_summary
from judge.comparison.summary import Summary
from judge.core.errors import UsageError
from judge.core.files.outputs import check_new, check_outputs
from judge.core.files.run_directory import replacing
from judge.reports.export.latex import latex_leaderboard, latex_table
from judge.reports.export.preferences import criterion_of, preferences
from judge.reports.export.rows import ExportedRows, Judged
from judge.reports.export.tables import to_csv, to_dataset, to_parquet, to_workbook

Kind = Literal["csv", "parquet", "xlsx", "latex", "hf", "dpo"]
_NAMES: dict[Kind, str] = {
    "csv": "verdicts.csv",
    "parquet": "verdicts.parquet",
    "xlsx": "results.xlsx",
    "latex": "win_rates.tex",
    "hf": "hf",
    "dpo": "preferences.jsonl",
}


@dataclass
class Exported:
    """What was written.

    Attributes:
        path: The file, or the folder for ``hf``.
        rows: Its rows.
        left_out: Verdicts that are no preference, by outcome.
        notes: What else is to be known.
    """

    path: Path
    rows: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    notes: tuple[str, ...] = ()


def export(
    folder: Path, kind: Kind, out: Path | None = None, *, criterion: str | None = None, by: str = "all"
) -> Exported:
    """Write a run's verdicts with the texts (csv, parquet, xlsx, hf), its win rates (latex) or preferences (dpo).

    Of a run of all pairs, latex is the leaderboard, csv has it beside the verdicts (``leaderboard.csv``), and xlsx on a
    sheet of its own.

    Args:
        folder: The run directory.
        kind: The format.
        out: The file or folder to write; None is one in ``folder/export``, which a later export replaces.
        criterion: With ``dpo``, the criterion that decides.
        by: With ``latex``, the slices: ``all``, ``category``, ``subgroup`` and so on.

    Raises:
        RunDirectoryError: There is no run, or it has no verdicts yet.
        UsageError: ``out``, or the leaderboard beside it, is there already; the run has no such criterion or slices.
        InputError: A package that writes the format is not installed.
        WriteError: The disk does not take the file.
    """
    summary = load_summary(folder)
    path = out or folder / "export" / _NAMES[kind]
    board = path.with_name("leaderboard.csv") if kind == "csv" and summary.leaderboards else None
    if out is not None:
        check_new([out, *([board] if board else [])])
    if kind != "hf":
        check_outputs([path])
    found = Exported(path, notes=() if summary.how.is_llm else (NOT_AN_LLM,))
    path.parent.mkdir(parents=True, exist_ok=True)
    if kind == "latex":
        text, found.rows = _latex(summary, by)
        with replacing(path) as file:
            file.write(text)
        return found
    if kind == "dpo":
        with replacing(path) as file:
            for pair in preferences(Judged(folder), criterion_of(summary.how.criteria, criterion), found.left_out):
                found.rows += 1
                file.write(json.dumps(pair, ensure_ascii=False) + "\n")
        return found
    rows = ExportedRows(folder)
    found.rows = len(rows)
    if kind == "csv":
        to_csv(rows, path)
        if board is not None:
            to_csv(list(leaderboard_rows(summary)), board)
            found.notes += (f"The leaderboard is in {board}.",)
    elif kind == "parquet":
        to_parquet(rows, path)
    elif kind == "hf":
        to_dataset(rows, path, summary.name)
    else:
        frame = win_rate_frame(summary)
        whole = frame.astype(object).where(frame.notna(), None).to_dict(orient="records")
        rates: list[dict[str, object]] = [{str(name): value for name, value in row.items()} for row in whole]
        boards = {"leaderboard": list(leaderboard_rows(summary))} if summary.leaderboards else {}
        if cut := to_workbook({**boards, "win rates": rates, "verdicts": rows}, path):
            found.notes += (f"{cut:,} texts were cut at 32,767 characters, the most that an Excel cell holds.",)
    return found


def _latex(summary: Summary, by: str) -> tuple[str, int]:
    """The LaTeX table of the leaderboard or of the win rates, and its number of rows."""
    if summary.leaderboards and by == "all":
        return latex_leaderboard(summary), sum(len(board.standings) for board in summary.leaderboards)
    dimensions = tuple(dict.fromkeys(row.dimension for row in summary.win_rates))
    if by not in dimensions:
        raise UsageError(f"the run has no slices by {by!r}", hint=f"it has: {', '.join(dimensions)}")
    return latex_table(summary, by), sum(row.dimension == by for row in summary.win_rates)
