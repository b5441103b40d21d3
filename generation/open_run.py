"""A generation run on disk: ``FILE.run`` beside the file of responses, never mixed with another configuration."""

from __future__ import annotations

import platform
from collections.abc import Container, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from judge import __version__
from judge.core.calls.prices import PriceList, check_currency, described
from judge.core.calls.reuse import Source, last_rows
from judge.core.errors import RunDirectoryError, UsageError
from judge.core.files import run_directory as rundir
from judge.core.files.journal import read_journal
from judge.core.files.manifest import (
    SCHEMA_VERSION,
    Extension,
    GenerationConfiguration,
    GenerationManifest,
    differing,
    versions,
)
from judge.core.files.rows import file_sha256
from judge.core.survey.split_file import COPY, split_path
from judge.generation.calls import Call
from judge.generation.decoding import decoding_of, is_of_earlier_version
from judge.generation.settings import GenerateSettings
from judge.generation.task import ANSWERS, Generation
from judge.prompts.persona import SpeakingPrompt

JOURNAL = "generations.jsonl"
RESPONSES = "responses.jsonl"
SUFFIXES = (".jsonl", ".csv")
_PACKAGES = ("pydantic", "numpy", "jinja2")

Store = rundir.RunDirectory[GenerationManifest]


def folder_of(out: Path) -> Path:
    """Return the run directory of a file of responses."""
    return out.with_name(f"{out.name}.run")


def configuration(
    settings: GenerateSettings, prompt: SpeakingPrompt, identity: dict[str, Any], run: GenerationManifest | None = None
) -> GenerationConfiguration:
    """Collect everything that decides the calls. Two runs with equal configurations are one run.

    ``run`` is the manifest of the run, where it exists: one of an earlier version keeps its rules of decoding.
    """
    decoding = decoding_of(settings, run)
    rule = {} if run is not None and is_of_earlier_version(run) else {"seed_rule": decoding.seed_rule}
    side = settings.split
    split = None if side is None else split_path(settings.values, side, settings.split_file)
    known = settings.probabilities or (run is not None and run.configuration.probabilities)
    asks = {"probabilities": settings.probabilities} if known else {}
    return GenerationConfiguration(
        values_sha256=file_sha256(settings.values),
        **identity,
        task=settings.task,
        prompt=prompt.ref,
        words=settings.words if not settings.structured else None,
        samples=settings.samples,
        temperature=decoding.temperature,
        max_tokens=settings.max_tokens,
        model_seed=settings.seed_of_model,
        **rule,
        **asks,
        draw=settings.draw if settings.draw > 1 else None,
        **({} if settings.extra_body is None else {"extra_body": settings.extra_body.text}),
        reply=settings.session_limits.structured_output,
        sample=settings.sample,
        min_diversity=settings.min_diversity,
        split=settings.split,
        split_file=None if split is None else file_sha256(split),
        seed=settings.seed if settings.sample is not None else None,
    )


@contextmanager
def opened_run(
    settings: GenerateSettings, prompt: SpeakingPrompt, identity: dict[str, Any], prices: PriceList
) -> Iterator[Store]:
    """Make the run, or find it again, and lock it.

    Raises:
        RunDirectoryError: The file or the directory is something else, or of a run of another configuration; another
            process uses it.
    """
    folder = folder_of(settings.out)
    if not folder.exists():
        check_run(settings, prompt, identity, prices)  # refused before any folder is made

    def find() -> GenerationManifest | None:
        manifest = check_run(settings, prompt, identity, prices)
        return None if manifest is None else _extended(manifest, configuration(settings, prompt, identity, manifest))

    def make() -> GenerationManifest:
        for name, text in prompt.texts.items():
            with rundir.replacing(folder / name) as file:
                file.write(text)
        return _new(settings, configuration(settings, prompt, identity), prices)

    with rundir.opened(folder, JOURNAL, find, make) as store:
        store.update(prices=described(prices))
        if settings.split is not None:  # a score says of which items the run was not asked
            _keep_split(split_path(settings.values, settings.split, settings.split_file), folder / COPY)
        yield store


def _keep_split(split: Path, copy: Path) -> None:
    """Copy the split file of a run, also of one that an earlier version began, or whose copy was damaged."""
    if not copy.is_file() or file_sha256(copy) != file_sha256(split):
        rundir.write_bytes(copy, split.read_bytes())


def remember_output(store: Store, out: Path, sha256: str) -> None:
    """Note the sha256 of a file that is about to replace the one before, which may be there until then.

    Raises:
        RunDirectoryError: What is there was changed since the run was opened.
    """
    _check_output(out, store.manifest)
    there = (file_sha256(out),) if out.exists() else store.manifest.outputs[-1:]
    store.update(outputs=(*there, sha256))
    store.save()


