"""`judge plan`: number of comparisons and human labels needed for a given precision."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from judge import __version__
from judge.analysis.sample_size.judges import judges_rows, read_judges
from judge.analysis.sample_size.records import (
    JudgesRow,
    LabelRow,
    Option,
    PilotRow,
    SampleSizeSettings,
    SampleSizeSummary,
    Spread,
)
from judge.core.errors import UsageError
from judge.core.files.manifest import JudgingManifest
from judge.core.files.run_directory import require_manifest
from judge.core.item_sequence import uniform_key
from judge.judging.stored_verdicts import Pool, pair_pools, read_verdicts, require_some, run_settings, verdicts_sha256
from judge.stats.agreement.ratings import IntArray
from judge.stats.estimate import FloatArray
from judge.stats.intervals.confidence_sequence import confidence_sequence
from judge.stats.win_rates.variance_components import (
    Components,
    best_per_question,
    components,
    enough_per_question,
    half_width,
    questions_needed,
    undefined,
)
from judge.stats.win_rates.verdict_table import VerdictTable, verdict_tables

ASSUMED_VARIANCE = 0.25  # maximum variance of a score in [0, 1]
ASSUMED_SHARES = (0.05, 0.2, 0.4)
PER_QUESTION = (1, 5, 10, 40)
PANELS = (1, 2, 3, 5, 9)  # numbers of judges
JUDGES_SHARE = 0.2  # of the variance between questions, where numbers of judges are compared without a pilot
SLACK = 0.05  # how much wider than the full design's an interval may be, where fewer comparisons are advised


def sample_size(settings: SampleSizeSettings) -> SampleSizeSummary:
    """Compute the number of questions, comparisons and labels needed for a given half-width.

    Args:
        settings: The wanted half-width of a 95 % interval; optionally a pilot run and its annotations.

    Returns:
        Without a pilot, questions by assumed variance shares (``assumed``). With a pilot, its variance components, the
        questions needed and the options (``rows``); with annotations also the labels needed (``labels``). If components
        are undefined, ``note`` of the row gives the reason.

    Raises:
        UsageError: Annotations, or a rule for orders that differ, are given without a pilot, or ``unweighted`` without
            annotations.
        InputError: A file cannot be read.
    """
    if settings.annotations is not None and settings.pilot is None:
        raise UsageError("--annotations requires --pilot", hint="give the annotated run with --pilot RUN")
    if settings.inconsistent is not None and settings.pilot is None:
        raise UsageError("--inconsistent: no effect without --pilot", hint="give a table of judgments with --pilot")
    if settings.unweighted and settings.annotations is None:
        raise UsageError("--unweighted: no effect without --annotations", hint="give the labels with --annotations")
    assumed = {
        f"{share:g}, {number}": questions_needed(
            share * ASSUMED_VARIANCE, (1 - share) * ASSUMED_VARIANCE, number, settings.half_width
        )
        for share in ASSUMED_SHARES
        for number in PER_QUESTION
    }
    rows: tuple[PilotRow, ...] = ()
    judged: tuple[JudgesRow, ...] = ()
    tables: list[VerdictTable] = []
    said: tuple[str, ...] = ()
    if settings.pilot is not None:
        about = run_settings(settings.pilot, settings.inconsistent)
        said = about.cautions
        calls = about.repeats * (1 if about.orders == "one" else 2)
        pools = None if settings.pilot.is_file() else pair_pools(settings.pilot)
        manifest = None if settings.pilot.is_file() else require_manifest(settings.pilot)
        verdicts = list(read_verdicts(settings.pilot, about.inconsistent))
        judges = read_judges(settings.pilot, verdicts, about.criteria, settings.judge_correlation)
        tables = verdict_tables(verdicts, about.criteria, partial=about.partial)
        require_some(tables, settings.pilot)
        rows = tuple(
            _pilot(
                table,
                place,
                settings,
                calls * (1 if judges is None else judges.number),
                (pools or {}).get((table.reference, table.candidate)),
                manifest,
            )
            for table in tables
            for place in range(len(about.criteria))
        )
        if judges is not None:
            ids: dict[tuple[str, str], dict[str, None]] = {}  # in the order of the tables' rows
            for row in verdicts:
                ids.setdefault((row.reference, row.candidate), {})[row.comparison_id] = None
            judged = tuple(
                row
                for table in tables
                for row in judges_rows(judges, table, list(ids[table.reference, table.candidate]), calls)
            )
    return SampleSizeSummary(
        version=__version__,
        wanted=settings.half_width,
        pilot=None if settings.pilot is None else settings.pilot.name,
        verdicts_sha256=None if settings.pilot is None else verdicts_sha256(settings.pilot),
        annotations=None if settings.annotations is None else settings.annotations.name,
        seed=settings.seed,
        question_cost=settings.question_cost,
        judge_correlation=settings.judge_correlation,
        assumed=assumed,
        assumed_judges=_assumed_judges(settings) if settings.pilot is None else {},
        rows=rows,
        judges=judged,
        labels=tuple(_labels(settings)),
        warnings=(*said, *_warnings(settings.pilot, tables), *_no_sequence(rows, settings.pilot)),
    )


def _assumed_judges(settings: SampleSizeSettings) -> dict[str, int]:
    """Return the questions needed with several judges, with the greatest variance of a judge's score."""
    rho = settings.judge_correlation
    if rho is None:
        return {}
    found = {}
    for judges in PANELS:
        variance = ASSUMED_VARIANCE * (1 + (judges - 1) * rho) / judges
        for number in PER_QUESTION:
            question, rest = JUDGES_SHARE * variance, (1 - JUDGES_SHARE) * variance
            found[f"{judges}, {number}"] = questions_needed(question, rest, number, settings.half_width)
    return found


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


