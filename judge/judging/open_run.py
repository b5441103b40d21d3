"""A judging run on disk: made from inputs or found again, and never mixed with one of another configuration."""

from __future__ import annotations

import hashlib
import json
import platform
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from judge import __version__
from judge.core.calls.limits import ALLOW_MISSING
from judge.core.calls.prices import PriceList, check_currency, described
from judge.core.errors import RunDirectoryError
from judge.core.files import run_directory as rundir
from judge.core.files.arguments import InputFile, input_file
from judge.core.files.manifest import (
    SCHEMA_VERSION,
    ContestantEntry,
    InputPath,
    JudgingConfiguration,
    JudgingManifest,
    NamedInput,
    differing,
    versions,
)
from judge.core.files.rows import file_sha256, without_collector
from judge.core.survey.values import load_items
from judge.judging.call_plan import AfterPilot, Plan
from judge.judging.pairs.contestants import Contestant, read_contestants
from judge.judging.pairs.pairing import OWN_FAMILY, Pairing
from judge.judging.panel import FOLDER, PANEL
from judge.judging.settings import CompareSettings
from judge.prompts import Prompt

_DEFAULTED = {
    "criteria",
    "all_pairs",
    "pairs_per_item",
    "extra_body",
}  # settings that a configuration leaves out where they are usual
_PACKAGES = ("pydantic", "numpy", "jinja2", "json-repair", "fastjsonschema")


def configuration(settings: CompareSettings, files: list[InputFile], prompt: Prompt) -> JudgingConfiguration:
    """Collect everything that decides the calls. Two runs with equal configurations are one run."""
    judge = settings.judge
    if settings.panel is not None:  # what each judge is asked with is in the configuration of its own run
        settings = replace(
            settings, structured_output="auto", temperature=None, max_tokens=None, model_seed=None, extra_body=None
        )
    return JudgingConfiguration(
        inputs=tuple(NamedInput(name=file.contestant, sha256=file.sha256) for file in files),
        values_sha256=None if settings.values is None else file_sha256(settings.values),
        reference=settings.reference,
        allow=tuple(sorted(settings.allow - {ALLOW_MISSING, OWN_FAMILY})),  # they decide no call
        judge=str(judge),
        endpoint=judge.place,
        prompt=prompt.ref,
        reply=settings.structured_output,
        temperature=settings.temperature,
        max_tokens=settings.max_tokens,
        model_seed=settings.model_seed,
        orders=settings.orders,
        repeats=settings.repeats,
        seed=settings.seed,
        **({} if settings.criteria == "together" else {"criteria": settings.criteria}),  # as before where it is usual
        **({"columns": dict(settings.columns)} if settings.columns else {}),
        **({"all_pairs": True} if settings.among_all else {}),
        **({} if settings.pairs_per_item is None else {"pairs_per_item": settings.pairs_per_item}),
        **({} if settings.extra_body is None else {"extra_body": settings.extra_body.text}),
        **({} if settings.questions is None else {"questions_sha256": file_sha256(settings.questions)}),
    )


def run_folder(settings: CompareSettings, files: list[InputFile], config: JudgingConfiguration) -> Path:
    """Return ``--out``, else a name under results/ that follows from the configuration: a rerun finds it."""
    if settings.out is not None:
        return settings.out
    digest = hashlib.sha256(json.dumps(config.as_json(), sort_keys=True).encode()).hexdigest()[:8]
    names = "-vs-".join(file.contestant for file in files[:3])
    slug = re.sub(r"[^A-Za-z0-9._-]+", "-", f"{names}-{settings.judge}").strip("-.")[:80]
    return Path("results") / f"{slug}-{digest}"


def folder_of(settings: CompareSettings, prompt: Prompt) -> Path:
    """Return the directory of the run that these settings make or resume."""
    if settings.out is not None:
        return settings.out
    files = _inputs(settings)
    return run_folder(settings, files, configuration(settings, files, prompt))


def _inputs(settings: CompareSettings) -> list[InputFile]:
    """The files of responses. They are hashed at the same time."""
    with ThreadPoolExecutor() as pool:
        return list(pool.map(lambda each: input_file(each, settings.columns, settings.questions), settings.files))


