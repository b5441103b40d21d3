"""The numbers of a structured evaluation as one record, from which tables and files are made."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import Field

from judge.core.records import Record
from judge.core.survey.answers import Status
from judge.stats.estimate import Estimate


class Answers(Record):
    """One contestant: its file, and how its replies were read.

    ``refused``, ``out_of_scale``, ``unreadable`` and ``answered`` count replies (several per item if there are
    samples); ``items`` counts items that were asked, ``missing`` those of them without a reply, and ``not_asked`` the
    items of the values that its run left out; ``unknown_ids`` counts rows whose id is not in the values.
    ``file`` and ``sha256`` are None for a baseline.
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
    not_asked: int = 0
    unknown_ids: int = 0


class ScoreRow(Record):
    """One metric of one contestant in one slice.

    ``items`` counts the items of the slice that were asked, ``answered`` those with at least one valid reply;
    ``estimate.n`` counts those with a score, ``estimate.clusters`` their questions.
    """

    contestant: str
    dimension: str
    value: str
    metric: str
    items: int
    answered: int
    estimate: Estimate


class DifferenceRow(Record):
    """Candidate minus base in one slice, over the items for which both have a score.

    ``p`` is that of the randomisation test; ``p_holm`` is adjusted over all candidates and all slices of the
    dimension, for one metric. Both are None where no item has two scores.
    """

    base: str
    candidate: str
    dimension: str
    value: str
    metric: str
    estimate: Estimate
    p: float | None
    p_holm: float | None


class SpreadRow(Record):
    """Range and CV of one metric of one contestant over the subgroups of a scope (all items, a split or a stratum).

    ``..._chance`` is the mean of the permutation distribution and ``..._chance_high`` its 95 % quantile; ``p`` tests
    the range, ``p_cv`` the CV; ``p_holm`` and ``p_cv_holm`` are adjusted over all rows of the metric. ``n`` counts
    scores. ``note`` says why a measure is None. Range and CV have no interval: docs/scoring.md gives the reason.
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


class SpreadDifferenceRow(Record):
    """Range and CV of two models beyond chance, over the items for which both have a score.

    ``range_..._excess`` is the range minus its mean by chance; ``range_difference`` is the candidate's excess minus
    the base's, without a test. ``cv_..._excess`` is the CV beyond chance: the root of CV squared minus its mean by
    chance, 0 where that is negative; ``cv_difference`` is the candidate's minus the base's. ``cv_squared`` is the
    difference of the squares with its interval, and ``p_cv`` its test; ``p_cv_holm`` is adjusted over all rows of the
    metric. ``note`` says why a measure is None.
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


@dataclass(frozen=True, slots=True)
class ReplyRow:
    """How one reply was read: its status, its code (None unless answered with a code), and the item's modal code.

    ``line`` is the line of the row in the contestant's file.
    """

    contestant: str
    item_id: str
    sample: int
    line: int
    status: Status
    code: int | None
    modal_code: int


class TrainingSeen(Record):
    """A scored model that `judge finetune` trained: its weights' fingerprint, and what of the scored items it saw.

    ``items`` are those that it was trained on, ``scored`` those of them that are scored here; ``scored_in`` has the
    latter by split.
    """

    contestant: str
    weights: str
    base: str
    rows_sha256: str
    items: int
    strata: tuple[str, ...]
    scored: int
    scored_in: dict[str, int] = Field(default_factory=dict)


class How(Record):
    """The settings with which the numbers were computed.

    ``rows`` counts the items of the values file, and ``not_asked`` those of them that no model was asked, by the runs
    that made the answers; ``questions``, ``subgroups`` and ``tied_modes`` are of the others.
    """

    target: str
    values: str
    values_sha256: str
    held_out: tuple[str, ...]
    rows: int
    not_asked: int = 0
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


class ScoreSummary(Record):
    """The result of a structured evaluation.

    ``pairs`` lists (base, candidate). ``baselines`` and ``over_baselines`` are of the baselines from training rows
    alone (over all items and each split): their scores, and each model minus each of them. ``training`` says what
    models of `judge finetune` were trained on. ``notes`` describes the baselines of ``against_chance``. ``replies`` has
    a row per reply of every file; it is written to replies.csv, not to summary.json.
    """

    how: How
    pairs: tuple[tuple[str, str], ...]
    answers: tuple[Answers, ...]
    scores: tuple[ScoreRow, ...]
    differences: tuple[DifferenceRow, ...]
    spreads: tuple[SpreadRow, ...]
    spread_differences: tuple[SpreadDifferenceRow, ...]
    baselines: tuple[ScoreRow, ...] = ()
    over_baselines: tuple[DifferenceRow, ...] = ()
    training: tuple[TrainingSeen, ...] = ()
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    replies: tuple[ReplyRow, ...] = Field(default=(), exclude=True, repr=False)
