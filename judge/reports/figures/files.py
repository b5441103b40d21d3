"""Write figures as files, each with its numbers as CSV."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from judge.comparison.headline import NOT_AN_LLM
from judge.core.errors import UsageError
from judge.core.files import run_directory as rundir
from judge.core.files.outputs import check_ours, check_outputs
from judge.core.files.rows import named
from judge.reports.figures import (
    FORMATS,
    Drawing,
    Format,
    drawings,
    numbers_csv,
    rendered,
    several_drawings,
    svg_file,
)
from judge.reports.figures.drawing.dots import narrow
from judge.reports.figures.drawing.figure import DOUBLE, SINGLE
from judge.reports.report_data import ReportSettings, check_choice, read_report_data
from judge.reports.several_runs.differences import several

_READ = (rundir.MANIFEST, rundir.PROMPT, rundir.COMPARISONS, rundir.JOURNAL, rundir.VERDICTS, rundir.SUMMARY)


@dataclass(frozen=True)
class FigureSettings:
    """What to draw, in which formats, and where.

    Empty ``criteria`` and ``candidates`` select all. ``width`` is in inches.
    """

    data: ReportSettings
    formats: tuple[str, ...]
    out: Path
    criteria: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()
    width: float = DOUBLE


@dataclass(frozen=True)
class Written:
    """The names of the figures that were written, and notes for the user."""

    names: tuple[str, ...]
    notes: tuple[str, ...]


def write_figures(settings: FigureSettings) -> Written:
    """Draw a run's figures and write each as NAME.FORMAT and NAME.csv. Each file is written atomically.

    Raises:
        UsageError: A format, criterion or candidate is unknown; an output would overwrite an input, or a file
            that this program did not write; no comparison of the run was judged.
        PersonaJudgeError: See :func:`judge.reports.report_data.read_report_data`.
    """
    kinds = _formats(settings.formats)
    about = settings.data
    if settings.out.exists() and not settings.out.is_dir():
        raise UsageError(f"{settings.out} is a file", hint="give --out a folder")
    found = read_report_data(about)
    check_choice(found.summary, settings.criteria, settings.candidates)
    drawn = drawings(
        found.summary,
        analysis=found.analysis,
        crossed=found.crossed,
        agreement=found.agreement,
        correction=found.correction,
        structured=found.structured,
        criteria=settings.criteria,
        candidates=settings.candidates,
        width=settings.width,
    )
    if not drawn:
        raise UsageError(
            f"{about.run}: no figures, since no comparison was judged yet", hint="run `judge compare` first"
        )
    files = [settings.out / f"{each.name}.{kind}" for each in drawn for kind in (*kinds, "csv")]
    scores = about.structured
    check_outputs(
        files,
        [*(about.run / name for name in _READ), about.annotations, scores and scores / rundir.SUMMARY],
    )
    _check_ours(drawn, kinds, settings.out)
    write_drawings(drawn, kinds, settings.out)
    summary = found.summary
    notes = [] if summary.how.is_llm else [NOT_AN_LLM]
    if found.uncorrected:
        notes.append(f"No corrected win rates: {found.uncorrected}.")
    return Written(tuple(each.name for each in drawn), (*notes, *summary.warnings))


def write_several_figures(
    runs: Sequence[Path],
    formats: Sequence[str],
    out: Path,
    *,
    allow: Sequence[str] = (),
    seed: int = 0,
    width: float = DOUBLE,
) -> Written:
    """Draw the figures of several runs: agreement of the judges and differences of win rates.

    Raises:
        UsageError: A format is unknown; a run is given twice; an output would overwrite an input, or a file
            that this program did not write.
        PersonaJudgeError: See :func:`judge.reports.several_runs.differences.several`.
    """
    kinds = _formats(formats)
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out} is a file", hint="give --out a folder")
    if twice := next((run for place, run in enumerate(runs) if run in runs[:place]), None):
        raise UsageError(f"{twice} is given twice", hint="give each run once")
    found = several(runs, allow=allow, seed=seed)
    drawn = several_drawings(found)
    drawn = [narrow(each) for each in drawn] if width == SINGLE else drawn
    files = [out / f"{each.name}.{kind}" for each in drawn for kind in (*kinds, "csv")]
    check_outputs(files, [path for run in runs for path in rundir.own_files(run)])
    _check_ours(drawn, kinds, out)
    write_drawings(drawn, kinds, out)
    offline = [run.name for run in found.runs if not run.is_llm]
    notes = (f"{', '.join(offline)}: {NOT_AN_LLM}",) if offline else ()
    return Written(tuple(each.name for each in drawn), notes)


def write_drawings(drawn: Sequence[Drawing], kinds: Sequence[Format], folder: Path) -> None:
    """Write each figure in each format, and its numbers as CSV."""
    for each in drawn:
        for kind in kinds:
            content = svg_file(each).encode() if kind == "svg" else rendered(each, kind)
            rundir.write_bytes(folder / f"{each.name}.{kind}", content)
        rundir.write_bytes(folder / f"{each.name}.csv", numbers_csv(each).encode())


def _check_ours(drawn: Sequence[Drawing], kinds: Sequence[Format], folder: Path) -> None:
    """Refuse to replace files that are no figures of ours: the head of the CSV tells."""
    for each in drawn:
        numbers = folder / f"{each.name}.csv"
        header = numbers_csv(each).partition("\n")[0]
        check_ours([*(folder / f"{each.name}.{kind}" for kind in kinds), numbers], numbers, header)


def _formats(given: Sequence[str]) -> tuple[Format, ...]:
    if unknown := [kind for kind in given if kind not in FORMATS]:
        raise UsageError(f"unknown --format {named(unknown)}", hint=f"known: {', '.join(FORMATS)}")
    if not given:
        raise UsageError("--format names no format", hint=f"known: {', '.join(FORMATS)}")
    return tuple(kind for kind in FORMATS if kind in given)
