"""The prompt of a comparison where none is named: one that asks for what the responses have."""

from __future__ import annotations

from dataclasses import replace

from judge.core.files.arguments import input_path
from judge.judging.pairs.contestants import responses
from judge.judging.settings import CompareSettings

PERSONAS, GENERAL = "persona-value", "general"


def with_prompt(settings: CompareSettings) -> tuple[CompareSettings, tuple[str, ...]]:
    """Choose the prompt where the settings name none.

    Where no file's first row has a persona or a ground truth, and there is no values file, the responses are answers to
    plain questions: ``general`` compares these. Where one of the two is there, ``persona-value`` is taken, and says
    what it lacks.

    Returns:
        The settings with a prompt, and a note that says which one and why where that is not ``persona-value``.

    Raises:
        UsageError: A file is not there.
        InputError: A file's first row cannot be read.
    """
    if settings.prompt is not None:
        return settings, ()
    if settings.values is None:
        firsts = (responses(input_path(each)[1], settings.columns) for each in settings.files)
        if not any(row.persona or row.ground_truth for first in firsts for _, row in [next(first)]):
            note = (
                f"The rows have neither a persona nor a ground truth, so the prompt is `{GENERAL}`: which response is "
                f"the better answer to the question? `{PERSONAS}` needs both (--values, or fields of the rows)."
            )
            return replace(settings, prompt=GENERAL), (note,)
    return replace(settings, prompt=PERSONAS), ()
