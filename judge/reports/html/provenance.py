"""Provenance: the commands, settings, inputs, versions, cost, prompt and manifest of a run."""

from __future__ import annotations

import json
import shlex
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from judge import __version__
from judge.comparison.headline import left_out_judges, method, taken_over
from judge.core.calls.prices import money
from judge.core.errors import PromptError
from judge.core.files.manifest import JudgingManifest, JudgingResults, PanelBy
from judge.core.models.providers.addresses import FLEET
from judge.core.screen.tables import Table
from judge.judging.expert.calls import read_expert
from judge.judging.panels.read_judges import require_judge
from judge.prompts import DEFAULT, load_prompt
from judge.reports.report_data import ReportData
from judge.stats.formatting import counted


@dataclass(frozen=True)
class Provenance:
    """Commands that reproduce the page, settings and inputs as tables, the prompt and the manifest in full."""

    commands: tuple[str, ...]
    facts: Table
    inputs: Table
    prompt: tuple[tuple[str, str], ...]
    manifest: str


def provenance(data: ReportData, options: tuple[str, ...]) -> Provenance:
    """Describe how a run was made.

    Args:
        data: The run.
        options: The options of `judge report`, to repeat in its command.
    """
    file = data.prompt.file
    criteria = "\n".join(f"{name} ({each.field}): {each.description}" for name, each in file.criteria.items())
    return Provenance(
        commands=(compare_command(data), shlex.join(["judge", "report", str(data.folder), *options])),
        facts=Table("Settings and versions", "", ("setting", "value"), tuple(_facts(data)), (), labels=2),
        inputs=Table("Input files", "", ("file", "sha256"), tuple(_inputs(data)), (), labels=2),
        prompt=(
            ("System", file.system),
            ("User", file.user),
            ("Criteria", criteria),
            ("Reply, as JSON schema", json.dumps(file.reply, indent=2, ensure_ascii=False)),
        ),
        manifest=json.dumps(data.manifest.as_json(), indent=2, ensure_ascii=False),
    )


def compare_command(data: ReportData) -> str:
    """Return the command line that makes the same calls. Options at their defaults are omitted."""
    manifest = data.manifest
    config, results = manifest.configuration, manifest.results or JudgingResults()
    words = ["judge", "compare", *_files(manifest)]
    given = {
        "--values": manifest.values,
        "--judge": None if manifest.panel is not None else config.judge,
        "--base-url": _address(config.endpoint),
        "--prompt": _prompt(data),
        "--reference": config.reference,
        "--temperature": config.temperature,
        "--max-tokens": config.max_tokens,
        "--model-seed": config.model_seed,
        "--extra-body": config.extra_body,
        "--limit": manifest.limit,
        "--sequence": "uniform" if manifest.limit is not None and manifest.sequence != "spread" else None,
    }
    for option, value in given.items():
        if value is not None:
            words += [option, str(value)]
    usual: dict[str, tuple[object, object]] = {
        "--reply": (config.reply, "auto"),
        "--criteria": (config.criteria, "together"),
        "--orders": (config.orders, "both"),
        "--repeats": (config.repeats, 1),
        "--seed": (config.seed, 0),
        "--pairs-per-item": (config.pairs_per_item, None),
        "--inconsistent": (results.inconsistent, "mean"),
        "--resamples": (results.resamples or 10_000, 10_000),
    }
    for option, (chosen, default) in usual.items():
        if chosen != default:
            words += [option, str(chosen)]
    if config.all_pairs and config.pairs_per_item is None:
        words.append("--all-pairs")
    if manifest.expert is not None:
        words += _expert_words(data)
    if manifest.panel is not None:
        words += _panel_words(data, manifest.panel)
    for allowed in config.allow:
        words += ["--allow", allowed]
    return shlex.join([*words, "--out", str(data.folder)])


def _address(endpoint: str | None) -> str | None:
    """The value of `--base-url`: of a fleet a file, since its servers may come and go."""
    return "fleet.yaml" if endpoint == FLEET else endpoint


def _expert_words(data: ReportData) -> list[str]:
    """The options that name the expert, its server and its share."""
    found = read_expert(data.folder, data.manifest)
    if found is None:
        return []
    about = found[1]
    words = ["--expert", about.configuration.judge]
    if (address := _address(about.configuration.endpoint)) is not None:
        words += ["--expert-base-url", address]
    return words if about.design is None else [*words, "--expert-share", str(about.design.wanted)]


def _panel_words(data: ReportData, panel: PanelBy) -> list[str]:
    """The options that name the judges of a panel, their servers and how they decide."""
    words = []
    for each in panel.judges:
        _, own = require_judge(data.folder, each)
        words += ["--judge", each.judge, "--base-url", _address(own.configuration.endpoint) or "-"]
    words += ["--quorum", str(panel.quorum)]
    return words if panel.combine == "mean" else [*words, "--combine", panel.combine]


