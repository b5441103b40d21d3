"""The tables of `judge analyze`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import inf

from judge.analysis.subgroups.records import (
    AnalyzeHow,
    AnalyzeSummary,
    DifferenceRow,
    GapRow,
    LengthRow,
    PositionRow,
    PoststratifiedRow,
    SliceRow,
    SpreadRow,
)
from judge.core.files.rows import named
from judge.core.screen.tables import Table
from judge.stats.estimate import Estimate
from judge.stats.formatting import (
    EstimateFormatter,
    brief_interval_line,
    counted,
    interval_line,
    or_dash,
    p_cell,
    plain_cell,
    short,
)
from judge.stats.intervals.mean_interval import METHOD as MEAN_METHOD
from judge.stats.intervals.share_interval import METHOD
from judge.stats.leaderboard.tables import leaderboard_tables
from judge.stats.win_rates.paired import P_VALUE

ADJUSTED = {"holm": "Holm", "bh": "BH"}
SMALLEST_P = "with the smallest p"
MOST_NAMED = 10  # pairs that a note names


def headline(summary: AnalyzeSummary) -> list[str]:
    """Return the lines above the tables."""
    how = summary.how
    return [f"Run {how.run}, judge {how.judge}. Intervals are clustered by {how.clustered_by}."]


@dataclass(frozen=True)
class Sections:
    """The tables of an analysis by section."""

    whole: tuple[Table, ...] = ()  # the win rates of the run
    slices: tuple[Table, ...] = ()
    judge: tuple[Table, ...] = ()  # length and position
    contestants: tuple[Table, ...] = ()


def sections(summary: AnalyzeSummary) -> Sections:
    """Return all tables by section; none if the run has no slice."""
    if not summary.slices:
        return Sections()
    by_slice = [table for dimension in summary.how.by for table in _slices(summary, dimension)]
    contestants = list(leaderboard_tables(summary.leaderboards))
    contestants += [_grades(summary)] if summary.grades else []
    contestants += [_differences(summary)] if summary.differences else []
    contestants += [_gaps(summary)] if summary.gaps else []
    return Sections(
        tuple(_slices(summary, "all")),
        (*_poststratified(summary), *_spreads(summary), *by_slice),
        ((_lengths(summary),) if summary.lengths else ()) + ((_positions(summary),) if summary.positions else ()),
        tuple(contestants),
    )


def tables(summary: AnalyzeSummary) -> Iterator[Table]:
    """Yield all tables: the whole run, length and position, differences between slices, each slice."""
    found = sections(summary)
    if summary.leaderboards or summary.grades:
        yield from found.contestants
    yield from (*found.whole, *found.judge, *found.slices)
    if not (summary.leaderboards or summary.grades):
        yield from found.contestants


def _marks(how: AnalyzeHow, *, slices: bool = False) -> EstimateFormatter:
    """Return the formatter for intervals by question; with ``slices``, by the clustering that the user chose."""
    if slices:
        return EstimateFormatter(
            "question",
            interval_line(how.interval, how.clustered_by, how.resamples, how.seed, subgroups=how.has_subgroups),
            brief=brief_interval_line(how.clustered_by, subgroups=how.has_subgroups),
        )
    return EstimateFormatter("question", f"95% {METHOD}, by question")


def _head(summary: AnalyzeSummary, pair: tuple[str, str] | None = None) -> str:
    """Count what is scored: of one reference and candidate, or of all; by criterion where the criteria differ."""
    planned: Counter[str] = Counter()
    missing: Counter[str] = Counter()
    for row in summary.slices:
        if row.dimension == "all" and pair in (None, (row.reference, row.candidate)):
            planned[row.criterion] += row.planned
            missing[row.criterion] += row.missing
    counts = {name: (planned[name], missing[name]) for name in planned}
    alike = len(set(counts.values())) == 1
    parts = [
        (name, f"{number - absent:,} of {counted(number, 'comparison')} scored, {absent:,} without a score")
        for name, (number, absent) in counts.items()
    ]
    return f"{parts[0][1] if alike else '; '.join(': '.join(part) for part in parts)}."


def _slices(summary: AnalyzeSummary, dimension: str) -> Iterator[Table]:
    rows: dict[tuple[str, str, str], list[SliceRow]] = {}
    for row in summary.slices:
        if row.dimension == dimension:
            rows.setdefault((row.reference, row.candidate, "" if dimension == "all" else row.criterion), []).append(row)
    name = dimension.replace("_", " ")
    adjusted = ADJUSTED[summary.how.adjust]
    for (reference, candidate, criterion), group in rows.items():
        marks = _marks(summary.how, slices=True)
        body: tuple[tuple[str, ...], ...] = tuple(
            (
                row.criterion if dimension == "all" else summary.name_of(row),
                marks.cell(row.estimate),
                _range(row.simultaneous),
                p_cell(row.p),
                p_cell(row.p_holm if summary.how.adjust == "holm" else row.p_bh),
                "-" if row.shrunken is None else plain_cell(row.shrunken),
                f"{row.estimate.n:,}",
                f"{row.missing:,}",
            )
            for row in group
        )
        whole = dimension == "all"
        notes = ["p: test of a win rate of .5, by the same interval."]
        if not whole:
            taus = {row.tau for row in group if row.tau is not None}
            notes.append(
                "simultaneous: such intervals with joint coverage of 95 % over the slices of this table (Bonferroni)."
            )
            notes.append(f"p ({adjusted}): adjusted over the slices of this table.")
            if taus:
                notes.append(
                    "shrunken: towards the win rate of all slices of this table together, more so the fewer "
                    "comparisons a slice has. [ ]: such intervals, by question, cover 95 % of the slices' true rates "
                    "on average; a slice far from the others is covered less often. Standard deviation of the true "
                    f"rates: {short(taus.pop())}."
                )
        title = f"Win rate of {candidate} against {reference}" + ("" if whole else f", {criterion}, by {name}")
        columns: tuple[str, ...] = (
            "criterion" if whole else name,
            "win rate",
            "simultaneous",
            "p",
            f"p ({adjusted})",
            "shrunken",
            "n",
            "missing",
        )
        if whole:
            columns = (*columns[:2], columns[3], *columns[6:])
            body = tuple((*row[:2], row[3], *row[6:]) for row in body)
        head = _head(summary, (reference, candidate))
        rank = _by_p(row.p for row in group)
        table = Table(title, head, columns, body, (*notes, *marks.notes()), rank=rank, ranked_by=SMALLEST_P)
        if whole:
            told = replace(table, head="" if not any(row.missing for row in group) else head)
            table = replace(table, brief=replace(told, notes=(notes[0], *marks.notes(brief=True)), rank=()))
        yield table


def _range(estimate: Estimate) -> str:
    """Format the interval without the value."""
    if estimate.low is None or estimate.high is None:
        return "-"
    return f"[{short(estimate.low)}, {short(estimate.high)}]"


def _poststratified(summary: AnalyzeSummary) -> Iterator[Table]:
    """Yield the table of win rates by shares of the population, if there are any."""
    if not summary.poststratified:
        return
    several, how = _several(summary), summary.how
    marks = EstimateFormatter("question", f"95% {METHOD}, by question")
    body = tuple(
        (
            _candidate(row, several),
            row.stratum.replace("_", " "),
            row.criterion,
            marks.cell(row.estimate),
            or_dash(row.as_judged),
            f"{row.subgroups:,}",
            f"{row.estimate.n:,}",
        )
        for row in summary.poststratified
    )
    yield Table(
        "Win rate by shares of the population",
        _head(summary),
        ("candidate", "stratum", "criterion", "by population", "as judged", "subgroups", "n"),
        body,
        (
            f"by population: each subgroup counts by its share of the {how.population_unit} in "
            f"{how.population_weights}, within its stratum. as judged: each comparison counts alike.",
            *_unscored(summary.poststratified),
            *marks.notes(),
        ),
        labels=3,
    )


def _unscored(rows: Sequence[PoststratifiedRow]) -> Iterator[str]:
    """Name the subgroups with a size that no row could count."""
    if names := sorted({name for row in rows for name in row.unscored}):
        yield f"Without a score, so that their share of the population is left out: {named(names)}."


def _spreads(summary: AnalyzeSummary) -> Iterator[Table]:
    """Yield one table for the CV and one for the normalised range."""
    if not summary.spreads:
        return
    several = _several(summary)
    first = ("dimension", "criterion", "slices")
    by_chance = (
        f"by chance: mean of {summary.how.permutations:,} permutations of scores within questions (of questions "
        "if each is in one slice). p: permutation test. Range and CV are positive by sampling error alone. "
        "n: question-by-slice means."
    )
    names = [
        (f"{_candidate(row, several)}: {row.dimension.replace('_', ' ')}", row.criterion) for row in summary.spreads
    ]
    marks = EstimateFormatter("question")
    body: tuple[tuple[str, ...], ...] = tuple(
        (
            *name,
            f"{row.slices}",
            or_dash(row.cv),
            or_dash(row.cv_chance),
            p_cell(row.p_cv),
            marks.cell(row.cv_beyond_chance),
            f"{row.cv_beyond_chance.n:,}",
        )
        for name, row in zip(names, summary.spreads, strict=True)
    )
    table = Table(
        "Differences between slices: coefficient of variation",
        _head(summary),
        (*first, "CV", "by chance", "p", "CV beyond chance", "n"),
        body,
        (
            by_chance,
            "CV beyond chance: square root of the squared CV minus its expectation by chance. [ ]: 95 % interval of "
            "the CV of the true rates, clustered by question.",
            *marks.notes(),
        ),
        labels=2,
        rank=_by_p(row.p_cv for row in summary.spreads),
        ranked_by=SMALLEST_P,
        optional=(6, 2),
    )
    notes = (
        "CV: standard deviation / mean of the slices' win rates; by chance: its mean where slices do not differ. p: "
        "permutation test.",
        *marks.notes(),
    )
    yield replace(table, brief=replace(table, head="", notes=notes))
    marks = EstimateFormatter("question")
    body = tuple(
        (
            *name,
            f"{row.slices}",
            f"{row.worst} {short(row.worst_value)}" if row.worst_value is not None else "-",
            marks.cell(row.range_interval),
            or_dash(row.range_chance),
            p_cell(row.p_range),
            f"{row.range_interval.n:,}",
        )
        for name, row in zip(names, summary.spreads, strict=True)
    )
    yield Table(
        "Differences between slices: normalised range",
        _head(summary),
        (*first, "worst", "normalised range", "by chance", "p", "n"),
        body,
        (
            by_chance,
            "[ ]: at least 95 % coverage of the range of the true rates, clustered by question. The range itself is "
            "the observed one, biased upwards.",
            "Each question counts once per slice. The worst slice is selected from the data; its own row is below.",
            *marks.notes(),
        ),
        labels=2,
    )


def _lengths(summary: AnalyzeSummary) -> Table:
    several = _several(summary)
    marks = _marks(summary.how, slices=True)
    body = tuple(
        (
            _candidate(row, several),
            row.criterion,
            marks.cell(row.plain),
            marks.cell(row.controlled),
            "-" if row.odds_per_sd is None else f"{row.odds_per_sd:.2f}",
            f"{row.controlled.n:,}",
        )
        for row in summary.lengths
    )
    table = Table(
        "Win rate at equal length",
        _head(summary),
        ("candidate", "criterion", "win rate", "length-controlled", "odds per SD of length", "n"),
        body,
        (
            "length-controlled: logistic regression on a bounded length difference, predicted at equal length (arXiv "
            "2404.04475); t interval clustered likewise. Content that correlates with length is removed, too.",
            *marks.notes(),
        ),
        labels=2,
        optional=(4,),
    )
    notes = ("length-controlled: by logistic regression, at equal length.", *marks.notes(brief=True))
    return replace(table, brief=replace(table, head="", notes=notes))


def _positions(summary: AnalyzeSummary) -> Table:
    several = _several(summary)
    by = f"95% cluster-robust t interval of the log odds ratio, by {summary.how.clustered_by}"
    marks = EstimateFormatter("question", by)
    body = tuple(
        (_candidate(row, several), row.criterion, marks.cell(row.odds_ratio), f"{row.odds_ratio.n:,}")
        for row in summary.positions
    )
    table = Table(
        "Effect of position",
        _head(summary),
        ("candidate", "criterion", "odds ratio, shown first to second", "n"),
        body,
        ("1: no effect. Over comparisons with a score in both orders.", *marks.notes()),
        labels=2,
    )
    return replace(table, brief=replace(table, head="", notes=("1: no effect of the position.", *marks.notes())))


def _differences(summary: AnalyzeSummary) -> Table:
    marks = _marks(summary.how, slices=True)
    adjusted = ADJUSTED[summary.how.adjust]
    rows, several = [row for row in summary.differences if row.dimension == "all"], _several(summary)
    body = tuple(
        (
            _pair(row, several),
            row.criterion,
            marks.cell(row.estimate, signed=True),
            p_cell(row.p),
            p_cell(row.p_holm if summary.how.adjust == "holm" else row.p_bh),
            f"{row.estimate.n:,}",
        )
        for row in rows
    )
    return Table(
        "Differences between contestants",
        _head(summary),
        ("pair", "criterion", "difference of win rates", "p", f"p ({adjusted})", "n"),
        body,
        (
            f"Paired by item, against the same reference. {P_VALUE.format(what='contestants')} "
            f"p ({adjusted}): adjusted over all pairs of a criterion. The JSON (--out) has the differences per slice.",
            *_unpaired(rows, several),
            *marks.notes(),
        ),
        labels=2,
        rank=_by_p(row.p for row in rows),
        ranked_by=SMALLEST_P,
    )


def _by_p(values: Iterable[float | None]) -> tuple[float, ...]:
    """Return ranks by p; rows without one come last."""
    return tuple(inf if value is None else value for value in values)


def _pair(row: DifferenceRow | GapRow, several: bool) -> str:
    """Name a pair of contestants, with its reference where there are several."""
    return f"{row.candidate} less {row.base}{f', against {row.reference}' if several else ''}"


def _candidate(row: LengthRow | PositionRow | PoststratifiedRow | SpreadRow, several: bool) -> str:
    """Name a candidate, with its reference where there are several."""
    return f"{row.candidate}{f' against {row.reference}' if several else ''}"


def _several(summary: AnalyzeSummary) -> bool:
    """Whether the run has several references."""
    return len({row.reference for row in summary.slices}) > 1


def _unpaired(rows: Sequence[DifferenceRow], several: bool) -> tuple[str, ...]:
    """State how many comparisons have no counterpart, by pair, reference and criterion; at most ten of them."""
    found = {(row.candidate, row.base, row.reference, row.criterion): row.unpaired for row in rows if row.unpaired}
    if not found:
        return ()
    criteria = len({row.criterion for row in rows}) > 1
    parts = [
        f"{candidate} and {base}{f' against {reference}' if several else ''}{f', {criterion}' if criteria else ''} "
        f"{number:,}"
        for (candidate, base, reference, criterion), number in found.items()
    ]
    left = f"; and {counted(len(parts) - MOST_NAMED, 'more row')} (--out)" if len(parts) > MOST_NAMED else ""
    return (f"Excludes comparisons on items that only one of the two has: {'; '.join(parts[:MOST_NAMED])}{left}.",)


def _grades(summary: AnalyzeSummary) -> Table:
    marks = EstimateFormatter("question", f"95% {MEAN_METHOD}, by question")
    body = tuple(
        (
            row.contestant,
            row.criterion,
            marks.cell(row.mean),
            "-" if row.difference is None else marks.cell(row.difference, signed=True),
            f"{row.mean.n:,}",
            f"{row.mean.clusters:,}",
        )
        for row in summary.grades
    )
    return Table(
        "Grades",
        "",
        ("contestant", "criterion", "mean", f"less {summary.grades[0].base}", "n", "questions"),
        body,
        (
            "Differences are paired by item. Win rates compare grades: 1 for the higher, .5 if equal.",
            *marks.notes(),
        ),
        labels=2,
    )


def _gaps(summary: AnalyzeSummary) -> Table:
    several = _several(summary)
    marks = EstimateFormatter("question", "95 % jackknife over questions")
    body = tuple(
        (
            f"{_pair(row, several)}: {row.dimension.replace('_', ' ')}",
            row.criterion,
            or_dash(row.cv_base),
            or_dash(row.cv_candidate),
            marks.cell(row.cv_squared, signed=True),
            p_cell(row.p_cv),
        )
        for row in summary.gaps
    )
    return Table(
        "Change of the differences between slices",
        _head(summary),
        ("pair and dimension", "criterion", "CV of base", "CV of candidate", "difference of squares", "p"),
        body,
        (
            "CVs beyond chance; 0 if slices differ no more than by chance. Difference of squares above 0: larger for "
            "the candidate.",
            *marks.notes(),
        ),
        labels=2,
        rank=_by_p(row.p_cv for row in summary.gaps),
        ranked_by=SMALLEST_P,
    )
