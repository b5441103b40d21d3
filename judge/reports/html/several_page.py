"""The page of several runs side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from judge import __version__
from judge.comparison.headline import NOT_AN_LLM
from judge.core.errors import UsageError
from judge.core.files import run_directory as rundir
from judge.core.files.outputs import check_outputs, check_replaceable
from judge.core.screen.tables import Table
from judge.reports.figures import several_drawings
from judge.reports.html.figures import figure_view
from judge.reports.html.main_result import WORDS, listed, standing
from judge.reports.html.run_page import Written
from judge.reports.html.templating import CREATOR, render
from judge.reports.report_data import ReportSettings, read_report_data
from judge.reports.several_runs.differences import SeveralRuns, several
from judge.reports.several_runs.tables import sections
from judge.reports.structured_scores import read_structured
from judge.reports.study_table import study_cells, study_table
from judge.stats.formatting import counted, plus_or_minus, short

CONTENTS = (
    ("rates", "Win rates by run"),
    ("judges", "Agreement between judges"),
    ("differences", "Differences between runs"),
    ("study", "The study's table"),
    ("provenance", "Provenance"),
)
LEVEL = 0.05


@dataclass(frozen=True)
class Rate:
    """The win rate of one candidate in one run, to be drawn."""

    name: str
    standing: str
    word: str
    said: str
    value: float | None
    low: float | None
    high: float | None


def write_several(
    runs: Sequence[Path], out: Path, *, structured: Path | None = None, allow: Sequence[str] = ()
) -> Written:
    """Write the report of two runs or more.

    Raises:
        UsageError: A run is given twice; ``out`` is a folder, a file of one of the runs, or no report.
        PersonaJudgeError: See :func:`judge.reports.several_runs.differences.several`.
    """
    if twice := next((run for place, run in enumerate(runs) if run in runs[:place]), None):
        raise UsageError(f"{twice} is given twice", hint="give each run once")
    check_outputs([out], [path for run in runs for path in rundir.own_files(run)])
    check_replaceable(out, CREATOR)
    found = several(runs, allow=allow)
    text = render("several.html.j2", **_view(found, runs, structured))
    with rundir.replacing(out) as file:
        file.write(text)
    return Written(out, len(text.encode()), 0, 0, None, 0)


def _view(found: SeveralRuns, runs: Sequence[Path], structured: Path | None) -> dict[str, Any]:
    tables = sections(found)
    names = [run.name for run in found.runs]
    demonstration = [run.name for run in found.runs if not run.is_llm]
    study = _study(runs, structured)
    references = list(dict.fromkeys(run.reference for run in found.runs))
    candidates = list(dict.fromkeys(name for run in found.runs for name in run.candidates)) or ["no candidate"]
    return {
        "version": __version__,
        "title": f"{listed(names)} side by side",
        "contents": [entry for entry in CONTENTS if study or entry[0] != "study"],
        "names": names,
        "explanation": f"Each run compares responses of {listed(candidates)} with those of {listed(references)} to the "
        "same questions; its judge names the better one or a tie. Win rate: the share of comparisons that the "
        f"candidate wins against {listed(references)}, ties counted as half; .5 (parity) means that neither is better.",
        "demonstration": f"{listed(demonstration)}: {NOT_AN_LLM}" if demonstration else "",
        "rates": [(criterion, _rates(found, criterion)) for criterion in found.criteria],
        "rate_tables": [tables.rates],
        "agreement_sentences": _agreement_sentences(found),
        "figures": [figure_view(each, found.criteria) for each in several_drawings(found)],
        "judge_tables": [tables.agreements],
        "difference_sentences": _difference_sentences(found),
        "difference_tables": [table for table in (tables.differs, tables.differences) if table],
        "study": study,
        "run_tables": [tables.runs],
    }


def _rates(found: SeveralRuns, criterion: str) -> list[Rate]:
    kept = []
    for row in found.rates:
        if row.criterion == criterion:
            rate = row.win_rate
            kind = standing(rate)
            said = "no comparison scored" if rate.value is None else short(rate.value)
            if rate.value is not None and rate.low is not None and rate.high is not None:
                said += f" [{short(rate.low)}, {short(rate.high)}]"
            said += f"; {row.missing:,} missing" if row.missing else ""
            kept.append(Rate(f"{row.run}: {row.candidate}", kind, WORDS[kind], said, rate.value, rate.low, rate.high))
    return kept


def _agreement_sentences(found: SeveralRuns) -> list[str]:
    main = found.criteria[-1]
    lines = []
    for row in found.agreements:
        if row.criterion == main:
            if row.agreement.value is None:
                lines.append(f"{row.first} and {row.second} have no comparison with verdicts of both on {main}.")
                continue
            kappa = "undefined" if row.kappa.value is None else short(row.kappa.value)
            lines.append(
                f"{row.first} and {row.second} give the same verdict on {main} in {short(row.agreement.value)} of "
                f"{counted(row.common - row.missing, 'comparison')} with the same texts (kappa {kappa})."
            )
    return lines


def _difference_sentences(found: SeveralRuns) -> list[str]:
    main = found.criteria[-1]
    lines = []
    for row in found.differences:
        value = row.difference.value
        if row.criterion != main or value is None:
            continue
        if row.difference.low is None or row.difference.high is None:
            said = "no interval"
        elif row.difference.low <= 0 <= row.difference.high:
            said = "the interval covers 0: no difference is shown"
        else:
            said = f"the interval lies {'above' if value > 0 else 'below'} 0"
            if row.p_holm is None or row.p_holm >= LEVEL:
                said += ", but the difference is not significant after the Holm adjustment"
        interval = (
            ""
            if row.difference.low is None or row.difference.high is None
            else f" [{plus_or_minus(row.difference.low)}, {plus_or_minus(row.difference.high)}]"
        )
        who = f"{row.second} minus {row.first}, {main}"
        lines.append(f"{who}: {plus_or_minus(value)}{interval} over {counted(row.paired, 'item')}; {said}.")
    return lines


def _study(runs: Sequence[Path], structured: Path | None) -> list[Table]:
    if structured is None:
        return []
    scores = read_structured(structured)
    tables = []
    for run in runs:
        has = read_report_data(ReportSettings(run=run))
        table = study_table(study_cells(scores, has.summary, has.analysis))
        tables.append(replace(table, title=f"{run.name}: {table.title}"))
    return tables
