"""A run's title and settings in words."""

from __future__ import annotations

from collections.abc import Sequence

from judge.core.files.manifest import GenerationManifest, JudgingManifest
from judge.stats.formatting import counted

_MOST_NAMES = 4  # of contestants, in a title


def title_of(manifest: JudgingManifest | GenerationManifest, folder: str) -> str:
    """Name the candidates of a judging run and their reference, or the file that a generation run fills."""
    if isinstance(manifest, GenerationManifest):
        return folder.rpartition("/")[2].removesuffix(".run")
    names = list(manifest.contestants)
    reference = next((name for name, each in manifest.contestants.items() if each.role == "reference"), None)
    others = [name for name in names if name != reference]
    return f"{_named(others)} against {reference}" if reference is not None else f"{_named(names)} against one another"


def model_of(manifest: JudgingManifest | GenerationManifest) -> str:
    """Name the judge, or the model that generates."""
    return manifest.model if isinstance(manifest, GenerationManifest) else manifest.judge


def settings_of(manifest: JudgingManifest | GenerationManifest) -> str:
    """Name a run's criteria or task, its plan and its prompt."""
    config = manifest.configuration
    prompt = f"prompt {config.prompt.name} version {config.prompt.version}"
    if isinstance(manifest, GenerationManifest):
        return f"{manifest.configuration.task} answers, {prompt}"
    judging = manifest.configuration
    orders = "both orders" if judging.orders == "both" else "one order"
    repeats = f", {judging.repeats} repeats" if judging.repeats > 1 else ""
    limit = "" if manifest.limit is None else f", a sample of {counted(manifest.limit, 'item')}"
    return f"{', '.join(manifest.criteria)}; {orders}{repeats}{limit}; {prompt}"


def _named(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more:,} more" if more > 0 else "")
