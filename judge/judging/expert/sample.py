"""Which comparisons of a run an expert judge reads, by the verdicts of the cheap judge."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from judge.core.files.manifest import ExpertDesign
from judge.core.records import Outcome, Verdict
from judge.stats.agreement.ratings import IntArray
from judge.stats.estimate import FloatArray
from judge.stats.win_rates.expert_design import sample_weights

# The cheap judge's uncertainty: where it names no winner in both orders, the expert's verdict is open.
STRATA = ("win", "loss", "tie or inconsistent")
_STRATUM: dict[Outcome, int] = {"win": 0, "loss": 1, "tie": 2, "inconsistent": 2}

_LEAST, _MOST, _OF_ALL, _OF_SAMPLE = 40, 200, 0.03, 4


def permanent_number(seed: int, comparison_id: str) -> float:
    """Return the random number in [0, 1) of a comparison, by which it is in the sample: fixed by the seed."""
    digest = hashlib.sha256(f"{seed}|expert|{comparison_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def pilot_chance(comparisons: int, pairs: int, share: float | None) -> float:
    """Return the chance of a comparison to be in the pilot.

    Args:
        comparisons: The comparisons that the cheap judge read.
        pairs: The pairs of contestants among them.
        share: The share that the expert reads in all; None where R2 and the prices decide.

    Returns:
        A chance that gives a quarter of the sample, and 40 comparisons of each pair or more; without a share 3 % of
        all, 40 to 200 of each pair.
    """
    wanted = comparisons * (_OF_ALL if share is None else share / _OF_SAMPLE)
    wanted = max(_LEAST * pairs, min(wanted, _MOST * pairs) if share is None else wanted)
    most = 1.0 if share is None else share
    return min(most, wanted / max(1, comparisons))


@dataclass(frozen=True)
class Frame:
    """The comparisons of which a sample is drawn: those with a verdict of the cheap judge, in planned sequence.

    Attributes:
        ids: Their ids (n,).
        numbers: Their permanent random numbers (n,).
        strata: The place of their stratum in ``STRATA`` (n,).
        scores: The cheap judge's scores (n,); NaN where inconsistent comparisons have none.
        questions: Question numbers (n,).
        pairs: The number of pairs of contestants.
    """

    ids: tuple[str, ...]
    numbers: FloatArray
    strata: IntArray
    scores: FloatArray
    questions: IntArray
    pairs: int

    def chosen(self, pilot: float, design: ExpertDesign | None) -> frozenset[str]:
        """The ids of the sample: the pilot, and with a design all."""
        chance = np.full(len(self.ids), pilot) if design is None else chances_of(design)[self.strata]
        return frozenset(name for name, taken in zip(self.ids, self.numbers < chance, strict=True) if taken)

    def sizes(self) -> IntArray:
        """Comparisons of each stratum."""
        return np.bincount(self.strata, minlength=len(STRATA))


def frame_of(verdicts: Iterable[Verdict], criterion: str, seed: int) -> Frame:
    """Make the frame of a run from its verdicts under the criterion that the sample is allocated by."""
    rows = [row for row in verdicts if row.criterion == criterion and row.outcome != "missing"]
    names = np.array([row.question_id for row in rows], dtype=str)
    return Frame(
        tuple(row.comparison_id for row in rows),
        np.array([permanent_number(seed, row.comparison_id) for row in rows], dtype=np.float64),
        np.array([_STRATUM[row.outcome] for row in rows], dtype=np.int64),
        np.array([row.score for row in rows], dtype=np.float64),
        np.unique(names, return_inverse=True)[1].astype(np.int64),
        len({(row.reference, row.candidate) for row in rows}),
    )


def chances_of(design: ExpertDesign) -> FloatArray:
    """The chances of the strata, in the order of ``STRATA``."""
    by_name = {stratum.name: stratum.chance for stratum in design.strata}
    return np.array([by_name[name] for name in STRATA])


def weights_of(frame: Frame, pilot: float, design: ExpertDesign | None) -> FloatArray:
    """The weights of the frame's comparisons (n,): 0 outside the sample."""
    if design is None:
        return np.where(frame.numbers < pilot, 1 / pilot, 0.0)
    return sample_weights(frame.numbers, chances_of(design)[frame.strata], pilot, design.share)
