"""What a reader of a values file should be warned of, in words, from its manifest."""

from __future__ import annotations

from typing import Any

from preferences.checks import UNCHECKED

MANY = 0.05  # share of respondents without an attribute from which a build warns; describe shows every one
_SHOWN = 12
_WHY = {"no_answer": "no answer", "outside_bands": "outside every band", "without_label": "a code without a label"}


def cautions(about: dict[str, Any], *, least: float = 0.0) -> list[str]:
    """Sentences on respondents who are in no subgroup, on labels, and on what could not be checked.

    ``least`` is the share of respondents without an attribute below which nothing is said of it.
    """
    people = about["source"]["respondents"]
    said = []
    for name, counts in about.get("attributes", {}).items():
        lost = sum(counts.values())
        if not lost or lost < least * people:
            continue
        reasons = [f"{number:,} {_WHY[why]}" for why, number in counts.items() if number]
        codes = _list(about["unlabelled_codes"].get(name, {}))
        said.append(
            f"{lost:,} of {people:,} respondents ({100 * lost / people:.1f}%) are in no subgroup of {name}: "
            f"{', '.join(reasons)}{f' ({codes})' if codes else ''}."
        )
    if differences := about.get("label_differences"):
        said.append(
            f"The file's label of an end code has other words than the catalogue's in {len(differences)} questions "
            f"({_list(differences)}): `label_differences` in the manifest shows both."
        )
    if (duplicates := about.get("duplicate_respondents", "")).startswith(UNCHECKED):
        said.append(f"Respondents who occur twice: {duplicates}.")
    if about["unknown_codes"]:
        dropped = ", ".join(f"{name} {number}" for name, number in about["unknown_codes"].items())
        said.append(f"Answers dropped because their code is unknown: {dropped}.")
    return said


def _list(names: dict[str, Any]) -> str:
    return ", ".join(list(names)[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