@contextmanager
def opened_run(
    settings: CompareSettings,
    prompt: Prompt,
    prices: PriceList,
    notes: tuple[str, ...] = (),
    check: Callable[[Mapping[str, ContestantEntry]], None] = lambda _: None,
) -> Iterator[tuple[rundir.RunDirectory[JudgingManifest], Plan]]:
    """Make the run, or find it again, and lock it; with the plan of its comparisons.

    Args:
        settings: The settings of the comparison.
        prompt: Its prompt.
        prices: The price list.
        notes: What goes into the manifest of a new run.
        check: Given the contestants of a new run before anything of it is kept; what it raises leaves no directory.

    Raises:
        InputError: The inputs are refused.
        RunDirectoryError: The directory has another run, or other files; another process uses it.
    """
    files = _inputs(settings)
    config = configuration(settings, files, prompt)
    folder = run_folder(settings, files, config)
    _check_folder(folder)

    def find() -> JudgingManifest | None:
        manifest = rundir.read_manifest(folder, JudgingManifest)
        if manifest is not None:
            if manifest.configuration != config and _is_untouched(folder, manifest):
                return None  # such as a run whose judge had a misspelt name
            _check_same(manifest, config, folder)
            check_currency(manifest, prices, folder)
        return manifest

    def make() -> JudgingManifest:
        return _make(settings, files, prompt, prices, config, folder, notes, check)

    with rundir.opened(folder, rundir.JOURNAL, find, make) as store:
        store.update(limit=settings.limit, prices=described(prices))
        if settings.options:
            store.update(options=dict(settings.options))
        if settings.sequence is not None:
            store.update(sequence=settings.sequence)
        yield store, open_plan(folder, store.manifest, settings.limit)


def _is_untouched(folder: Path, manifest: JudgingManifest) -> bool:
    """Whether nothing came of the run yet, no failed call either: it may then be of any configuration."""
    journals = (folder / rundir.JOURNAL, *(folder / FOLDER).glob(f"*/{rundir.JOURNAL}"))
    calls = sum(session.calls or 0 for session in manifest.sessions)
    others = manifest.refusals is not None or manifest.expert is not None
    return not (calls or others) and not any(path.exists() and path.stat().st_size for path in journals)


def open_plan(folder: Path, manifest: JudgingManifest, limit: int | None) -> Plan:
    """Read the plan of a run.

    Raises:
        RunDirectoryError: The file of comparisons is gone, or was changed.
    """
    path = folder / rundir.COMPARISONS
    if not path.exists():
        raise RunDirectoryError(f"{path} is gone", hint="give another --out; the judgments here have no comparisons")
    if file_sha256(path) != manifest.comparisons_sha256:
        raise RunDirectoryError(
            f"{path} is not what this run wrote (its sha256 is not that of {rundir.MANIFEST})",
            hint="restore the file, or give another --out",
        )
    config = manifest.configuration
    apart = manifest.criteria if config.criteria == "apart" else ()
    return Plan(
        path,
        seed=config.seed,
        orders=config.orders,
        repeats=config.repeats,
        limit=limit,
        sequence=manifest.sequence or "uniform",  # as runs were drawn before manifests named it
        apart=apart,
        after_pilot=_after_pilot(manifest),
    ).without(manifest.without)


def _after_pilot(manifest: JudgingManifest | None) -> AfterPilot | None:
    if manifest is None or manifest.pilot_orders is None:
        return None
    found = manifest.pilot_orders
    return AfterPilot(found.items, found.rest, found.effects)


@contextmanager
def scratch_plan(
    settings: CompareSettings, prompt: Prompt, manifest: JudgingManifest | None = None
) -> Iterator[tuple[Plan, Pairs]]:
    """Make a plan in a temporary folder, for estimates of a run or a new one; with what came of pairing the inputs."""
    begun = "spread" if manifest is None else manifest.sequence or "uniform"
    files = _inputs(settings)
    with tempfile.TemporaryDirectory(prefix="persona-judge-") as folder:
        path = Path(folder) / rundir.COMPARISONS
        with rundir.replacing_bytes(path, synced=False) as written:
            pairs = _pair(settings, files, prompt, written)
        plan = Plan(
            path,
            seed=settings.seed,
            orders=settings.orders,
            repeats=settings.repeats,
            limit=settings.limit,
            sequence=settings.sequence or begun,
            apart=prompt.criteria if settings.criteria == "apart" else (),
            after_pilot=_after_pilot(manifest),
        )
        yield plan, pairs


def _make(
    settings: CompareSettings,
    files: list[InputFile],
    prompt: Prompt,
    prices: PriceList,
    config: JudgingConfiguration,
    folder: Path,
    notes: tuple[str, ...],
    check: Callable[[Mapping[str, ContestantEntry]], None],
) -> JudgingManifest:
    path = folder / rundir.COMPARISONS
    with rundir.replacing_bytes(path) as written:
        pairs = _pair(settings, files, prompt, written)
        check(pairs.contestants)
    manifest = JudgingManifest(
        schema_version=SCHEMA_VERSION,
        persona_judge=__version__,
        created=rundir.now(),
        updated=rundir.now(),
        configuration=config,
        criteria=prompt.criteria,
        endpoint=_endpoint(settings),
        inputs=tuple(InputPath(path=file.address or str(file.path), sha256=file.sha256) for file in files),
        values=None if settings.values is None else str(settings.values),
        contestants=pairs.contestants,
        left_out=pairs.left_out,
        warnings=pairs.warnings,
        **({"notes": (*notes, *pairs.notes)} if notes or pairs.notes else {}),
        comparisons_sha256=file_sha256(path),
        python=platform.python_version(),
        packages=versions(_PACKAGES),
        prices=described(prices),
        limit=settings.limit,
        sequence=settings.sequence or "spread",
        reply_mode=None,
        sessions=(),
    )
    with rundir.replacing(folder / rundir.PROMPT) as file:
        file.write(prompt.path.read_text(encoding="utf-8"))
    rundir.write_manifest(folder, manifest)
    return manifest


