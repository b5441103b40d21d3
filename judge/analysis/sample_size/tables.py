"""The tables of `judge plan`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from judge.analysis.sample_size.records import JudgesRow, LabelRow, PilotRow, SampleSizeSummary
from judge.analysis.sample_size.sample_size import ASSUMED_SHARES, JUDGES_SHARE, PANELS, PER_QUESTION
from judge.core.calls.prices import money
from judge.core.screen.tables import Table
from judge.stats.formatting import or_dash, short


def headline(summary: SampleSizeSummary) -> list[str]:
    """Return the lines above the tables."""
    return [f"Target: half-width {summary.wanted:g} of a 95 % interval of a win rate."]


def tables(summary: SampleSizeSummary) -> Iterator[Table]:
    """Yield the tables of sample sizes, by assumption or from the pilot."""
    if not summary.rows:
        body = tuple(
            (
                f"{share:g}",
                *(
                    f"{summary.assumed[f'{share:g}, {n}']:,} ({summary.assumed[f'{share:g}, {n}'] * n:,})"
                    for n in PER_QUESTION
                ),
            )
            for share in ASSUMED_SHARES
        )
        yield Table(
            "Questions (and comparisons) needed, without a pilot",
            "No pilot: assumes the maximum variance of a score (.25) and a share of it between questions.",
            ("share between questions", *(f"{n} per question" for n in PER_QUESTION)),
            body,
            ("z^2 / h^2 (question + rest / comparisons per question). A pilot (--pilot RUN) estimates the shares.",),
        )
        if summary.assumed_judges:
            yield _assumed_judges(summary)
        return
    yield _components(summary)
    if summary.judges:
        yield _judges(summary)
    if any(row.options for row in summary.rows):
        yield _options_table(summary)
    if any(row.spread for row in summary.rows):
        yield _spread(summary)
    if any(row.sequence for row in summary.rows):
        yield _sequence(summary)
    if summary.labels:
        yield _labels(summary)


def _several(rows: Sequence[PilotRow | LabelRow | JudgesRow]) -> bool:
    """Whether there are several references."""
    return len({row.reference for row in rows}) > 1


def _candidate(row: PilotRow | LabelRow | JudgesRow, several: bool) -> str:
    """Name a candidate, with its reference where there are several."""
    return f"{row.candidate}{f' against {row.reference}' if several else ''}"


def _labels(summary: SampleSizeSummary) -> Table:
    beyond = [row for row in summary.labels if row.needed is not None and row.needed > row.comparisons]
    several = _several(summary.labels)
    names = ", ".join(f"{_candidate(row, several)} {row.criterion}" for row in beyond)
    return Table(
        "Human labels for a corrected win rate",
        f"Labels: {summary.annotations}, of comparisons of the pilot {summary.pilot}.",
        ("candidate", "criterion", "labelled", "of", "half-width now", "labels needed", "further labels"),
        tuple(
            (
                _candidate(row, several),
                row.criterion,
                f"{row.labelled:,}",
                f"{row.comparisons:,}",
                "-" if row.half_width is None else short(row.half_width),
                row.note or "-" if row.needed is None else f"{row.needed:,}",
                "-" if row.further is None else f"{row.further:,}",
            )
            for row in summary.labels
        ),
        (
            "of: comparisons of the pilot. labels needed: in all, the pilot's own among them. Assumes that the "
            "half-width falls with the square root of the number of labels.",
            *(
                [f"More labels than the pilot has comparisons ({names}): judge more comparisons, too."]
                if beyond
                else ()
            ),
        ),
        labels=2,
    )


def _components(summary: SampleSizeSummary) -> Table:
    body, several = [], _several(summary.rows)
    for row in summary.rows:
        found = row.components
        cells = (
            ("-",) * 6 + (row.note,)
            if found is None or row.half_width is None
            else (
                f"{found.per_question:.1f}",
                or_dash(found.question),
                or_dash(found.subgroup),
                short(found.rest),
                or_dash(found.order),
                short(row.half_width),
                f"{row.questions_needed:,}",
            )
        )
        scored = "0" if found is None else f"{found.n:,}"
        body.append((_candidate(row, several), row.criterion, f"{row.drawn:,}", scored, *cells))
    alone = any(row.components and row.components.question is None for row in summary.rows)
    return Table(
        "Variance components of a comparison's score",
        f"Pilot {summary.pilot}.",
        (
            "candidate",
            "criterion",
            "comparisons",
            "scored",
            "per question",
            "question",
            "subgroup",
            "rest",
            "one order",
            "half-width now",
            "questions needed",
        ),
        tuple(body),
        (
            "per question: scored comparisons of a question, on average. questions needed: with as many each; "
            "subgroups are fixed. one order: variance between the orders of a comparison, including repeats and "
            "chance.",
            *(["question -: no question has two scores; the rest is the total variance."] if alone else []),
        ),
        labels=2,
    )


def _options_table(summary: SampleSizeSummary) -> Table:
    several = _several(summary.rows)
    body = tuple(
        (_candidate(row, several), row.criterion, each.what, short(each.half_width), f"{each.calls:,}")
        for row in summary.rows
        for each in row.options
    )
    return Table(
        "Half-width by number of calls",
        f"Pilot {summary.pilot}.",
        ("candidate", "criterion", "option", "half-width", "calls"),
        body,
        ("Half-widths from the components above; total calls, including the pilot.",),
        labels=3,
    )


def _spread(summary: SampleSizeSummary) -> Table:
    several = _several(summary.rows)
    body = tuple(
        (
            _candidate(row, several),
            row.criterion,
            short(each.correlation),
            "all" if each.best_per_question is None else f"{each.best_per_question:.1f}",
            f"{each.best_questions:,}",
            f"{each.full_questions:,} x {each.full_per_question:.1f}",
            short(each.full_half_width),
            f"{each.enough_per_question:,}",
            f"{each.saved:.0%}",
        )
        for row in summary.rows
        if (each := row.spread) is not None
    )
    cost = summary.question_cost
    return Table(
        "Comparisons per question that pay",
        f"Pilot {summary.pilot}; cost of a further question, in comparisons: {cost:g}.",
        (
            "candidate",
            "criterion",
            "rho",
            "best per question",
            "questions needed so",
            "full design",
            "its half-width",
            "nearly as good",
            "saved",
        ),
        body,
        (
            "rho: correlation of two comparisons of one question. best per question: m* = sqrt(c (1 - rho) / rho) "
            "comparisons, the least variance for the money. nearly as good: comparisons of each question with which "
            "the interval of the whole win rate is at most 5 % wider than that of the full design; saved: the share of "
            "its calls that they spare. Slices of subgroups need the others.",
        ),
        labels=2,
    )


def _assumed_judges(summary: SampleSizeSummary) -> Table:
    needed = summary.assumed_judges
    body = tuple(
        (
            f"{judges}",
            *(f"{needed[f'{judges}, {n}']:,} ({needed[f'{judges}, {n}'] * n * judges:,})" for n in PER_QUESTION),
        )
        for judges in PANELS
    )
    return Table(
        "Questions (and readings by a judge) needed with several judges",
        f"Correlation of two judges' scores: {summary.judge_correlation:g}; share between questions {JUDGES_SHARE:g}.",
        ("judges", *(f"{n} per question" for n in PER_QUESTION)),
        body,
        (
            "The mean of J judges has (1 + (J - 1) rho) / J of the variance of one. Readings are comparisons x judges: "
            "what is paid for. A pilot by a panel (--pilot RUN) estimates the correlation.",
        ),
    )


def _judges(summary: SampleSizeSummary) -> Table:
    several = _several(summary.judges)
    priced = any(each.cost is not None for row in summary.judges for each in row.options)
    body = []
    for row in reversed(summary.judges):  # the last criterion is the main one
        head = (_candidate(row, several), row.criterion)
        rho = "-" if row.correlation is None else f"{short(row.correlation)}{' (given)' if row.given else ''}"
        if row.note:
            body.append((*head, rho, row.note, *("-",) * (5 if priced else 4)))
        for each in row.options:
            cells = (each.what, f"{each.judges}", f"{each.comparisons:,}", short(each.half_width), f"{each.calls:,}")
            cost = "-" if each.cost is None or row.currency is None else money(each.cost, row.currency)
            body.append((*head, rho, *cells, *((cost,) if priced else ())))
    least = sorted({f"{row.criterion} {short(row.least)}" for row in summary.judges if row.least is not None})
    return Table(
        "Another judge, or more comparisons",
        f"Pilot {summary.pilot}; for the mean of the judges' scores.",
        (
            *("candidate", "criterion", "rho", "option", "judges", "comparisons", "half-width", "calls"),
            *(("cost",) if priced else ()),
        ),
        tuple(body),
        (
            "rho: correlation of two judges' scores of a comparison. Another judge is one like the others, at their "
            "mean cost. Calls and cost: in all, the pilot's among them.",
            *([f"Half-width of these comparisons by any number of judges: {', '.join(least)}."] if least else []),
            "More judges of rho 1 change nothing; biases that judges share are no part of a half-width.",
        ),
        labels=4,
    )


def _sequence(summary: SampleSizeSummary) -> Table:
    several = _several(summary.rows)
    body = tuple(
        (
            _candidate(row, several),
            row.criterion,
            f"{row.drawn:,} of {row.pool:,}",
            "-" if row.sequence is None else f"[{short(row.sequence[0])}, {short(row.sequence[1])}]",
            "not yet" if row.stopped_at is None else f"after {row.stopped_at:,}",
        )
        for row in summary.rows
    )
    return Table(
        "Sequential stopping within the pilot's pool",
        f"Pilot {summary.pilot}, in planned order.",
        ("candidate", "criterion", "read", "confidence sequence", "narrow enough"),
        body,
        (
            "Valid at every look, for the win rate of this fixed pool of comparisons; 95 % per row. It does not "
            "generalise to other questions; the clustered interval does. Comparisons without a score count as 0 in "
            "the lower and as 1 in the upper bound.",
        ),
        labels=2,
    )
