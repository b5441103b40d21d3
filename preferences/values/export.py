"""Training rows for fine-tuning on structured preferences: persona and question as input, modal answer as output."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from judge.core.errors import InputError
from judge.core.files.outputs import check_outputs
from judge.core.files.run_directory import replacing
from judge.core.records import GroundTruth
from judge.core.survey.values import describe
from judge.preferences.values.split import rows_of
from judge.preferences.values.strata import Strata
from judge.prompts.question import shown_with_scale
from judge.prompts.training_rows import TrainingPrompt, load_training_prompt

Format = Literal["openai", "trl"]


def training_row(row: GroundTruth, prompt: TrainingPrompt, form: Format) -> dict[str, Any]:
    """One ground-truth row as a chat row.

    Args:
        row: the ground truth.
        prompt: the wording.
        form: ``openai``: ``{"messages": [system, user, assistant]}``, for OpenAI's fine-tuning and most trainers;
            ``trl``: TRL's prompt-completion form ``{"prompt": [system, user], "completion": [assistant]}``, with which
            the loss is over the answer only.
    """
    messages = prompt.messages(
        persona=row.subgroup.persona or describe(row.subgroup.attributes),
        question=shown_with_scale(row.question),
        answer=str(row.modal_code),
    )
    return {"messages": messages} if form == "openai" else {"prompt": messages[:-1], "completion": messages[-1:]}


def export(path: Path, strata: Strata, *, side: str, form: Format, out: Path, prompt: str = "structured") -> int:
    """Write the rows of one side as training rows, in their order.

    Args:
        path: the values file.
        strata: definitions of its strata.
        side: ``train``, ``ood`` or ``all``.
        form: the format of the rows.
        out: the file to write.
        prompt: the name or file of the wording.

    Returns:
        The number of rows.

    Raises:
        InputError: no row is on that side. No file is written.
        UsageError: ``out`` is an input, or cannot be written.
        PromptError: the prompt cannot be used.
    """
    check_outputs([out], [path, strata.path, Path(prompt)])
    loaded = load_training_prompt(prompt)
    written = 0
    with replacing(out) as file:
        for row in rows_of(path, strata, side):
            file.write(json.dumps(training_row(row, loaded, form), ensure_ascii=False) + "\n")
            written += 1
        if not written:
            raise InputError(f"no row is on the side {side}", path=path, hint="choose another --split")
    return written
