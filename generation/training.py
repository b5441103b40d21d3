"""What a fine-tuned model was trained on and with which prompt, in the run that asks it."""

from __future__ import annotations

import shutil
from pathlib import Path

from judge.core.errors import UsageError
from judge.core.files.manifest import TrainedOn
from judge.core.files.run_directory import replacing
from judge.core.files.training_manifest import ROWS, trained_on, training_folder
from judge.generation.settings import GenerateSettings
from judge.prompts.persona import SpeakingPrompt

TRAINED_ROWS = "trained-rows.jsonl"  # in the run: the list of the training rows


def training_of(settings: GenerateSettings) -> TrainedOn | None:
    """Return what the run's model was trained on, as its directory says it, or the one given for a served model.

    Raises:
        UsageError: The directory given for a served model is not of a finished run of `judge finetune`.
    """
    folder = _folder(settings)
    found = None if folder is None else trained_on(folder)
    if found is None and settings.trained is not None:
        raise UsageError(
            f"--trained {settings.trained}: no finished run of judge finetune there", hint="give the --out of that run"
        )
    return found


def keep_training_rows(settings: GenerateSettings, run: Path) -> None:
    """Copy the list of the training rows into the run, so that a score can name them without the model."""
    folder = _folder(settings)
    assert folder is not None
    with (training_folder(folder) / ROWS).open(encoding="utf-8") as source, replacing(run / TRAINED_ROWS) as target:
        shutil.copyfileobj(source, target)


def prompt_warning(trained: TrainedOn | None, prompt: SpeakingPrompt, settings: GenerateSettings) -> str | None:
    """Say where the model is asked in other words than it was trained on; None where it is not."""
    if trained is None:
        return None
    here = prompt.ref
    asked_alike = (
        here == trained.prompt if settings.structured else _persona(here.name) == _persona(trained.prompt.name)
    )
    if asked_alike:
        if settings.structured and not settings.model.local and settings.structured_output != "text":
            return (
                "the model was trained to write a line, and is asked for JSON where the server has it: "
                "--structured-output text asks for the line"
            )
        return None
    return (
        f"the model was trained with the prompt {trained.prompt.name} version {trained.prompt.version} "
        f"({trained.prompt.sha256[:8]}), and is asked with {here.name} version {here.version} ({here.sha256[:8]})"
    )


def _persona(name: str) -> str:
    return name.partition("+")[0]


def _folder(settings: GenerateSettings) -> Path | None:
    if not settings.model.local:
        return settings.trained
    return settings.model.adapter or Path(settings.model.spec.model)
