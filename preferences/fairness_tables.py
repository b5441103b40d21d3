"""Tables of how far subgroups differ."""

from __future__ import annotations

from collections.abc import Iterator

from judge.core.tables import Table
from judge.stats.words import Marks, short
from preferences.score_summary import ScoreSummary
from preferences.score_text import NONE, heads, interval, label, metrics_of, p_cell, words

_TITLES = {"range": "normalised range", "CV": "coefficient of variation"}
_FORMULAS = {
    "range": "Range: (max - min) / max over the subgroups; positive under pure noise.",
    "CV": "CV: population sigma / mean over the subgroups; positive under pure noise.",
}


def fairness_tables(summary: ScoreSummary) -> Iterator[Table]:
    """Normalised range and CV, each beside what chance alone would give; then their differences within pairs."""
    for measure in ("range", "CV"):
        yield _spreads(summary, measure)
    if summary.spread_differences:
        yield _differences(summary)


def _spreads(summary: ScoreSummary, measure: str) -> Table:
    marks = Marks()
    titles = {metric.name: metric.title for metric in metrics_of(summary)}
    body = []
    for row in summary.spreads:
        if measure == "range":
            numbers = (row.normalised_range, row.range_chance, row.range_chance_high, row.p, row.p_holm)
        else:
            numbers = (row.cv, row.cv_chance, row.cv_chance_high, row.p_cv, row.p_cv_holm)
        estimate, chance, high, p, p_holm = numbers
        by_chance = NONE if chance is None or high is None else f"{short(chance)} ({short(high)})"
        body.append(
            (row.contestant, row.value, titles[row.metric], f"{row.subgroups:,}", marks.cell(estimate), by_chance,
             p_cell(p), p_cell(p_holm))
        )  # fmt: skip
    return Table(
        title=f"Fairness: {_TITLES[measure]} over subgroups",
        head=heads(summary.answers),
        columns=("model", "over", "metric", "groups", measure, "by chance", "p", "p (Holm)"),
        rows=tuple(body),
        notes=(
            _FORMULAS[measure],
            "By chance: the mean (95 % quantile) if subgroups did not differ, from "
            f"{summary.how.permutations:,} permutations of subgroups within questions.",
            "p: share of permutations at or above the value. Holm: over the rows of a metric. "
            "Subgroups of several strata share respondents: over them, p only describes.",
            f"{interval(summary)} Resampling adds noise of its own, so that the interval lies high, above 0 even where "
            "subgroups are equal: whether they differ is for p to say.",
            *marks.notes(),
        ),
    )


def _differences(summary: ScoreSummary) -> Table:
    marks = Marks()
    titles = {metric.name: metric.title for metric in metrics_of(summary)}
    body = [
        (label(summary, (row.base, row.candidate)), row.value, titles[row.metric],
         marks.cell(row.normalised_range, signed=True), p_cell(row.p), p_cell(row.p_holm),
         marks.cell(row.cv, signed=True), p_cell(row.p_cv), p_cell(row.p_cv_holm))
        for row in summary.spread_differences
    ]  # fmt: skip
    first, second = words(summary)
    return Table(
        title=f"Fairness: {second} less {first}",
        head=heads(summary.answers),
        columns=("model", "over", "metric", "range", "p", "p (Holm)", "CV", "p", "p (Holm)"),
        rows=tuple(body),
        notes=(
            f"Below 0: subgroups differ less than under {first}. Over the items that both have a score for.",
            f"p: {summary.how.swaps:,} random swaps of the two models, question by question. Holm: over the rows of a "
            "metric.",
            interval(summary),
            *marks.notes(),
        ),
    )
