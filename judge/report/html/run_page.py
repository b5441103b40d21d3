"""The page of one run, and the files beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from judge import __version__
from judge.agreement_tables import tables as agreement_tables
from judge.core import rundir
from judge.core.outputs import check_outputs
from judge.core.tables import Table
from judge.correct_tables import tables as correction_tables
from judge.report.figures import drawings
from judge.report.headline import NOT_AN_LLM
from judge.report.html import made, missing, page, scores, trust, whom
from judge.report.html.answer import answers, listed
from judge.report.html.comparisons import Comparisons
from judge.report.html.explorer import Beside, Explorer, explorer, report_key
from judge.report.html.figures import FigureView, figure_view
from judge.report.html.gather import Gathered, gather
from judge.report.tables import main_tables

CONTENTS = (
    ("better", "Is it better?"), ("missing", "How much is missing?"), ("trust", "Can the judge be trusted?"),
    ("whom", "For whom?"), ("where", "Where?"), ("made", "How was it made?"),
)  # fmt: skip


@dataclass(frozen=True)
class Written:
    """What was written: the page, its size in bytes, and how many comparisons lie in how many files beside it."""

    path: Path
    size: int
    total: int
    held: int
    folder: Path | None
    files: int


def write_report(run: Path, out: Path, *, annotations: Path | None = None, structured: Path | None = None) -> Written:
    """Make the report of a run. The page takes its place last: until then an older one stays whole.

    Errors: those of :func:`judge.report.html.gather.gather`; ``out`` is a folder, or one of the files read.
    """
    check_outputs([out], [annotations, *sorted(run.glob("*")), *_files_of(structured)])
    found = gather(run, annotations, structured)
    key = report_key(found.sources)
    beside = Beside(out, key)
    held = explorer(Comparisons(found), found.summary.how.criteria, beside, key)
    options = _options(out, annotations, structured)
    text = rendered(found, held, beside, key, options)
    with rundir.replacing(out) as file:
        file.write(text)
    beside.sweep()
    folder = beside.folder if beside.names else None
    return Written(out, len(text.encode()), held.total, held.held, folder, held.files)


def rendered(found: Gathered, held: Explorer, beside: Beside, key: str, options: tuple[str, ...]) -> str:
    """The page as text."""
    summary = found.summary
    absent, checks = missing.missing(found), trust.findings(found)
    main = list(main_tables(summary))
    behaviour = [table for table in main if table.title.startswith("The judge's own behaviour")]
    names = [candidate for _, candidate in found.pairs]
    reference = found.pairs[0][0] if found.pairs else ""
    question = (
        f"{'Is' if len(names) == 1 else 'Are'} {listed(names)} better than {reference}?" if names else summary.name
    )
    structured = found.evidence.structured
    return page.render(
        "run.html.j2", nonce=key if held.files else None, version=__version__, title=f"{question} · {summary.name}",
        contents=CONTENTS, name=summary.name, question=question, byline=_byline(found),
        demonstration=_demonstration(found), answers=answers(found), cautions=trust.cautions(found, absent, checks),
        missing=absent, findings=checks, figures=_figures(found),
        outcome_tables=[table.full or table for table in main if table not in behaviour],
        behaviour_tables=[*behaviour, *whom.length_and_position(found)], other_tables=whom.others(found),
        agreement_tables=list(agreement_tables(found.evidence.agreement)) if found.evidence.agreement else [],
        correction_tables=_corrections(found), slice_tables=whom.tables(found), whom=whom.sentences(found),
        score_tables=scores.score_tables(structured) if structured else [],
        score_sentences=scores.score_sentences(structured) if structured else (),
        fairness_tables=scores.fairness_tables(structured) if structured else [],
        explorer=held, folder=beside.folder.name, criteria=summary.how.criteria,
        annotated=found.annotations is not None,
        made=made.made(found, options), comparisons=Markup(held.inside),  # noqa: S704 - escaped in text.data
    )  # fmt: skip


def _options(out: Path, annotations: Path | None, structured: Path | None) -> tuple[str, ...]:
    given = {"--annotations": annotations, "--structured": structured, "--out": out}
    return tuple(word for name, path in given.items() if path is not None for word in (name, str(path)))


def _files_of(folder: Path | None) -> list[Path]:
    return [] if folder is None else [folder / rundir.SUMMARY]


def _byline(found: Gathered) -> str:
    how, counts = found.summary.how, found.summary.counts
    models = f" ({listed(list(how.models_returned))})" if how.models_returned else ""
    people = f"; human labels: {found.annotations.name}" if found.annotations else "; no human labels"
    return (
        f"{counts.comparisons:,} comparisons judged by {how.judge}{models} on {listed(list(how.criteria))}, in "
        f"{'both orders' if how.orders == 'both' else 'one order'}; prompt {how.prompt} version "
        f"{how.prompt_version}{people}."
    )


def _demonstration(found: Gathered) -> str:
    return "" if found.summary.how.is_llm else NOT_AN_LLM


def _figures(found: Gathered) -> list[FigureView]:
    has = found.evidence
    return [
        figure_view(each)
        for each in drawings(
            has.summary, analysis=has.analysis, crossed=has.crossed, agreement=has.agreement,
            correction=has.correction, structured=has.structured,
        )
    ]  # fmt: skip


def _corrections(found: Gathered) -> list[Table]:
    if found.evidence.correction is None:
        return []
    whole = found.evidence.correction.model_copy(
        update={"rows": tuple(row for row in found.evidence.correction.rows if row.dimension == "all")}
    )
    return list(correction_tables(whole))
