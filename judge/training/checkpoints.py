"""The checkpoints of a training run: the last whole one, how far training was there, and the weights in it."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from judge.core.files.run_directory import write_json

_STATE = "trainer_state.json"
_OF_TRAINING = ("optimizer*", "scheduler*", "rng_state*", "scaler*", "training_args.bin", _STATE)


@dataclass(frozen=True)
class Checkpoint:
    """A whole checkpoint, and the trainer's state in it.

    Attributes:
        path: Its folder.
        step: The step after which it was written.
        best_step: The step with the lowest dev loss so far; None where none was measured.
        history: The losses so far, as the trainer logs them.
    """

    path: Path
    step: int
    best_step: int | None
    history: tuple[dict[str, Any], ...]

    @property
    def measured_since_best(self) -> int:
        """How many measurements of the dev loss followed the best one."""
        best = self.best_step
        return 0 if best is None else sum("eval_loss" in entry and entry["step"] > best for entry in self.history)

    def is_last(self, steps: int, patience: int) -> bool:
        """Whether nothing is left to train: all steps were made, or the dev loss did not fall for too long."""
        return self.step >= steps or self.measured_since_best >= patience


def last_checkpoint(folder: Path) -> Checkpoint | None:
    """Find the last checkpoint that is whole. A process that was killed may leave a partial one."""
    found = [there for path in folder.glob("checkpoint-*/") if (there := _read(path)) is not None]
    return max(found, key=lambda checkpoint: checkpoint.step, default=None)


def place_best_here(checkpoint: Checkpoint) -> None:
    """Let the trainer's state name the best checkpoint where it is now.

    The state has the path under which ``--out`` was given. Under another one (a folder that was moved, a relative
    path in place of an absolute one) the trainer does not find it, and keeps the last weights without a word.
    """
    here = None if checkpoint.best_step is None else checkpoint.path.with_name(f"checkpoint-{checkpoint.best_step}")
    if here is None or not here.is_dir():
        return
    state = json.loads((checkpoint.path / _STATE).read_text(encoding="utf-8"))
    if state.get("best_model_checkpoint") != str(here):
        write_json(checkpoint.path / _STATE, {**state, "best_model_checkpoint": str(here)})


def copy_weights(checkpoint: Checkpoint, out: Path) -> None:
    """Copy the weights of a run that is over, the best ones if they were measured, and what belongs to them."""
    best = (
        checkpoint.path
        if checkpoint.best_step is None
        else checkpoint.path.with_name(f"checkpoint-{checkpoint.best_step}")
    )
    shutil.copytree(best, out, ignore=shutil.ignore_patterns(*_OF_TRAINING), dirs_exist_ok=True)


def _read(path: Path) -> Checkpoint | None:
    try:
        state = json.loads((path / _STATE).read_text(encoding="utf-8"))
        return Checkpoint(
            path, int(state["global_step"]), state.get("best_global_step"), tuple(state.get("log_history", ()))
        )
    except (OSError, ValueError, LookupError, TypeError):
        return None
