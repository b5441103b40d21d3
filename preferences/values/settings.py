"""The settings of building ground truth."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from judge.preferences.values.truth import TruthSettings


@dataclass(frozen=True)
class BuildSettings:
    """What to build. ``source`` None is the synthetic survey; ``countries`` None is the only one in the file.

    ``out`` is a folder for several countries, if it is there as one, or if ``into_folder`` says so.
    """

    out: Path
    into_folder: bool = False
    source: Path | None = None
    countries: tuple[str, ...] | None = None
    mapping: Path | None = None
    strata: tuple[str, ...] | None = None
    strata_file: Path | None = None
    weighted: bool = False
    encoding: str | None = None
    unknown_codes_missing: bool = False
    truth: TruthSettings = field(default_factory=TruthSettings)
