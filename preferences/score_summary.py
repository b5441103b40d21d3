"""The numbers of a structured evaluation, as one record: what tables and files are drawn from."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from judge.stats.bootstrap import Estimate


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Answers(_Row):
    """Who was scored, and how the replies were read. ``unknown_ids`` counts rows that were left out.

    ``refused`` ... ``unreadable`` count replies (several per item, if there are samples), ``missing`` items.
    """

    contestant: str
    baseline: bool
    file: str | None = None
    sha256: str | None = None
    items: int
    answered: int
    refused: int
    out_of_scale: int
    unreadable: int
    missing: int
    unknown_ids: int = 0


class ScoreRow(_Row):
    """One metric of one contestant in one slice. ``answered`` counts items with a score or at least one valid reply."""

    contestant: str
    dimension: str
    value: str
    metric: str
    items: int
    answered: int
    estimate: Estimate


class DifferenceRow(_Row):
    """Candidate less base in one slice, over the items that both have a score for.

    ``p_holm`` is adjusted over all candidates and all slices of the dimension, for one metric.
    """

    base: str
    candidate: str
    dimension: str
    value: str
    metric: str
    estimate: Estimate
    p: float | None
    p_holm: float | None


class SpreadRow(_Row):
    """How far one metric of one contestant differs between the subgroups of a scope (all, a split, or a stratum).

    ``..._chance`` is the mean of the permutation distribution and ``..._chance_high`` its 95 % quantile; ``p`` tests
    the range, ``p_cv`` the CV; ``p_holm`` and ``p_cv_holm`` are adjusted over all rows of the metric.
    """

    contestant: str
    dimension: str
    value: str
    metric: str
    subgroups: int
    lowest: str | None
    lowest_value: float | None
    highest: str | None
    highest_value: float | None
    normalised_range: Estimate
    range_chance: float | None
    range_chance_high: float | None
    p: float | None
    p_holm: float | None
    cv: Estimate
    cv_chance: float | None
    cv_chance_high: float | None
    p_cv: float | None
    p_cv_holm: float | None


class SpreadDifferenceRow(_Row):
    """Candidate's range and CV less the base's, over the items that both have a score for."""

    base: str
    candidate: str
    dimension: str
    value: str
    metric: str
    normalised_range: Estimate
    p: float | None
    p_holm: float | None
    cv: Estimate
    p_cv: float | None
    p_cv_holm: float | None


class How(_Row):
    """The settings that the numbers were computed with."""

    target: str
    values: str
    values_sha256: str
    held_out: tuple[str, ...]
    rows: int
    questions: int
    subgroups: int
    tied_modes: int
    sources: tuple[str, ...]
    interval: str
    level: float
    resamples: int
    permutations: int
    swaps: int
    seed: int
    versions: dict[str, str]


class ScoreSummary(_Row):
    """Everything that is printed and written. ``pairs`` lists (base, candidate); ``notes`` say what baselines are."""

    how: How
    pairs: tuple[tuple[str, str], ...]
    answers: tuple[Answers, ...]
    scores: tuple[ScoreRow, ...]
    differences: tuple[DifferenceRow, ...]
    spreads: tuple[SpreadRow, ...]
    spread_differences: tuple[SpreadDifferenceRow, ...]
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
