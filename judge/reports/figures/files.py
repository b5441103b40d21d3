"""Figures as files: each in the formats asked for, and its numbers as CSV."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from judge.comparison.headline import NOT_AN_LLM
from judge.core.errors import UsageError
from judge.core.files import run_directory as rundir
from judge.core.files.outputs import check_outputs
from judge.core.files.rows import named
from judge.reports.evidence import EvidenceSettings, check_choice, compute_evidence
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
from judge.reports.figures.drawing.figure import DOUBLE, SINGLE
from judge.reports.figures.drawing.narrow import narrow
from judge.reports.several.several import several
from judge.stats.estimate import RESAMPLES

_READ = (rundir.MANIFEST, rundir.PROMPT, rundir.COMPARISONS, rundir.JOURNAL, rundir.VERDICTS, rundir.SUMMARY)


@dataclass(frozen=True)
class FigureSettings:
    """What to draw, in which formats, and where to."""

    evidence: EvidenceSettings
    formats: tuple[str, ...]
    out: Path
    criteria: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()
    width: float = DOUBLE


@dataclass(frozen=True)
class Written:
    """The names of the figures, and what is to be said with them."""

    names: tuple[str, ...]
    notes: tuple[str, ...]


def write_figures(settings: FigureSettings) -> Written:
    """Draw a run's figures and write each as NAME.FORMAT and NAME.csv, every file whole or not at all.

    Errors: those of :func:`judge.reports.evidence.gather`; an unknown format, criterion or candidate; a file that would
    be written over one that is read; nothing to draw.
    """
    kinds = _formats(settings.formats)
    about = settings.evidence
    if settings.out.exists() and not settings.out.is_dir():
        raise UsageError(f"{settings.out} is a file", hint="give --out a folder")
    found = compute_evidence(about)
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
        raise UsageError(f"{about.run}: nothing was judged yet, so there is nothing to draw", hint="`judge compare` it")
    files = [settings.out / f"{each.name}.{kind}" for each in drawn for kind in (*kinds, "csv")]
    scores = about.structured
    check_outputs(
        files,
        [*(about.run / name for name in _READ), about.annotations, scores and scores / rundir.SUMMARY],
    )
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
    resamples: int = RESAMPLES,
    width: float = DOUBLE,
) -> Written:
    """Draw what several runs say together: win rates run by run, judges' agreement, differences.

    Errors: those of :func:`.several.several`; an unknown format; a file that would be written over one
    that is read.
    """
    kinds = _formats(formats)
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out} is a file", hint="give --out a folder")
    if twice := next((run for place, run in enumerate(runs) if run in runs[:place]), None):
        raise UsageError(f"{twice} is given twice", hint="a run agrees with itself: give each once")
    found = several(runs, allow=allow, seed=seed, resamples=resamples)
    drawn = several_drawings(found)
    drawn = [narrow(each) for each in drawn] if width == SINGLE else drawn
    files = [out / f"{each.name}.{kind}" for each in drawn for kind in (*kinds, "csv")]
    check_outputs(files, [path for run in runs for path in rundir.own_files(run)])
    write_drawings(drawn, kinds, out)
    offline = [run.name for run in found.runs if not run.is_llm]
    notes = (f"{', '.join(offline)}: {NOT_AN_LLM}",) if offline else ()
    return Written(tuple(each.name for each in drawn), notes)


def write_drawings(drawn: Sequence[Drawing], kinds: Sequence[Format], folder: Path) -> None:
    """Write each figure in each format, and its numbers."""
    for each in drawn:
        for kind in kinds:
            content = svg_file(each).encode() if kind == "svg" else rendered(each, kind)
            rundir.write_bytes(folder / f"{each.name}.{kind}", content)
        rundir.write_bytes(folder / f"{each.name}.csv", numbers_csv(each).encode())


def _formats(given: Sequence[str]) -> tuple[Format, ...]:
    if unknown := [kind for kind in given if kind not in FORMATS]:
        raise UsageError(f"--format does not know {named(unknown)}", hint=f"known: {', '.join(FORMATS)}")
    if not given:
        raise UsageError("--format names no format", hint=f"known: {', '.join(FORMATS)}")
    return tuple(kind for kind in FORMATS if kind in given)
