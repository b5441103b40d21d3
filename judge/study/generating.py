"""The stage in which one model answers, for one task."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.console import Console

from generation.generate import generate, look_ahead
from generation.items import chosen_items
from generation.models import identity, parse_model
from generation.settings import GenerateSettings
from generation.several import ModelEntry, settings_of
from judge.core.prices import load_prices, money
from judge.study.early import DemoModels, Values
from judge.study.file import StudyFile
from judge.study.stage import Ahead, Done, Stage
from prompts.speaking import load_speaking

_EXECUTION = {"concurrency", "batch_size", "max_cost", "tasks"}  # these decide no answer


class Generate(Stage):
    """The responses of one model."""

    def __init__(
        self, study: StudyFile, root: Path, entry: ModelEntry, task: str, values: Values, demo: DemoModels
    ) -> None:
        self._study, self._entry, self.task, self._values, self._demo = study, entry, task, values, demo
        part = study.generate
        own = entry.model_dump(include={"temperature", "max_tokens", "model_seed"}, exclude_none=True)
        settings = part.model_dump(mode="json", exclude=_EXECUTION) | own
        settings |= {
            "task": task,
            "prompt": load_speaking(part.persona_prompt, task).ref.model_dump(),
            **_identity(entry),
        }
        uses_demo = entry.model.startswith("demo:")
        super().__init__(f"generate {entry.name} {task}", root, settings, (values, demo) if uses_demo else (values,))
        self.path = self.folder / f"{entry.name}{'.csv' if task == 'structured' else '.jsonl'}"

    @property
    def results(self) -> tuple[Path, ...]:
        """The file of responses."""
        return (self.path,)

    def ahead(self, done: Done) -> Ahead:
        """Calls and cost, as far as the values file is there to count them."""
        demo = self._entry.model.startswith("demo:")
        local = demo or self._entry.model.startswith("hf:")
        own = self._entry.base_url is not None
        if not all(done(stage) for stage in self.needs):
            calls = self.planned()
            words = "known when the values are there" if calls is None else f"up to {calls:,} calls"
            return Ahead(words, calls, 0.0 if local else None, not local and not own)
        settings = self.generate_settings()
        found, _ = look_ahead(settings)
        held = f" ({found.held:,} are in the journal)" if found.held else ""
        if local:
            return Ahead(f"{found.calls:,} calls on this machine{held}", found.calls)
        cost = money(found.cost, load_prices(self._study.prices).currency)
        return Ahead(f"{found.calls:,} calls{held}, cost {cost}", found.calls, found.cost, not own)

    def planned(self) -> int | None:
        """Calls in all: exact once values and models are there, at most so many before; None where nothing says it."""
        part = self._study.generate
        if self._values.path.exists() and not self._entry.model.startswith("demo:"):
            return len(chosen_items(self.generate_settings())) * part.samples
        return None if part.sample is None else part.sample * part.samples

    def run(self, console: Console) -> int:
        """Ask for what is missing."""
        code, _ = generate(self.generate_settings(), console)
        return code

    def generate_settings(self) -> GenerateSettings:
        """The settings of the run."""
        part = self._study.generate
        common: dict[str, Any] = part.model_dump(exclude={"tasks"}) | {
            "values": self._values.path,
            "task": self.task,
            "split_file": self._values.split_file,
            "prices": self._study.prices,
            "yes": True,
        }
        entry = self._entry
        if entry.model.startswith("demo:"):
            adapter = self._demo.adapter if entry.model == "demo:lora" else None
            entry = entry.model_copy(update={"model": f"hf:{self._demo.base}", "adapter": adapter})
        return settings_of(entry, self.path, common)


def _identity(entry: ModelEntry) -> dict[str, Any]:
    if entry.model.startswith("demo:"):
        return {"model": entry.model}
    return identity(
        parse_model(
            entry.model, entry.base_url, adapter=entry.adapter, chat_template=entry.chat_template, device=entry.device
        )
    )
