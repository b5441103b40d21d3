"""A run on disk: made from inputs or found again, and never mixed with one of another configuration."""

from __future__ import annotations

import hashlib
import json
import platform
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from judge import __version__
from judge.core.calls.prices import PriceList, check_currency, described
from judge.core.calls.resume import MISSING
from judge.core.errors import PersonaJudgeError, RunDirectoryError
from judge.core.files import run_directory as rundir
from judge.core.files.arguments import InputFile, input_file
from judge.core.files.manifest import differing, refuse_other, versions
from judge.core.files.rows import file_sha256
from judge.core.survey.values import load_items
from judge.judging.contestants import read_contestants
from judge.judging.pairing import Pairing
from judge.judging.plan import Plan
from judge.judging.settings import CompareSettings
from judge.prompts import Prompt

SCHEMA_VERSION = 1
_PACKAGES = ("pydantic", "numpy", "jinja2", "json-repair", "fastjsonschema")


@dataclass
class Run:
    """A run directory that is locked by this process, with its manifest (kept up to date by ``save``)."""

    folder: Path
    manifest: dict[str, Any]
    plan: Plan

    def save(self) -> None:
        """Write the manifest."""
        self.manifest["updated"] = rundir.now()
        rundir.write_json(self.folder / rundir.MANIFEST, self.manifest)


def configuration(settings: CompareSettings, files: list[InputFile], prompt: Prompt) -> dict[str, Any]:
    """All that decides what is asked. Two runs with equal configurations are one run."""
    judge = settings.judge
    return {
        "inputs": [{"name": file.name or file.path.stem, "sha256": file.sha256} for file in files],
        "values_sha256": None if settings.values is None else file_sha256(settings.values),
        "reference": settings.reference,
        "allow": sorted(settings.allow - {MISSING}),  # it decides no call
        "judge": str(judge),
        "endpoint": judge.base_url,
        "prompt": prompt.ref.model_dump(),
        "reply": settings.reply,
        "temperature": settings.temperature,
        "max_tokens": settings.max_tokens,
        "model_seed": settings.model_seed,
        "orders": settings.orders,
        "repeats": settings.repeats,
        "seed": settings.seed,
    }


def run_folder(settings: CompareSettings, files: list[InputFile], config: dict[str, Any]) -> Path:
    """``--out``, else a name under results/ that the configuration alone decides: the same command goes on."""
    if settings.out is not None:
        return settings.out
    digest = hashlib.sha256(json.dumps(config, sort_keys=True).encode()).hexdigest()[:8]
    names = "-vs-".join(file.name or file.path.stem for file in files[:3])
    slug = re.sub(r"[^A-Za-z0-9._-]+", "-", f"{names}-{settings.judge}").strip("-.")[:80]
    return Path("results") / f"{slug}-{digest}"


@contextmanager
def opened_run(settings: CompareSettings, prompt: Prompt, prices: PriceList) -> Iterator[Run]:
    """Make the run, or find it again, and hold its lock.

    Errors: the inputs are refused; the directory holds another run, or other things; it is in use.
    """
    files = [input_file(argument) for argument in settings.files]
    config = configuration(settings, files, prompt)
    folder = run_folder(settings, files, config)
    _check_folder(folder)
    is_new = not folder.exists()
    with rundir.locked(folder):
        manifest = rundir.read_manifest(folder)
        if manifest is None:
            try:
                manifest = _make(settings, files, prompt, prices, config, folder)
            except PersonaJudgeError:
                if is_new:  # refused inputs leave no trace; a new process finds that the lock it waited for is gone
                    (folder / rundir.LOCK).unlink(missing_ok=True)
                    with suppress(OSError):
                        folder.rmdir()
                raise
        else:
            _check_same(manifest, config, folder)
            check_currency(manifest, prices, folder)
        manifest["limit"] = settings.limit
        manifest["prices"] = described(prices)
        yield Run(folder, manifest, open_plan(folder, manifest, settings.limit))


def open_plan(folder: Path, manifest: dict[str, Any], limit: int | None) -> Plan:
    """The plan of a run, from its manifest."""
    path = folder / rundir.COMPARISONS
    if not path.exists():
        raise RunDirectoryError(f"{path} is gone", hint="give another --out; the judgments here lack their pairs")
    if file_sha256(path) != manifest["comparisons_sha256"]:
        raise RunDirectoryError(
            f"{path} is not what this run wrote (its sha256 is not that of {rundir.MANIFEST})",
            hint="restore the file, or give another --out",
        )
    config = manifest["configuration"]
    return Plan(path, seed=config["seed"], orders=config["orders"], repeats=config["repeats"], limit=limit)


