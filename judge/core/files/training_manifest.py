"""The manifest of a training run, beside its weights: what was trained on what, so that a score can name it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from judge.core.errors import RunDirectoryError
from judge.core.field_errors import explain
from judge.core.files.manifest import Part, TrainedOn
from judge.core.records import PromptRef, Record

FOLDER = "training"  # beside the weights: their fingerprint covers the files of their own folder alone
MANIFEST, ROWS, CHECKPOINTS = "manifest.json", "rows.jsonl", "checkpoints"


class TrainedRow(Record):
    """One item of the values file that a model was trained on, or whose loss was measured (``part`` dev)."""

    item_id: str
    question_id: str
    stratum: str
    subgroup: str
    code: int
    part: Literal["train", "dev"]


class TrainingConfiguration(Part):
    """What decides the weights. Two runs with equal configurations are one run."""

    values_sha256: str
    rows_sha256: str
    prompt: PromptRef
    persona_prompt: str
    target: Literal["mode", "distribution"]
    base: str
    weights: str
    chat_template: str | None = None
    method: Literal["lora", "qlora", "full"]
    rank: int | None = None
    alpha: int | None = None
    dropout: float | None = None
    learning_rate: float
    epochs: float | None = None
    max_steps: int | None = None
    batch_size: int
    accumulate: int
    processes: int
    max_length: int
    eval_every: int
    patience: int
    seed: int


class LossPoint(Part):
    """The loss after a step: of the training rows since the last point, or of the dev rows; null is not measured."""

    step: int
    loss: float | None = None
    dev_loss: float | None = None


class TrainingResults(Part):
    """What came of it.

    ``adapter`` is the fingerprint of the weights, as `judge generate` records it; ``weights_sha256`` is of the file of
    weights alone. With dev rows the weights are those of ``best_step``, where their loss was least.
    """

    adapter: str
    weights_sha256: str
    steps: int
    planned_steps: int
    stopped_early: bool
    best_step: int | None = None
    losses: tuple[LossPoint, ...] = ()
    device: str = ""
    wall_seconds: float = 0.0


class TrainingManifest(Part):
    """What makes a training run reproducible. ``side`` and ``strata`` say which rows of the values were used."""

    schema_version: int = 1
    persona_judge: str
    created: str
    updated: str
    python: str
    packages: dict[str, str] = Field(default_factory=dict)
    configuration: TrainingConfiguration
    values: str
    side: str
    strata: tuple[str, ...]
    train_rows: int
    train_items: int
    train_questions: int
    dev_rows: int
    dev_questions: int
    results: TrainingResults | None = None


def rows_sha256(rows: Sequence[TrainedRow]) -> str:
    """Compute the sha256 of the rows, in their order."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(f"{row.part}\n{row.item_id}\n{row.code}\n".encode())
    return digest.hexdigest()


def training_folder(adapter: Path) -> Path:
    """Return the folder of the manifest beside an adapter's weights."""
    return adapter / FOLDER


def read_training(adapter: Path) -> TrainingManifest | None:
    """Return the manifest of a trained adapter or model; None where no run of this program made it.

    Raises:
        RunDirectoryError: The manifest cannot be read.
    """
    path = training_folder(adapter) / MANIFEST
    try:
        return TrainingManifest.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except ValidationError as error:
        problem = explain(error, TrainingManifest)
        raise RunDirectoryError(f"{path}: {problem}", hint="restore it, or give another --out") from None
    except (OSError, ValueError) as error:
        raise RunDirectoryError(f"{path}: cannot be read: {error}", hint="restore it, or give another --out") from None


def trained_on(folder: Path) -> TrainedOn | None:
    """Return what a finished training run says of its weights; None where there is none.

    Raises:
        RunDirectoryError: The manifest cannot be read.
    """
    manifest = read_training(folder)
    if manifest is None or manifest.results is None:
        return None
    config = manifest.configuration
    return TrainedOn(
        weights=manifest.results.adapter,
        base=config.base,
        values_sha256=config.values_sha256,
        rows_sha256=config.rows_sha256,
        items=manifest.train_items,
        questions=manifest.train_questions,
        strata=manifest.strata,
        target=config.target,
        prompt=config.prompt,
    )


def read_trained_rows(path: Path) -> list[TrainedRow]:
    """Read the list of training rows that a training run wrote, or its copy in a generation run.

    Raises:
        RunDirectoryError: It cannot be read.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        return [TrainedRow.model_validate_json(line) for line in lines]
    except (OSError, ValueError) as error:
        raise RunDirectoryError(f"{path}: cannot be read: {error}", hint="restore it, or move the run away") from None
