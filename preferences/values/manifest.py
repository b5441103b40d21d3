"""The manifest of a values file: source, settings, versions, and what was left out."""

from __future__ import annotations

from dataclasses import asdict
from importlib.metadata import version
from typing import Any

from judge import __version__
from judge.preferences.survey.mapping import Mapping
from judge.preferences.survey.survey import Survey
from judge.preferences.values.ground_truth import Built
from judge.preferences.values.settings import BuildSettings
from judge.preferences.values.strata import Strata
from judge.stats.answers.modal import TIE_RULE

_PACKAGES = ("numpy", "pandas", "pydantic", "pyreadstat")


MANIFEST_BEGINS = '{\n  "made_by": "persona-judge'


def manifest(
    settings: BuildSettings,
    mapping: Mapping,
    strata: Strata,
    survey: Survey,
    built: Built,
    *,
    values: str,
    values_sha256: str,
    seconds: float,
) -> dict[str, Any]:
    """The content of the manifest: all that is needed to rebuild the file, and each cell, question and row left out.

    Args:
        settings: what was built.
        mapping: the survey's mapping.
        strata: the strata built.
        survey: the country.
        built: counts of what was built and left out.
        values: the name of the values file.
        values_sha256: its hex digest.
        seconds: time since the build started.
    """
    return {
        "made_by": f"persona-judge {__version__}, judge values build",
        "packages": {name: version(name) for name in _PACKAGES},
        "values": {"file": values, "sha256": values_sha256, "rows": built.rows},
        "source": {
            "name": survey.source,
            "file": settings.source.name if settings.source else None,
            "sha256": survey.sha256,
            "country": survey.country,
            "respondents": len(survey),
        },
        "mapping": {"file": mapping.path.name, "sha256": mapping.sha256, "name": mapping.file.name},
        "catalogue": mapping.catalogue,
        "strata": {
            "file": strata.path.name,
            "sha256": strata.sha256,
            "used": {name: stratum.model_dump() for name, stratum in strata.by_name.items()},
        },
        "settings": {
            **asdict(settings.truth),
            "weighting": survey.weighting,
            "ties": TIE_RULE,
            **({} if settings.categories is None else {"categories": list(settings.categories)}),
            "unknown_codes": "missing" if settings.unknown_codes_missing else "refused",
        },
        "questions": len(survey.questions),
        "questions_expected": survey.expected,
        "subgroups": {name: len(groups) for name, groups in built.subgroups.items()},
        "rows_with_ties": built.ties,
        "rows_with_few_answers": built.few_answers,
        "excluded_cells": [{"subgroup": cell.id, "n": cell.n} for cell in built.small_cells],
        "excluded_questions": survey.excluded,
        "absent_rows": built.absent,
        "unstable_rows": built.unstable,
        "attributes": {
            name: {
                "no_answer": trait.no_answer,
                "outside_bands": trait.outside,
                "without_label": sum(trait.unlabelled.values()),
            }
            for name, trait in survey.traits.items()
        },
        "unlabelled_codes": {
            name: {str(code): n for code, n in trait.unlabelled.items()}
            for name, trait in survey.traits.items()
            if trait.unlabelled
        },
        "unknown_codes": survey.unknown_codes,
        "label_differences": survey.label_differences,
        "duplicate_respondents": survey.duplicates,
        "seconds": round(seconds, 3),
    }
