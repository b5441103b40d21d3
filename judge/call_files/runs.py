"""Write the missing calls of a run to a file, and read results of such calls into its journal.

The run may be one of `judge compare` or of `judge generate`. It is opened by what its own folder says, and locked.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from judge.comparison.results import write_results as write_comparison
from judge.comparison.run import Run
from judge.core.batches.ledger import calls_under_way
from judge.core.call_files.export import Exported, export_calls, mode_of, wire_of
from judge.core.call_files.import_results import Asked, Imported, import_results
from judge.core.calls.ask import set_damage_aside
from judge.core.calls.completed_calls import load_completed, missing_calls
from judge.core.calls.cost_estimate import model_price
from judge.core.calls.limits import StructuredOutput
from judge.core.calls.prices import Price, load_prices
from judge.core.calls.task import Task
from judge.core.errors import InputError, RunDirectoryError, UsageError
from judge.core.extra_body import extra_body
from judge.core.files import run_directory as rundir
from judge.core.files.manifest import GenerationManifest, ImportedResults, JudgingManifest, ManifestT
from judge.core.files.rows import file_sha256
from judge.core.models.open_client import ModelSpec, spec_of_run
from judge.core.survey.split_file import COPY
from judge.generation.calls import CallMaker
from judge.generation.decoding import decoding_of
from judge.generation.generate import write_results as write_responses
from judge.generation.items import chosen_items
from judge.generation.models import ModelChoice, identity
from judge.generation.open_run import JOURNAL as GENERATIONS
from judge.generation.open_run import configuration, folder_of
from judge.generation.settings import GenerateSettings
from judge.generation.task import Generating
from judge.judging.calls import CallMaker as JudgingCalls
from judge.judging.calls import CallSettings
from judge.judging.open_run import open_plan
from judge.judging.panels.read_judges import folders
from judge.judging.task import Judging
from judge.prompts import load_prompt
from judge.prompts.persona import load_speaking
from judge.stats.estimate import RESAMPLES


@dataclass(frozen=True)
class OpenRun:
    """A run that was opened from its folder.

    Attributes:
        store: Its files, locked.
        task: Its calls.
        spec: The model that is asked.
        reply: What was asked of structured output.
        finish: Makes the run's results anew from its journal.
    """

    store: rundir.RunDirectory[Any]
    task: Task[Any, Any]
    spec: ModelSpec
    reply: StructuredOutput
    finish: Callable[[], Run | None]

    @property
    def mode(self) -> str:
        """How calls in a file ask for structured output."""
        return mode_of(self.reply, self.store.manifest.reply_mode)


@dataclass(frozen=True)
class Finished:
    """What an import gave: counts, calls that are still missing, and the run with its results made anew."""

    imported: Imported
    missing: int
    run: Run | None = field(repr=False)


def export_run(run: Path, out: Path) -> Exported:
    """Write the calls of a run that have no result to a file, in the batch format of its model's provider.

    Args:
        run: The run directory.
        out: The file.

    Raises:
        RunDirectoryError: There is no run, another process uses it, or calls of it are in batches under way.
        UsageError: The run's judge is the offline heuristic, or ``out`` is a file of another kind.
        WriteError: The disk does not take the file.
    """
    with opened_run(run) as found:
        calls_under_way(found.store.folder)
        return export_calls(found.task, load_completed(found.task, found.store.journal), found.spec, found.mode, out)


def import_run(run: Path, results: Path, prices: Path | None = None) -> Finished:
    """Read the results of exported calls into a run's journal, and make the run's results anew.

    A rerun adds nothing. Calls that failed, and those without a result, are still missing.

    Args:
        run: The run directory.
        results: The file, in OpenAI's batch format or Anthropic's.
        prices: A price file; None is the bundled one. Calls of a file cost what calls in a batch cost.

    Raises:
        RunDirectoryError: There is no run, or another process uses it.
        InputError: Results are of other calls than this run's, a call has two results that differ, or no line is a
            result.
        WriteError: The disk does not take the rows.
    """
    with opened_run(run) as found:
        task, store = found.task, found.store
        completed = load_completed(task, store.journal)
        set_damage_aside(store, completed)
        live = model_price(found.spec, load_prices(prices))
        price: Price | None = None if live is None else live.in_batch
        asked = Asked(wire_of(found.spec), found.mode, price)
        imported = import_results(task, store.journal, completed, results, asked=asked)
        if imported.damaged and not (imported.completed or imported.failed or imported.known or imported.not_run):
            line, problem = imported.damaged[0]
            raise InputError(
                f"none of the {len(imported.damaged):,} lines is a result: {problem}",
                path=results,
                line=line,
                hint="give the results of the calls that `judge calls export` wrote, one JSON object per line",
            )
        if imported.completed or imported.failed:
            entry = ImportedResults(
                path=str(results),
                sha256=file_sha256(results),
                time=rundir.now(),
                completed=imported.completed,
                failed=imported.failed.total(),
                not_run=imported.not_run,
            )
            store.update(imported=(*store.manifest.imported, entry))
            store.save()
        missing = sum(1 for _ in missing_calls(task, completed))
        return Finished(imported, missing, found.finish())


@contextmanager
def opened_run(run: Path) -> Iterator[OpenRun]:
    """Open and lock a run by what its folder says.

    Args:
        run: The run directory, or the file of responses that `judge generate` writes.

    Raises:
        RunDirectoryError: There is no run, or its files were changed.
        UsageError: The run's calls leave no process.
    """
    folder = folder_of(run) if not run.is_dir() and folder_of(run).is_dir() else run
    if not (folder / rundir.MANIFEST).is_file():
        raise rundir.no_run(folder, "judge compare` or `judge generate")
    if _is_generation(folder):
        with _opened(folder, GENERATIONS, GenerationManifest) as made:
            yield _generation(made)
    else:
        _refuse_panel(folder)
        with _opened(folder, rundir.JOURNAL, JudgingManifest) as judged:
            yield _judging(judged)


def _refuse_panel(folder: Path) -> None:
    judges = [str(own) for _, own in folders(folder, rundir.require_manifest(folder))]
    if judges:
        raise UsageError(
            f"{folder} is judged by a panel, and a file of calls is of one judge",
            hint=f"give a judge's folder: {', '.join(judges)}; `judge show {folder} --write` then counts its votes",
        )


def _opened(
    folder: Path, journal: str, kind: type[ManifestT]
) -> AbstractContextManager[rundir.RunDirectory[ManifestT]]:
    def make() -> ManifestT:
        raise rundir.no_run(folder, "judge compare")

    return rundir.opened(folder, journal, lambda: rundir.read_manifest(folder, kind), make)


def _is_generation(folder: Path) -> bool:
    """Whether a manifest is of generation: its configuration has a task."""
    try:
        return "task" in json.loads((folder / rundir.MANIFEST).read_bytes())["configuration"]
    except (ValueError, LookupError, TypeError):
        return False  # the reader of the manifest says what is wrong


def _judging(store: rundir.RunDirectory[JudgingManifest]) -> OpenRun:
    manifest, folder = store.manifest, store.folder
    config = manifest.configuration
    if not config.is_llm:
        raise UsageError(
            f"{folder} is judged by the offline heuristic, which makes no calls", hint="give a run of another judge"
        )
    prompt = load_prompt(folder / rundir.PROMPT)
    if prompt.ref != config.prompt:
        raise RunDirectoryError(
            f"{folder / rundir.PROMPT} is not the prompt of this run (its sha256 is another)", hint="restore the file"
        )
    settings = CallSettings(
        judge=config.judge,
        endpoint=config.endpoint or "default",
        reply=config.reply,
        temperature=config.temperature,
        max_tokens=config.max_tokens,
        seed=config.model_seed,
        extra=extra_body(config.extra_body),
    )
    plan = open_plan(folder, manifest, manifest.limit)
    results = manifest.results

    def finish() -> Run:
        rule = "mean" if results is None else results.inconsistent
        resamples = (None if results is None else results.resamples) or RESAMPLES
        return write_comparison(folder, store.manifest, plan, rule, resamples)

    task = Judging(JudgingCalls(prompt, settings), plan)
    return OpenRun(store, task, spec_of_run(config.judge, config.endpoint), _reply(config.reply), finish)


def _generation(store: rundir.RunDirectory[GenerationManifest]) -> OpenRun:
    manifest, folder = store.manifest, store.folder
    config = manifest.configuration
    if config.weights is not None:
        raise UsageError(
            f"{folder} is of a model on this machine, which needs no file of calls", hint="`judge generate` runs it"
        )
    values = Path(manifest.values)
    if not values.is_file() or file_sha256(values) != config.values_sha256:
        raise RunDirectoryError(
            f"{values}, the values file of this run, is not there or was changed",
            hint="restore it; a relative path is looked for in the present folder",
        )
    settings = GenerateSettings(
        values=values,
        model=ModelChoice(spec_of_run(manifest.model, config.endpoint)),
        out=folder.with_suffix(""),
        task=config.task,
        words=(config.words[0], config.words[1]) if config.words else GenerateSettings.words,
        samples=config.samples,
        temperature=config.temperature,
        max_tokens=config.max_tokens,
        model_seed=config.model_seed,
        draw=config.draw or 1,
        extra_body=extra_body(config.extra_body),
        sample=config.sample,
        min_diversity=config.min_diversity,
        split=config.split,
        split_file=folder / COPY if (folder / COPY).is_file() else None,
        seed=config.seed or 0,
        structured_output=_reply(config.reply),
        probabilities=bool(config.probabilities),
    )
    prompt = load_speaking(str(folder / "persona.yaml"), str(folder / "task.yaml"))
    items = chosen_items(settings)
    known = identity(settings.model)
    maker = CallMaker(prompt, settings, known, decoding_of(settings, manifest))
    if configuration(settings, prompt, known, manifest).as_json() != config.as_json():
        raise RunDirectoryError(
            f"{folder} cannot be opened from its manifest alone: a file that it was made from was changed or moved",
            hint="restore the values file, the split beside it and the prompts of the run",
        )

    def finish() -> None:
        write_responses(store, settings.out, maker, items)

    return OpenRun(store, Generating(maker, items), settings.model.spec, _reply(config.reply), finish)


def _reply(text: str) -> StructuredOutput:
    return "schema" if text == "schema" else "text" if text == "text" else "auto"
