"""Training rows for fine-tuning on structured preferences: persona and question in, modal answer out."""

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

    ``openai``: ``{"messages": [system, user, assistant]}``, what OpenAI's fine-tuning and most trainers read.
    ``trl``: TRL's conversational prompt-completion form, ``{"prompt": [system, user], "completion": [assistant]}``,
    with which the loss is taken over the answer only.
    """
    messages = prompt.messages(
        persona=row.subgroup.persona or describe(row.subgroup.attributes),
        question=shown_with_scale(row.question),
        answer=str(row.modal_code),
    )
    return {"messages": messages} if form == "openai" else {"prompt": messages[:-1], "completion": messages[-1:]}


def export(path: Path, strata: Strata, *, side: str, form: Format, out: Path, prompt: str = "structured") -> int:
    """Write the rows of one side as training rows, in their order; return how many.

    Errors: no row stands on that side; ``out`` is one of the files that are read. Then no file is written.
    """
    check_outputs([out], [path, strata.path, Path(prompt)])
    loaded = load_training_prompt(prompt)
    written = 0
    with replacing(out) as file:
        for row in rows_of(path, strata, side):
            file.write(json.dumps(training_row(row, loaded, form), ensure_ascii=False) + "\n")
            written += 1
        if not written:
            raise InputError(f"no row stands on the side {side}", path=path, hint="choose another --split")
    return written
