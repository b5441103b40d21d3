"""Check that runs can be compared, and list the settings in which they differ."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from judge.core.errors import InputError, UsageError
from judge.core.files.rows import named
from judge.core.records import PromptRef
from judge.reports.several_runs.reading import RunRead

ALLOWANCES = ("other-texts", "criteria")
_SETTINGS = ("orders", "repeats", "reply", "temperature", "max_tokens", "model_seed", "extra_body", "seed")


def check(runs: Sequence[RunRead], allow: frozenset[str]) -> tuple[str, ...]:
    """Check that runs can be compared.

    Args:
        runs: The runs.
        allow: ``other-texts`` allows other texts for one comparison (an ablation): then only win rates are compared,
            by item. ``criteria`` allows different criteria: then only common ones are compared.

    Returns:
        The common criteria.

    Raises:
        UsageError: The references, the rules for inconsistent verdicts or the criteria differ.
        InputError: A common comparison has other texts in another run.
    """
    if unknown := allow - set(ALLOWANCES):
        raise UsageError(f"unknown --allow {named(sorted(unknown))}", hint=f"known: {', '.join(ALLOWANCES)}")
    first = runs[0]
    for run in runs[1:]:
        if run.reference != first.reference:
            raise UsageError(
                f"the reference is {run.reference} in {run.name} and {first.reference} in {first.name}: win rates "
                "against different references are not comparable",
                hint="judge both against one --reference; NAME=FILE gives responses to another prompt the same name",
            )
        rules = first.summary.how.inconsistent, run.summary.how.inconsistent
        if rules[0] != rules[1]:
            raise UsageError(
                f"{first.name} scores inconsistent verdicts by the rule {rules[0]}, {run.name} by {rules[1]}",
                hint=f"`judge show {run.folder} --inconsistent {rules[0]} --write`",
            )
    criteria = tuple(name for name in first.summary.how.criteria if all(name in run.codes for run in runs))
    others = {run.name: run.summary.how.criteria for run in runs if set(run.summary.how.criteria) != set(criteria)}
    if not criteria or (others and "criteria" not in allow):
        said = "; ".join(f"{run.name}: {', '.join(run.summary.how.criteria)}" for run in runs)
        raise UsageError(
            f"the runs have different criteria ({said})",
            hint="judge with prompts of the same criteria"
            + ("; --allow criteria compares the common ones" if criteria else ""),
        )
    if "other-texts" not in allow:
        _check_texts(runs)
    return criteria


def _check_texts(runs: Sequence[RunRead]) -> None:
    for one, other in combinations(runs, 2):
        shared = [key for key in one.texts if key in other.texts]
        changed = [key for key in shared if one.texts[key] != other.texts[key]]
        if changed:
            item, sample, candidate = changed[0]
            raise InputError(
                f"{len(changed)} of {len(shared)} comparisons in common with {one.name} have other texts there; the "
                f"first is of {candidate}, sample {sample}",
                path=other.folder,
                row=item,
                hint="name other contestants apart (NAME=FILE); for an ablation of how responses were made, "
                "--allow other-texts compares win rates by item",
            )


def differing(runs: Sequence[RunRead]) -> list[tuple[str, tuple[str, ...]]]:
    """Return the settings in which the manifests differ, with their values in every run."""
    described = [_described(run) for run in runs]
    names = dict.fromkeys(name for each in described for name in each)
    found = [(name, tuple(each.get(name, "absent") for each in described)) for name in names]
    return [(name, values) for name, values in found if len(set(values)) > 1]


def _described(run: RunRead) -> dict[str, str]:
    manifest, config = run.manifest, run.manifest.configuration
    said = {
        "judge": config.judge,
        "endpoint": manifest.endpoint,
        "models returned": ", ".join(run.summary.how.models_returned) or "none",
        "judge's prompt": _prompt(config.prompt),
        "criteria": ", ".join(manifest.criteria),
        **{name.replace("_", " "): _plain(getattr(config, name)) for name in _SETTINGS},
        "limit": _plain(manifest.limit),
        "sequence": manifest.sequence or "uniform",
        "values": _hash(config.values_sha256),
        "persona-judge": manifest.persona_judge,
    }
    for file in config.inputs:
        said[f"responses of {file.name}"] = _hash(file.sha256)
    for name, entry in manifest.contestants.items():
        said[f"model of {name}"] = ", ".join(entry.models) or "unknown"
        said[f"persona prompt of {name}"] = ", ".join(map(_prompt, entry.prompts or (None,)))
    return said


def _prompt(prompt: PromptRef | None) -> str:
    if prompt is None:
        return "unknown"
    return f"{prompt.name} version {prompt.version} ({_hash(prompt.sha256)})"


def _hash(sha256: str | None) -> str:
    return "none" if sha256 is None else f"sha256 {sha256[:12]}"


def _plain(value: object) -> str:
    return "not set" if value is None else str(value)
