"""`judge plan`: number of comparisons and human labels needed for a given precision."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from judge import __version__
from judge.analysis.sample_size.records import LabelRow, Option, PilotRow, SampleSizeSettings, SampleSizeSummary
from judge.core.errors import UsageError
from judge.judging.stored_verdicts import pair_pools, read_verdicts, require_some, run_settings, verdicts_sha256
from judge.stats.intervals.confidence_sequence import confidence_sequence
from judge.stats.win_rates.variance_components import Components, components, half_width, questions_needed, undefined
from judge.stats.win_rates.verdict_table import VerdictTable, verdict_tables

ASSUMED_VARIANCE = 0.25  # maximum variance of a score in [0, 1]
ASSUMED_SHARES = (0.05, 0.2, 0.4)
PER_QUESTION = (1, 5, 10, 40)


def sample_size(settings: SampleSizeSettings) -> SampleSizeSummary:
    """Compute the number of questions, comparisons and labels needed for a given half-width.

    Args:
        settings: The wanted half-width of a 95 % interval; optionally a pilot run and its annotations.

    Returns:
        Without a pilot, questions by assumed variance shares (``assumed``). With a pilot, its variance components, the
        questions needed and the options (``rows``); with annotations also the labels needed (``labels``). If components
        are undefined, ``note`` of the row gives the reason.

    Raises:
        UsageError: Annotations are given without a pilot.
        InputError: A file cannot be read.
    """
    if settings.annotations is not None and settings.pilot is None:
        raise UsageError("--annotations requires --pilot", hint="give the annotated run with --pilot RUN")
    assumed = {
        f"{share:g}, {number}": questions_needed(
            share * ASSUMED_VARIANCE, (1 - share) * ASSUMED_VARIANCE, number, settings.half_width
        )
        for share in ASSUMED_SHARES
        for number in PER_QUESTION
    }
    rows: tuple[PilotRow, ...] = ()
    tables: list[VerdictTable] = []
    said: tuple[str, ...] = ()
    if settings.pilot is not None:
        about = run_settings(settings.pilot, settings.inconsistent)
        said = about.cautions
        calls = about.repeats * (2 if about.orders == "both" else 1)
        pools = None if settings.pilot.is_file() else pair_pools(settings.pilot)
        verdicts = read_verdicts(settings.pilot, about.inconsistent)
        tables = verdict_tables(verdicts, about.criteria, partial=about.partial)
        require_some(tables, settings.pilot)
        rows = tuple(
            _pilot(table, place, settings.half_width, calls, pools)
            for table in tables
            for place in range(len(about.criteria))
        )
    return SampleSizeSummary(
        version=__version__,
        wanted=settings.half_width,
        pilot=None if settings.pilot is None else settings.pilot.name,
        verdicts_sha256=None if settings.pilot is None else verdicts_sha256(settings.pilot),
        annotations=None if settings.annotations is None else settings.annotations.name,
        seed=settings.seed,
        assumed=assumed,
        rows=rows,
        labels=tuple(_labels(settings)),
        warnings=(*said, *_warnings(settings.pilot, tables)),
    )


def _warnings(pilot: Path | None, tables: Sequence[VerdictTable]) -> Iterator[str]:
    """Yield warnings about fields that a run has and a table of judgments does not."""
    if pilot is None or not pilot.is_file():
        return
    yield f"{pilot.name} is not a run: its rows have no planned order, so there is no confidence sequence."
    if all(table.n_clusters == len(table.clusters) for table in tables):
        yield (
            f"{pilot.name} has one item for each question: the half-widths are for more such questions. A column "
            "question that items share would separate the variance between questions from the rest."
        )
    if not any(dimension == "subgroup" for table in tables for dimension, _ in table.slices):
        yield f"{pilot.name} has no column subgroup: the variance between subgroups is part of the rest."


def _pilot(
    table: VerdictTable, place: int, wanted: float, calls: int, pools: dict[tuple[str, str], int] | None
) -> PilotRow:
    from judge.stats.win_rates.verdict_table import membership

    part = np.flatnonzero(table.outcomes[:, place] >= 0)
    scores = table.scores[part, place]
    orders = np.stack([table.first_scores[part, place], table.second_scores[part, place]], axis=1)
    clusters = table.clusters[part]
    found = components(scores, clusters, membership(table, "subgroup")[part], orders)
    pool = max((pools or {}).get((table.reference, table.candidate), 0), len(scores))
    # A run's verdicts are in planned order, which the seed draws uniformly, as the sequence requires.
    sequence = None if pools is None or not len(scores) else confidence_sequence(scores, pool)
    half = needed = None
    options: tuple[Option, ...] = ()
    if found is not None:
        half = half_width(found.question or 0.0, found.rest, found.questions, found.per_question)
        needed = questions_needed(found.question or 0.0, found.rest, found.per_question, wanted)
        options = tuple(_options(found, calls))
    return PilotRow(
        reference=table.reference,
        candidate=table.candidate,
        criterion=table.criteria[place],
        components=found,
        half_width=half,
        questions_needed=needed,
        options=options,
        pool=pool,
        drawn=len(scores),
        sequence=None if sequence is None else (float(sequence.low[-1]), float(sequence.high[-1])),
        stopped_at=None if sequence is None else sequence.first_within(wanted),
        note="" if found else undefined(scores, clusters),
    )


def _options(found: Components, calls: int) -> Iterator[Option]:
    now = found.n * calls
    questions, each = found.questions, found.per_question

    def at(what: str, rest: float, questions: float, each: float, cost: float) -> Option:
        half = half_width(found.question or 0.0, rest, questions, each)
        return Option(what=what, half_width=half, calls=round(cost))

    yield at("as the pilot", found.rest, questions, each, now)
    yield at("twice the questions", found.rest, 2 * questions, each, 2 * now)
    if found.question is not None:
        more = "subgroups" if found.subgroup is not None else "comparisons of each question"
        yield at(f"twice the {more}", found.rest, questions, 2 * each, 2 * now)
    if found.order is not None:
        yield at("one order only", found.rest + found.order / 2, questions, each, now / 2)
        if found.order / 2 <= found.rest:  # else the orders differ by more than chance, which repeats do not reduce
            yield at("both orders, two repeats", found.rest - found.order / 4, questions, each, 2 * now)


def _labels(settings: SampleSizeSettings) -> Iterator[LabelRow]:
    if settings.annotations is None or settings.pilot is None:
        return
    from judge.analysis.correction.correct import correct
    from judge.analysis.correction.records import CorrectSettings

    wanted = CorrectSettings(
        settings.pilot,
        settings.annotations,
        by=(),
        unweighted=settings.unweighted,
        inconsistent=settings.inconsistent,
        seed=settings.seed,
    )
    for row in correct(wanted).rows:
        estimate = row.corrected
        half = None if estimate.low is None or estimate.high is None else (estimate.high - estimate.low) / 2
        flat = "no_variation" in estimate.flags
        known = half is not None and not flat
        needed = int(np.ceil(row.labelled * (half / settings.half_width) ** 2)) if half and known else None
        yield LabelRow(
            reference=row.reference,
            candidate=row.candidate,
            criterion=row.criterion,
            comparisons=row.planned,
            labelled=row.labelled,
            half_width=half,
            needed=needed,
            further=None if needed is None else max(0, needed - row.labelled),
            note="" if known else "undefined: the labels do not vary" if flat else estimate.note,
        )
