"""Estimates with their intervals, and the thresholds that determine how intervals are computed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, PlainSerializer, computed_field

from judge.stats.notes import FEW_CLUSTERS, MIN_CLUSTERS, Flag, Method, note_of

__all__ = ["COLUMNS", "FEW_CLUSTERS", "LEVEL", "MIN_CLUSTERS", "RESAMPLES", "Estimate", "Flag", "FloatArray", "Method"]

FloatArray = NDArray[np.float64]
Flags = Annotated[frozenset[Flag], PlainSerializer(sorted, return_type=list[str])]

RESAMPLES = 10_000
LEVEL = 0.95
COLUMNS = ("value", "low", "high", "n", "clusters", "note")  # of an estimate in CSV files


@dataclass(frozen=True)
class Estimate:
    """A value with its interval.

    Records store it as a JSON object of these fields and ``note``. Records written before ``method`` and ``flags``
    existed are read with ``method`` None and no flags: how such an interval was computed is unknown.

    Attributes:
        value: The estimate; None if no unit was scored or the statistic is undefined.
        low: Lower end of the interval; None where it is undefined.
        high: Upper end of the interval; None where it is undefined.
        n: Number of scored units.
        clusters: Number of clusters that these units belong to.
        method: How the interval was computed; None where there is none.
        flags: What weakens the interval (few or uneven clusters, no variation), or why it or the value is undefined.
        degrees_of_freedom: Degrees of freedom of a t interval; None for other methods.
        lost: Number of resamples in which the statistic is undefined, and number of all resamples; None if it is
            defined in all of them.
        family: Number of intervals that cover their values simultaneously; None for a single interval.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="ignore")

    value: float | None
    low: float | None
    high: float | None
    n: int
    clusters: int
    method: Method | None = None
    flags: Flags = frozenset()
    degrees_of_freedom: float | None = None
    lost: tuple[int, int] | None = None
    family: int | None = None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def note(self) -> str:
        """One sentence from ``method`` and ``flags``; empty where nothing weakens the interval."""
        return note_of(
            self.method,
            self.flags,
            clusters=self.clusters,
            has_interval=self.low is not None,
            degrees_of_freedom=self.degrees_of_freedom,
            lost=self.lost,
            family=self.family,
        )

    @property
    def defined(self) -> bool:
        """Whether there is an interval."""
        return self.low is not None and self.high is not None


def undefined(reason: Flag, n: int = 0, clusters: int = 0, value: float | None = None) -> Estimate:
    """Build an estimate without an interval, and without a value unless one is given.

    Args:
        reason: Why the interval (and the value, if None) is undefined.
        n: Number of scored units.
        clusters: Number of clusters that these units belong to.
        value: The value, if it is defined.
    """
    return Estimate(value, None, None, n, clusters, flags=frozenset({reason}))


def with_lost(estimate: Estimate, lost: int, resamples: int) -> Estimate:
    """Add the number of resamples in which the statistic is undefined; unchanged if there are none.

    Args:
        estimate: The estimate.
        lost: Number of resamples in which the statistic is undefined.
        resamples: Number of all resamples.
    """
    if not lost:
        return estimate
    return replace(estimate, flags=estimate.flags | {"lost_resamples"}, lost=(lost, resamples))
