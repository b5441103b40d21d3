"""Read the scores of structured answers: the fields of `judge values score`'s summary.json that a report needs."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from judge.core.errors import InputError
from judge.core.field_errors import explain
from judge.core.files import run_directory as rundir
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
    """Candidate minus base in one slice, over items scored for both."""

    base: str
    candidate: str
    dimension: str
    value: str
    metric: str
    estimate: Estimate
    p: float | None
    p_holm: float | None


class ScoreSpread(_Read):
    """Disparity between subgroups of one model, beside its mean and 95 % quantile by chance."""

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
    """The settings with which the scores were computed."""

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
    """Read the scores that `judge values score --out FOLDER` wrote.

    Raises:
        InputError: There is no summary.json, or it is of another command.
    """
    path = folder / rundir.SUMMARY if folder.is_dir() else folder
    hint = "give the folder that `judge values score ... --out FOLDER` wrote"
    try:
        return StructuredScores.model_validate_json(path.read_bytes())
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=path, hint=hint) from None
    except ValidationError as error:
        raise InputError(f"no structured scores: {explain(error, StructuredScores)}", path=path, hint=hint) from None
