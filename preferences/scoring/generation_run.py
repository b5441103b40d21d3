"""The run of `judge generate` beside a file of predictions."""

from __future__ import annotations

from pathlib import Path

from judge.core.files.manifest import GenerationManifest
from judge.core.files.run_directory import read_manifest
from judge.preferences.scoring.predictions import Predictions

_RUN = ".run"  # as `judge generate` names the folder beside a file


def run_of(predictions: Predictions) -> tuple[Path, GenerationManifest] | None:
    """Return the run that wrote a file, and its manifest; None where there is none, or the file is another by now."""
    folder = predictions.path.with_name(f"{predictions.path.name}{_RUN}")
    manifest = read_manifest(folder, GenerationManifest)
    if manifest is None or predictions.sha256 not in manifest.outputs[-1:]:
        return None
    return folder, manifest
