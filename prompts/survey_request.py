"""What a model is sent to ask a survey question of a subgroup: the same to train it and to ask it."""

from __future__ import annotations

from judge.core.records import GroundTruth
from judge.prompts.persona import SpeakingPrompt
from judge.prompts.question import shown_with_scale
from judge.prompts.wording import Described, describe

_NO_WORDS = (0, 0)  # a number has no length in words


def described(truth: GroundTruth) -> Described:
    """Describe a row's subgroup in words."""
    group = truth.subgroup
    return describe(group.attributes, truth.country, own=group.persona)


def survey_request(prompt: SpeakingPrompt, truth: GroundTruth) -> tuple[str, str]:
    """Return the system and the user text that ask for the number of an answer, as a line.

    Args:
        prompt: A persona phrasing with the task ``structured``.
        truth: The row of the values file.

    Raises:
        InputError: A code of the question has no label.
    """
    return prompt.system(described(truth)), prompt.user(shown_with_scale(truth.question), words=_NO_WORDS, json=False)


def answer_line(code: int) -> str:
    """Return the line that :func:`survey_request` asks for."""
    return f"Answer: {code}"
