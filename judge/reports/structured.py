"""Structured scores as the report reads them: summary.json of `judge values score`, by the fields that it needs."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from judge.core.errors import InputError
from judge.core.files import run_directory as rundir
from judge.core.files.rows import explain
from judge.stats.estimate import Estimate


class _Read(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Score(_Read):
    """One metric of one model in one slice."""

    contestant: str
    dimension: str
    value: str
    metric: str
    items: int
    answered: int
    estimate: Estimate


class ScoreDifference(_Read):
    """Candidate less base in one slice, over the items that both have a score for."""

    base: str
    candidate: str
    dimension: str
    value: str
    metric: str
    estimate: Estimate
    p: float | None
    p_holm: float | None


class ScoreSpread(_Read):
    """How far subgroups differ for one model, and what chance alone would give: its mean and its 95 % quantile."""

    contestant: str
    dimension: str
    value: str
    metric: str
    subgroups: int
    note: str
    normalised_range: float | None
    range_chance: float | None
    range_chance_high: float | None
    p: float | None
    cv: float | None
    cv_chance: float | None
    cv_chance_high: float | None
    p_cv: float | None


class ScoresHow(_Read):
    """What the scores were computed with."""

    target: str
    values: str
    values_sha256: str
    interval: str
    resamples: int
    permutations: int
    seed: int


class StructuredScores(_Read):
    """The scores of some models. ``pairs`` lists (base, candidate)."""

    how: ScoresHow
    pairs: tuple[tuple[str, str], ...]
    scores: tuple[Score, ...]
    differences: tuple[ScoreDifference, ...]
    spreads: tuple[ScoreSpread, ...]
    warnings: tuple[str, ...] = ()


def read_structured(folder: Path) -> StructuredScores:
    """Read what `judge values score --out FOLDER` wrote. Errors: it is not there; it is something else."""
    path = folder / rundir.SUMMARY if folder.is_dir() else folder
    hint = "give the folder that `judge values score ... --out FOLDER` wrote"
    try:
        return StructuredScores.model_validate_json(path.read_bytes())
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=path, hint=hint) from None
    except ValidationError as error:
        raise InputError(f"no structured scores: {explain(error)}", path=path, hint=hint) from None
