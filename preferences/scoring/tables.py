"""The numbers of a structured evaluation as tables of text, laid out like the study's."""

from __future__ import annotations

from collections.abc import Iterator

from judge.core.screen.tables import Table
from judge.preferences.scoring.fairness_tables import fairness_tables
from judge.preferences.scoring.metrics import NMAE, Metric
from judge.preferences.scoring.records import ScoreSummary
from judge.preferences.scoring.text import NONE, Pair, columns, heads, interval, label, metrics_of, overall, words
from judge.stats.formatting import EstimateFormatter, p_cell, short

_TITLES = {"stratum": "By stratum", "subgroup": "By subgroup", "category": "By question category"}


def headline(summary: ScoreSummary) -> list[str]:
    """Lines that stand before all tables."""
    how = summary.how
    lines = [
        f"{how.rows:,} items ({how.questions:,} questions, {how.subgroups:,} subgroups) of {how.values}; "
        f"target: {how.target}."
    ]
    if how.tied_modes and how.target == "mode":
        lines.append(
            f"{how.tied_modes:,} items have tied modes: a prediction of another tied code counts as wrong there."
        )
    return [*lines, *summary.notes]


def tables(summary: ScoreSummary, *, slices: bool = True) -> Iterator[Table]:
    """All tables. ``slices`` adds those by stratum, subgroup, category and attribute for each pair."""
    metrics = metrics_of(summary)
    main = tuple(metric for metric in metrics if metric.spread)
    others = tuple(metric for metric in metrics if not metric.spread)
    yield _answers(summary)
    yield _layout(summary, main)
    if others:
        yield _layout(summary, others)
    if summary.pairs:
        yield _differences(summary, metrics)
    yield from fairness_tables(summary)
    if slices:
        for pair in columns(summary):
            for dimension in dict.fromkeys(row.dimension for row in summary.scores):
                if dimension not in ("all", "split"):
                    yield from _sliced(summary, dimension, pair, main)


def _answers(summary: ScoreSummary) -> Table:
    body = []
    for row in summary.answers:
        replies = row.answered + row.refused + row.out_of_scale + row.unreadable
        share = short(row.refused / replies) if replies else NONE
        counts = (row.items, row.answered, row.refused, row.out_of_scale, row.unreadable, row.missing, row.unknown_ids)
        body.append((row.contestant, *(f"{count:,}" for count in counts), share))
    names = "model|items|answered|refused|out of scale|unreadable|missing|unknown ids|refusal rate"
    return Table(
        title="Answers",
        head=heads(summary.answers),
        columns=tuple(names.split("|")),
        rows=tuple(body),
        notes=("Refusal rate: of the replies. Missing: items without a reply. Unknown ids: rows left out.",),
    )


def _layout(summary: ScoreSummary, metrics: tuple[Metric, ...]) -> Table:
    """Rows of model and split; per metric a column for the base and one for the candidate, as in the study."""
    marks = EstimateFormatter()
    found = {(row.contestant, row.dimension, row.value, row.metric): row.estimate for row in summary.scores}
    body = []
    for dimension, value in overall(summary):
        for pair in columns(summary):
            cells = [
                marks.cell(found[name, dimension, value, metric.name]) if name else NONE
                for metric in metrics
                for name in pair
            ]
            body.append((label(summary, pair), value, *cells))
    notes = [f"{metric.title}: {metric.meaning}." for metric in metrics]
    if NMAE in metrics:
        notes.append("acc and NMAE are the study's; it reports refusals apart.")
    return Table(
        title=" and ".join(metric.title for metric in metrics),
        head=heads(summary.answers),
        columns=("model", "split", *(f"{metric.title} {word}" for metric in metrics for word in words(summary))),
        rows=tuple(body),
        notes=(*notes, interval(summary), *marks.notes()),
    )


def _differences(summary: ScoreSummary, metrics: tuple[Metric, ...]) -> Table:
    marks = EstimateFormatter()
    found = {(row.base, row.candidate, row.dimension, row.value, row.metric): row for row in summary.differences}
    body = []
    for dimension, value in overall(summary):
        for pair in summary.pairs:
            for metric in metrics:
                row = found[(*pair, dimension, value, metric.name)]
                body.append(
                    (
                        label(summary, pair),
                        value,
                        metric.title,
                        f"{row.estimate.n:,}",
                        marks.cell(row.estimate, signed=True),
                        p_cell(row.p),
                        p_cell(row.p_holm),
                    )
                )
    first, second = words(summary)
    return Table(
        title=f"Differences: {second} less {first}",
        head=heads(summary.answers),
        columns=("model", "split", "metric", "items", "difference", "p", "p (Holm)"),
        rows=tuple(body),
        notes=(
            "Over the items that both have a score for: it may differ from the difference of the columns above.",
            f"p: two-sided randomisation test, {summary.how.swaps:,} random swaps of the two models, question by "
            "question. Holm: over all models and all slices of one kind, per metric.",
            interval(summary),
            *marks.notes(),
        ),
    )


def _sliced(summary: ScoreSummary, dimension: str, pair: Pair, metrics: tuple[Metric, ...]) -> Iterator[Table]:
    """Scores, and differences, of a dimension for one pair; none where the dimension has a single value."""
    names = [name for name in pair if name]
    found = {
        (row.contestant, row.value, row.metric): row
        for row in summary.scores
        if row.dimension == dimension and row.contestant in names
    }
    values = list(dict.fromkeys(value for _, value, _ in found))
    if len(values) < 2:
        return
    by = dimension.replace("_", " ")
    title = f"{_TITLES.get(dimension, f'By {by}')}: {label(summary, pair)}"
    head = heads([row for row in summary.answers if row.contestant in names])
    marks = EstimateFormatter()
    body = []
    for value in values:
        rows = [found[name, value, metric.name] for metric in metrics for name in names]
        answered = " ".join(f"{row.answered:,}/{row.items:,}" for row in rows[: len(names)])
        body.append((value, answered, *(marks.cell(row.estimate) for row in rows)))
    shown = words(summary) if len(names) == 2 else ("",)
    yield Table(
        title=title,
        head=head,
        columns=(by, "answered", *(f"{metric.title} {word}".strip() for metric in metrics for word in shown)),
        rows=tuple(body),
        notes=("Each interval is of its slice alone: among many slices some stand out by chance.", *marks.notes()),
    )
    if len(names) == 2:
        yield _sliced_differences(summary, dimension, pair, metrics, title, head)


def _sliced_differences(
    summary: ScoreSummary, dimension: str, pair: Pair, metrics: tuple[Metric, ...], title: str, head: str
) -> Table:
    marks = EstimateFormatter()
    rows: dict[str, list[str]] = {}
    shown = {metric.name for metric in metrics}
    for row in summary.differences:
        if row.dimension == dimension and (row.base, row.candidate) == pair and row.metric in shown:
            rows.setdefault(row.value, []).extend([marks.cell(row.estimate, signed=True), p_cell(row.p_holm)])
    first, second = words(summary)
    return Table(
        title=f"{title}, {second} less {first}",
        head=head,
        columns=(dimension.replace("_", " "), *(part for metric in metrics for part in (metric.title, "p (Holm)"))),
        rows=tuple((value, *cells) for value, cells in rows.items()),
        notes=("Over the items that both have a score for. Holm: over all slices of the table.", *marks.notes()),
    )