@contextmanager
def scratch_plan(settings: CompareSettings, prompt: Prompt) -> Iterator[tuple[Plan, list[str]]]:
    """A plan that leaves nothing behind, for estimates, and what to warn of."""
    files = [input_file(argument) for argument in settings.files]
    with tempfile.TemporaryDirectory(prefix="persona-judge-") as folder:
        path = Path(folder) / rundir.COMPARISONS
        _, _, warnings = _pair(settings, files, prompt, path)
        plan = Plan(path, seed=settings.seed, orders=settings.orders, repeats=settings.repeats, limit=settings.limit)
        yield plan, warnings


def _make(
    settings: CompareSettings,
    files: list[InputFile],
    prompt: Prompt,
    prices: PriceList,
    config: dict[str, Any],
    folder: Path,
) -> dict[str, Any]:
    path = folder / rundir.COMPARISONS
    contestants, left_out, warnings = _pair(settings, files, prompt, path)
    manifest: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "persona_judge": __version__,
        "created": rundir.now(),
        "updated": rundir.now(),
        "configuration": config,
        "criteria": list(prompt.criteria),
        "endpoint": _endpoint(settings),
        "inputs": [{"path": str(file.path), "sha256": file.sha256} for file in files],
        "values": None if settings.values is None else str(settings.values),
        "contestants": contestants,
        "left_out": left_out,
        "warnings": warnings,
        "comparisons_sha256": file_sha256(path),
        "python": platform.python_version(),
        "packages": versions(_PACKAGES),
        "prices": described(prices),
        "limit": settings.limit,
        "reply_mode": None,
        "sessions": [],
    }
    with rundir.replacing(folder / rundir.PROMPT) as file:
        file.write(prompt.path.read_text(encoding="utf-8"))
    rundir.write_json(folder / rundir.MANIFEST, manifest)
    return manifest


def _pair(
    settings: CompareSettings, files: list[InputFile], prompt: Prompt, path: Path
) -> tuple[dict[str, Any], dict[str, int], list[str]]:
    """Read, check and pair the inputs, and write the comparisons. Nothing is left behind where that fails."""
    items = None if settings.values is None else load_items(settings.values)
    with tempfile.TemporaryFile() as spool:
        contestants = read_contestants(files, spool)
        pairing = Pairing(
            contestants,
            reference=settings.reference,
            items=items,
            requires=prompt.file.requires,
            allow=settings.allow,
            values_path=settings.values,
        )
        with rundir.replacing(path) as file:
            for comparison in pairing.comparisons(spool):
                file.write(comparison.model_dump_json(exclude_defaults=True) + "\n")
    described = {
        entry.name: {
            "role": "reference" if entry is pairing.reference else "candidate",
            "responses": len(entry.rows),
            "models": dict(entry.models),
            "prompts": [None if ref is None else ref.model_dump() for ref in entry.prompts],
        }
        for entry in contestants.values()
    }
    left_out = {"unpaired": pairing.left_out.unpaired, "empty": pairing.left_out.empty}
    if settings.planned is not None:
        pairs = settings.planned * len(pairing.candidates)
        left_out["no_response"] = max(0, pairs - len(pairing) - pairing.left_out.empty)
    return described, left_out, pairing.warnings


def _endpoint(settings: CompareSettings) -> str:
    if settings.judge.provider == "heuristic":
        return "offline"
    return settings.judge.base_url or "the provider's own"


def _check_folder(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise RunDirectoryError(f"{folder} is a file", hint="give another --out")
    if folder.is_dir() and not (folder / rundir.MANIFEST).exists():
        own = {rundir.COMPARISONS, rundir.PROMPT}  # a run that was killed before its manifest was written
        others = [found.name for found in folder.iterdir() if not found.name.startswith(".") and found.name not in own]
        if others:
            raise RunDirectoryError(
                f"{folder} holds other files ({', '.join(sorted(others)[:3])}) and no run",
                hint="give --out a new directory",
            )


def _check_same(manifest: dict[str, Any], config: dict[str, Any], folder: Path) -> None:
    found = manifest.get("configuration", {})
    default = next(iter(manifest.get("contestants", {})), None)  # the reference, named or not
    names = [
        name
        for name in differing(found, config)
        if name != "reference" or (found.get(name) or default) != (config[name] or default)
    ]
    refuse_other(
        folder,
        found,
        config,
        names,
        "give another --out, or none at all: then each configuration gets a directory of its own",
    )
