"""Train by TRL's SFTTrainer and PEFT. What is trained, and how it is asked, is decided elsewhere."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from math import ceil
from pathlib import Path
from typing import Any

from judge.core.errors import UsageError
from judge.core.files.training_manifest import LossPoint
from judge.generation.local.loading import Loaded, load, quiet
from judge.preferences.values.export import Examples
from judge.training.checkpoints import Checkpoint, copy_weights, last_checkpoint, place_best_here
from judge.training.failures import check_number, explained
from judge.training.progress import TrainingProgress
from judge.training.settings import FinetuneSettings
from judge.training.tokens import TokenRows, token_rows

PACKAGES = ("torch", "transformers", "peft", "trl", "datasets", "accelerate")
_POINTS = 10  # measurements of the dev loss in a run, where the user names no other number
_WARMUP = 0.03  # of the steps; the first of them has a rate of 0, so that one step alone has no warm-up


@dataclass(frozen=True)
class Trained:
    """How training ended."""

    steps: int
    stopped_early: bool
    best_step: int | None
    losses: tuple[LossPoint, ...]
    device: str
    seconds: float


def require_packages(settings: FinetuneSettings) -> None:
    """Check for the packages, and for what the method needs.

    Raises:
        UsageError: A package is missing; there is no GPU for QLoRA.
    """
    missing = [name for name in PACKAGES if find_spec(name) is None]
    if missing:
        raise UsageError(
            f"training needs {', '.join(missing)}", hint="pip install 'persona-judge[train]' -c constraints.txt"
        )
    if settings.method == "qlora":
        import torch

        if not torch.cuda.is_available():
            raise UsageError("--method qlora needs a GPU with CUDA, and there is none", hint="give --method lora")
        if find_spec("bitsandbytes") is None:
            raise UsageError("--method qlora needs the package bitsandbytes", hint="pip install bitsandbytes")


def processes() -> tuple[int, int]:
    """Return this process's number and how many there are, as `accelerate launch` or `torchrun` set them."""
    return int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))


def planned_steps(settings: FinetuneSettings, train_rows: int) -> int:
    """Compute the number of optimizer steps of the whole run."""
    if settings.max_steps is not None:
        return settings.max_steps
    per_pass = ceil(train_rows / (settings.batch_size * processes()[1]))
    return max(1, ceil(ceil(per_pass / settings.accumulate) * settings.epochs))


