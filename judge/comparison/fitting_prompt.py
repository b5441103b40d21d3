"""The prompt of a comparison where none is named: one that asks for what the responses have."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from judge.core.files.arguments import input_path
from judge.core.records import Response
from judge.judging.pairs.contestants import checked_responses
from judge.judging.settings import CompareSettings
from judge.responses.read import open_responses

PERSONAS, GENERAL = "persona-value", "general"


def with_prompt(settings: CompareSettings) -> tuple[CompareSettings, tuple[str, ...]]:
    """Choose the prompt where the settings name none.

    Where no file's first row has a persona or a ground truth, and there is no values file, the responses are answers to
    plain questions: ``general`` compares these. A ground truth that an evaluation tool wrote (lm-eval's target) is the
    solution of a task, not a subgroup's answer, and does not count. Where one of the two is there, ``persona-value`` is
    taken, and says what it lacks.

    Returns:
        The settings with a prompt, and a note that says which one and why where that is not ``persona-value``.

    Raises:
        UsageError: A file is not there.
        InputError: A file's first row cannot be read.
    """
    if settings.prompt is not None:
        return settings, ()
    if settings.values is None:
        found = [_first_row(input_path(each)[1], settings) for each in settings.files]
        if not any(row.persona or (row.ground_truth and not is_of_tool) for row, is_of_tool in found):
            lacks, rest = "neither a persona nor a ground truth", ""
            if any(row.ground_truth for row, _ in found):
                lacks, rest = "no persona", " The tasks' targets are not shown to the judge."
            note = (
                f"The rows have {lacks}, so the prompt is `{GENERAL}`: which response is the better answer to the "
                f"question?{rest}"
            )
            return replace(settings, prompt=GENERAL), (note,)
    return replace(settings, prompt=PERSONAS), ()


def _first_row(path: Path, settings: CompareSettings) -> tuple[Response, bool]:
    """A file's first row, and whether an evaluation tool wrote it."""
    source = open_responses(path, settings.columns)
    return next(checked_responses(source, path))[1], source.read_as.tool is not None
