"""What the page of one run shows, as the values of its template."""

from __future__ import annotations

from typing import Any

from judge import __version__
from judge.analysis.agreement.tables import tables as agreement_tables
from judge.analysis.correction.tables import tables as correction_tables
from judge.comparison.headline import NOT_AN_LLM
from judge.comparison.tables import behaviour_tables, rate_tables
from judge.core.screen.tables import Table
from judge.reports.evidence import Gathered
from judge.reports.figures import drawings
from judge.reports.html import judge_validity as trust
from judge.reports.html import subgroups as whom
from judge.reports.html.figures import FigureView, figure_view, fitting
from judge.reports.html.main_result import answers, explanation, listed
from judge.reports.html.missing import missing
from judge.reports.html.provenance import made
from judge.reports.html.scores import fairness_tables, score_sentences, score_tables

CONTENTS = (
    ("better", "Is it better?"),
    ("missing", "How much is missing?"),
    ("trust", "Can the judge be trusted?"),
    ("whom", "For whom?"),
    ("where", "Where?"),
    ("made", "How was it made?"),
)


def run_view(found: Gathered, options: tuple[str, ...]) -> dict[str, Any]:
    """The values of run.html.j2, but for the explorer's. ``options`` are the command's, to be given again."""
    has, summary = found.evidence, found.summary
    absent, checks = missing(found), trust.findings(found)
    question = _question(found)
    scores, analysed = has.structured, whom.analysis_tables(found)
    figures, left_out = _figures(found)
    return {
        "version": __version__, "title": f"{question} ({summary.name})", "contents": CONTENTS,
        "name": summary.name, "question": question, "byline": _byline(found),
        "explanation": explanation(found),
        "demonstration": "" if summary.how.is_llm else NOT_AN_LLM,
        "answers": answers(found), "cautions": trust.cautions(found, absent, checks),
        "missing": absent, "findings": checks, "figures": figures, "left_out": left_out,
        "outcome_tables": [table.full or table for table in rate_tables(summary)],
        "behaviour_tables": [*behaviour_tables(summary), *analysed.judge], "other_tables": list(analysed.contestants),
        "agreement_tables": list(agreement_tables(has.agreement)) if has.agreement else [],
        "correction_tables": _corrections(found),
        "whom": whom.sentences(found), "slice_tables": list(analysed.slices),
        "score_tables": score_tables(found),
        "score_sentences": score_sentences(scores) if scores else (),
        "fairness_tables": fairness_tables(scores) if scores else [],
        "criteria": summary.how.criteria, "annotated": found.annotations is not None, "made": made(found, options),
    }  # fmt: skip


def _question(found: Gathered) -> str:
    names = [candidate for _, candidate in found.pairs]
    if not names:
        return "Nothing was compared"
    return f"{'Is' if len(names) == 1 else 'Are'} {listed(names)} better than {found.pairs[0][0]}?"


def _byline(found: Gathered) -> str:
    how, counts = found.summary.how, found.summary.counts
    models = f" ({listed(list(how.models_returned))})" if how.models_returned else ""
    people = f"human labels: {found.annotations.name}" if found.annotations else "no human labels"
    return (
        f"{counts.comparisons:,} comparisons judged by {how.judge}{models} on {listed(how.criteria)}, in "
        f"{'both orders' if how.orders == 'both' else 'one order'}; prompt {how.prompt} version "
        f"{how.prompt_version}; {people}."
    )


def _figures(found: Gathered) -> tuple[list[FigureView], list[str]]:
    has = found.evidence
    drawn = drawings(
        has.summary,
        analysis=has.analysis,
        crossed=has.crossed,
        agreement=has.agreement,
        correction=has.correction,
        structured=has.structured,
    )
    return fitting([figure_view(each, has.summary.how.criteria) for each in drawn])


def _corrections(found: Gathered) -> list[Table]:
    correction = found.evidence.correction
    if correction is None:
        return []
    rows = tuple(row for row in correction.rows if row.dimension == "all")
    return list(correction_tables(correction.model_copy(update={"rows": rows})))