def eval_steps(settings: FinetuneSettings, train_rows: int) -> int:
    """Return the number of steps between two measurements."""
    return settings.eval_every or max(1, planned_steps(settings, train_rows) // _POINTS)


def load_base(settings: FinetuneSettings) -> Loaded:
    """Load the model to train.

    Raises:
        UsageError: It cannot be used.
    """
    import torch

    device, place = settings.device, os.environ.get("LOCAL_RANK")
    if device == "auto" and place is not None and torch.cuda.is_available():
        device = f"cuda:{place}"  # each process has a GPU of its own
    return load(
        settings.base,
        adapter=None,
        chat_template=settings.chat_template,
        device=device,
        four_bit=settings.method == "qlora",
    )


def train(
    settings: FinetuneSettings,
    loaded: Loaded,
    train_rows: TokenRows,
    dev_rows: TokenRows,
    checkpoints: Path,
    on_event: Callable[[TrainingProgress], None],
) -> Trained:
    """Train, from the last checkpoint if there is one, and save adapter (or model) and tokenizer to ``settings.out``.

    Args:
        settings: How to train.
        loaded: The model.
        train_rows: Token ids and labels.
        dev_rows: The same, of the questions that are set apart; empty measures nothing, and never stops early.
        checkpoints: The folder of the checkpoints.
        on_event: Told of each loss.

    Raises:
        UsageError: The loss is not a number any more; the GPU has too little memory.
        WriteError: The disk does not take a checkpoint or the weights.
    """
    before, steps = last_checkpoint(checkpoints), planned_steps(settings, len(train_rows))
    if before is not None and before.is_last(steps, settings.patience):  # ended between its last step and its weights
        return _ended(settings, before, steps, loaded.device)
    with quiet(), explained(settings.out):
        return _train(settings, loaded, train_rows, dev_rows, checkpoints, before, on_event)


def _ended(settings: FinetuneSettings, checkpoint: Checkpoint, steps: int, device: str) -> Trained:
    if processes()[0] == 0:
        copy_weights(checkpoint, settings.out)
    history = list(checkpoint.history)
    return Trained(checkpoint.step, checkpoint.step < steps, checkpoint.best_step, _points(history), device, 0.0)


def _train(
    settings: FinetuneSettings,
    loaded: Loaded,
    train_rows: TokenRows,
    dev_rows: TokenRows,
    checkpoints: Path,
    before: Checkpoint | None,
    on_event: Callable[[TrainingProgress], None],
) -> Trained:
    from datasets import Dataset
    from datasets.utils.logging import disable_progress_bar
    from transformers import EarlyStoppingCallback, PrinterCallback
    from trl import SFTTrainer

    disable_progress_bar()
    steps = planned_steps(settings, len(train_rows))
    loaded.tokenizer.padding_side = "right"
    if loaded.device == "cpu" or settings.method == "full":
        loaded.model.float()
    callbacks: list[Any] = [_reports(steps, on_event)]
    if dev_rows:
        stopping = EarlyStoppingCallback(early_stopping_patience=settings.patience)
        stopping.early_stopping_patience_counter = 0 if before is None else before.measured_since_best
        callbacks.append(stopping)
    trainer = SFTTrainer(
        model=loaded.model,
        args=_arguments(settings, loaded, steps, len(train_rows), checkpoints, with_dev=bool(dev_rows)),
        train_dataset=Dataset.from_list(train_rows),
        eval_dataset=Dataset.from_list(dev_rows) if dev_rows else None,
        processing_class=loaded.tokenizer,
        peft_config=None if settings.method == "full" else _lora(settings),
        callbacks=callbacks,
    )
    if settings.method != "full":
        _order_modules(trainer.model)
    trainer.remove_callback(PrinterCallback)
    started = time.monotonic()
    if before is not None and processes()[0] == 0:
        place_best_here(before)
    trainer.train(resume_from_checkpoint=None if before is None else str(before.path))
    state = trainer.state
    trainer.save_model(str(settings.out))
    (settings.out / "training_args.bin").unlink(missing_ok=True)  # a pickle with paths of this machine
    return Trained(
        steps=state.global_step,
        stopped_early=state.global_step < steps,
        best_step=state.best_global_step or None,
        losses=_points(state.log_history),
        device=loaded.device,
        seconds=time.monotonic() - started,
    )


def _arguments(
    settings: FinetuneSettings, loaded: Loaded, steps: int, rows: int, checkpoints: Path, *, with_dev: bool
) -> Any:
    from trl import SFTConfig

    every = eval_steps(settings, rows)
    on_gpu = loaded.device != "cpu"
    return SFTConfig(
        output_dir=str(checkpoints),
        max_steps=steps,
        per_device_train_batch_size=settings.batch_size,
        per_device_eval_batch_size=settings.batch_size,
        gradient_accumulation_steps=settings.accumulate,
        learning_rate=settings.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=round(_WARMUP * steps),
        max_length=None,  # too long a row is refused before, not cut
        bf16=on_gpu,
        gradient_checkpointing=on_gpu,
        use_cpu=not on_gpu,
        dataloader_pin_memory=on_gpu,
        seed=settings.selection.seed,
        data_seed=settings.selection.seed,
        logging_steps=every,
        logging_nan_inf_filter=False,  # a loss that is not a number must be seen
        save_strategy="steps",
        save_steps=every,
        save_total_limit=2,
        eval_strategy="steps" if with_dev else "no",
        eval_steps=every if with_dev else None,
        load_best_model_at_end=with_dev,
        metric_for_best_model="eval_loss" if with_dev else None,
        greater_is_better=False if with_dev else None,
        ddp_find_unused_parameters=False if processes()[1] > 1 else None,
        disable_tqdm=True,
        report_to="none",
    )


def _lora(settings: FinetuneSettings) -> Any:
    from peft import LoraConfig

    return LoraConfig(
        r=settings.rank,
        lora_alpha=settings.alpha,
        lora_dropout=settings.dropout,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )


def _order_modules(model: Any) -> None:
    """Let the adapter's settings list its layers in order: peft keeps a set, whose order differs between processes.

    The same weights would have another fingerprint each time.
    """
    for config in model.peft_config.values():
        config.target_modules = sorted(config.target_modules)


def _reports(steps: int, on_event: Callable[[TrainingProgress], None]) -> Any:
    """A callback of the trainer that passes each loss on."""
    from transformers import TrainerCallback

    class Reports(TrainerCallback):  # type: ignore[misc]
        started = 0.0
        first = 0

        def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:  # noqa: ARG002
            self.started, self.first = time.monotonic(), state.global_step

        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:  # noqa: ARG002
            logs = logs or {}
            if "loss" not in logs and "eval_loss" not in logs:
                return
            check_number(state.global_step, logs)
            done = state.global_step - self.first
            each = (time.monotonic() - self.started) / done if done else None
            left = None if each is None else each * (steps - state.global_step)
            on_event(TrainingProgress(state.global_step, steps, logs.get("loss"), logs.get("eval_loss"), left))

    return Reports()


def _points(history: list[dict[str, Any]]) -> tuple[LossPoint, ...]:
    points: dict[int, LossPoint] = {}
    for entry in history:
        found = {name: entry[key] for name, key in (("loss", "loss"), ("dev_loss", "eval_loss")) if key in entry}
        if found:
            step = int(entry["step"])
            points[step] = points.get(step, LossPoint(step=step)).model_copy(update=found)
    return tuple(points[step] for step in sorted(points))


def tokenized(settings: FinetuneSettings, loaded: Loaded, rows: Examples) -> tuple[TokenRows, TokenRows]:
    """Return the tokens of training rows and dev rows.

    Raises:
        InputError: A row is too long: names the values file and the row.
    """
    return token_rows(loaded, rows.train, settings), token_rows(loaded, rows.dev, settings)
