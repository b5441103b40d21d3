"""Settings and results of `judge analyze`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from judge.core.records import Record
from judge.stats.estimate import RESAMPLES, Estimate


class SliceRow(Record):
    """A win rate in one slice. ``p`` tests parity (.5); the adjusted ones are over all slices of one dimension.

    ``simultaneous`` is an interval of a level at which those of all slices of the dimension hold at once.
    ``shrunken`` is the empirical-Bayes estimate, ``tau`` the standard deviation of the slices' true rates it rests on.
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
    shrunken: float | None
    tau: float | None


class SpreadRow(Record):
    """How far a win rate differs between the slices of a dimension, and how far it would by chance.

    ``range_interval`` is the observed range with the interval of the true one, ``cv_beyond_chance`` the CV less what
    chance adds with that of the true one: see :mod:`judge.stats.subgroups.disparity`.
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

    ``unpaired`` counts the comparisons of either on items that the other one lacks; they are excluded. Without an item
    in common, the difference is undefined (``no_common_item``).
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
    """By how much more the slices of a dimension differ for ``candidate`` than for ``base``, beyond chance.

    ``cv_squared`` is the difference of the squared CVs beyond chance (see ``stats.subgroups.beyond_chance``): the CVs
    themselves fall as the win rate rises.
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


class StrengthRow(Record):
    """Log strength of a contestant less the first one's, under one criterion, over all runs given."""

    criterion: str
    contestant: str
    strength: Estimate
    never_met: tuple[tuple[str, str], ...]


PERMUTATIONS = 499


@dataclass(frozen=True)
class AnalyzeSettings:
    """What to compute. ``by`` names dimensions [all that tell apart]; ``two_way`` clusters by question and subgroup.

    ``others`` are further runs of the same judge, for strengths over all contestants.
    """

    run: Path
    by: tuple[str, ...] = ()
    length_controlled: bool = False
    adjust: str = "holm"
    two_way: bool = False
    others: tuple[Path, ...] = ()
    seed: int = 0
    resamples: int = RESAMPLES
    permutations: int = PERMUTATIONS


class LengthRow(Record):
    """Win rate at equal length, beside the plain one; ``odds_per_sd`` is the odds ratio of one SD more words."""

    reference: str
    candidate: str
    criterion: str
    plain: Estimate
    controlled: Estimate
    odds_per_sd: float | None


class PositionRow(Record):
    """Odds of the candidate shown first over those shown second."""

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
    resamples: int
    permutations: int
    seed: int


class AnalyzeSummary(Record):
    """Everything that `judge analyze` prints."""

    how: AnalyzeHow
    warnings: tuple[str, ...]
    slices: tuple[SliceRow, ...]
    spreads: tuple[SpreadRow, ...]
    lengths: tuple[LengthRow, ...]
    positions: tuple[PositionRow, ...]
    differences: tuple[DifferenceRow, ...]
    gaps: tuple[GapRow, ...]
    strengths: tuple[StrengthRow, ...] = ()