def _no_sequence(rows: Sequence[PilotRow], pilot: Path | None) -> Iterator[str]:
    if pilot is not None and not pilot.is_file() and any(row.drawn and row.sequence is None for row in rows):
        yield (
            f"{pilot.name} is spread over questions, and its pool is not read to the end: no uniform draw, so there is "
            "no confidence sequence. `judge compare --sequence uniform` draws one."
            if require_manifest(pilot).configuration.orders != "adaptive"
            else f"{pilot.name} has scores of one order, corrected by the position effect of its pilot: they may lie "
            "outside [0, 1], so there is no confidence sequence."
        )


def _pilot(
    table: VerdictTable,
    place: int,
    settings: SampleSizeSettings,
    calls: int,
    whole: Pool | None,
    manifest: JudgingManifest | None,
) -> PilotRow:
    from judge.stats.win_rates.verdict_table import membership

    wanted = settings.half_width
    part = np.flatnonzero(table.outcomes[:, place] >= 0)
    scores = table.scores[part, place]
    orders = np.stack([table.first_scores[part, place], table.second_scores[part, place]], axis=1)
    clusters = table.clusters[part]
    found = components(scores, clusters, membership(table, "subgroup")[part], orders)
    pool = max(0 if whole is None else whole.comparisons, len(scores))
    drawn = None if manifest is None else _uniform(table, part, scores, pool, manifest)
    sequence = None if drawn is None or not len(drawn) else confidence_sequence(drawn, pool)
    half = needed = spread = None
    options: tuple[Option, ...] = ()
    if found is not None:
        half = half_width(found.question or 0.0, found.rest, found.questions, found.per_question)
        needed = questions_needed(found.question or 0.0, found.rest, found.per_question, wanted)
        options = tuple(_options(found, calls))
        spread = _spread(found, whole or Pool(found.n, found.questions), settings)
    return PilotRow(
        reference=table.reference,
        candidate=table.candidate,
        criterion=table.criteria[place],
        components=found,
        half_width=half,
        questions_needed=needed,
        options=options,
        spread=spread,
        pool=pool,
        drawn=len(scores),
        sequence=None if sequence is None else (float(sequence.low[-1]), float(sequence.high[-1])),
        stopped_at=None if sequence is None else sequence.first_within(wanted),
        note="" if found else undefined(scores, clusters),
    )


def _uniform(
    table: VerdictTable, part: IntArray, scores: FloatArray, pool: int, manifest: JudgingManifest
) -> FloatArray | None:
    """Return the scores in the order of a uniform draw; None where a run has none.

    A run that is spread over questions has one only if its pool is read to the end. One of adaptive orders has none.
    """
    if manifest.configuration.orders == "adaptive":
        return None  # corrected scores may lie outside [0, 1], within which the sequence bets
    if manifest.sequence != "spread":
        return scores
    if len(scores) < pool:
        return None
    keys = [uniform_key(manifest.configuration.seed, *table.items[row]) for row in part]
    return scores[sorted(range(len(keys)), key=keys.__getitem__)]


def _spread(found: Components, pool: Pool, settings: SampleSizeSettings) -> Spread | None:
    """Compute how many comparisons of each question pay; None where no question of the pilot has two scores."""
    if found.question is None:
        return None
    question, rest = found.question, found.rest
    rho = question / (question + rest) if question + rest > 0 else 0.0
    best = best_per_question(rho, settings.question_cost)
    full = pool.comparisons / pool.questions
    enough = min(enough_per_question(question, rest, full, SLACK), int(np.ceil(full)))
    return Spread(
        correlation=rho,
        best_per_question=best if np.isfinite(best) else None,
        best_questions=questions_needed(question, rest, min(best, full), settings.half_width),
        full_questions=pool.questions,
        full_per_question=full,
        full_half_width=half_width(question, rest, pool.questions, full),
        enough_per_question=enough,
        saved=max(0.0, 1 - enough / full),
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
