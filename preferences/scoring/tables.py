"""The tables of a structured evaluation, with the columns of the study's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from judge.core.screen.tables import Table
from judge.preferences.scoring.metrics import ACCURACY, METRICS, NMAE, Metric
from judge.preferences.scoring.records import Answers, ScoreSummary, SpreadDifferenceRow, SpreadRow, TrainingSeen
from judge.preferences.scoring.training_baselines import MEANINGS
from judge.stats.estimate import FEW_CLUSTERS
from judge.stats.formatting import (
    DASH,
    EstimateFormatter,
    brief_interval_line,
    interval_line,
    or_dash,
    p_cell,
    plus_or_minus,
    short,
)

Pair = tuple[str | None, str | None]

_TITLES = {"stratum": "By stratum", "subgroup": "By subgroup", "category": "By question category"}
_SPREADS = {"range": "normalised range", "CV": "coefficient of variation"}
_FORMULAS = {
    "range": "Range: (max - min) / max over the subgroups. Sampling error alone makes it positive.",
    "CV": "CV: population standard deviation / mean over the subgroups. Sampling error alone makes it positive.",
}
_BRIEF = {
    "acc": "share of answers that are the modal code",
    "NMAE": "their mean distance from it, as a share of the scale",
}
_ALPHA = 0.05
_FLOOR = (
    "<=: no permutation reached the value, so that p and with it p (Holm) are the largest they can be; more "
    "--permutations tell."
)
_SQUARES = 10_000  # unit of squared CVs in the tables, percent squared: a CV of .050 is 25.0
_COMPARE_EXCESS = (
    "Compare the excesses, not the values: range and CV fall when accuracy rises, because sampling error shrinks and "
    "the denominator grows."
)


def headline(summary: ScoreSummary) -> list[str]:
    """The lines above all tables: numbers of items, tied modes, notes on baselines."""
    how = summary.how
    asked = f"{how.rows - how.not_asked:,} of {how.rows:,} items were asked" if how.not_asked else f"{how.rows:,} items"
    lines = [
        f"{asked} ({how.questions:,} questions, {how.subgroups:,} subgroups) of {how.values}; target: {how.target}."
    ]
    if how.tied_modes and how.target == "mode":
        lines.append(
            f"{how.tied_modes:,} items have tied modes: a prediction of another of the tied codes counts as wrong."
        )
    lines += [_training_line(each) for each in summary.training]
    lines += [_best_line(summary, row.contestant) for row in summary.answers if summary.baselines and not row.baseline]
    return [*lines, *summary.notes]


def _training_line(seen: TrainingSeen) -> str:
    """What a model was fine-tuned on, and how much of it is scored."""
    splits = ", ".join(f"{name} {number:,}" for name, number in seen.scored_in.items())
    return (
        f"{seen.contestant} was fine-tuned from {seen.base} (fingerprint {seen.weights}) on {seen.items:,} items of "
        f"{', '.join(seen.strata)}; {seen.scored:,} of them are scored here{f' ({splits})' if splits else ''}."
    )


def _best_line(summary: ScoreSummary, model: str) -> str:
    """A model against the best baseline from training rows, over the last split: OOD where there is one."""
    metric, (dimension, value) = _metrics_of(summary)[0], _overall(summary)[-1]
    sign = 1 if metric is ACCURACY else -1
    known = {
        row.contestant: sign * row.estimate.value
        for row in summary.baselines
        if (row.metric, row.dimension, row.value) == (metric.name, dimension, value) and row.estimate.value is not None
    }
    best = max(known, key=lambda name: known[name])
    formatter = EstimateFormatter()
    difference = next(
        row.estimate
        for row in summary.over_baselines
        if (row.base, row.candidate, row.metric, row.dimension, row.value)
        == (best, model, metric.name, dimension, value)
    )
    return (
        f"{model}, {value}: {metric.title} {formatter.cell(difference, signed=True)} beyond the best baseline from "
        f"training rows alone ({best}, {short(sign * known[best])})."
    )


def tables(summary: ScoreSummary, *, slices: bool = True) -> Iterator[Table]:
    """All tables: answers, scores, differences, fairness, and scores by slice.

    Args:
        summary: the evaluation.
        slices: include the tables by stratum, subgroup, category and attribute of each pair. A dimension with a single
            value has no table.
    """
    metrics = _metrics_of(summary)
    main = tuple(metric for metric in metrics if metric.spread)
    others = tuple(metric for metric in metrics if not metric.spread)
    yield _layout(summary, main)
    yield _answers(summary)
    if summary.baselines:
        yield _over_baselines(summary, main[0])
    if others:
        yield _layout(summary, others)
    if summary.pairs:
        yield _differences(summary, metrics)
    yield from _fairness_tables(summary)
    if slices:
        for pair in _pairs(summary):
            for dimension in dict.fromkeys(row.dimension for row in summary.scores):
                if dimension not in ("all", "split"):
                    yield from _sliced(summary, dimension, pair, main)


def _answers(summary: ScoreSummary) -> Table:
    """How the replies were read."""
    body = []
    for row in summary.answers:
        replies = row.answered + row.refused + row.out_of_scale + row.unreadable
        share = short(row.refused / replies) if replies else DASH
        counts = (row.items, row.answered, row.refused, row.out_of_scale, row.unreadable, row.missing, row.not_asked)
        body.append((row.contestant, *(f"{count:,}" for count in (*counts, row.unknown_ids)), share))
    names = "model|items|answered|refused|out of scale|unreadable|missing|not asked|unknown ids|refusal rate"
    table = Table(
        title="Answers",
        head=_head(summary.answers),
        columns=tuple(names.split("|")),
        rows=tuple(body),
        notes=(
            "Refusal rate: refused / replies. Items: those that were asked. Missing: those of them without a reply. "
            "Not asked: items of the values that the run left out (sample, split). Unknown ids: rows excluded because "
            "their id is not in the values.",
        ),
        optional=tuple(
            place
            for place, field in ((8, "unknown_ids"), (7, "not_asked"))
            if not any(getattr(row, field) for row in summary.answers)
        ),
    )
    notes = ("Refusal rate: refused / replies.", "Unknown ids: rows excluded because their id is not in the values.")
    return replace(table, brief=replace(table, head="", notes=notes))


def _layout(summary: ScoreSummary, metrics: tuple[Metric, ...]) -> Table:
    """Scores: a row per model and split, a column per metric for base and candidate, as in the study."""
    formatter = EstimateFormatter()
    found = {(row.contestant, row.dimension, row.value, row.metric): row.estimate for row in summary.scores}
    body = []
    for dimension, value in _overall(summary):
        for pair in _pairs(summary):
            cells = [
                formatter.cell(found[name, dimension, value, metric.name]) if name else DASH
                for metric in metrics
                for name in pair
            ]
            body.append((_label(summary, pair), value, *cells))
    notes = [f"{metric.title}: {metric.meaning}." for metric in metrics]
    if NMAE in metrics:
        notes.append("acc and NMAE are the study's measures; the study reports the refusal rate separately.")
    table = Table(
        title=" and ".join(metric.title for metric in metrics),
        head=_head(summary.answers),
        columns=("model", "split", *(f"{metric.title} {word}" for metric in metrics for word in _words(summary))),
        rows=tuple(body),
        notes=(*notes, _interval(summary), *formatter.notes()),
    )
    meanings = [f"{metric.title}: {_BRIEF.get(metric.title, metric.meaning)}." for metric in metrics]
    short_notes = (*meanings, f"[ ]: {brief_interval_line('question')}.", *formatter.notes())
    several = len({row[1] for row in body}) > 1
    return replace(table, brief=replace(table, head="", notes=short_notes, optional=() if several else (1,)))


def _over_baselines(summary: ScoreSummary, metric: Metric) -> Table:
    """Each model minus each baseline from training rows: an adapter that has learned only the format beats none."""
    formatter = EstimateFormatter()
    scores = {
        (row.contestant, row.dimension, row.value): row.estimate
        for row in (*summary.scores, *summary.baselines)
        if row.metric == metric.name
    }
    found = {
        (row.candidate, row.base, row.dimension, row.value): row.estimate
        for row in summary.over_baselines
        if row.metric == metric.name
    }
    names = list(dict.fromkeys(row.contestant for row in summary.baselines))
    models = [row.contestant for row in summary.answers if not row.baseline]
    body = []
    for dimension, value in _overall(summary):
        own = (formatter.cell(scores[name, dimension, value]) for name in names)
        body.append(("(the baseline)", value, DASH, *own))
        for model in models:
            cells = (formatter.cell(found[model, name, dimension, value], signed=True) for name in names)
            body.append((model, value, formatter.cell(scores[model, dimension, value]), *cells))
    better = "above" if metric is ACCURACY else "below"
    return Table(
        title=f"{metric.title} beyond baselines from training rows alone",
        head=_head(summary.answers),
        columns=("model", "split", metric.title, *(f"minus {name}" for name in names)),
        rows=tuple(body),
        notes=(
            f"A model that has learned more than the format is {better} 0 in all columns, interval and all.",
            *(f"{name}: {MEANINGS[name]}." for name in names),
            "Over the items that the model answered.",
            _interval(summary),
            *formatter.notes(),
        ),
    )


def _differences(summary: ScoreSummary, metrics: tuple[Metric, ...]) -> Table:
    """Candidate minus base over all items and each split."""
    formatter = EstimateFormatter()
    found = {(row.base, row.candidate, row.dimension, row.value, row.metric): row for row in summary.differences}
    body = []
    for dimension, value in _overall(summary):
        for pair in summary.pairs:
            for metric in metrics:
                row = found[(*pair, dimension, value, metric.name)]
                body.append(
                    (
                        _label(summary, pair),
                        value,
                        metric.title,
                        f"{row.estimate.n:,}",
                        formatter.cell(row.estimate, signed=True),
                        p_cell(row.p),
                        p_cell(row.p_holm),
                    )
                )
    first, second = _words(summary)
    return Table(
        title=f"Differences: {second} minus {first}",
        head=_head(summary.answers),
        columns=("model", "split", "metric", "items", "difference", "p", "p (Holm)"),
        rows=tuple(body),
        notes=(
            "Over the items for which both models have a score: may differ from the difference of the columns above.",
            f"p: two-sided randomisation test, {summary.how.swaps:,} random swaps of the two models by question. Holm: "
            "over all models and all slices of one dimension, per metric.",
            _interval(summary),
            *formatter.notes(),
        ),
    )


def _sliced(summary: ScoreSummary, dimension: str, pair: Pair, metrics: tuple[Metric, ...]) -> Iterator[Table]:
    """Scores and differences of a dimension for one pair; no table where the dimension has a single value."""
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
    title = f"{_TITLES.get(dimension, f'By {by}')}: {_label(summary, pair)}"
    head = _head([row for row in summary.answers if row.contestant in names])
    formatter = EstimateFormatter()
    body = []
    for value in values:
        rows = [found[name, value, metric.name] for metric in metrics for name in names]
        answered = " ".join(f"{row.answered:,}/{row.items:,}" for row in rows[: len(names)])
        body.append((value, answered, *(formatter.cell(row.estimate) for row in rows)))
    shown = _words(summary) if len(names) == 2 else ("",)
    yield Table(
        title=title,
        head=head,
        columns=(by, "answered", *(f"{metric.title} {word}".strip() for metric in metrics for word in shown)),
        rows=tuple(body),
        notes=("Intervals are per slice, not adjusted for multiple comparisons.", *formatter.notes()),
    )
    if len(names) == 2:
        yield _sliced_differences(summary, dimension, pair, metrics, title, head)


def _sliced_differences(
    summary: ScoreSummary, dimension: str, pair: Pair, metrics: tuple[Metric, ...], title: str, head: str
) -> Table:
    """Differences of a dimension for one pair."""
    formatter = EstimateFormatter()
    rows: dict[str, list[str]] = {}
    shown = {metric.name for metric in metrics}
    for row in summary.differences:
        if row.dimension == dimension and (row.base, row.candidate) == pair and row.metric in shown:
            rows.setdefault(row.value, []).extend([formatter.cell(row.estimate, signed=True), p_cell(row.p_holm)])
    first, second = _words(summary)
    return Table(
        title=f"{title}, {second} minus {first}",
        head=head,
        columns=(dimension.replace("_", " "), *(part for metric in metrics for part in (metric.title, "p (Holm)"))),
        rows=tuple((value, *cells) for value, cells in rows.items()),
        notes=(
            "Over the items for which both models have a score. Holm: over all models and all slices of the dimension.",
            *formatter.notes(),
        ),
    )


def _fairness_tables(summary: ScoreSummary) -> Iterator[Table]:
    """Normalised range and CV with their distributions by chance; then both beyond chance, base and candidate."""
    for measure in ("range", "CV"):
        yield _spreads(summary, measure)
    if summary.spread_differences:
        yield _ranges(summary)
        yield _cvs(summary)


def _spreads(summary: ScoreSummary, measure: str) -> Table:
    """Range or CV of every contestant, and its distribution by chance."""
    titles = {metric.name: metric.title for metric in _metrics_of(summary)}
    body, floored = [], False
    for row in summary.spreads:
        if not _has_scores(row):
            continue
        if measure == "range":
            numbers = (row.normalised_range, row.range_chance, row.range_chance_high, row.p, row.p_holm)
        else:
            numbers = (row.cv, row.cv_chance, row.cv_chance_high, row.p_cv, row.p_cv_holm)
        value, chance, high, p, p_holm = numbers
        floor = p is not None and p_holm is not None and _is_floor(p, summary) and p_holm >= _ALPHA
        floored |= floor
        by_chance = DASH if chance is None or high is None else f"{short(chance)} ({short(high)})"
        body.append(
            (
                row.contestant,
                row.value,
                titles[row.metric],
                f"{row.subgroups:,}",
                f"{row.questions:,}",
                row.note if value is None else short(value),
                by_chance,
                p_cell(p),
                f"{'<=' if floor else ''}{p_cell(p_holm)}",
            )
        )
    return Table(
        title=f"Fairness: {_SPREADS[measure]} over subgroups",
        head=_head(summary.answers),
        columns=("model", "over", "metric", "groups", "questions", measure, "by chance", "p", "p (Holm)"),
        rows=tuple(body),
        notes=(
            _FORMULAS[measure],
            f"By chance: mean (95 % quantile) if subgroups did not differ; {summary.how.permutations:,} permutations "
            f"of subgroups within questions, seed {summary.how.seed}.",
            "p: share of permutations at or above the value. Holm: over the rows of a metric. Over several strata p is "
            "descriptive only: their subgroups share respondents.",
            *([_FLOOR] if floored else []),
            "No interval: the value is biased upwards, and a bootstrap adds to the bias (docs/scoring.md).",
        ),
    )


def _has_scores(row: SpreadRow | SpreadDifferenceRow) -> bool:
    """Whether anything was scored there: a split or stratum without a score has no row."""
    return row.n > 0 or row.dimension == "all"


def _is_floor(p: float, summary: ScoreSummary) -> bool:
    """Whether no permutation reached the observed value: p is then the least that their number allows."""
    return p < 1.5 / (summary.how.permutations + 1)


def _ranges(summary: ScoreSummary) -> Table:
    """Range beyond chance, base and candidate."""
    first, second = _words(summary)
    return Table(
        title=f"Fairness: normalised range beyond chance, {second} minus {first}",
        head=_head(summary.answers),
        columns=_beyond_columns(summary),
        rows=tuple(
            (*_names(summary, row), *_sides(row, "range")) for row in summary.spread_differences if _has_scores(row)
        ),
        notes=(
            _COMPARE_EXCESS,
            "Excess: range minus its mean by chance. Difference: of the excesses; negative: subgroups differ less than "
            f"under {first}. Over the items for which both models have a score.",
            "No p and no interval: the excess of a range still depends on sampling error, and no resampling of maximum "
            "and minimum is calibrated. The table of CV has a test.",
        ),
    )


def _cvs(summary: ScoreSummary) -> Table:
    """CV beyond chance, base and candidate, with the test of its square."""
    first, second = _words(summary)
    body = []
    for row in filter(_has_scores, summary.spread_differences):
        squared = row.cv_squared
        if squared.value is None:
            cell = DASH
        elif squared.low is None or squared.high is None:
            cell = f"{squared.value * _SQUARES:+.1f} [{squared.note}]"
        else:
            low, value, high = (f"{each * _SQUARES:+.1f}" for each in (squared.low, squared.value, squared.high))
            cell = f"{value} [{low}, {high}]{'*' if _is_flagged(row) else ''}"
        body.append((*_names(summary, row), *_sides(row, "cv"), cell, p_cell(row.p_cv), p_cell(row.p_cv_holm)))
    return Table(
        title=f"Fairness: CV beyond chance, {second} minus {first}",
        head=_head(summary.answers),
        columns=(*_beyond_columns(summary), "of squares", "p", "p (Holm)"),
        rows=tuple(body),
        notes=(
            _COMPARE_EXCESS,
            "Excess: root of CV squared minus its mean by chance (variances add); .000 where that is negative. "
            f"Difference: of the excesses; negative: subgroups differ less than under {first}. Over the items for "
            "which both models have a score.",
            f"Of squares: difference of the squared excesses x {_SQUARES:,}, with its {summary.how.level:.0%} "
            "interval and p (jackknife over questions; conservative). Holm: over the rows of a metric.",
            *(
                [f"*: fewer than {FEW_CLUSTERS} questions."]
                if any(map(_is_flagged, summary.spread_differences))
                else []
            ),
        ),
    )


def _is_flagged(row: SpreadDifferenceRow) -> bool:
    """Whether few questions weaken the interval of the difference of squares."""
    return row.cv_squared.defined and bool(row.cv_squared.flags)


def _beyond_columns(summary: ScoreSummary) -> tuple[str, ...]:
    """The first columns of the two tables beyond chance."""
    first, second = _words(summary)
    return ("model", "over", "metric", f"{first} (chance)", "excess", f"{second} (chance)", "excess", "difference")


def _names(summary: ScoreSummary, row: SpreadDifferenceRow) -> tuple[str, str, str]:
    """The cells that name a row: model, scope, metric."""
    titles = {metric.name: metric.title for metric in _metrics_of(summary)}
    return _label(summary, (row.base, row.candidate)), row.value, titles[row.metric]


def _sides(row: SpreadDifferenceRow, measure: str) -> tuple[str, ...]:
    """The cells of base and candidate, each with its excess, and the difference of the excesses."""
    cells = []
    for side in ("base", "candidate"):
        value, chance, excess = (getattr(row, f"{measure}_{side}{part}") for part in ("", "_chance", "_excess"))
        cells.append(DASH if value is None else f"{short(value)} ({or_dash(chance)})")
        if excess is None:
            cells.append(DASH)
        else:
            cells.append(short(excess) if measure == "cv" else plus_or_minus(excess))
    difference = getattr(row, f"{measure}_difference")
    return (*cells, DASH if difference is None else plus_or_minus(difference))


def _head(answers: Sequence[Answers]) -> str:
    """The line above each table: how every contestant's replies were read. Contestants with equal counts share one."""
    alike: dict[str, list[str]] = {}
    for row in answers:
        counts = (
            f"{row.answered:,} answered, {row.refused:,} refused, {row.out_of_scale:,} out of scale, "
            f"{row.unreadable:,} unreadable, {row.missing:,} missing"
        )
        alike.setdefault(counts, []).append(row.contestant)
    return "; ".join(
        f"{', '.join(names)}: {'each ' if len(names) > 1 else ''}{counts}" for counts, names in alike.items()
    )


