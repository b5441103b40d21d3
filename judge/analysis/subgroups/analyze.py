"""`judge analyze`: subgroups, length, position and contestants of a run, from its verdicts."""

from __future__ import annotations

from pathlib import Path

from judge import __version__
from judge.analysis.subgroups.grades import grade_rows
from judge.analysis.subgroups.leaderboards import run_leaderboards
from judge.analysis.subgroups.population import not_in_the_run, poststratified_rows, read_population
from judge.analysis.subgroups.records import (
    AnalyzeHow,
    AnalyzeSettings,
    AnalyzeSummary,
    LengthRow,
    PositionRow,
    SliceRow,
)
from judge.analysis.subgroups.slices import contestant_rows, gap_rows, slice_rows, spread_rows
from judge.core.errors import UsageError
from judge.core.files.rows import named
from judge.judging.judgment_table import RunSettings
from judge.judging.stored_verdicts import (
    read_verdicts,
    require_some,
    require_subgroups,
    run_settings,
    verdicts_sha256,
)
from judge.stats.agreement.ratings import IntArray
from judge.stats.estimate import undefined
from judge.stats.intervals.share_interval import METHOD
from judge.stats.leaderboard.all_pairs import against_others, contestants_of
from judge.stats.win_rates.logistic import length_controlled, position_odds_ratio
from judge.stats.win_rates.two_way import CLUSTERED_BY, TWO_WAY, GeneralizeTo
from judge.stats.win_rates.verdict_table import (
    VerdictTable,
    has_subgroups,
    membership,
    repeated_attributes,
    verdict_tables,
)


def read_tables(run: Path, about: RunSettings) -> list[VerdictTable]:
    """Read the verdicts of a run, one table per candidate in the run's order; of all pairs, each against the others.

    Args:
        run: The run directory, or a table of judgments in two orders.
        about: What :func:`judge.judging.stored_verdicts.run_settings` returns for the run.

    Raises:
        InputError: A file cannot be read.
        RunDirectoryError: There are no verdicts.
    """
    place = {name: number for number, name in enumerate(about.contestants)}
    found = verdict_tables(read_verdicts(run, about.inconsistent), about.criteria, partial=about.partial)
    require_some(found, run)
    if about.all_pairs:
        return against_others(found, [name for name in about.contestants if name in contestants_of(found)])
    return sorted(found, key=lambda table: place.get(table.candidate, len(place)))


def analyze(settings: AnalyzeSettings) -> AnalyzeSummary:
    """Analyse a run's verdicts: slices, their differences, length, position and differences between contestants.

    Args:
        settings: The run (or a table of judgments in two orders), dimensions, adjustment and seeds.

    Returns:
        All rows, with intervals and adjusted p-values.

    Raises:
        UsageError: The run does not have a dimension of ``settings.by``, or no subgroups to cluster by.
        InputError: A file cannot be read.
    """
    about = run_settings(settings.run, settings.inconsistent)
    return analyze_tables(settings, about, read_tables(settings.run, about))


