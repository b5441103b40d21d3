"""The tables of `judge correct`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby

from judge.analysis.correction.records import CorrectedRow, CorrectHow, CorrectSummary, JudgeCorrected
from judge.core.files.rows import named
from judge.core.screen.tables import Table
from judge.stats.estimate import FEW_CLUSTERS
from judge.stats.formatting import EstimateFormatter, about, brief_interval_line, counted, short


def headline(summary: CorrectSummary) -> list[str]:
    """Return the lines above the tables."""
    how = summary.how
    return [
        f"Run {how.run}, judge {how.judge}; labels of {how.annotations}: {summary.skipped:,} skipped, "
        f"{counted(summary.attention_checks, 'attention check')}, all excluded.",
        f"Weights: {'1 / inclusion probability' if how.weighted else 'equal'}; sampling strata: {summary.strata}. "
        f"Inconsistent verdicts are scored by the rule `{how.inconsistent}`.{_combined(how)}",
    ]


def _combined(how: CorrectHow) -> str:
    return "" if how.combine is None else f" Judges' scores are combined anew: {how.combine}."


def tables(summary: CorrectSummary) -> Iterator[Table]:
    """Yield one table per pair of contestants, dimension and criterion; one for the whole run with all criteria."""
    key = lambda row: (row.reference, row.candidate, "" if row.dimension == "all" else row.criterion, row.dimension)  # noqa: E731
    for (reference, candidate, criterion, dimension), group in groupby(sorted(summary.rows, key=key), key):
        rows = list(group)
        whole = dimension == "all"
        title = f"Win rate of {candidate} against {reference}, corrected with human labels"
        yield _table(
            title if whole else f"{criterion}, by {dimension.replace('_', ' ')}: {title}", rows, summary.how, whole
        )
        if whole:
            if own := [each for each in summary.judges if (each.reference, each.candidate) == (reference, candidate)]:
                yield _judges(title, own, summary.how)
            yield _plug_in(rows, summary.how)
    if summary.weights:
        yield _weights(summary)


def _head(rows: list[CorrectedRow]) -> str:
    by: dict[str, list[CorrectedRow]] = {}
    for row in rows:
        by.setdefault(row.criterion, []).append(row)
    return "; ".join(
        f"{name}: {sum(row.judged for row in part):,} of "
        f"{counted(sum(row.planned for row in part), 'comparison')} judged, "
        f"{sum(row.missing for row in part):,} without a score, {sum(row.labelled for row in part):,} labelled"
        + (
            f" ({left:,} labelled ones without a score excluded)"
            if (left := sum(r.labelled_missing for r in part))
            else ""
        )
        for name, part in by.items()
    )


def _marks(how: CorrectHow) -> EstimateFormatter:
    return EstimateFormatter(
        "question",
        how.interval + about(how.clustered_by, subgroups=how.has_subgroups),
        brief=brief_interval_line(how.clustered_by, subgroups=how.has_subgroups),
    )


def _table(title: str, rows: list[CorrectedRow], how: CorrectHow, whole: bool) -> Table:
    marks = _marks(how)
    less = any(row.worth is not None and row.worth < row.labelled for row in rows)
    body = tuple(
        (
            row.criterion if whole else row.value,
            marks.cell(row.corrected),
            marks.cell(row.human_only),
            marks.cell(row.judge_only),
            "-" if row.tuning is None else short(row.tuning),
            f"{row.labelled:,}",
            "-" if row.worth is None else f"{row.worth:,.0f}",
        )
        for row in rows
    )
    below = "; below the number labelled: tuning lambda cost more precision than the judge added" if less else ""
    table = Table(
        title,
        _head(rows),
        (
            "criterion" if whole else rows[0].dimension.replace("_", " "),
            "corrected",
            "human only",
            "judge only",
            "lambda",
            "labelled",
            "worth",
        ),
        body,
        (
            "corrected: prediction-powered (PPI++, arXiv 2311.01453). worth: number of human labels alone that would "
            f"be as precise{below}.",
            *_unlabelled(rows),
            *marks.notes(),
        ),
        optional=(4, 5),
    )
    notes = (
        "corrected: judge and labels together (prediction-powered inference).",
        f"worth: human labels alone that would be as precise{below}.",
        *_unlabelled(rows),
        *marks.notes(brief=True),
    )
    return replace(table, brief=replace(table, head=_brief_head(rows), notes=notes))


def _brief_head(rows: list[CorrectedRow]) -> str:
    """The counts of all criteria where they are the same."""
    heads = {_head([replaced]) for row in rows if (replaced := row.model_copy(update={"criterion": ""}))}
    return next(iter(heads)).removeprefix(": ") + "." if len(heads) == 1 else _head(rows)


def _judges(title: str, rows: list[JudgeCorrected], how: CorrectHow) -> Table:
    """Return the table of a panel's judges, each corrected with the same labels."""
    marks = _marks(how)
    body = tuple(
        (
            row.criterion,
            "panel" if row.judge is None else row.judge,
            marks.cell(row.judge_only),
            marks.cell(row.corrected),
            f"{row.judged:,}",
            f"{row.labelled:,}",
            "-" if row.worth is None else f"{row.worth:,.0f}",
        )
        for row in rows
    )
    return Table(
        f"{title}: by each judge of the panel",
        "",
        ("criterion", "judge", "judge only", "corrected", "judged", "labelled", "worth"),
        body,
        (
            "All corrected win rates are people's, over the comparisons that the judge judged: the judges differ in "
            "what they are worth.",
            *marks.notes(),
        ),
        labels=2,
    )


