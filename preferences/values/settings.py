"""The settings of building ground truth."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from judge.core.files.formats.compression import UnpackBounds

ALLOWANCES = ("partial",)


@dataclass(frozen=True)
class TruthSettings:
    """How ground truth is computed.

    Attributes:
        min_n: the least number of respondents of a subgroup.
        min_stability: rows whose mode is less stable are left out; None keeps all rows.
        resamples: bootstrap samples for the stability; 0 computes none.
        seed: seed of the bootstrap, and of the synthetic survey.
    """

    min_n: int = 30
    min_stability: float | None = None
    resamples: int = 1000
    seed: int = 0


@dataclass(frozen=True)
class BuildSettings:
    """What to build, and from what.

    Attributes:
        out: the file to write; a folder for several countries, if it is one, or if ``into_folder``.
        into_folder: write to ``values-COUNTRY.jsonl`` in the folder ``out``.
        source: the survey file; None is the synthetic survey.
        countries: country codes; ``("all",)`` is every country in the file, None the only one.
        mapping: the mapping of another survey; None is the World Values Survey's.
        strata: names of strata; None are those on a side of the split.
        strata_file: definitions of strata; None are the study's.
        categories: categories of questions; None are all.
        weighted: weight answers by the survey's weight.
        encoding: the file's encoding; None is UTF-8, or what an SPSS or Stata file says.
        zip_bounds: what a zip may unpack to.
        unknown_codes_missing: count and drop answers with an unknown code or label, instead of refusing them.
        allow: checks to switch off (:data:`ALLOWANCES`): ``partial`` accepts a file without columns for all questions.
        truth: how ground truth is computed.
    """

    out: Path
    into_folder: bool = False
    source: Path | None = None
    countries: tuple[str, ...] | None = None
    mapping: Path | None = None
    strata: tuple[str, ...] | None = None
    strata_file: Path | None = None
    categories: tuple[str, ...] | None = None
    weighted: bool = False
    encoding: str | None = None
    zip_bounds: UnpackBounds = field(default_factory=UnpackBounds)
    unknown_codes_missing: bool = False
    allow: frozenset[str] = frozenset()
    truth: TruthSettings = field(default_factory=TruthSettings)
