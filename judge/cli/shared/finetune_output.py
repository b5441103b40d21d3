"""What `judge finetune` prints."""

from __future__ import annotations

import shlex

from rich.console import Console

from judge.core.calls.events import Event
from judge.core.clock import duration
from judge.stats.formatting import counted
from judge.training.finetune import FinetunedModel
from judge.training.progress import TrainingPlan, TrainingProgress


class FinetuneOutput:
    """Prints the plan and each loss."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def __call__(self, event: Event) -> None:
        """Print one event."""
        if isinstance(event, TrainingPlan):
            self._say(plan_line(event))
        elif isinstance(event, TrainingProgress):
            self._say(progress_line(event))

    def _say(self, line: str) -> None:
        self._console.print(line, highlight=False, markup=False)


def plan_line(plan: TrainingPlan) -> str:
    """What is trained on what, and from where it goes on."""
    apart = f"{counted(plan.dev_rows, 'row')} of {counted(plan.dev_questions, 'other question')}"
    dev = f", dev loss on {apart}" if plan.dev_rows else ""
    resumed = f", resumed after step {plan.from_step:,}" if plan.from_step else ""
    return (
        f"{plan.model}, {plan.method} on {plan.device}: {counted(plan.train_rows, 'row')}{dev}; "
        f"{counted(plan.steps, 'step')} at a learning rate of up to {plan.learning_rate:g}{resumed}."
    )


def progress_line(progress: TrainingProgress) -> str:
    """The loss after a step, and the time that is left."""
    parts = [f"step {progress.step:,} of {progress.steps:,}"]
    if progress.loss is not None:
        parts.append(f"loss {progress.loss:.3f}")
    if progress.dev_loss is not None:
        parts.append(f"dev loss {progress.dev_loss:.3f}")
    if progress.seconds_left:
        parts.append(f"{duration(progress.seconds_left)} left")
    return ", ".join(parts)


def trained_line(found: FinetunedModel) -> str:
    """What came of it."""
    results = found.results
    early = ", stopped early: the dev loss rose" if results.stopped_early else ""
    best = "" if results.best_step is None else f", weights of step {results.best_step:,}"
    state = "Complete, nothing to do" if found.was_complete else "Trained"
    return (
        f"{state}: {results.steps:,} of {results.planned_steps:,} steps{early}{best}; fingerprint {results.adapter} "
        f"in {found.out}."
    )


def finetuned_lines(found: FinetunedModel) -> list[str]:
    """What came of it, and the next command, to be copied."""
    given = found.settings
    base, out = _quoted(given.base), _quoted(given.out)
    model = f"--model hf:{out}" if given.method == "full" else f"--model hf:{base} --adapter {out}"
    template = "" if given.chat_template is None else f" --chat-template {_quoted(given.chat_template)}"
    return [
        trained_line(found),
        f"Next: judge generate {_quoted(given.values)} {model}{template} --task structured --structured-output text "
        f"--persona-prompt {_quoted(given.persona_prompt)} --out ft.csv",
    ]


def _quoted(part: object) -> str:
    return shlex.quote(str(part))
