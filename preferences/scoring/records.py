"""The numbers of a structured evaluation, as one record: what tables and files are drawn from."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from judge.stats.estimate import Estimate


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
    the range, ``p_cv`` the CV; ``p_holm`` and ``p_cv_holm`` are adjusted over all rows of the metric. ``n`` counts
    scores. Range and CV have no interval: docs/scoring.md says why.
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
    n: int
    questions: int
    note: str
    normalised_range: float | None
    range_chance: float | None
    range_chance_high: float | None
    p: float | None
    p_holm: float | None
    cv: float | None
    cv_chance: float | None
    cv_chance_high: float | None
    p_cv: float | None
    p_cv_holm: float | None


class SpreadDifferenceRow(_Row):
    """Range and CV of two models beside what chance alone gives each, over the items that both have a score for.

    ``range_..._excess`` is the range less its mean by chance, and ``range_difference`` candidate's less base's, without
    a test. ``cv_..._excess`` is the CV beyond chance, the root of what CV squared exceeds its mean by chance by;
    ``cv_difference`` is candidate's less base's. ``cv_squared`` is the difference of the squares, with its interval,
    and ``p_cv`` its test; ``p_cv_holm`` is adjusted over all rows of the metric. ``note`` says what is undefined.
    """

    base: str
    candidate: str
    dimension: str
    value: str
    metric: str
    n: int
    questions: int
    note: str
    range_base: float | None
    range_base_chance: float | None
    range_base_excess: float | None
    range_candidate: float | None
    range_candidate_chance: float | None
    range_candidate_excess: float | None
    range_difference: float | None
    cv_base: float | None
    cv_base_chance: float | None
    cv_base_excess: float | None
    cv_candidate: float | None
    cv_candidate_chance: float | None
    cv_candidate_excess: float | None
    cv_difference: float | None
    cv_squared: Estimate
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
