"""A survey in memory: answers and attributes of respondents as indices into codes and labels."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from judge.core.records import Question
from judge.stats.answers.modal import MISSING


@dataclass(frozen=True)
class Trait:
    """An attribute of N respondents.

    Respondents with index -1 are in no subgroup of this attribute; the three counts give the reasons.

    Attributes:
        codes: index (N,) into ``labels``, -1 where unknown.
        labels: by ascending code.
        values: the survey's codes of the labels, ascending.
        unlabelled: respondents whose code has no label, by code.
        no_answer: respondents whose cell is empty or a missing code.
        outside: respondents whose number is in no band (age bands computed from the age).
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

    Attributes:
        source: the survey and its edition.
        sha256: hex digest of the file; None for a survey in memory.
        country: its code.
        country_name: its name in personas.
        questions: the questions used.
        answers: index (N, Q) into each question's codes in ascending order, -1 where the answer is missing.
        traits: attributes by name.
        weights: (N,), if asked for.
        weighting: the weight's column, or ``none``.
        excluded: ids of questions that are not used -> the reason.
        expected: number of questions that a file of this country should have.
        unknown_codes: question or attribute -> number of cells dropped because their code or label is unknown.
        label_differences: question -> end code -> (the file's label, the catalogue's), where the words differ.
        duplicates: ``none``, or why duplicate respondents were not looked for.
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
    expected: int = 0
    unknown_codes: dict[str, int] = field(default_factory=dict)
    label_differences: dict[str, dict[str, tuple[str, str]]] = field(default_factory=dict)
    duplicates: str = "none"

    def __len__(self) -> int:
        return len(self.answers)


def in_use(answers: NDArray[np.int8], options: int) -> int:
    """Number of a question's codes that occur among its answers (N,); ``options`` is the number of its codes."""
    return int((np.bincount(answers[answers != MISSING], minlength=options) > 0).sum())