@dataclass(frozen=True)
class Pairs:
    """The result of pairing the inputs, beside the file of comparisons.

    Attributes:
        contestants: Each contestant, in the order of the inputs.
        left_out: Counts of what is not compared.
        warnings: Doubts about the inputs.
        notes: How files were read that are not rows of this project.
    """

    contestants: dict[str, ContestantEntry]
    left_out: dict[str, int]
    warnings: tuple[str, ...]
    notes: tuple[str, ...]


def _pair(settings: CompareSettings, files: list[InputFile], prompt: Prompt, written: IO[bytes]) -> Pairs:
    """Read, check and pair the inputs, and write the comparisons."""
    items = None if settings.values is None else load_items(settings.values)
    with tempfile.TemporaryDirectory(prefix="persona-judge-") as scratch:
        contestants = read_contestants(files, Path(scratch))
        pairing = Pairing(
            contestants,
            reference=settings.reference,
            all_pairs=settings.among_all,
            pairs_per_item=settings.pairs_per_item,
            seed=settings.seed,
            items=items,
            requires=prompt.file.requires,
            allow=settings.allow,
            values_path=settings.values,
        )
        with without_collector():
            written.writelines(pairing.comparisons([file.path for file in files], Path(scratch)))
    entries = {
        entry.name: ContestantEntry(
            role=_role(entry, pairing.reference),
            responses=len(entry.rows),
            models=dict(entry.models),
            prompts=tuple(entry.prompts),
            **({"flagged": entry.flagged, "refusals": entry.refusals} if entry.flagged else {}),
        )
        for entry in contestants.values()
    }
    left_out = {"unpaired": pairing.left_out.unpaired, "empty": pairing.left_out.empty}
    if settings.planned is not None:
        pairs = settings.planned * pairing.pairs_per_item
        left_out["no_response"] = max(0, pairs - len(pairing) - pairing.left_out.empty)
    read_as: dict[str, dict[str, None]] = {}  # files that are read alike share a note
    for entry in contestants.values():
        if entry.read_as is not None:
            read_as.setdefault(entry.read_as, {})[str(entry.path)] = None
    notes = tuple(f"{', '.join(paths)}: {words}" for words, paths in read_as.items())
    return Pairs(entries, left_out, tuple(pairing.warnings), notes)


def _role(entry: Contestant, reference: Contestant | None) -> str:
    return "contestant" if reference is None else "reference" if entry is reference else "candidate"


def _endpoint(settings: CompareSettings) -> str:
    if settings.judge.is_offline:
        return "offline"
    if settings.panel is not None:
        return "those of its judges"
    return settings.judge.place or "the provider's own"


def _check_folder(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise RunDirectoryError(f"{folder} is a file", hint="give another --out")
    if folder.is_dir() and not (folder / rundir.MANIFEST).exists():
        own = {rundir.COMPARISONS, rundir.PROMPT}  # a run that was killed before its manifest was written
        others = [found.name for found in folder.iterdir() if not found.name.startswith(".") and found.name not in own]
        if others:
            raise RunDirectoryError(
                f"{folder} has other files ({', '.join(sorted(others)[:3])}) and no run",
                hint="give --out a new directory",
            )


def _check_same(manifest: JudgingManifest, wanted: JudgingConfiguration, folder: Path) -> None:
    found, config = (one.as_json() | one.model_dump(include=_DEFAULTED) for one in (manifest.configuration, wanted))
    default = next(iter(manifest.contestants), None)  # the reference, named or not
    names = [
        name
        for name in differing(found, config)
        if name != "reference" or (found.get(name) or default) != (config[name] or default)
    ]
    rundir.refuse_other(
        folder,
        found,
        config,
        names,
        _other(folder, manifest, wanted),
    )


def _other(folder: Path, manifest: JudgingManifest, wanted: JudgingConfiguration) -> str:
    """What to do where a directory has a run of another configuration."""
    if wanted.judge == str(PANEL) and manifest.panel is None:
        return f"give another --out, with --reuse {folder}: its judgments are copied to the judge of the panel"
    if manifest.panel is not None and wanted.judge != str(PANEL):
        return f"give another --out; each judge of its panel has a run of its own: --out {folder / FOLDER}/NAME"
    return "give another --out, or none at all: then each configuration gets a directory of its own"
