"""A survey in memory: respondents with their answers and attributes as indices into options and labels."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from judge.core.records import Question
from judge.stats.answers.modal import MISSING


@dataclass(frozen=True)
class Trait:
    """An attribute of N respondents.

    ``codes`` (N,) indexes ``labels``, -1 where unknown; ``values`` are the survey's codes of the labels, ascending.
    Those without a label are in no subgroup of this attribute: ``unlabelled`` counts them by code, ``no_answer`` those
    whose cell is empty or a missing code, ``outside`` those whose number is in no band (age bands from the age).
    """

    codes: NDArray[np.int16]
    labels: tuple[str, ...]
    values: tuple[int, ...]
    unlabelled: dict[int, int] = field(default_factory=dict)
    no_answer: int = 0
    outside: int = 0


@dataclass(frozen=True)
class Survey:
    """Answers of N respondents of one country to Q questions.

    ``answers`` (N, Q) holds indices into each question's codes in ascending order, -1 where the answer is missing;
    ``weights`` (N,) is there if asked for, and ``weighting`` names its column (else ``none``); ``source`` names survey
    and edition, ``sha256`` the file; ``excluded`` maps the ids of questions that are not used to the reason;
    ``unknown_codes`` counts, per question, the answers that were dropped because their code is unknown;
    ``label_differences`` holds, per question, the file's labels of the end codes that are not ours; ``duplicates`` says
    whether respondents who occur twice were looked for.
    """

    source: str
    sha256: str | None
    country: str
    country_name: str
    questions: tuple[Question, ...]
    answers: NDArray[np.int8]
    traits: dict[str, Trait]
    weights: NDArray[np.float64] | None
    weighting: str
    excluded: dict[str, str]
    unknown_codes: dict[str, int] = field(default_factory=dict)
    label_differences: dict[str, dict[str, tuple[str, str]]] = field(default_factory=dict)
    duplicates: str = "none"

    def __len__(self) -> int:
        return len(self.answers)


def in_use(answers: NDArray[np.int8], options: int) -> int:
    """How many of a question's codes occur among its (N,) answers."""
    return int((np.bincount(answers[answers != MISSING], minlength=options) > 0).sum())
