"""Worked examples of the papers that define the coefficients."""

from __future__ import annotations

import numpy as np

from judge.stats.agreement.ratings import IntArray

# Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, section C: observers A to D, units 1 to 12.
_OBSERVERS = ("123321412...", "1233224125.3", ".3332342251.", "12332441251.")
KRIPPENDORFF: IntArray = np.array([[-1 if each == "." else int(each) - 1 for each in row] for row in _OBSERVERS]).T

# Fleiss (1971), Psychological Bulletin 76(5), table 1: 30 patients, 6 psychiatrists, 5 diagnoses.
FLEISS = np.array(
    [
        [int(count) for count in row]
        for row in (
            "00060 03003 01401 00006 03030 20400 00402 20310 20040 00006 10050 11040 03300 10050 02031 00501 30012 "
            "51000 02040 10203 00006 01050 02013 20040 10041 05010 40002 02040 10500 00006"
        ).split()
    ],
    dtype=np.float64,
)

# Cohen (1968), Psychological Bulletin 70(4), table 1: 200 patients, and what each disagreement counts.
COHEN = np.array([[88.0, 10, 2], [14, 40, 6], [18, 10, 12]])
COHEN_WEIGHTS = np.array([[0.0, 1, 3], [1, 0, 6], [3, 6, 0]])

# Gwet (2002), Kappa Statistic is not Satisfactory for Assessing the Extent of Agreement Between Raters: 125 subjects.
GWET = np.array([[118.0, 5], [2, 0]])


def letters(*raters: str) -> IntArray:
    """Codes (U, R) of raters' labels, one character each; a point is no rating."""
    known = sorted(set("".join(raters)) - {"."})
    return np.array([[-1 if each == "." else known.index(each) for each in row] for row in raters]).T


# Krippendorff (2011), sections A (two observers, two values) and B (two observers, five values).
MEG_OWEN = letters("0100000010", "1110010000")
BEN_GERRY = letters("aabbdcccedda", "babbbccceddd")

# Gwet (2014), Handbook of Inter-Rater Reliability, 4th ed.: raters' labels, and two tables of two raters. What his
# package irrCAC gives for them stands in its documentation and tests.
GWET_OBSERVERS = letters("112.001122.0131", "1130000.2110231", "203000222100221", ".13....0.10022.", "2..0001.2....31")
GWET_GROUPS = letters("abccbadab...bb", "abccbbdabe..ba", ".cccbcdbbeaccc", "abccbddabea.bb")
GWET_GENDER = letters("aaaaabbbcaaaaab", "aaaababccaaaaba", "abbcaabbcabbcaa", "ccccaabbcccccaa")
GWET_BEN_GERRY = letters("aabbdcccedda", "babbbccce.dd")
GWET_PREGNANCIES = np.array([[13.0, 0, 0], [0, 20, 7], [0, 4, 56]])
GWET_DIAGNOSES = np.array([[40.0, 4, 4, 17], [6, 25, 2, 13], [4, 1, 21, 12], [15, 5, 9, 45]])


def codes_of(counts: np.ndarray) -> IntArray:
    """Raters' codes (U, R) that give these counts of labels (U, V); who gave which is arbitrary."""
    raters = int(counts.sum(axis=1).max())
    rows = [np.repeat(np.arange(counts.shape[1]), row.astype(int)) for row in counts]
    return np.array([np.concatenate([row, np.full(raters - len(row), -1)]) for row in rows])


def pair_of(table: np.ndarray) -> IntArray:
    """Two raters' codes (U, 2) that give this joint table."""
    return np.array([[i, j] for i, j in np.ndindex(table.shape) for _ in range(int(table[i, j]))])