def _own_settings(data: ReportData, panel: PanelBy) -> Iterator[tuple[str, str]]:
    """What each judge of a panel was asked with."""
    for each in panel.judges:
        _, own = require_judge(data.folder, each)
        config = own.configuration
        names = ("temperature", "max_tokens", "model_seed", "extra_body")
        given = [f"{name} {value}" for name in names if (value := getattr(config, name)) is not None]
        at = [f"{each.judge} at {own.endpoint}", *given]
        if each.weight is not None:
            at.append(f"weight {each.weight:g}")
        if each.without:
            at.append(f"no vote on {', '.join(each.without)}")
        yield f"judge {each.name}", "; ".join(at)


def _files(manifest: JudgingManifest) -> Iterator[str]:
    for config, file in zip(manifest.configuration.inputs, manifest.inputs, strict=True):
        stem = file.path.replace("\\", "/").rsplit("/", 1)[-1].rsplit(".", 1)[0]
        yield file.path if config.name == stem else f"{config.name}={file.path}"


def _prompt(data: ReportData) -> str | None:
    """The name of a prompt that ships, None for the default, else the path of the copy in the run directory."""
    name = data.prompt.file.name
    try:
        same = load_prompt(name).sha256 == data.prompt.sha256
    except PromptError:
        same = False
    if same:
        return None if name == DEFAULT else name
    return str(data.prompt.path)


def _facts(data: ReportData) -> Iterator[tuple[str, str]]:
    how, spent, manifest = data.summary.how, data.summary.spent, data.manifest
    config = manifest.configuration
    results = manifest.results or JudgingResults()
    yield "judge", how.judge if how.is_llm else f"{how.judge} (not an LLM)"
    if manifest.panel is not None:
        yield from _own_settings(data, manifest.panel)
    else:
        yield "endpoint", how.endpoint
    replies: Counter[str] = Counter()
    for session in manifest.sessions:
        replies.update({server.name: server.replies for server in session.servers})
    if replies:
        yield (
            "servers",
            ", ".join(f"{name} ({counted(number, 'reply', 'replies')})" for name, number in replies.items()),
        )
    returned = (f"{name} ({counted(number, 'reply', 'replies')})" for name, number in how.models_returned.items())
    yield "models as returned", ", ".join(returned) or "none"
    if fingerprints := results.fingerprints:
        yield "fingerprints", ", ".join(f"{name} ({number:,})" for name, number in fingerprints.items())
    for name, entry in manifest.contestants.items():
        models = ", ".join(f"{model} ({number:,})" for model, number in entry.models.items()) or "unknown"
        yield f"{entry.role} {name}", f"{counted(entry.responses, 'response')}; model: {models}"
    yield "prompt", f"{how.prompt} version {how.prompt_version}, sha256 {how.prompt_sha256}"
    settings = {name: getattr(config, name) for name in ("temperature", "max_tokens", "model_seed", "extra_body")}
    sampling = {name: value for name, value in settings.items() if value is not None}
    yield "sampling", ", ".join(f"{name} {value}" for name, value in sampling.items()) or "the endpoint's own"
    yield "orders", f"{how.orders}; repeats {how.repeats}; rule for inconsistent: {how.inconsistent}"
    yield "intervals", method(how)
    yield "requests", f"{spent.requests:,}; {spent.input_tokens:,} tokens in, {spent.output_tokens:,} out"
    cost = money(spent.cost, spent.currency) if how.is_llm else "none: no model was called"
    unknown = (
        f" and {counted(spent.replies_without_cost, 'reply', 'replies')} of unknown cost"
        if spent.cost is not None
        else ""
    )
    yield "cost", cost + (unknown if how.is_llm and spent.replies_without_cost else "")
    if gone := left_out_judges(spent):
        yield "cost", gone
    if taken := taken_over(spent):
        yield "reused", taken
    yield "prices", f"{manifest.prices.source}, of {manifest.prices.as_of}"
    seconds = results.wall_seconds
    yield (
        "time",
        f"{manifest.created} to {manifest.updated}" + ("" if seconds is None else f"; {seconds:,} s of work"),
    )
    yield "persona-judge", f"{manifest.persona_judge} (run), {__version__} (this page)"
    yield "python", manifest.python
    yield "packages", ", ".join(f"{name} {version}" for name, version in manifest.packages.items())


def _inputs(data: ReportData) -> Iterator[tuple[str, str]]:
    manifest = data.manifest
    for entry in manifest.inputs:
        yield entry.path, entry.sha256
    if manifest.values is not None and manifest.configuration.values_sha256 is not None:
        yield manifest.values, manifest.configuration.values_sha256
    yield "prompt.yaml", data.prompt.sha256
    journal = "judgments.jsonl" if manifest.panel is None else "judges/*/judgments.jsonl, and how they are combined"
    names = "comparisons.jsonl", journal, "verdicts.jsonl"
    yield from zip(names, data.sources, strict=False)
    if data.agreement is not None:
        yield data.agreement.how.file, data.agreement.how.file_sha256
