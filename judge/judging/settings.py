"""What a user asked for, as one value: filled by the command line, written to the manifest."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from judge.core.calls.limits import Pace
from judge.core.models.open import ModelSpec
from judge.judging.plan import OrderPlan
from judge.judging.verdicts import InconsistentRule
from judge.stats.estimate import RESAMPLES


@dataclass(frozen=True)
class CompareSettings(Pace):
    """Settings of `judge compare` and `judge estimate`.

    ``planned`` is the number of responses that each contestant should have, where it is known (in a study). ``reuse``
    are other runs: what these hold of the same calls is taken over, not asked again.
    """

    files: tuple[str, ...]
    judge: ModelSpec
    prompt: str
    values: Path | None = None
    reference: str | None = None
    out: Path | None = None
    allow: frozenset[str] = frozenset()
    orders: OrderPlan = "both"
    repeats: int = 1
    limit: int | None = None
    seed: int = 0
    reply: str = "auto"
    temperature: float | None = None
    max_tokens: int | None = None
    model_seed: int | None = None
    prices: Path | None = None
    inconsistent: InconsistentRule = "mean"
    resamples: int = RESAMPLES
    yes: bool = False
    planned: int | None = None
    reuse: tuple[Path, ...] = ()
