"""An estimate with its interval, and the thresholds that decide how intervals are computed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


MIN_CLUSTERS = 5


FEW_CLUSTERS = 40


RESAMPLES = 10_000


LEVEL = 0.95


T_INTERVAL = "t interval"


UNEVEN = "uneven clusters"


NOTHING = "undefined: nothing scored"


@dataclass(frozen=True)
class Estimate:
    """A mean with its interval. ``value`` is None where nothing was counted; ``low``/``high`` where undefined.

    ``n`` is the number of scored units, ``clusters`` the number of clusters they lie in. ``note`` says why an interval
    is undefined, or what weakens it.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    clusters: int
    note: str = ""
