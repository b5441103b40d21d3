"""The respondents of the synthetic survey, by exact quotas, so that the strata have the study's subgroups.

Invented, in the shape of the real Singapore sample: 2,012 respondents, 1,088 women and 924 men, aged 21 to 91. No
random number is involved: quotas decide who belongs to which group.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

WOMEN, MEN = 1088, 924
AGES = {1: (21, 24), 2: (25, 34), 3: (35, 44), 4: (45, 54), 5: (55, 64), 6: (65, 91)}
NO_ANSWER = -2
_CHINESE, _MALAY, _INDIAN, _WHITE, _EURASIAN, _OTHERS = 702004, 702006, 702003, 702001, 702008, 702999

# Ethnicity (Q290), then religion (Q289): respondents. They sum to 2,012.
_BLOCKS: dict[int, dict[int, int]] = {
    _CHINESE: {7: 520, 0: 410, 2: 190, 1: 112, 9: 194, 8: 22, 5: 8, NO_ANSWER: 26},
    _MALAY: {5: 252, 0: 5, NO_ANSWER: 3},
    _INDIAN: {6: 110, 5: 46, 1: 14, 2: 7, 0: 6, 9: 9},
    _WHITE: {0: 9, 1: 5, 2: 3, 3: 2},
    _EURASIAN: {1: 13, 2: 4, 0: 4},
    _OTHERS: {1: 9, 7: 4, 5: 5, 6: 4, 0: 4, 2: 2},
    NO_ANSWER: {7: 4, 0: 6},
}
# Shares of the six age bands, by religion; others as in the last entry.
_AGE_SHARES: dict[int | None, tuple[float, ...]] = {
    7: (0.05, 0.16, 0.19, 0.20, 0.20, 0.20),
    0: (0.10, 0.24, 0.22, 0.17, 0.14, 0.13),
    2: (0.07, 0.18, 0.21, 0.21, 0.19, 0.14),
    9: (0.06, 0.13, 0.14, 0.21, 0.23, 0.23),
    5: (0.09, 0.21, 0.20, 0.18, 0.18, 0.14),
    None: (0.06, 0.19, 0.23, 0.22, 0.17, 0.13),
}


def population() -> dict[str, NDArray[np.int64]]:
    """Columns Q290, Q289, X003R, Q260 and Q262 of the 2,012 respondents, in a fixed order."""
    ethnicity: list[int] = []
    religion: list[int] = []
    band: list[int] = []
    for group, religions in _BLOCKS.items():
        for belief, size in religions.items():
            for number, people in enumerate(_quotas(_AGE_SHARES.get(belief, _AGE_SHARES[None]), size), start=1):
                ethnicity += [group] * people
                religion += [belief] * people
                band += [number] * people
    bands = np.array(band)
    return {
        "Q290": np.array(ethnicity),
        "Q289": np.array(religion),
        "X003R": bands,
        "Q260": _sexes(len(band)),
        "Q262": _ages(bands),
    }


def _quotas(shares: tuple[float, ...], size: int) -> list[int]:
    """Whole numbers that sum to ``size``, by largest remainders; ties go to the earlier band."""
    exact = [share * size / sum(shares) for share in shares]
    whole = [int(number) for number in exact]
    order = sorted(range(len(exact)), key=lambda at: (whole[at] - exact[at], at))
    for at in order[: size - sum(whole)]:
        whole[at] += 1
    return whole


def _sexes(size: int) -> NDArray[np.int64]:
    """Women (2) and men (1), evenly interleaved, so that every run of respondents has the same share."""
    steps = np.arange(size + 1) * WOMEN // (WOMEN + MEN)
    return np.where(np.diff(steps) > 0, 2, 1)


def _ages(bands: NDArray[np.int64]) -> NDArray[np.int64]:
    """Ages spread evenly over each band, first and last year included."""
    ages = np.zeros(len(bands), dtype=np.int64)
    for band, (first, last) in AGES.items():
        rows = np.flatnonzero(bands == band)
        ages[rows] = first + np.arange(len(rows)) * 7 % (last - first + 1)
    return ages
