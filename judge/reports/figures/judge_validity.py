"""Judge and annotators: agreement coefficients, and win rates of the judge, corrected, and of annotators."""

from __future__ import annotations

from functools import partial

from judge.analysis.agreement.records import AgreementSummary, CriterionAgreement
from judge.analysis.agreement.tables import PAIR_TITLES, TITLES
from judge.analysis.correction.records import CorrectedRow, CorrectSummary
from judge.reports.figures.drawing.chart import Axis, Chart, Key, Line, Mark, around_parity
from judge.reports.figures.drawing.dots import paint
from judge.reports.figures.drawing.figure import Drawing
from judge.reports.figures.text import against, estimate_cells, found, interval, notes_of
from judge.stats.estimate import COLUMNS, Estimate

_WITH_JUDGE = ("agreement", "kappa", "ac1", "alpha")
_ORDERED = ("kappa_linear", "kappa_quadratic")
_PEOPLE = ("percent_items", "alpha", "kappa_mean", "ac1")
_RATES = (
    ("judge_only", "judge alone", "hue1", "o"),
    ("corrected", "corrected", "hue2", "s"),
    ("human_only", "annotators alone", "hue3", "D"),
)


def agreement_chart(summary: AgreementSummary, *, is_llm: bool = True) -> Drawing | None:
    """Draw the agreement of annotators with one another and with the judge; None where nothing is labelled."""
    lines: list[Line] = []
    table: list[tuple[object, ...]] = []
    said = []
    for row in summary.criteria:
        lines.append(Line(row.criterion))
        for label, sides in _coefficients(row, ordered=summary.how.ordered).items():
            marks = tuple(
                Mark(estimate, "hue1" if who == "annotators" else "hue2", "o" if who == "annotators" else "s")
                for who, estimate in sides.items()
            )
            lines.append(Line(label, marks, tuple(interval(each) for each in sides.values())))
            for who, estimate in sides.items():
                table.append((row.criterion, label, who, *estimate_cells(estimate)))
                said.append(f"{row.criterion}, {label}, {who}: {found(estimate)}.")
    if not table:
        return None
    judged = summary.how.judge is not None
    lows = [mark.estimate.low for line in lines for mark in line.marks if mark.estimate.low is not None]
    values = [mark.estimate.value for line in lines for mark in line.marks if mark.estimate.value is not None]
    least = min([0.0, *lows, *values])
    keys = (Key("annotators with one another", "hue1", "o"), *((Key("judge with annotators", "hue2", "s"),) * judged))
    chart = Chart(
        tuple(lines),
        Axis(
            "agreement (0: chance level, except for percent agreement)",
            max(-1.0, -0.25 * -(least // 0.25)),
            1.0,
            0.0,
        ),
        ("annotators [95 %]", *(("judge [95 %]",) * judged)),
        keys,
        notes_of(is_llm=is_llm),
    )
    how = summary.how
    return Drawing(
        "agreement",
        f"Agreement of the judge {how.judge} with annotators" if judged else "Agreement between annotators",
        "Agreement coefficients. " + " ".join(said),
        "Means over pairs of annotators, and over pairs of the judge and an annotator, on items with a verdict. An "
        "inconsistent verdict counts as disagreement in percent agreement, and is excluded from all others. "
        f"Intervals: {how.interval}, by {how.clustered_by}, {how.resamples:,} resamples, seed {how.seed}.",
        ("criterion", "coefficient", "who", *COLUMNS),
        tuple(table),
        chart.size,
        partial(paint, chart=chart),
        chart,
    )


def _coefficients(row: CriterionAgreement, *, ordered: bool) -> dict[str, dict[str, Estimate]]:
    if row.judge is None:
        return {TITLES[name]: {"annotators": row.people.coefficients[name]} for name in _PEOPLE}
    names = (*_WITH_JUDGE[:2], *(_ORDERED if ordered else ()), *_WITH_JUDGE[2:])
    return {
        PAIR_TITLES[name].replace("Cohen's kappa, ", "kappa, "): {
            "annotators": row.judge.human_human[name],
            "judge": row.judge.judge_human[name],
        }
        for name in names
    }


def corrected_rates(summary: CorrectSummary, *, is_llm: bool = True) -> Drawing | None:
    """Draw the win rates of the run: judge alone, corrected, and annotators alone; None where there are none."""
    rows = [row for row in summary.rows if row.dimension == "all"]
    if not rows:
        return None
    several = len({row.candidate for row in rows}) > 1
    lines: list[Line] = []
    for row in rows:
        lines.append(Line(_label(row, several=several)))
        for part, label, role, shape in _RATES:
            estimate: Estimate = getattr(row, part)
            number = row.judged if part == "judge_only" else row.labelled
            lines.append(Line(label, (Mark(estimate, role, shape),), (interval(estimate), f"{number:,}")))
    chart = Chart(
        tuple(lines),
        around_parity(against(rows[0].reference), lines),
        ("win rate [95 %]", "n"),
        notes=notes_of(is_llm=is_llm),
    )
    how = summary.how
    weighing = "weighted by inclusion probability" if how.weighted else "taken as a simple random sample"
    parts = [(row, label, getattr(row, part)) for row in rows for part, label, _, _ in _RATES]
    return Drawing(
        "corrected-win-rates",
        f"Win rates corrected with human labels, against {rows[0].reference}",
        "Win rates; .5 is parity. "
        + " ".join(f"{_label(row, several=several)}, {label}: {found(each)}." for row, label, each in parts),
        f"Corrected: the judge's win rate over the run minus its mean error on the labelled comparisons, {weighing} "
        f"(prediction-powered inference). Intervals: {how.interval}, {how.resamples:,} resamples, seed {how.seed}. "
        f"Judge: {how.judge}.",
        ("reference", "candidate", "criterion", "estimate", *COLUMNS, "labelled", "judged", "missing"),
        tuple((row.reference, row.candidate, row.criterion, label, *estimate_cells(each), row.labelled, row.judged,
               row.missing) for row, label, each in parts),
        chart.size,
        partial(paint, chart=chart),
        chart,
    )  # fmt: skip


def _label(row: CorrectedRow, *, several: bool) -> str:
    return f"{row.candidate}, {row.criterion}" if several else row.criterion
