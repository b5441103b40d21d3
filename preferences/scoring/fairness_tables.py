"""Tables of how far subgroups differ."""

from __future__ import annotations

from collections.abc import Iterator

from judge.core.screen.tables import Table
from judge.preferences.scoring.records import ScoreSummary, SpreadDifferenceRow, SpreadRow
from judge.preferences.scoring.text import NONE, heads, label, metrics_of, words
from judge.stats.estimate import FEW_CLUSTERS
from judge.stats.formatting import p_cell, plus_or_minus, short

_TITLES = {"range": "normalised range", "CV": "coefficient of variation"}
_FORMULAS = {
    "range": "Range: (max - min) / max over the subgroups; positive under pure noise.",
    "CV": "CV: population sigma / mean over the subgroups; positive under pure noise.",
}
_SQUARES = 10_000  # squares of percents: a CV of .050 is 25.0
_TRAP = (
    "Read the excess, not the value: when accuracy rises, range and CV fall by themselves, for noise shrinks and the "
    "denominator grows."
)


def fairness_tables(summary: ScoreSummary) -> Iterator[Table]:
    """Normalised range and CV, each beside what chance alone would give; then base against candidate."""
    for measure in ("range", "CV"):
        yield _spreads(summary, measure)
    if summary.spread_differences:
        yield _ranges(summary)
        yield _cvs(summary)


def _spreads(summary: ScoreSummary, measure: str) -> Table:
    titles = {metric.name: metric.title for metric in metrics_of(summary)}
    body = []
    for row in summary.spreads:
        if measure == "range":
            numbers = (row.normalised_range, row.range_chance, row.range_chance_high, row.p, row.p_holm)
        else:
            numbers = (row.cv, row.cv_chance, row.cv_chance_high, row.p_cv, row.p_cv_holm)
        value, chance, high, p, p_holm = numbers
        by_chance = NONE if chance is None or high is None else f"{short(chance)} ({short(high)})"
        body.append(
            (
                row.contestant,
                row.value,
                titles[row.metric],
                f"{row.subgroups:,}",
                f"{row.questions:,}",
                _value(value, row),
                by_chance,
                p_cell(p),
                p_cell(p_holm),
            )
        )
    return Table(
        title=f"Fairness: {_TITLES[measure]} over subgroups",
        head=heads(summary.answers),
        columns=("model", "over", "metric", "groups", "questions", measure, "by chance", "p", "p (Holm)"),
        rows=tuple(body),
        notes=(
            _FORMULAS[measure],
            "By chance: the mean (95 % quantile) if subgroups did not differ, from "
            f"{summary.how.permutations:,} permutations of subgroups within questions, seed {summary.how.seed}.",
            "p: share of permutations at or above the value. Holm: over the rows of a metric. "
            "Subgroups of several strata share respondents: over them, p only describes.",
            "No interval: the value is biased upwards, and a bootstrap adds to the bias (docs/scoring.md).",
        ),
    )


def _ranges(summary: ScoreSummary) -> Table:
    first, second = words(summary)
    return Table(
        title=f"Fairness: normalised range beyond chance, {second} less {first}",
        head=heads(summary.answers),
        columns=(
            "model",
            "over",
            "metric",
            f"{first} (chance)",
            "excess",
            f"{second} (chance)",
            "excess",
            "difference",
        ),
        rows=tuple((*_names(summary, row), *_sides(row, "range")) for row in summary.spread_differences),
        notes=(
            _TRAP,
            "Excess: range less its mean by chance. Difference: of the excesses; below 0, subgroups differ less than "
            f"under {first}. Over the items that both have a score for.",
            "No p and no interval: the excess of a range still depends on the noise, and no resampling of the extremes "
            "is calibrated. The table of CV has a test.",
        ),
    )


def _cvs(summary: ScoreSummary) -> Table:
    first, second = words(summary)
    body = []
    for row in summary.spread_differences:
        squared = row.cv_squared
        if squared.value is None:
            cell = NONE
        elif squared.low is None or squared.high is None:
            cell = f"{squared.value * _SQUARES:+.1f} [{squared.note}]"
        else:
            low, value, high = (f"{each * _SQUARES:+.1f}" for each in (squared.low, squared.value, squared.high))
            cell = f"{value} [{low}, {high}]{'*' if _is_flagged(row) else ''}"
        body.append((*_names(summary, row), *_sides(row, "cv"), cell, p_cell(row.p_cv), p_cell(row.p_cv_holm)))
    return Table(
        title=f"Fairness: CV beyond chance, {second} less {first}",
        head=heads(summary.answers),
        columns=("model", "over", "metric", f"{first} (chance)", "excess", f"{second} (chance)", "excess",
                 "difference", "of squares", "p", "p (Holm)"),
        rows=tuple(body),
        notes=(
            _TRAP,
            "Excess: root of what CV squared exceeds its mean by chance by (variances add); .000 where it does not. "
            f"Difference: of the excesses; below 0, subgroups differ less than under {first}. Over the items that both "
            "have a score for.",
            f"Of squares: difference of the squared excesses, signed, x {_SQUARES:,}, with its "
            f"{summary.how.level:.0%} interval; p: whether it is 0. Jackknife over questions; cautious. "
            "Holm: over the rows of a metric.",
            *([f"* fewer than {FEW_CLUSTERS} questions."] if any(map(_is_flagged, summary.spread_differences)) else []),
        ),
    )  # fmt: skip


def _is_flagged(row: SpreadDifferenceRow) -> bool:
    """Whether the interval of the difference of squares is weakened."""
    return row.cv_squared.defined and bool(row.cv_squared.flags)


def _names(summary: ScoreSummary, row: SpreadDifferenceRow) -> tuple[str, str, str]:
    titles = {metric.name: metric.title for metric in metrics_of(summary)}
    return label(summary, (row.base, row.candidate)), row.value, titles[row.metric]


def _sides(row: SpreadDifferenceRow, measure: str) -> tuple[str, ...]:
    cells = []
    for side in ("base", "candidate"):
        value, chance, excess = (getattr(row, f"{measure}_{side}{part}") for part in ("", "_chance", "_excess"))
        cells.append(NONE if value is None else f"{short(value)} ({NONE if chance is None else short(chance)})")
        if excess is None:
            cells.append(NONE)
        else:
            cells.append(short(excess) if measure == "cv" else plus_or_minus(excess))
    difference = getattr(row, f"{measure}_difference")
    return (*cells, NONE if difference is None else plus_or_minus(difference))


def _value(value: float | None, row: SpreadRow) -> str:
    return row.note if value is None else short(value)
