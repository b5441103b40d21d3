"""The stages that make the demo's tiny models and the ground truth."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from judge.core.calls.events import OnEvent
from judge.core.files.rows import file_sha256
from judge.study.file import StudyFile, ValuesPart
from judge.study.stage import Done, Stage, StageEstimate, StageResult


class DemoModels(Stage):
    """Makes two tiny models with random weights, which only show that the study runs."""

    def __init__(self, root: Path) -> None:
        super().__init__("models", root, {"model": "tiny random Llama, seed 0", "adapter": "random LoRA, seed 1"})

    @property
    def base(self) -> Path:
        """The base model's directory."""
        return self.folder / "tiny-base"

    @property
    def adapter(self) -> Path:
        """The adapter's directory."""
        return self.folder / "tiny-lora"

    @property
    def results(self) -> tuple[Path, ...]:
        """The weights and the settings of both."""
        return (
            self.base / "model.safetensors",
            self.base / "config.json",
            self.adapter / "adapter_model.safetensors",
            self.adapter / "adapter_config.json",
        )

    def estimate(self, done: Done) -> StageEstimate:  # noqa: ARG002
        """Estimate nothing: no call is made, and nothing is downloaded."""
        return StageEstimate("makes two tiny models with random weights")

    def run(self, on_event: OnEvent) -> StageResult:  # noqa: ARG002
        """Make both again: a killed process may have left incomplete files."""
        from judge.generation.local.loading import require_packages
        from judge.generation.local.tiny import make_tiny_adapter, make_tiny_model

        require_packages(adapter=True)
        shutil.rmtree(self.folder, ignore_errors=True)
        make_tiny_model(self.base)
        make_tiny_adapter(self.base, self.adapter)
        return StageResult(notes=(f"Tiny models with random weights in {self.folder}: their text means nothing.",))


class Values(Stage):
    """Builds the ground truth, and its split where the study uses one side."""

    def __init__(self, study: StudyFile, root: Path) -> None:
        part = study.values
        self._part = part
        self._split = study.generate.split is not None
        super().__init__("values", root, _settings(part) | {"split": self._split})
        self.given = part.file is not None and not self._split

    @property
    def path(self) -> Path:
        """The values file."""
        return self.folder / "values.jsonl" if self._part.file is None else self._part.file

    @property
    def split_file(self) -> Path | None:
        """The split file, where one is made."""
        return self.folder / "split" / "split.json" if self._split else None

    @property
    def results(self) -> tuple[Path, ...]:
        """The values file, and the split file."""
        return (self.path,) if self.split_file is None else (self.path, self.split_file)

    def estimate(self, done: Done) -> StageEstimate:  # noqa: ARG002
        """No call is made."""
        part = self._part
        return StageEstimate(f"from {part.file or part.survey or 'the synthetic survey (invented respondents)'}")

    def run(self, on_event: OnEvent) -> StageResult:  # noqa: ARG002
        """Build the values file and the split that do not exist yet."""
        from judge.preferences.values.build import CountryValues, build
        from judge.preferences.values.settings import BuildSettings, TruthSettings

        part = self._part
        built: tuple[CountryValues, ...] = ()
        if part.file is None:
            truth = TruthSettings(min_n=part.min_n, min_stability=None, resamples=part.resamples, seed=part.seed)
            countries = None if part.country is None else (part.country,)
            settings = BuildSettings(
                out=self.path,
                source=part.survey,
                countries=countries,
                strata=part.strata,
                categories=part.categories,
                weighted=part.weighted,
                truth=truth,
            )
            built = build(settings).files
        if self.split_file is not None:
            from judge.preferences.values.split import split
            from judge.preferences.values.strata import load_strata

            split(self.path, load_strata(None), self.split_file.parent)
        return StageResult(
            notes=tuple(
                f"{each.manifest['values']['rows']:,} rows: {each.manifest['source']['name']}" for each in built
            )
        )


def _settings(part: ValuesPart) -> dict[str, Any]:
    given = part.model_dump(mode="json", exclude={"survey", "file"})
    for name in ("survey", "file"):
        path = getattr(part, name)
        given[f"{name}_sha256"] = None if path is None else file_sha256(path)
    if part.categories is None:
        del given["categories"]  # a study of all keeps the folder that it had before there was a choice
    return {"file_sha256": given["file_sha256"]} if part.file is not None else given
