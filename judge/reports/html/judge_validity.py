"""Judge validity: position bias, consistency, length preference, model family, and agreement with annotators."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeVar

from judge.comparison.headline import in_orders
from judge.comparison.summary import JudgeRow
from judge.judging.families import family
from judge.judging.panels.rates import PanelRateRow
from judge.reports.html.main_result import WORDS, listed, standing, weakness
from judge.reports.html.missing import Missing
from judge.reports.report_data import ReportData
from judge.stats.estimate import FEW_CLUSTERS, Estimate
from judge.stats.formatting import counted, plain_cell, short

Kind = Literal["sound", "caution", "unknown"]
_RowT = TypeVar("_RowT", bound=JudgeRow | PanelRateRow)
LEAST = 0.8  # share of orders that should agree: a rule of thumb of this project
LABELS: dict[Kind, str] = {"sound": "no concern found", "caution": "caution", "unknown": "unknown"}


@dataclass(frozen=True)
class Finding:
    """What was found on one threat to the validity of the judge.

    Attributes:
        name: The threat.
        kind: ``sound``, ``caution``, or ``unknown`` where the data for it are missing.
        label: The kind as shown.
        sentences: The finding in words.
        commands: Commands that would provide missing data.
        against: The sentences that weaken the result. They are repeated below the main result.
    """

    name: str
    kind: Kind
    label: str
    sentences: tuple[str, ...]
    commands: tuple[str, ...] = ()
    against: tuple[str, ...] = ()


def findings(data: ReportData) -> tuple[Finding, ...]:
    """Examine all threats, in the order of the page."""
    return (_judge(data), _position(data), _consistency(data), _length(data), _family(data), *_people(data))


def cautions(data: ReportData, absent: Missing, all_findings: tuple[Finding, ...]) -> tuple[str, ...]:
    """Return the cautions that are shown below the main result."""
    lines = []
    if absent.share:
        lines.append(f"{absent.share:.1%} of the comparisons have no verdict (section 2).")
    clusters = {row.win_rate.clusters for row in data.summary.win_rates if row.dimension == "all"}
    if clusters and 0 < min(clusters) < FEW_CLUSTERS:
        unit = data.summary.how.unit
        lines.append(f"The run has only {counted(min(clusters), unit)}: the result may not generalise to others.")
    lines += [
        f"{each.name}: {line}"
        for each in all_findings
        if each.kind != "sound" and (each.name != "The judge" or data.summary.how.is_llm)
        for line in each.against or each.sentences[:1]
    ]
    return tuple(lines)


def _finding(
    name: str, kind: Kind, sentences: Iterable[str], commands: tuple[str, ...] = (), against: Iterable[str] = ()
) -> Finding:
    return Finding(name, kind, LABELS[kind], tuple(sentences), commands, tuple(against))


def _judge(data: ReportData) -> Finding:
    how = data.summary.how
    if not how.is_llm:
        return _finding(
            "The judge",
            "caution",
            (
                "The judge was the offline heuristic. It is NOT an LLM: it only counts words. This page is a "
                "demonstration, not evidence about any model.",
            ),
        )
    models = listed(
        [f"{name} ({number:,} {'reply' if number == 1 else 'replies'})" for name, number in how.models_returned.items()]
        or ["no model yet"]
    )
    several = len(how.models_returned) > 1
    note = ". Several models replied: the run has more than one judge." if several else "."
    return _finding("The judge", "caution" if several else "sound", (f"{how.judge}; replies by {models}{note}",))


def _rows(data: ReportData) -> list[JudgeRow]:
    return [row for row in data.summary.judge if row.criterion == data.main]


def _each_judge(data: ReportData, measure: str, best: float) -> list[JudgeRow | PanelRateRow]:
    """The rows of position or consistency: of a panel those of each judge, since together they hide one another.

    Of several contestants a judge of a panel has, under each criterion, the row that is farthest from ``best``.
    """
    if data.summary.panel is None:
        return [*data.summary.judge]
    found: dict[tuple[str, str], list[PanelRateRow]] = {}
    for row in data.summary.panel.rates:
        if row.judge is not None:
            found.setdefault((row.judge, row.criterion), []).append(row)

    def distance(row: PanelRateRow) -> float:
        value: float | None = getattr(row, measure).value
        return -1.0 if value is None else abs(value - best)

    return [max(rows, key=distance) for rows in found.values()]


def _named(data: ReportData, row: JudgeRow | PanelRateRow, sentence: str) -> str:
    who = [row.judge] if isinstance(row, PanelRateRow) and row.judge is not None else []
    who += [] if len(data.pairs) == 1 else [row.candidate]
    return f"{', '.join(who)}: {sentence}" if who else sentence


def _off(rows: Iterable[_RowT], measure: str, *, below: float | None = None) -> list[_RowT]:
    """Rows of any criterion with a concern: an interval that excludes .5, or, with ``below``, a value below it."""

    def against(row: _RowT) -> bool:
        estimate: Estimate = getattr(row, measure)
        if below is not None:
            return estimate.value is not None and estimate.value < below
        return standing(estimate) in ("better", "worse")

    return [row for row in rows if against(row)]


def _with(rows: list[_RowT], off: list[_RowT]) -> list[_RowT]:
    """The rows of the main criterion, then those of others with a concern."""
    return [*rows, *(row for row in off if row not in rows)]


def _position(data: ReportData) -> Finding:
    each = _each_judge(data, "first_shown", 0.5)
    off, rows = _off(each, "first_shown"), [row for row in each if row.criterion == data.main]
    if not off and not any(row.first_shown.value is not None for row in rows):
        return _finding("Position", "unknown", (f"No judgment on {data.main} names a winner.",))
    # Orders that the pilot led to have scores corrected for position: no less sound than both.
    both = data.summary.how.orders != "one"
    unsure = [row for row in rows if standing(row.first_shown) == "unknown"]

    def sentence(row: JudgeRow | PanelRateRow) -> str:
        side = {
            "better": "the judge prefers the response shown first",
            "worse": "the judge prefers the response shown second",
            "open": "no position bias is shown",
            "unknown": "without an interval, position bias is unknown",
        }[standing(row.first_shown)]
        return _named(
            data,
            row,
            (
                f"Of the judgments on {row.criterion} with a winner, {plain_cell(row.first_shown)} name the response "
                f"shown first (.5: unbiased): {side}.{weakness(row.first_shown, data.summary.how.unit)}"
            ),
        )

    orders = in_orders(
        data.summary,
        both="Each pair was judged in both orders: position bias cancels within a pair, and lowers consistency.",
        one="Each pair was judged in one order only: position bias does not cancel within a pair.",
        pilot="Pairs of a pilot were judged in both orders, the others in one random order, whose scores are "
        "corrected by the pilot's position effect.",
    )
    kind: Kind = "caution" if off or not both else "unknown" if unsure else "sound"
    against = [*map(sentence, off or (unsure if both else [])), *([] if both else [orders])]
    return _finding("Position", kind, (*map(sentence, _with(rows, off)), orders), against=against)


def _consistency(data: ReportData) -> Finding:
    each = _each_judge(data, "consistency", 1.0)
    off = _off(each, "consistency", below=LEAST)
    main = [row for row in each if row.criterion == data.main]
    rows = [row for row in _with(main, off) if row.consistency.value is not None]
    if not rows:
        return _finding("Consistency", "unknown", ("No pair was judged in both orders: consistency is unknown.",))

    def sentence(row: JudgeRow | PanelRateRow) -> str:
        return _named(
            data,
            row,
            (
                f"The two orders agree on {row.criterion} in {plain_cell(row.consistency)} of the "
                f"comparisons.{weakness(row.consistency, data.summary.how.unit)}"
            ),
        )

    more = (f"Below {short(LEAST)}, many verdicts depend on the position of the response.",) if off else ()
    return _finding(
        "Consistency", "caution" if off else "sound", (*map(sentence, rows), *more), against=map(sentence, off)
    )


def _length(data: ReportData) -> Finding:
    off = [row for row in _off(data.summary.judge, "longer_wins") if _in_characters_too(row)]
    rows = [row for row in _with(_rows(data), off) if row.longer_wins.value is not None]
    if not rows:
        return _finding("Length", "unknown", ("No comparison has a winner and unequal lengths.",))

    def sentence(row: JudgeRow) -> str:
        return _named(
            data,
            row,
            (
                f"Of the comparisons with a winner on {row.criterion}, the longer response wins "
                f"{plain_cell(row.longer_wins)}{_by_characters(row)}. Mean length: {row.reference} "
                f"{row.mean_words_reference:.0f} words, "
                f"{row.candidate} {row.mean_words_candidate:.0f}."
            ),
        )

    def controlled() -> Iterator[str]:
        for length in data.analysis.lengths if data.analysis else ():
            if length.criterion == data.main and length.controlled.value is not None:
                who = "" if len(data.pairs) == 1 else f" of {length.candidate}"
                yield (
                    f"At equal length the win rate{who} on {data.main} would be {plain_cell(length.controlled)} "
                    f"(observed: {plain_cell(length.plain)})."
                )

    return _finding(
        "Length", "caution" if off else "sound", (*map(sentence, rows), *controlled()), against=map(sentence, off)
    )


def _in_characters_too(row: JudgeRow) -> bool:
    """Whether the share by characters has the same concern as that by words; it may be unknown."""
    found = row.longer_wins_characters
    return found is None or standing(found) == standing(row.longer_wins)


def _by_characters(row: JudgeRow) -> str:
    found = row.longer_wins_characters
    return "" if found is None else f" by words, {plain_cell(found)} by characters"


def _family(data: ReportData) -> Finding:
    how = data.summary.how
    shared = tuple(line for line in data.summary.warnings if "of the family" in line)
    if shared:
        lines = tuple(f"{line[:1].upper()}{line[1:]}." for line in shared)
        return _finding("Family", "caution", lines, against=lines)
    if not how.is_llm:
        return _finding("Family", "sound", ("The heuristic belongs to no model family.",))
    entries = data.manifest.contestants.items()
    models = {name: list(entry.models) or [name] for name, entry in entries}
    panel = data.summary.panel
    judges = [how.judge] if panel is None else [each.judge for each in panel.judges]
    out = [each for each in (() if panel is None else panel.judges) if each.without]
    apart = tuple(f"{each.name} has no vote on {listed(each.without)}, of its own model family." for each in out)
    unknown = [model for each in (*models.values(), judges) for model in each if family(model) is None]
    if unknown:
        return _finding(
            "Family",
            "unknown",
            (
                f"The model family of {listed(list(dict.fromkeys(unknown)))} is unknown: check by hand whether the "
                f"{'judge shares' if panel is None else 'judges share'} it with a contestant.",
                *apart,
            ),
        )
    if apart:
        return _finding("Family", "sound", apart)
    who = "the judge shares" if panel is None else "the judges share"
    return _finding("Family", "sound", (f"By their names, {who} no model family with a contestant.",))


def _people(data: ReportData) -> Iterator[Finding]:
    if data.agreement is None:
        run = shlex.quote(str(data.folder))
        yield _finding(
            "Annotators",
            "unknown",
            (
                "No human labels were given: agreement of the judge with annotators is unknown.",
                "About 150 comparisons, each labelled by three annotators, would measure it:",
            ),
            (
                f"judge annotate plan {run} --items 150 --annotators 3 --overlap 3 --out campaign.yaml",
                "judge annotate serve",
                "judge annotate push campaign.yaml",
                "judge annotate pull campaign.yaml --out annotations.jsonl",
                f"judge report {run} --annotations annotations.jsonl --out report.html",
            ),
        )
        return
    yield _agreement(data)
    tests = [row for row in data.agreement.criteria if row.alternative is not None]
    passed = [row.alternative.passed for row in tests if row.alternative is not None]
    kind: Kind = "caution" if False in passed else "unknown" if None in passed or not passed else "sound"
    said = [f"{row.criterion}: {row.alternative.sentence}" for row in tests if row.alternative is not None]
    yield _finding(
        "Alternative annotator test",
        kind,
        said or ("Not computed: the labels share no criterion with the run.",),
        against=[line for line, good in zip(said, passed, strict=True) if good is not True],
    )
    if data.correction is None:
        yield _finding("Correction", "unknown", (f"The win rates could not be corrected: {data.uncorrected}.",))
    else:
        yield _correction(data)


def _agreement(data: ReportData) -> Finding:
    assert data.agreement is not None
    kappa = "kappa_linear"
    lines, lower = [], []
    for row in data.agreement.criteria:
        if row.judge is None:
            continue
        judge, human, apart = row.judge.judge_human[kappa], row.judge.human_human[kappa], row.judge.difference[kappa]
        lines.append(
            f"{row.criterion}: weighted kappa of the judge with annotators {plain_cell(judge)}, of annotators with one "
            f"another {plain_cell(human)}, on {counted(row.judge.items, 'labelled comparison')}."
        )
        if apart.high is not None and apart.high < 0:
            lower.append(lines[-1])
    kind: Kind = "caution" if lower else "sound" if lines else "unknown"
    return _finding(
        "Annotators", kind, lines or ("The labels and the run have no comparison in common.",), against=lower
    )


def _correction(data: ReportData) -> Finding:
    assert data.correction is not None
    lines, moved = [], []
    for row in data.correction.rows:
        if row.dimension == "all":
            before, after = standing(row.judge_only), standing(row.corrected)
            who = "" if len(data.pairs) == 1 else f"{row.candidate}, "
            lines.append(
                f"{who}{row.criterion}: {plain_cell(row.corrected)} corrected with {counted(row.labelled, 'label')}, "
                f"{plain_cell(row.judge_only)} by the judge alone."
                + ("" if before == after else f" Correction changes the result from {WORDS[before]} to {WORDS[after]}.")
            )
            if before != after:
                moved.append(lines[-1])
    return _finding("Correction", "caution" if moved else "sound", lines, against=moved)
