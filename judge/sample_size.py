"""`judge plan`: how many comparisons, and how many human labels, a wanted precision takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict

from judge import __version__
from judge.core.errors import UsageError
from judge.core.tables import Table
from judge.run_verdicts import pair_pools, read_verdicts, require_some, run_settings, verdicts_sha256
from judge.stats.betting import confidence_sequence
from judge.stats.components import Components, components, half_width, questions_needed, undefined
from judge.stats.verdict_table import VerdictTable, verdict_tables
from judge.stats.words import short

ASSUMED_VARIANCE = 0.25  # of a score in [0, 1], the greatest there is
ASSUMED_SHARES = (0.05, 0.2, 0.4)
PER_QUESTION = (1, 5, 10, 40)
NO_WIDTH = 1e-12


@dataclass(frozen=True)
class PlanSettings:
    """The wanted half-width of a 95 % interval; a pilot run, and its annotations, where there are any."""

    half_width: float
    pilot: Path | None = None
    annotations: Path | None = None
    seed: int = 0


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Option(_Row):
    """One way to spend more: the half-width it leads to, and the judge's calls it takes in all."""

    what: str
    half_width: float
    calls: int


class PilotRow(_Row):
    """A pilot's variance components under one criterion, the questions that the wanted half-width takes, and options.

    ``note`` says why there are no components. ``sequence`` is the confidence sequence of the pilot's own pool so far
    (low, high), ``stopped_at`` the number of comparisons after which it was narrow enough; ``pool`` and ``drawn`` count
    comparisons.
    """

    reference: str
    candidate: str
    criterion: str
    components: Components | None
    half_width: float | None
    questions_needed: int | None
    options: tuple[Option, ...]
    pool: int
    drawn: int
    sequence: tuple[float, float] | None
    stopped_at: int | None
    note: str = ""


class LabelRow(_Row):
    """Human labels that the wanted half-width of a corrected win rate takes, by the pilot's annotations."""

    reference: str
    candidate: str
    criterion: str
    labelled: int
    half_width: float | None
    needed: int | None
    note: str = ""


class PlanSummary(_Row):
    """Everything that `judge plan` prints, and its settings.

    ``assumed`` maps "share, per question" to questions, without a pilot.
    """

    version: str
    wanted: float
    pilot: str | None
    verdicts_sha256: str | None
    annotations: str | None
    seed: int
    assumed: dict[str, int]
    rows: tuple[PilotRow, ...]
    labels: tuple[LabelRow, ...]


def run(settings: PlanSettings) -> PlanSummary:
    """Compute sample sizes. Errors: annotations without a pilot; those of reading."""
    if settings.annotations is not None and settings.pilot is None:
        raise UsageError("--annotations needs the run they are of", hint="give --pilot RUN")
    assumed = {
        f"{share:g}, {number}": questions_needed(
            share * ASSUMED_VARIANCE, (1 - share) * ASSUMED_VARIANCE, number, settings.half_width
        )
        for share in ASSUMED_SHARES
        for number in PER_QUESTION
    }
    rows: tuple[PilotRow, ...] = ()
    if settings.pilot is not None:
        about = run_settings(settings.pilot)
        calls = about["repeats"] * (2 if about["orders"] == "both" else 1)
        pools = pair_pools(settings.pilot)
        tables = verdict_tables(read_verdicts(settings.pilot), about["criteria"])
        require_some(tables, settings.pilot)
        rows = tuple(
            _pilot(table, place, settings.half_width, calls, pools.get((table.reference, table.candidate), 0))
            for table in tables
            for place in range(len(about["criteria"]))
        )
    return PlanSummary(
        version=__version__, wanted=settings.half_width, pilot=None if settings.pilot is None else settings.pilot.name,
        verdicts_sha256=None if settings.pilot is None else verdicts_sha256(settings.pilot),
        annotations=None if settings.annotations is None else settings.annotations.name, seed=settings.seed,
        assumed=assumed, rows=rows, labels=tuple(_labels(settings)),
    )  # fmt: skip


def _pilot(table: VerdictTable, place: int, wanted: float, calls: int, pool: int) -> PilotRow:
    from judge.analyze_columns import membership

    scores = table.scores[:, place]
    orders = np.stack([table.first_scores[:, place], table.second_scores[:, place]], axis=1)
    found = components(scores, table.clusters, membership(table, "subgroup"), orders)
    # Verdicts stand in planned order, which the seed draws uniformly: what the sequence needs.
    pool = max(pool, len(scores))
    sequence = confidence_sequence(scores, pool)
    half = needed = None
    options: tuple[Option, ...] = ()
    if found is not None:
        half = half_width(found.question, found.rest, found.questions, found.per_question)
        needed = questions_needed(found.question, found.rest, found.per_question, wanted)
        options = tuple(_options(found, calls))
    return PilotRow(
        reference=table.reference, candidate=table.candidate, criterion=table.criteria[place], components=found,
        half_width=half, questions_needed=needed, options=options, pool=pool, drawn=len(scores),
        sequence=(float(sequence.low[-1]), float(sequence.high[-1])) if len(scores) else None,
        stopped_at=sequence.first_within(wanted), note="" if found else undefined(scores, table.clusters),
    )  # fmt: skip