def analyze_tables(settings: AnalyzeSettings, about: RunSettings, tables: list[VerdictTable]) -> AnalyzeSummary:
    """Analyse verdicts that are in memory: as :func:`analyze`.

    Args:
        settings: As in :func:`analyze`.
        about: What :func:`judge.judging.stored_verdicts.run_settings` returns for the run.
        tables: One table of verdicts per candidate.

    Raises:
        UsageError: The run does not have a dimension of ``settings.by``, or no subgroups to cluster by.
    """
    dimensions = _dimensions(tables, settings.by)
    to = settings.generalize_to or about.generalize_to
    if to != "questions":
        require_subgroups(tables)
    # First: it refuses runs that differ.
    boards = run_leaderboards((settings.run, *settings.others), to=to, seed=settings.seed, rule=settings.inconsistent)
    population = None if settings.population_weights is None else read_population(settings.population_weights)
    slices = tuple(row for t in tables for row in slice_rows(t, dimensions, to))
    return AnalyzeSummary(
        how=AnalyzeHow(
            version=__version__,
            run=about.run,
            judge=about.judge,
            verdicts_sha256=verdicts_sha256(settings.run),
            inconsistent=about.inconsistent,
            by=dimensions,
            adjust=settings.adjust,
            interval=METHOD if to == "questions" else TWO_WAY,
            clustered_by=CLUSTERED_BY[to],
            generalize_to=to,
            length_controlled=settings.length_controlled,
            others=tuple(other.name for other in settings.others),
            resamples=settings.resamples,
            permutations=settings.permutations,
            seed=settings.seed,
            population_weights=population and population.path.name,
            population_sha256=population and population.sha256,
            population_unit=population and population.unit,
            has_subgroups=has_subgroups(tables),
        ),
        warnings=(*about.warnings, *(not_in_the_run(tables, population) if population else ())),
        slices=slices,
        spreads=tuple(
            row
            for t in tables
            for row in spread_rows(t, dimensions, seed=settings.seed, permutations=settings.permutations)
        ),
        labels={subgroup: label for t in tables for subgroup, label in t.subgroup_labels.items()},
        lengths=tuple(row for t in tables for row in _lengths(t, slices, to)) if settings.length_controlled else (),
        positions=tuple(row for t in tables for row in _positions(t, to)) if about.orders != "one" else (),
        differences=() if about.all_pairs else tuple(contestant_rows(tables, dimensions, seed=settings.seed, to=to)),
        gaps=() if about.all_pairs else tuple(gap_rows(tables, dimensions)),
        leaderboards=boards,
        grades=tuple(grade_rows(settings.run)),
        poststratified=tuple(row for t in tables for row in poststratified_rows(t, population)) if population else (),
    )


def _dimensions(tables: list[VerdictTable], by: tuple[str, ...]) -> tuple[str, ...]:
    """Return the dimensions asked for, or all with two values or more that do not repeat subgroups or strata."""
    values: dict[str, set[str]] = {}
    for table in tables:
        for dimension, value in table.slices:
            values.setdefault(dimension, set()).add(value)
    if unknown := set(by) - set(values):
        known = [name for name in values if name != "all"]
        raise UsageError(
            f"the run has no dimension {named(sorted(unknown))}",
            hint=f"its dimensions are: {', '.join(known) or 'none'}",
        )
    if by:
        return by
    repeated = set.intersection(*(set(repeated_attributes(table)) for table in tables)) if tables else set()
    return tuple(name for name, found in values.items() if name != "all" and len(found) > 1 and name not in repeated)


def _lengths(table: VerdictTable, slices: tuple[SliceRow, ...], to: GeneralizeTo) -> list[LengthRow]:
    names = table.reference, table.candidate, "all"
    plain = [row for row in slices if (row.reference, row.candidate, row.dimension) == names]
    words = (table.words[:, 1] - table.words[:, 0]).astype(float)
    rows = []
    for place, (criterion, row) in enumerate(zip(table.criteria, plain, strict=True)):
        controlled, odds = length_controlled(table.scores[:, place], words, table.clusters, subgroups=_also(table, to))
        if not table.words.any():  # a table from elsewhere without these columns
            controlled = undefined("no_lengths", controlled.n, controlled.clusters)
        rows.append(
            LengthRow(
                reference=table.reference,
                candidate=table.candidate,
                criterion=criterion,
                plain=row.estimate,
                controlled=controlled,
                odds_per_sd=odds,
            )
        )
    return rows


def _also(table: VerdictTable, to: GeneralizeTo) -> IntArray | None:
    """The subgroups of the comparisons where intervals are clustered by these, too."""
    return None if to == "questions" else membership(table, "subgroup")


def _positions(table: VerdictTable, to: GeneralizeTo) -> list[PositionRow]:
    return [
        PositionRow(
            reference=table.reference,
            candidate=table.candidate,
            criterion=criterion,
            odds_ratio=position_odds_ratio(
                table.second_scores[:, place],
                table.first_scores[:, place],
                table.clusters,
                subgroups=_also(table, to),
            ),
        )
        for place, criterion in enumerate(table.criteria)
    ]
