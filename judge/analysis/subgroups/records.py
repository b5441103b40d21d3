"""Settings and results of `judge analyze`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from judge.core.records import Record
from judge.judging.verdicts import InconsistentRule
from judge.stats.estimate import RESAMPLES, Estimate
from judge.stats.leaderboard.bradley_terry import Leaderboard
from judge.stats.win_rates.two_way import GeneralizeTo


class SliceRow(Record):
    """A win rate in one slice under one criterion.

    ``p`` tests parity (.5); ``p_holm`` and ``p_bh`` are adjusted over all slices of one dimension. ``simultaneous`` is
    an interval with joint coverage over all slices of the dimension. ``shrunken`` is the rate shrunken towards that of
    all slices of the dimension, whose intervals cover on average over slices; ``tau`` is the standard deviation of the
    slices' true rates that it is based on (:mod:`judge.stats.subgroups.shrinkage`).
    """

    reference: str
    candidate: str
    dimension: str
    value: str
    criterion: str
    planned: int
    missing: int
    estimate: Estimate
    simultaneous: Estimate
    p: float | None
    p_holm: float | None
    p_bh: float | None
    shrunken: Estimate | None
    tau: float | None


class SpreadRow(Record):
    """Spread of a win rate between the slices of a dimension, observed and expected by chance.

    ``range_interval`` is the observed range with the interval of the true one, ``cv_beyond_chance`` the CV beyond
    chance with the interval of the true one: see :mod:`judge.stats.subgroups.disparity`.
    """

    reference: str
    candidate: str
    dimension: str
    criterion: str
    slices: int
    permuted: str
    worst: str | None
    worst_value: float | None
    best: str | None
    best_value: float | None
    normalised_range: float | None
    range_chance: float | None
    p_range: float | None
    cv: float | None
    cv_chance: float | None
    p_cv: float | None
    range_interval: Estimate
    cv_beyond_chance: Estimate


class DifferenceRow(Record):
    """Win rate of ``candidate`` minus that of ``base`` against the same reference, paired by item and sample.

    ``unpaired`` counts the comparisons of the slice and criterion on items that only one of the two has; they are
    excluded. Without a common item, the difference is undefined (``no_common_item``).
    """

    reference: str
    base: str
    candidate: str
    dimension: str
    value: str
    criterion: str
    estimate: Estimate
    unpaired: int
    p: float | None
    p_holm: float | None
    p_bh: float | None


class GapRow(Record):
    """How much more the slices of a dimension differ for ``candidate`` than for ``base``, beyond chance.

    ``cv_squared`` is the difference of the squared CVs beyond chance (see :mod:`judge.stats.subgroups.beyond_chance`).
    CVs are relative to the mean and fall as the win rate rises.
    """

    reference: str
    base: str
    candidate: str
    dimension: str
    criterion: str
    cv_base: float | None
    cv_candidate: float | None
    cv_squared: Estimate
    p_cv: float | None


class PoststratifiedRow(Record):
    """The win rate over a stratum's subgroups by their shares of the population, and over comparisons as judged.

    ``stratum`` is ``all`` where subgroups have no stratum. ``subgroups`` counts those with a score and a size above 0;
    ``unscored`` names those with a size and no score, whose share of the population is left out. Clustered by question,
    whatever the other intervals generalise to.
    """

    reference: str
    candidate: str
    stratum: str
    criterion: str
    subgroups: int
    estimate: Estimate
    as_judged: float | None
    unscored: tuple[str, ...] = ()


class GradeRow(Record):
    """Mean grade of a contestant, and its mean difference from ``base``, the first one, on the items of both."""

    criterion: str
    contestant: str
    base: str
    mean: Estimate
    difference: Estimate | None


PERMUTATIONS = 499


@dataclass(frozen=True)
class AnalyzeSettings:
    """Settings of `judge analyze`.

    Attributes:
        run: The run directory, or a table of judgments in two orders.
        by: Dimensions; empty: all with two values or more that do not repeat subgroups or strata.
        length_controlled: Whether to estimate win rates at equal length.
        adjust: Adjustment of p-values in the tables.
        generalize_to: What intervals and tests generalise to; None: as the run's tables.
        population_weights: A file of subgroups' sizes, for win rates by shares of the population; None: none.
        others: Further runs of the same judge, for a leaderboard of all contestants.
        inconsistent: How orders that differ are scored, in a table of judgments; None: their mean. A run has its own.
        seed: Seed of bootstrap and permutations.
        resamples: No effect: the intervals need no resamples.
        permutations: Number of permutations.
    """

    run: Path
    by: tuple[str, ...] = ()
    length_controlled: bool = False
    adjust: str = "holm"
    generalize_to: GeneralizeTo | None = None
    population_weights: Path | None = None
    others: tuple[Path, ...] = ()
    inconsistent: InconsistentRule | None = None
    seed: int = 0
    resamples: int = RESAMPLES
    permutations: int = PERMUTATIONS


class LengthRow(Record):
    """Win rate at equal length, and the plain one; ``odds_per_sd`` is the odds ratio of one SD more words."""

    reference: str
    candidate: str
    criterion: str
    plain: Estimate
    controlled: Estimate
    odds_per_sd: float | None


class PositionRow(Record):
    """Odds of the candidate when shown first over those when shown second."""

    reference: str
    candidate: str
    criterion: str
    odds_ratio: Estimate


class AnalyzeHow(Record):
    """The settings that the numbers were computed with."""

    version: str
    run: str
    judge: str
    verdicts_sha256: str
    inconsistent: str
    by: tuple[str, ...]
    adjust: str
    length_controlled: bool
    others: tuple[str, ...]
    interval: str
    clustered_by: str
    generalize_to: GeneralizeTo
    resamples: int
    permutations: int
    seed: int
    has_subgroups: bool = Field(default=True, exclude_if=bool)
    population_weights: str | None = None
    population_sha256: str | None = None
    population_unit: str | None = None


class AnalyzeSummary(Record):
    """Everything that `judge analyze` prints.

    ``leaderboards``, one per criterion, are of all given runs, where these have contestants with several opponents.
    ``grades`` are of a file of grades.
    ``labels`` has the attributes of each subgroup in words, by its id: ``Female, 35-44 years``.
    """

    how: AnalyzeHow
    warnings: tuple[str, ...]
    slices: tuple[SliceRow, ...]
    spreads: tuple[SpreadRow, ...]
    lengths: tuple[LengthRow, ...]
    positions: tuple[PositionRow, ...]
    differences: tuple[DifferenceRow, ...]
    gaps: tuple[GapRow, ...]
    leaderboards: tuple[Leaderboard, ...] = ()
    grades: tuple[GradeRow, ...] = ()
    poststratified: tuple[PoststratifiedRow, ...] = ()
    labels: dict[str, str] = Field(default_factory=dict)

    def name_of(self, row: SliceRow) -> str:
        """The slice's name for readers: a subgroup's attributes where they are known, else its value."""
        return self.labels.get(row.value, row.value) if row.dimension == "subgroup" else row.value