def _options(found: Components, calls: int) -> Iterator[Option]:
    now = found.n * calls
    questions, each = found.questions, found.per_question

    def at(what: str, rest: float, questions: float, each: float, cost: float) -> Option:
        return Option(what=what, half_width=half_width(found.question, rest, questions, each), calls=round(cost))

    yield at("as the pilot", found.rest, questions, each, now)
    yield at("twice the questions", found.rest, 2 * questions, each, 2 * now)
    yield at("twice the subgroups", found.rest, questions, 2 * each, 2 * now)
    if found.order is not None:
        yield at("one order only", found.rest + found.order / 2, questions, each, now / 2)
        yield at("both orders, asked twice", max(0.0, found.rest - found.order / 4), questions, each, 2 * now)


def _labels(settings: PlanSettings) -> Iterator[LabelRow]:
    if settings.annotations is None or settings.pilot is None:
        return
    from judge.correct import CorrectSettings
    from judge.correct import run as correct

    for row in correct(CorrectSettings(settings.pilot, settings.annotations, by=(), seed=settings.seed)).rows:
        estimate = row.corrected
        half = None if estimate.low is None or estimate.high is None else (estimate.high - estimate.low) / 2
        note = "undefined: the labels do not vary" if half is not None and half < NO_WIDTH else estimate.note
        known = half is not None and half >= NO_WIDTH
        yield LabelRow(
            reference=row.reference, candidate=row.candidate, criterion=row.criterion, labelled=row.labelled,
            half_width=half,
            needed=int(np.ceil(row.labelled * (half / settings.half_width) ** 2)) if half and known else None,
            note="" if known else note,
        )  # fmt: skip


def headline(summary: PlanSummary) -> list[str]:
    """The lines above the tables."""
    return [f"Wanted: a 95 % interval of +-{summary.wanted:g} around a win rate."]


def tables(summary: PlanSummary) -> Iterator[Table]:
    """Sample sizes by assumption, and from the pilot."""
    if not summary.rows:
        body = tuple(
            (f"{share:g}", *(f"{summary.assumed[f'{share:g}, {n}']:,} ({summary.assumed[f'{share:g}, {n}'] * n:,})"
                             for n in PER_QUESTION))
            for share in ASSUMED_SHARES
        )  # fmt: skip
        yield Table(
            "Questions (and comparisons) needed, without a pilot",
            "No pilot: the greatest variance a score can have (.25), a share of it between questions.",
            ("share between questions", *(f"{n} per question" for n in PER_QUESTION)), body,
            ("Z^2 / h^2 (question + rest / number per question). A pilot (--pilot RUN) tells the real shares.",),
        )  # fmt: skip
        return
    yield _components(summary)
    if any(row.options for row in summary.rows):
        yield _options_table(summary)
    yield _sequence(summary)
    if summary.labels:
        yield Table(
            "Human labels for a corrected win rate", f"By the annotations of {summary.pilot}.",
            ("candidate", "criterion", "labelled", "half-width now", "labels needed"),
            tuple((row.candidate, row.criterion, f"{row.labelled:,}",
                   "-" if row.half_width is None else short(row.half_width),
                   row.note or "-" if row.needed is None else f"{row.needed:,}") for row in summary.labels),
            ("If the half-width falls with the root of the number of labels; the run's own size bounds that.",),
            labels=2,
        )  # fmt: skip


def _components(summary: PlanSummary) -> Table:
    body = []
    for row in summary.rows:
        found = row.components
        cells = ("-",) * 5 + (row.note,) if found is None or row.half_width is None else (
            short(found.question), "-" if found.subgroup is None else short(found.subgroup), short(found.rest),
            "-" if found.order is None else short(found.order), short(row.half_width), f"{row.questions_needed:,}",
        )  # fmt: skip
        body.append((row.candidate, row.criterion, *cells))
    number = next((f"{row.components.per_question:.1f}" for row in summary.rows if row.components), "-")
    return Table(
        "Variance components of a comparison's score", f"Pilot {summary.pilot}: {summary.rows[0].drawn:,} comparisons.",
        ("candidate", "criterion", "question", "subgroup", "rest", "one order", "half-width now", "questions needed"),
        tuple(body),
        (f"questions needed: with {number} comparisons each, as in the pilot; subgroups taken as they are. one order: "
         "variance of an order's score within a comparison, repeats and chance included.",), labels=2,
    )  # fmt: skip


def _options_table(summary: PlanSummary) -> Table:
    body = tuple(
        (row.candidate, row.criterion, each.what, short(each.half_width), f"{each.calls:,}")
        for row in summary.rows for each in row.options
    )  # fmt: skip
    return Table(
        "What the next calls would buy", f"Pilot {summary.pilot}.",
        ("candidate", "criterion", "option", "half-width", "calls"), body,
        ("Half-widths by the components above; calls in all, those of the pilot included.",), labels=3,
    )  # fmt: skip


def _sequence(summary: PlanSummary) -> Table:
    body = tuple(
        (row.candidate, row.criterion, f"{row.drawn:,} of {row.pool:,}",
         "-" if row.sequence is None else f"[{short(row.sequence[0])}, {short(row.sequence[1])}]",
         "not yet" if row.stopped_at is None else f"after {row.stopped_at:,}")
        for row in summary.rows
    )  # fmt: skip
    return Table(
        "The pilot's own pool: may one stop?", f"Pilot {summary.pilot}, read in planned order.",
        ("candidate", "criterion", "read", "confidence sequence", "narrow enough"), body,
        ("Holds at every look, for the win rate of this fixed pool of comparisons; 95 % for each line alone. It does "
         "not speak for other questions: the clustered interval does. Comparisons without a score count as 0 below and "
         "as 1 above.",),
        labels=2,
    )  # fmt: skip
