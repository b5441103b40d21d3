"""A generation run on disk: ``FILE.run`` beside the file of responses, never mixed with another configuration."""

from __future__ import annotations

import platform
from collections.abc import Container, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from judge import __version__
from judge.core.calls.prices import PriceList, check_currency, described
from judge.core.calls.reuse import Source, standing
from judge.core.errors import PersonaJudgeError, RunDirectoryError, UsageError
from judge.core.files import run_directory as rundir
from judge.core.files.journal import read_journal
from judge.core.files.manifest import differing, refuse_other, versions
from judge.core.files.rows import file_sha256
from judge.generation.calls import Call
from judge.generation.items import split_path
from judge.generation.settings import GenerateSettings
from judge.generation.task import ANSWERS, Generation
from judge.prompts.persona import SpeakingPrompt

SCHEMA_VERSION = 1
JOURNAL = "generations.jsonl"
RESPONSES = "responses.jsonl"
SUFFIXES = (".jsonl", ".csv")
_PACKAGES = ("pydantic", "numpy", "jinja2")


@dataclass
class Run:
    """A run directory that is locked by this process, with its manifest (kept up to date by ``save``)."""

    folder: Path
    out: Path
    manifest: dict[str, Any]

    def save(self) -> None:
        """Write the manifest."""
        self.manifest["updated"] = rundir.now()
        rundir.write_json(self.folder / rundir.MANIFEST, self.manifest)

    def remember_output(self, sha256: str) -> None:
        """Note the sha256 of a file that is about to take its place: until it has, the one before it may be there.

        Errors: what is there came from elsewhere since the run was opened.
        """
        _check_output(self.out, self.manifest)
        there = [file_sha256(self.out)] if self.out.exists() else self.manifest["outputs"][-1:]
        self.manifest["outputs"] = [*there, sha256]
        self.save()


def folder_of(out: Path) -> Path:
    """The run directory of a file of responses."""
    return out.with_name(f"{out.name}.run")


def configuration(settings: GenerateSettings, prompt: SpeakingPrompt, identity: dict[str, Any]) -> dict[str, Any]:
    """All that decides what is asked. Two runs with equal configurations are one run."""
    side = settings.split
    split = None if side is None else split_path(settings.values, side, settings.split_file)
    return {
        "values_sha256": file_sha256(settings.values),
        **identity,
        "task": settings.task,
        "prompt": prompt.ref.model_dump(),
        "words": list(settings.words) if not settings.structured else None,
        "samples": settings.samples,
        "temperature": settings.temperature,
        "max_tokens": settings.max_tokens,
        "model_seed": settings.seed_of_model,
        "draw": settings.draw if settings.draw > 1 else None,
        "reply": settings.reply if settings.structured else "text",
        "sample": settings.sample,
        "min_diversity": settings.min_diversity,
        "split": settings.split,
        "split_file": None if split is None else file_sha256(split),
        "seed": settings.seed if settings.sample is not None else None,
    }


@contextmanager
def opened_run(
    settings: GenerateSettings, prompt: SpeakingPrompt, identity: dict[str, Any], prices: PriceList
) -> Iterator[Run]:
    """Make the run, or find it again, and hold its lock.

    Errors: the file or the directory holds something else, or a run of another configuration; it is in use.
    """
    folder = folder_of(settings.out)
    is_new = not folder.exists()
    if is_new:
        check_run(settings, prompt, identity, prices)
    with rundir.locked(folder):
        try:
            manifest = check_run(settings, prompt, identity, prices)
            config = configuration(settings, prompt, identity)
            if manifest is None:
                manifest = _new(settings, config, prices)
                for name, text in prompt.texts.items():
                    with rundir.replacing(folder / name) as file:
                        file.write(text)
            elif (before := manifest["configuration"]) != config:
                manifest["configuration"] = config
                grown = {name: before.get(name) for name in differing(before, config)}
                manifest.setdefault("extended", []).append({"time": rundir.now(), "before": grown})
        except PersonaJudgeError:
            if is_new:
                (folder / rundir.LOCK).unlink(missing_ok=True)
                with suppress(OSError):
                    folder.rmdir()
            raise
        manifest["prices"] = described(prices)
        yield Run(folder, settings.out, manifest)