def check_run(
    settings: GenerateSettings, prompt: SpeakingPrompt, identity: dict[str, Any], prices: PriceList
) -> GenerationManifest | None:
    """Return the manifest of the run to resume, or None where a new one is to be made. Writes nothing.

    More samples or a larger sample of items extend a run: its results stay, and what is new is asked.

    Raises:
        RunDirectoryError: The file or the directory is something else, or of a run of another configuration, or was
            changed by hand.
        UsageError: The file has another suffix than .jsonl or .csv.
    """
    folder = folder_of(settings.out)
    if settings.out.suffix.lower() not in SUFFIXES:
        raise UsageError(
            f"--out {settings.out}: the file ends in {' or '.join(SUFFIXES)}", hint="like --out gpt41.jsonl"
        )
    if settings.out.exists() and not (folder / rundir.MANIFEST).is_file():
        raise RunDirectoryError(
            f"{settings.out} exists, and there is no run of this program beside it", hint="give another --out"
        )
    manifest = rundir.read_manifest(folder, GenerationManifest)
    if manifest is None:
        return None
    if _is_untouched(folder, manifest):
        _check_output(settings.out, manifest)
        return None
    found, config = manifest.configuration.as_json(), configuration(settings, prompt, identity, manifest).as_json()
    config.setdefault("extra_body", None)  # where it is left out, a run that has one is another
    names = [name for name in differing(found, config) if not _extends(name, found, config)]
    rundir.refuse_other(folder, found, config, names, "give another --out (only --sample and --samples may grow)")
    check_currency(manifest, prices, folder)
    _check_output(settings.out, manifest)
    _check_journal(folder, manifest)
    return manifest


def _extended(manifest: GenerationManifest, config: GenerationConfiguration) -> GenerationManifest:
    """The manifest with the configuration of now, and a note of what it was where it has grown."""
    before, now = manifest.configuration.as_json(), config.as_json()
    if before == now:
        return manifest
    grown = Extension(time=rundir.now(), before={name: before.get(name) for name in differing(before, now)})
    return manifest.model_copy(update={"configuration": config, "extended": (*manifest.extended, grown)})


def _extends(name: str, found: dict[str, Any], config: dict[str, Any]) -> bool:
    """Whether a setting that differs only adds rows: a larger sample contains the smaller one (of the same seed)."""
    if name == "samples":
        return bool(config[name] > found.get(name, 0))
    if name == "sample":
        before = found.get(name)
        return before is not None and (config[name] is None or config[name] > before)
    return name == "seed" and config["sample"] is None  # all items: no seed draws them


def _new(settings: GenerateSettings, config: GenerationConfiguration, prices: PriceList) -> GenerationManifest:
    return GenerationManifest(
        schema_version=SCHEMA_VERSION,
        persona_judge=__version__,
        created=rundir.now(),
        updated=rundir.now(),
        configuration=config,
        values=str(settings.values),
        model=str(settings.model.spec),
        adapter=None if settings.model.adapter is None else str(settings.model.adapter),
        endpoint="this machine" if settings.model.local else settings.model.spec.place or "the provider's own",
        python=platform.python_version(),
        packages=versions(_PACKAGES),
        prices=described(prices),
        reply_mode=None,
        outputs=(),
        sessions=(),
    )


def _is_untouched(folder: Path, manifest: GenerationManifest) -> bool:
    """Whether nothing came of the run yet: it may then be of any configuration."""
    journal = folder / JOURNAL
    return not manifest.outputs and not (journal.exists() and journal.stat().st_size)


def _check_journal(folder: Path, manifest: GenerationManifest) -> None:
    """Refuse a journal that lost rows: its answers would be removed from the file, and paid for again."""
    journal = folder / JOURNAL
    had, size = manifest.journal_bytes, journal.stat().st_size if journal.exists() else 0
    if size < had:
        raise RunDirectoryError(
            f"{journal} has {size:,} bytes, and had {had:,} when the answers were last written",
            hint="restore it: it has the paid results; or give another --out",
        )


def _check_output(out: Path, manifest: GenerationManifest) -> None:
    """Refuse to overwrite a file that was changed by hand."""
    if out.exists() and file_sha256(out) not in manifest.outputs:
        raise RunDirectoryError(
            f"{out} is not what this run wrote",
            hint="move the file away to have it written again, or give another --out",
        )


def journal_of(given: Path) -> Path:
    """Find the journal beside a file of responses, or in its run directory.

    Raises:
        UsageError: There is none.
    """
    folders = (given, folder_of(given))
    if found := next((folder / JOURNAL for folder in folders if (folder / JOURNAL).is_file()), None):
        return found
    raise UsageError(
        f"--reuse {given}: no {JOURNAL} there or in {folder_of(given)}",
        hint="give a file that `judge generate` wrote, with its run directory beside it",
    )


def sources(
    journals: Sequence[Path], calls: Iterable[Call], completed: Container[bytes]
) -> Iterator[Source[Generation]]:
    """Yield the results that other runs' journals have of calls that are not ``completed``; each call once.

    The runs may be of any configuration: a call's key says all that its answer follows from.
    """
    there = [path for path in journals if path.exists()]
    if not there:
        return
    wanted = {key for call in calls if (key := bytes.fromhex(call.key)) not in completed}
    for path in there:
        run = path.resolve().parent
        yield Source(f"{run.parent.name}/{run.name}", _rows(path, wanted))


def _rows(path: Path, wanted: set[bytes]) -> Iterator[Generation]:
    if not wanted:
        return
    for row in last_rows(partial(read_journal, path, Generation, damage=[]), ANSWERS):
        key = bytes.fromhex(row.key)
        if key in wanted:
            wanted.remove(key)
            yield row
