"""How a run was made: its command, what it was made from, with which versions, and what it cost."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from judge import __version__
from judge.comparison.headline import method, taken_over
from judge.core.calls.prices import money
from judge.core.errors import PromptError
from judge.core.files.manifest import JudgingManifest, JudgingResults
from judge.core.screen.tables import Table
from judge.prompts import DEFAULT, load_prompt
from judge.reports.evidence import Gathered


@dataclass(frozen=True)
class Made:
    """Commands that make it again, facts in tables, and texts in full."""

    commands: tuple[str, ...]
    facts: Table
    inputs: Table
    prompt: tuple[tuple[str, str], ...]
    manifest: str


def made(found: Gathered, options: tuple[str, ...]) -> Made:
    """Everything of the run's manifest that a reader needs, and the manifest itself. ``options`` are the report's."""
    file = found.prompt.file
    criteria = "\n".join(f"{name} ({each.field}): {each.description}" for name, each in file.criteria.items())
    return Made(
        commands=(compare_command(found), shlex.join(["judge", "report", str(found.folder), *options])),
        facts=Table("Settings and versions", "", ("what", "value"), tuple(_facts(found)), (), labels=2),
        inputs=Table("Files, with the sha256 of each", "", ("file", "sha256"), tuple(_inputs(found)), (), labels=2),
        prompt=(
            ("System", file.system),
            ("User", file.user),
            ("Criteria", criteria),
            ("Reply, as JSON schema", json.dumps(file.reply, indent=2, ensure_ascii=False)),
        ),
        manifest=json.dumps(found.manifest.as_json(), indent=2, ensure_ascii=False),
    )


def compare_command(found: Gathered) -> str:
    """The command line that makes the same calls: what is at its default is left out."""
    manifest = found.manifest
    config, results = manifest.configuration, manifest.results or JudgingResults()
    words = ["judge", "compare", *_files(manifest)]
    given = {
        "--values": manifest.values,
        "--judge": config.judge,
        "--base-url": config.endpoint,
        "--prompt": _prompt(found),
        "--reference": config.reference,
        "--temperature": config.temperature,
        "--max-tokens": config.max_tokens,
        "--model-seed": config.model_seed,
        "--limit": manifest.limit,
    }
    for option, value in given.items():
        if value is not None:
            words += [option, str(value)]
    usual: dict[str, tuple[object, object]] = {
        "--reply": (config.reply, "auto"),
        "--orders": (config.orders, "both"),
        "--repeats": (config.repeats, 1),
        "--seed": (config.seed, 0),
        "--inconsistent": (results.inconsistent, "mean"),
        "--resamples": (results.resamples or 10_000, 10_000),
    }
    for option, (chosen, default) in usual.items():
        if chosen != default:
            words += [option, str(chosen)]
    for allowed in config.allow:
        words += ["--allow", allowed]
    return shlex.join([*words, "--out", str(found.folder)])


def _files(manifest: JudgingManifest) -> Iterator[str]:
    for config, file in zip(manifest.configuration.inputs, manifest.inputs, strict=True):
        stem = file.path.replace("\\", "/").rsplit("/", 1)[-1].rsplit(".", 1)[0]
        yield file.path if config.name == stem else f"{config.name}={file.path}"


def _prompt(found: Gathered) -> str | None:
    """The name of a prompt that ships, None for the default; else the copy in the run."""
    name = found.prompt.file.name
    try:
        same = load_prompt(name).sha256 == found.prompt.sha256
    except PromptError:
        same = False
    if same:
        return None if name == DEFAULT else name
    return str(found.prompt.path)


def _facts(found: Gathered) -> Iterator[tuple[str, str]]:
    how, spent, manifest = found.summary.how, found.summary.spent, found.manifest
    config = manifest.configuration
    results = manifest.results or JudgingResults()
    yield "judge", how.judge if how.is_llm else f"{how.judge} (not an LLM)"
    yield "endpoint", how.endpoint
    returned = (f"{name} ({number:,} replies)" for name, number in how.models_returned.items())
    yield "models as returned", ", ".join(returned) or "none"
    if fingerprints := results.fingerprints:
        yield "fingerprints", ", ".join(f"{name} ({number:,})" for name, number in fingerprints.items())
    for name, entry in manifest.contestants.items():
        models = ", ".join(f"{model} ({number:,})" for model, number in entry.models.items()) or "not said"
        yield f"{entry.role} {name}", f"{entry.responses:,} responses; model: {models}"
    yield "prompt", f"{how.prompt} version {how.prompt_version}, sha256 {how.prompt_sha256}"
    settings = {name: getattr(config, name) for name in ("temperature", "max_tokens", "model_seed")}
    sampling = {name: value for name, value in settings.items() if value is not None}
    yield "sampling", ", ".join(f"{name} {value}" for name, value in sampling.items()) or "the endpoint's own"
    yield "orders", f"{how.orders}; repeats {how.repeats}; inconsistent scored by the rule {how.inconsistent}"
    yield "intervals", method(how)
    yield "requests", f"{spent.requests:,}; {spent.input_tokens:,} tokens in, {spent.output_tokens:,} out"
    cost = money(spent.cost, spent.currency) if how.is_llm else "none: no model was asked"
    unknown = f" and {spent.replies_without_cost:,} replies of unknown cost" if spent.cost is not None else ""
    yield "cost", cost + (unknown if how.is_llm and spent.replies_without_cost else "")
    if taken := taken_over(spent):
        yield "taken over", taken
    yield "prices", f"{manifest.prices.source}, of {manifest.prices.as_of}"
    seconds = results.wall_seconds
    yield (
        "made",
        f"{manifest.created} to {manifest.updated}" + ("" if seconds is None else f"; {seconds:,} s of work"),
    )
    yield "persona-judge", f"{manifest.persona_judge} made the run, {__version__} this page"
    yield "python", manifest.python
    yield "packages", ", ".join(f"{name} {version}" for name, version in manifest.packages.items())


def _inputs(found: Gathered) -> Iterator[tuple[str, str]]:
    manifest = found.manifest
    for entry in manifest.inputs:
        yield entry.path, entry.sha256
    if manifest.values is not None and manifest.configuration.values_sha256 is not None:
        yield manifest.values, manifest.configuration.values_sha256
    yield "prompt.yaml", found.prompt.sha256
    names = "comparisons.jsonl", "judgments.jsonl", "verdicts.jsonl"
    yield from zip(names, found.sources, strict=False)
    if found.evidence.agreement is not None:
        yield found.evidence.agreement.how.file, found.evidence.agreement.how.file_sha256