def check_run(
    settings: GenerateSettings, prompt: SpeakingPrompt, identity: dict[str, Any], prices: PriceList
) -> dict[str, Any] | None:
    """The manifest of the run to go on with, or None where a new one is to be made. Writes nothing.

    More samples or a larger sample of items extend a run: what it holds stays, what is new is asked.
    Errors: the file or the directory holds something else, or a run of another configuration, or was changed by hand.
    """
    folder = folder_of(settings.out)
    if settings.out.suffix.lower() not in SUFFIXES:
        raise UsageError(
            f"--out {settings.out}: the file ends in {' or '.join(SUFFIXES)}", hint="like --out gpt41.jsonl"
        )
    config = configuration(settings, prompt, identity)
    if settings.out.exists() and not (folder / rundir.MANIFEST).is_file():
        raise RunDirectoryError(
            f"{settings.out} is there, and no run of this program beside it that made it", hint="give another --out"
        )
    manifest = rundir.read_manifest(folder)
    if manifest is None:
        return None
    if _is_untouched(folder, manifest):
        _check_output(settings.out, manifest)
        return None
    found = manifest.get("configuration", {})
    names = [name for name in differing(found, config) if not _extends(name, found, config)]
    refuse_other(folder, found, config, names, "give another --out (--sample and --samples alone may grow)")
    check_currency(manifest, prices, folder)
    _check_output(settings.out, manifest)
    _check_journal(folder, manifest)
    return manifest


def _extends(name: str, found: dict[str, Any], config: dict[str, Any]) -> bool:
    """Whether a setting that differs only adds rows: a larger sample holds the smaller one (of the same seed)."""
    if name == "samples":
        return bool(config[name] > found.get(name, 0))
    if name == "sample":
        before = found.get(name)
        return before is not None and (config[name] is None or config[name] > before)
    return name == "seed" and config["sample"] is None  # all items: no seed draws them


def _new(settings: GenerateSettings, config: dict[str, Any], prices: PriceList) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "persona_judge": __version__,
        "created": rundir.now(),
        "updated": rundir.now(),
        "configuration": config,
        "values": str(settings.values),
        "model": str(settings.model.spec),
        "adapter": None if settings.model.adapter is None else str(settings.model.adapter),
        "endpoint": "this machine" if settings.model.local else settings.model.spec.base_url or "the provider's own",
        "python": platform.python_version(),
        "packages": versions(_PACKAGES),
        "prices": described(prices),
        "reply_mode": None,
        "outputs": [],
        "sessions": [],
    }


def _is_untouched(folder: Path, manifest: dict[str, Any]) -> bool:
    """Whether nothing came of the run yet: it may then be of any configuration."""
    journal = folder / JOURNAL
    return not manifest.get("outputs") and not (journal.exists() and journal.stat().st_size)


def _check_journal(folder: Path, manifest: dict[str, Any]) -> None:
    """A journal that lost rows would have the answers written away, and paid for again."""
    journal = folder / JOURNAL
    had, size = manifest.get("journal_bytes", 0), journal.stat().st_size if journal.exists() else 0
    if size < had:
        raise RunDirectoryError(
            f"{journal} has {size:,} bytes, and had {had:,} when the answers were last written",
            hint="restore it: it holds what was paid for; or give another --out",
        )


def _check_output(out: Path, manifest: dict[str, Any]) -> None:
    """A file that was changed by hand is not overwritten."""
    if out.exists() and file_sha256(out) not in manifest.get("outputs", []):
        raise RunDirectoryError(
            f"{out} is not what this run wrote",
            hint="move the file away to have it written again, or give another --out",
        )


def journal_of(given: Path) -> Path:
    """The journal beside a file of responses, or in its run directory. Errors: there is none."""
    folders = (given, folder_of(given))
    if found := next((folder / JOURNAL for folder in folders if (folder / JOURNAL).is_file()), None):
        return found
    raise UsageError(
        f"--reuse {given}: no {JOURNAL} there or in {folder_of(given)}",
        hint="give a file that `judge generate` wrote, with its run directory beside it",
    )


def sources(journals: Sequence[Path], calls: Iterable[Call], held: Container[bytes]) -> Iterator[Source[Generation]]:
    """What the journals of other runs hold of the calls that are not ``held``; each call once.

    The runs may be of any configuration: a call's key says all that its answer follows from.
    """
    there = [path for path in journals if path.exists()]
    if not there:
        return
    lacking = {key for call in calls if (key := bytes.fromhex(call.key)) not in held}
    for path in there:
        run = path.resolve().parent
        yield Source(f"{run.parent.name}/{run.name}", _rows(path, lacking))


def _rows(path: Path, lacking: set[bytes]) -> Iterator[Generation]:
    if not lacking:
        return
    for row in standing(partial(read_journal, path, Generation), ANSWERS):
        key = bytes.fromhex(row.key)
        if key in lacking:
            lacking.remove(key)
            yield row
