"""The stage that fine-tunes a model on the study's values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from judge.core.calls.events import OnEvent
from judge.core.files.training_manifest import FOLDER, MANIFEST
from judge.generation.local.fingerprint import fingerprint
from judge.preferences.values.export import Selection
from judge.preferences.values.strata import load_strata
from judge.prompts.persona import load_speaking
from judge.study.file import DEMO_BASE, FinetunePart, StudyFile
from judge.study.stage import Done, Stage, StageEstimate, StageResult
from judge.study.values_stage import DemoModels, Values
from judge.training.finetune import finetune, weights_of
from judge.training.rows import chosen_rows
from judge.training.settings import FinetuneSettings
from judge.training.sft import planned_steps, require_packages

_PROMPT_IS_OF = "structured"


class Finetune(Stage):
    """Trains an adapter (or a model) on one side of the values, with the prompt that the study asks with."""

    def __init__(self, study: StudyFile, root: Path, values: Values, demo: DemoModels) -> None:
        assert study.finetune is not None
        self._part: FinetunePart = study.finetune
        self._persona_prompt, self._values, self._demo = study.generate.persona_prompt, values, demo
        uses_demo = self._part.base == DEMO_BASE
        settings: dict[str, Any] = self._part.model_dump(mode="json", exclude={"base", "device"})
        settings |= {
            "base": self._part.base if uses_demo else fingerprint(self.base),
            "prompt": load_speaking(self._persona_prompt, _PROMPT_IS_OF).ref.model_dump(),
        }
        super().__init__("finetune", root, settings, (values, demo) if uses_demo else (values,))

    @property
    def base(self) -> Path:
        """The directory of the model that is trained."""
        return self._demo.base if self._part.base == DEMO_BASE else Path(self._part.base.removeprefix("hf:"))

    @property
    def out(self) -> Path:
        """The directory of the adapter, or of the trained model."""
        return self.folder / "trained"

    @property
    def is_whole_model(self) -> bool:
        """Whether all weights are trained: the result is a model, not an adapter."""
        return self._part.method == "full"

    @property
    def results(self) -> tuple[Path, ...]:
        """The weights, and the manifest that says what they were trained on."""
        expected = self.out / ("model.safetensors" if self.is_whole_model else "adapter_model.safetensors")
        return (*(weights_of(self.out) or (expected,)), self.out / FOLDER / MANIFEST)

    def estimate(self, done: Done) -> StageEstimate:
        """Count rows and steps, as far as there is a values file. No money is spent."""
        if not done(self._values):
            return StageEstimate("known once the values exist", 0)
        settings = self._settings(Path())
        rows = chosen_rows(settings, load_strata(None), load_speaking(self._persona_prompt, _PROMPT_IS_OF))
        number = len(rows.examples.train)
        return StageEstimate(
            f"{self._part.method} on {number:,} rows, {planned_steps(settings, number):,} steps on this machine", 0
        )

    def check_access(self) -> None:
        """Check for the packages, and for a GPU where the method needs one."""
        require_packages(self._settings(Path()))

    def run(self, on_event: OnEvent) -> StageResult:
        """Train, or resume from the last checkpoint."""
        found = finetune(self._settings(self.out), on_event=on_event)
        return StageResult(found)

    def _settings(self, out: Path) -> FinetuneSettings:
        part = self._part
        names = set(Selection.__dataclass_fields__) & set(FinetunePart.model_fields)
        selection = Selection(**part.model_dump(include=names), shuffle=True)
        given = part.model_dump(exclude={*names, "base", "allow"})
        return FinetuneSettings(
            values=self._values.path,
            base=self.base,
            out=out,
            selection=selection,
            persona_prompt=self._persona_prompt,
            allow=frozenset(part.allow),
            **given,
        )
