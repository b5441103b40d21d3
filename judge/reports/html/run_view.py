"""The values of the template of a run's page."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from judge import __version__
from judge.analysis.agreement.tables import tables as agreement_tables
from judge.analysis.correction.tables import tables as correction_tables
from judge.comparison.expert_tables import expert_tables
from judge.comparison.headline import NOT_AN_LLM, in_orders
from judge.comparison.panel_tables import panel_tables
from judge.comparison.summary import Summary
from judge.comparison.tables import behaviour_tables, board_tables, rate_tables
from judge.core.screen.tables import Table, without_bars
from judge.reports.figures import drawings
from judge.reports.html import judge_validity, subgroups
from judge.reports.html.figures import FigureView, figure_view, fitting
from judge.reports.html.main_result import answers, board_lines, explanation, listed
from judge.reports.html.missing import missing
from judge.reports.html.provenance import provenance
from judge.reports.html.scores import fairness_tables, score_sentences, score_tables
from judge.reports.report_data import ReportData
from judge.stats.formatting import counted

CONTENTS = (
    ("result", "Main result"),
    ("missing", "Missing data"),
    ("validity", "Judge validity"),
    ("subgroups", "Subgroups"),
    ("browse", "Comparisons"),
    ("provenance", "Provenance"),
)


def run_view(data: ReportData, options: tuple[str, ...]) -> dict[str, Any]:
    """Compute the values of run.html.j2, without those of the explorer.

    Args:
        data: The run.
        options: The options of `judge report`, to repeat in its command.
    """
    summary = data.summary
    absent, checks = missing(data), judge_validity.findings(data)
    question = _question(data)
    scores, analysed = data.structured, subgroups.analysis_tables(data)
    figures, left_out = _figures(data)
    return {
        "version": __version__, "title": f"{question} ({summary.name})", "contents": CONTENTS,
        "name": summary.name, "question": question, "byline": _byline(data),
        "explanation": explanation(data),
        "demonstration": "" if summary.how.is_llm else NOT_AN_LLM,
        "boards": list(board_tables(summary)), "board_lines": board_lines(summary),
        "answers": answers(data), "cautions": judge_validity.cautions(data, absent, checks),
        "missing": absent, "findings": checks, "figures": figures, "left_out": left_out,
        "outcome_tables": [
            *_expert_tables(summary), *(table.full or table for table in rate_tables(summary)), *panel_tables(summary),
        ],
        "behaviour_tables": [*behaviour_tables(summary), *analysed.judge], "other_tables": list(analysed.contestants),
        "agreement_tables": list(agreement_tables(data.agreement)) if data.agreement else [],
        "correction_tables": _corrections(data),
        "subgroup_sentences": subgroups.sentences(data), "slice_tables": [*analysed.whole, *analysed.slices],
        "score_tables": score_tables(data),
        "score_sentences": score_sentences(scores) if scores else (),
        "fairness_tables": fairness_tables(scores) if scores else [],
        "criteria": summary.how.criteria, "annotated": data.annotations is not None,
        "provenance": provenance(data, options),
    }  # fmt: skip


def _expert_tables(summary: Summary) -> list[Table]:
    """The win rates by an expert over all comparisons; the file expert.csv has those of slices."""
    return [without_bars(replace(table, full=None)) for table in expert_tables(summary)]


def _question(data: ReportData) -> str:
    names = [candidate for _, candidate in data.pairs]
    if not names:
        return "No comparisons"
    if data.summary.how.all_pairs:
        return f"Which is the best of {listed(names)}?"
    return f"{'Is' if len(names) == 1 else 'Are'} {listed(names)} better than {data.pairs[0][0]}?"


def _byline(data: ReportData) -> str:
    how, counts = data.summary.how, data.summary.counts
    models = f" ({listed(list(how.models_returned))})" if how.models_returned else ""
    people = f"human labels: {data.annotations.name}" if data.annotations else "no human labels"
    return (
        f"{counted(counts.comparisons, 'comparison')} judged by {how.judge}{models} on {listed(how.criteria)}, in "
        f"{in_orders(data.summary, both='both orders', one='one order')}; prompt {how.prompt} version "
        f"{how.prompt_version}; {people}."
    )


def _figures(data: ReportData) -> tuple[list[FigureView], list[str]]:
    drawn = drawings(
        data.summary,
        analysis=data.analysis,
        crossed=data.crossed,
        agreement=data.agreement,
        correction=data.correction,
        structured=data.structured,
    )
    return fitting([figure_view(each, data.summary.how.criteria) for each in drawn])


def _corrections(data: ReportData) -> list[Table]:
    correction = data.correction
    if correction is None:
        return []
    rows = tuple(row for row in correction.rows if row.dimension == "all")
    return list(correction_tables(correction.model_copy(update={"rows": rows})))
