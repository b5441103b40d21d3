"""The tables of `judge agreement`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from judge.analysis.agreement.panel_table import panel_table
from judge.analysis.agreement.records import AgreementHow, AgreementSummary, CriterionAgreement
from judge.core.screen.tables import Table
from judge.stats.agreement.alternative_annotator import AlternativeAnnotator
from judge.stats.agreement.annotators import Pair
from judge.stats.agreement.judge_and_annotators import JudgeAgainstAnnotators
from judge.stats.agreement.pairs import MEASURES
from judge.stats.agreement.presentation_orders import ShownOrders
from judge.stats.formatting import EstimateFormatter, counted, short

TITLES = {
    "percent_pooled": "agreement, pooled over pairs of ratings",
    "percent_items": "agreement, averaged over items",
    "alpha": "Krippendorff's alpha",
    "fleiss_pooled": "Fleiss' kappa, agreement pooled over pairs",
    "fleiss_items": "Fleiss' kappa, agreement averaged over items",
    "fleiss_gwet": "Fleiss' kappa, agreement and shares averaged over items",
    "ac1": "Gwet's AC1",
    "kappa_mean": "Cohen's kappa, mean over pairs of raters",
    "kappa_linear_mean": "Cohen's kappa, linear weights, mean over pairs",
    "kappa_quadratic_mean": "Cohen's kappa, quadratic weights, mean over pairs",
}
PAIR_TITLES = {
    "agreement": "agreement",
    "kappa": "Cohen's kappa",
    "kappa_linear": "Cohen's kappa, linear weights",
    "kappa_quadratic": "Cohen's kappa, quadratic weights",
    "ac1": "Gwet's AC1",
    "alpha": "Krippendorff's alpha",
}
_SHORT = {
    "agreement": "agree",
    "kappa": "kappa",
    "kappa_linear": "linear",
    "kappa_quadratic": "quadratic",
    "ac1": "AC1",
    "alpha": "alpha",
}
_WEIGHTED = ("kappa_linear", "kappa_quadratic")
MOST_LABELS = 12
LONGEST, _START = 20, 15  # characters of a label that tables show whole, and of the start of a longer one


def headline(summary: AgreementSummary) -> list[str]:
    """Return the lines above the tables."""
    how = summary.how
    lines = [
        f"{how.file}: {counted(len(summary.criteria), 'criterion', 'criteria')}. Excluded: "
        f"{counted(summary.skipped, 'rating')} skipped or empty, "
        f"{counted(summary.attention_checks, 'attention check')}.",
        f"Labels ({_level(how)}): {_labels(how)}.",
    ]
    if summary.missing:
        spelt = ", ".join(f"{_spelt(text)} {number:,}" for text, number in summary.missing.items())
        lines.append(f"Read as no label: {spelt}.")
    if how.excluded:
        left = ", ".join(f"{name} ({counted(number, 'row')})" for name, number in how.excluded.items())
        lines.append(f"Raters left out: {left}.")
    if how.judge is not None:
        lines.append(f"Judge: {how.judge}{f' (run {how.run})' if how.run else ''}.")
    return lines


def _level(how: AgreementHow) -> str:
    """Return the level of alpha, and whether weighted kappas order labels that alpha takes as nominal."""
    weighted = how.level == "nominal" and how.ordered
    return f"{how.level}; for weighted kappa in this order" if weighted else how.level


def _labels(how: AgreementHow) -> str:
    if len(how.labels) > MOST_LABELS:
        return f"{len(how.labels)}, from {how.labels[0]} to {how.labels[-1]}"
    numbers = {each: f"[{number}] {each}" for number, each in enumerate(how.labels, 1) if len(each) > LONGEST}
    between = " < " if how.level == "ordinal" else "; " if numbers else ", "
    return between.join(numbers.get(each, each) for each in how.labels)


def _brief(how: AgreementHow) -> dict[str, str]:
    """Return what tables call each label: long ones by number, as the headline lists them, and by how they start."""
    return {
        each: each if len(each) <= LONGEST else f"[{number}] {each[:_START].rstrip()}..."
        for number, each in enumerate(how.labels, 1)
    }


def _spelt(text: str) -> str:
    return repr(text) if text else "empty cell"


def tables(summary: AgreementSummary) -> Iterator[Table]:
    """Yield a table of all criteria together, then those of each."""
    yield _overview(summary)
    panels = [(row.criterion, row.panel) for row in summary.criteria if row.panel is not None]
    for criterion, panel in reversed(panels):  # the last criterion is the main one, and the first on a screen
        yield panel_table(criterion, panel, _marks(summary.how))
    for row in summary.criteria:
        yield _people(row, summary.how)
        if row.people.pairs:
            yield _pairs(row, summary.how)
        if row.judge is not None:
            yield _against(row, row.judge, summary.how)
            yield _beside(row, row.judge, summary.how)
            if row.judge.orders is not None:
                yield _orders(row, row.judge.orders, summary.how)
            yield _persons(row, row.judge, summary.how)
            if len(row.judge.confusion) <= MOST_LABELS:
                yield _confusion(row, row.judge, summary.how)
        if row.alternative is not None:
            yield _alternative(row.criterion, row.alternative)


def _head(row: CriterionAgreement, how: AgreementHow) -> str:
    people = row.people
    again, same = row.self_agreement
    repeated = f" Repeated by the same annotator: {counted(again, 'label')}, {same:,} unchanged." if again else ""
    return (
        f"{counted(people.items, 'item')} ({people.pairable:,} with two ratings or more), "
        f"{counted(people.raters, 'rater')}, {counted(people.ratings, 'rating')}, "
        f"{counted(people.missing, 'cell')} empty. "
        f"Prevalence: {_prevalence(row, how)}.{repeated}"
    )


def _marks(how: AgreementHow) -> EstimateFormatter:
    return EstimateFormatter(
        how.clustered_by, f"{how.interval}, by {how.clustered_by}, {how.resamples:,} resamples, seed {how.seed}"
    )


def _overview(summary: AgreementSummary) -> Table:
    """One row per criterion: agreement among annotators, and of the judge with them on the same items."""
    how, marks = summary.how, _marks(summary.how)
    judged = any(row.judge is not None for row in summary.criteria)
    body = []
    for row in summary.criteria:
        among = row.people.coefficients
        own = marks.cell(among["percent_pooled"])
        cells: tuple[str, ...] = (own, marks.cell(among["alpha"]))
        if judged:
            found = row.judge
            cells += (
                ("-", "-")
                if found is None
                else (
                    marks.cell(found.judge_human_shared["agreement"]),
                    marks.cell(found.difference["agreement"], signed=True),
                )
            )
        body.append((row.criterion, f"{row.people.items:,}", *cells))
    columns = ("criterion", "items", "annotators agree", "alpha", *(("judge agrees", "difference") if judged else ()))
    notes = (
        "annotators agree: share of pairs of labels that are the same. alpha: Krippendorff's; 1 is perfect, 0 chance.",
        *(
            (
                "judge agrees: with annotators, on the items that two of them labelled or more.",
                "difference: judge with annotators less annotators among themselves, on these items.",
            )
            if judged
            else ()
        ),
    )
    table = Table("Agreement under each criterion", "", columns, tuple(body), (*notes, *marks.notes()), optional=(1,))
    brief = [
        "alpha: Krippendorff's."
        + (" judge agrees: with annotators. difference: less annotators among themselves." if judged else ""),
        f"[ ]: 95 % interval, by {how.clustered_by}.",
        *marks.notes()[1:],
    ]
    return replace(table, brief=replace(table, notes=tuple(brief)))


def _people(row: CriterionAgreement, how: AgreementHow) -> Table:
    marks = _marks(how)
    body = tuple((TITLES[name], marks.cell(value)) for name, value in row.people.coefficients.items())
    notes = ["Chance-corrected coefficients depend on the prevalence above."]
    if row.people.pairs_undefined:
        notes.append(f"Pairs of raters without a kappa, excluded from the means: {row.people.pairs_undefined:,}.")
    return Table(
        f"{row.criterion}: agreement among annotators",
        _head(row, how),
        ("coefficient", "value"),
        body,
        (*notes, *marks.notes()),
    )


def _pairs(row: CriterionAgreement, how: AgreementHow) -> Table:
    def cells(pair: Pair) -> tuple[str, ...]:
        values = (pair.measures[name] for name in MEASURES)
        return f"{pair.first} - {pair.second}", f"{pair.items:,}", *("-" if v is None else short(v) for v in values)

    found = row.people.pairs
    rows = tuple(cells(pair) for pair in found)
    return Table(
        f"{row.criterion}: pairs of raters",
        _head(row, how),
        ("pair", "items", *(_SHORT[name] for name in MEASURES)),
        rows,
        ("-: undefined (no disagreement is expected, or nominal labels have no order).",),
        rank=tuple(-pair.items for pair in found),
        ranked_by="with the most items in common",
    )


def _prevalence(row: CriterionAgreement, how: AgreementHow) -> str:
    found, brief = row.people.prevalence, _brief(how)
    if len(found) > MOST_LABELS:
        return counted(len(found), "label")
    return ", ".join(f"{brief[label]} {short(share)}" for label, share in found.items()) or "undefined"


def _judge_head(row: CriterionAgreement, judge: JudgeAgainstAnnotators, how: AgreementHow) -> str:
    return (
        f"{counted(judge.items, 'item')} labelled by annotators: {judge.judged:,} judged, "
        f"{judge.inconsistent:,} inconsistent, {judge.invalid:,} invalid, {judge.no_judgment:,} without a judgment; "
        f"{counted(judge.tied_votes, 'tied vote')}. "
        f"Prevalence: {_prevalence(row, how)}."
        + "".join(f" {number:,} {kind} replaced." for kind, number in row.replaced.items())
    )


def _against(row: CriterionAgreement, judge: JudgeAgainstAnnotators, how: AgreementHow) -> Table:
    marks = _marks(how)
    body = [
        (PAIR_TITLES[name], marks.cell(judge.judge_human[name]), marks.cell(judge.judge_majority[name]))
        for name in _shown(how)
    ]
    body.append(("agreement, each label counted once", marks.cell(judge.agreement_pooled), ""))
    body.append(("macro-F1", "", marks.cell(judge.macro_f1)))
    ties = "excluded" if row.majority_ties is None else f"counted as {row.majority_ties}"
    return Table(
        f"{row.criterion}: the judge against annotators",
        _judge_head(row, judge, how),
        ("measure", "judge - annotator", "judge - majority"),
        tuple(body),
        (
            f"judge - annotator: mean over annotators. Tied majorities are {ties}. "
            f"Inconsistent {_inconsistent(row, how)}.",
            *_replaced(row, how),
            "macro-F1: mean over the labels; inconsistent is a miss of its label.",
            *_unweighted(how),
            *marks.notes(),
        ),
    )


def _shown(how: AgreementHow) -> tuple[str, ...]:
    return MEASURES if how.ordered else tuple(name for name in MEASURES if name not in _WEIGHTED)


def _unweighted(how: AgreementHow) -> tuple[str, ...]:
    note = "Weighted kappas are undefined: nominal labels have no order (declare one with --order)."
    return () if how.ordered else (note,)


def _replaced(row: CriterionAgreement, how: AgreementHow) -> Iterator[str]:
    """Say which judgments count as something else, and how many."""
    labels = {"inconsistent": how.inconsistent_as, "invalid": how.invalid_as}
    for kind, number in row.replaced.items():
        if kind in labels:
            yield f"{counted(number, f'{kind} judgment')} replaced by {labels[kind]} (--{kind}-as)."
        else:
            yield f"{counted(number, 'item')} with {how.order_ties} in one order: the other's label (--order-ties)."
    if "invalid" in how.as_wrong and row.judge is not None:
        yield (
            f"{counted(row.judge.invalid, 'invalid judgment')}: wrong in every measure (--as-wrong), except weighted "
            "kappas and alpha of labels with distances, which exclude them."
        )


def _inconsistent(row: CriterionAgreement, how: AgreementHow) -> str:
    if row.inconsistent_as is not None:
        return f"counts as {row.inconsistent_as}"
    if "inconsistent" in how.as_wrong:
        return "is wrong in every measure (--as-wrong), except weighted kappas and alpha of labels with distances"
    return "agrees with no label and is excluded from chance-corrected coefficients"


def _beside(row: CriterionAgreement, judge: JudgeAgainstAnnotators, how: AgreementHow) -> Table:
    marks = _marks(how)
    body = tuple(
        (
            PAIR_TITLES[name],
            f"{judge.shared if name == 'agreement' else judge.shared_decided:,}",
            marks.cell(judge.judge_human_shared[name]),
            marks.cell(judge.human_human[name]),
            marks.cell(judge.difference[name], signed=True),
        )
        for name in _shown(how)
    )
    head = (
        f"{counted(judge.shared, 'item')} with a judgment and two annotators or more; "
        f"{judge.shared_decided:,} with a consistent judgment. Prevalence: {_prevalence(row, how)}."
    )
    return Table(
        f"{row.criterion}: judge and annotators on the same items",
        head,
        ("measure", "items", "judge - annotator", "annotator - annotator", "difference"),
        body,
        (
            "Means over annotators and over pairs of annotators. Each resample uses the same items for both. "
            f"Inconsistent {_inconsistent(row, how)}, for annotators and judge alike.",
            *_unweighted(how),
            *marks.notes(),
        ),
    )


def _orders(row: CriterionAgreement, orders: ShownOrders, how: AgreementHow) -> Table:
    marks = _marks(how)
    body = [
        (
            f"{name.replace('_', ' ') or '(none named)'}: agreement with the majority",
            f"{each.read:,}",
            f"{each.invalid:,}",
            f"{each.not_read:,}",
            marks.cell(each.agreement),
            marks.cell(each.macro_f1),
        )
        for name, each in orders.by_order.items()
    ]
    if len(orders.by_order) > 1:
        body.append(("mean over the orders", f"{orders.mean.n:,}", "", "", marks.cell(orders.mean), ""))
        body.append(("Cohen's kappa between the orders", f"{orders.kappa.n:,}", "", "", marks.cell(orders.kappa), ""))
    body.append(
        (
            "all orders give the same label (positional agreement)",
            f"{orders.read_in_all - orders.invalid:,}",
            f"{orders.invalid:,}",
            f"{orders.read_in_some:,}",
            marks.cell(orders.positional),
            "",
        )
    )
    return Table(
        f"{row.criterion}: the judge in each order",
        "Each order: over all items with a majority label. All orders: over all items of the judge, labelled by "
        "annotators or not.",
        ("order", "read", "invalid", "not read", "value", "macro-F1"),
        tuple(body),
        (f"Invalid judgments {_invalid(how)}. Not read: no call was made in this order.", *marks.notes()),
    )


def _invalid(how: AgreementHow) -> str:
    return "are wrong (--as-wrong)" if "invalid" in how.as_wrong else "are excluded from the share"


def _persons(row: CriterionAgreement, judge: JudgeAgainstAnnotators, how: AgreementHow) -> Table:
    marks = _marks(how)
    body = tuple(
        (
            name,
            f"{values['agreement'].n:,}",
            marks.cell(values["agreement"]),
            *("-" if values[each].value is None else short(values[each].value or 0.0) for each in MEASURES[1:]),
        )
        for name, values in judge.by_person.items()
    )
    return Table(
        f"{row.criterion}: the judge against each annotator",
        _judge_head(row, judge, how),
        ("annotator", "items", *(_SHORT[name] for name in MEASURES)),
        body,
        tuple(marks.notes()),
    )


def _confusion(row: CriterionAgreement, judge: JudgeAgainstAnnotators, how: AgreementHow) -> Table:
    columns, brief = tuple(next(iter(judge.confusion.values()), {})), _brief(how)
    body = tuple(
        (brief.get(label, label), *(f"{counts[name]:,}" for name in columns))
        for label, counts in judge.confusion.items()
    )
    return Table(
        f"{row.criterion}: confusion table of judge and majority",
        _judge_head(row, judge, how),
        ("majority", *(brief.get(name, name) for name in columns)),
        body,
        ("Rows: the annotators' majority label. Columns: the judge's label.",),
    )


def _alternative(criterion: str, test: AlternativeAnnotator) -> Table:
    def cell(value: float | None) -> str:
        return "-" if value is None else short(value)

    body = tuple(
        (
            row.annotator,
            f"{row.items:,}",
            cell(row.judge),
            cell(row.human),
            cell(row.p),
            cell(row.p_adjusted),
            row.note or f"{'judge' if row.rejected else 'not shown'} ({row.test})",
        )
        for row in test.annotators
    )
    lost = ", ".join(f"{number:,} {why}" for why, number in test.left_out.items())
    head = (
        f"{counted(test.items, 'item')} with two raters or more and a judgment; excluded: "
        f"{test.too_few_raters:,} with one rater, "
        f"{lost}. Score {test.score}, epsilon {test.epsilon:g}, q {test.q:g}."
    )
    return Table(
        f"{criterion}: alternative annotator test",
        head,
        ("left out", "items", "judge wins", "annotator wins", "p", "p (BY)", "better or equal"),
        body,
        (test.sentence, "Calderon, Reichart and Dror (2025), arXiv 2501.10970."),
    )