def _weights(summary: CorrectSummary) -> Table:
    """Return the table of the judges' weights."""
    body = tuple(
        (
            row.criterion,
            row.judge,
            short(row.weight),
            f"{short(row.least)} to {short(row.most)}",
            "-" if row.squared_error is None else short(row.squared_error),
            f"{row.labelled:,}",
        )
        for row in summary.weights
    )
    return Table(
        "Weights of the judges, by agreement with people",
        f"Labels: {summary.how.annotations}. Each question is weighted by the labels of others.",
        ("criterion", "judge", "weight", "in folds", "squared error", "labelled"),
        body,
        (
            "Weight: mean over comparisons. In folds: least and most of the five folds of questions. Squared error: of "
            "the judge's scores against people's mean scores. Equal weights: judges differ by no more than chance.",
        ),
        labels=2,
    )


def _unlabelled(rows: list[CorrectedRow]) -> tuple[str, ...]:
    """Name the sampling strata without a label, for which slices are undefined."""
    strata = sorted({stratum for row in rows for stratum in row.unlabelled_strata})
    return (f"Sampling strata without a label: {named(strata)}.",) if strata else ()


def _plug_in(rows: list[CorrectedRow], how: CorrectHow) -> Table:
    marks = EstimateFormatter(
        "question",
        f"95% percentile bootstrap by question (jackknife t interval below {FEW_CLUSTERS}), "
        f"{how.resamples:,} resamples, seed {how.seed}",
    )
    body = tuple(
        (
            row.criterion,
            marks.cell(row.plug_in),
            "-" if row.sensitivity is None else short(row.sensitivity),
            "-" if row.specificity is None else short(row.specificity),
            f"{row.plug_in.n:,}",
        )
        for row in rows
    )
    return Table(
        "For comparison: share of wins among wins and losses, corrected for sensitivity and specificity",
        _head(rows),
        ("criterion", "corrected share", "sensitivity", "specificity", "labelled, decided"),
        body,
        (
            "arXiv 2511.21140, defined for two outcomes: excludes the judge's ties and inconsistent verdicts (scores "
            "of .25, .5, .75) and the annotators' ties. This is not the win rate.",
            *marks.notes(),
        ),
    )