def _metrics_of(summary: ScoreSummary) -> tuple[Metric, ...]:
    """The metrics of the summary's target."""
    return METRICS["mode" if summary.how.target == "mode" else "distribution"]


def _words(summary: ScoreSummary) -> tuple[str, str]:
    """The names of a pair's two columns: base and SFT as in the study's table, or chance and model."""
    return ("chance", "model") if any(row.baseline for row in summary.answers) else ("base", "SFT")


def _pairs(summary: ScoreSummary) -> list[Pair]:
    """The pairs; a contestant in no pair has a row of its own, in the base's column."""
    paired = {name for pair in summary.pairs for name in pair}
    return [*((row.contestant, None) for row in summary.answers if row.contestant not in paired), *summary.pairs]


def _label(summary: ScoreSummary, pair: Pair) -> str:
    """A pair's name in a table: the candidate's, and the base's where there are several bases."""
    base, candidate = pair
    if base is None or candidate is None:
        return base or candidate or ""
    return candidate if len({first for first, _ in summary.pairs}) == 1 else f"{candidate} / {base}"


def _overall(summary: ScoreSummary) -> list[tuple[str, str]]:
    """The slices of the main tables: all and the splits; the split alone where it covers all rows.

    A split in which no model has a score is left out, unless all are such.
    """
    rows = [row for row in summary.scores if row.dimension in ("all", "split")]
    sizes: dict[tuple[str, str], int] = {}
    for row in rows:
        key = row.dimension, row.value
        sizes[key] = max(sizes.get(key, 0), row.items)
    models = {row.contestant for row in summary.answers if not row.baseline}
    scored = {(row.dimension, row.value) for row in rows if row.estimate.n and (not models or row.contestant in models)}
    whole = sizes["all", "all"]
    covered = any(dimension == "split" and items == whole for (dimension, _), items in sizes.items())
    found = [key for key in sizes if key[0] == "split" or not covered]
    return [key for key in found if key in scored] or found


def _interval(summary: ScoreSummary) -> str:
    """The method of the intervals."""
    how = summary.how
    return f"[ ]: {interval_line(how.interval, 'question', how.resamples, how.seed)}."
