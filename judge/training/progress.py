"""What a training run reports while it runs."""

from __future__ import annotations

from dataclasses import dataclass

from judge.core.calls.events import Event


@dataclass(frozen=True)
class TrainingPlan(Event):
    """What a run will do. ``from_step`` is the step of the checkpoint from which it resumes, 0 without one."""

    model: str
    method: str
    device: str
    train_rows: int
    dev_rows: int
    dev_questions: int
    steps: int
    from_step: int
    learning_rate: float


@dataclass(frozen=True)
class TrainingProgress(Event):
    """The loss after a step of ``steps``: of the training rows, of the dev rows, or both; and the time that is left."""

    step: int
    steps: int
    loss: float | None
    dev_loss: float | None
    seconds_left: float | None
