"""Fine-tune a model on the rows of a values file, or resume."""

from __future__ import annotations

import platform
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from judge import __version__
from judge.core.calls.events import OnEvent, ignore
from judge.core.errors import RunDirectoryError, UsageError
from judge.core.files import run_directory as rundir
from judge.core.files.manifest import differing, versions
from judge.core.files.rows import file_sha256
from judge.core.files.training_manifest import (
    CHECKPOINTS,
    MANIFEST,
    ROWS,
    TrainedRow,
    TrainingConfiguration,
    TrainingManifest,
    TrainingResults,
    read_training,
    rows_sha256,
    training_folder,
)
from judge.generation.local.fingerprint import fingerprint
from judge.preferences.values.strata import load_strata
from judge.prompts.persona import SpeakingPrompt, load_speaking
from judge.training.card import model_card
from judge.training.progress import TrainingPlan
from judge.training.rows import TrainingRows, chosen_rows
from judge.training.settings import FinetuneSettings
from judge.training.sft import (
    PACKAGES,
    eval_steps,
    last_checkpoint,
    load_base,
    planned_steps,
    processes,
    require_packages,
    tokenized,
    train,
)

_WEIGHTS = ("adapter_model.safetensors", "model.safetensors", "model.safetensors.index.json")


@dataclass(frozen=True)
class FinetunedModel:
    """A trained adapter or model on disk. ``was_complete`` says that nothing was left to do."""

    out: Path
    manifest: TrainingManifest
    was_complete: bool = False

    @property
    def results(self) -> TrainingResults:
        """What came of training."""
        assert self.manifest.results is not None
        return self.manifest.results


def finetune(settings: FinetuneSettings, *, on_event: OnEvent = ignore) -> FinetunedModel:
    """Train on the rows of one side of a values file, and write adapter, model card and manifest to ``settings.out``.

    A run that was ended in the middle, by a kill too, goes on from its last checkpoint when it is called again, and has
    the weights that it would have had. With `accelerate launch` each process calls this; the first one writes.

    Raises:
        InputError: The values file cannot be used; rows of held-out strata would be trained on; a row is too long.
        RunDirectoryError: ``settings.out`` is of another configuration, or in use, or no training run.
        UsageError: A package is missing; the model cannot be loaded; the method needs a GPU.
    """
    if not (settings.base / "config.json").is_file():
        raise UsageError(f"--base {settings.base}: no config.json there", hint="give the directory of a model")
    strata = load_strata(settings.strata_file)
    prompt = load_speaking(settings.persona_prompt, "structured")
    rows = chosen_rows(settings, strata, prompt)
    require_packages(settings)
    folder = training_folder(settings.out)
    is_first = processes()[0] == 0
    with rundir.locked(folder) if is_first else nullcontext():
        manifest = _begun(settings, rows, prompt, write=is_first)
        if manifest.results is not None:
            return FinetunedModel(settings.out, manifest, was_complete=True)
        return _trained(settings, rows, manifest, on_event, write=is_first)


def _trained(
    settings: FinetuneSettings, rows: TrainingRows, manifest: TrainingManifest, on_event: OnEvent, *, write: bool
) -> FinetunedModel:
    loaded = load_base(settings)
    train_tokens, dev_tokens = tokenized(settings, loaded, rows.examples)
    checkpoints = training_folder(settings.out) / CHECKPOINTS
    before, steps = last_checkpoint(checkpoints), planned_steps(settings, len(train_tokens))
    if write:
        on_event(
            TrainingPlan(
                model=settings.base.resolve().name,
                method=settings.method,
                device=loaded.device,
                train_rows=len(train_tokens),
                dev_rows=len(dev_tokens),
                dev_questions=manifest.dev_questions,
                steps=steps,
                from_step=0 if before is None else before[1],
                learning_rate=settings.learning_rate,
            )
        )
    found = train(settings, loaded, train_tokens, dev_tokens, checkpoints, on_event if write else ignore)
    results = TrainingResults(
        adapter=fingerprint(settings.out) if write else "",
        weights_sha256=_weights_sha256(settings.out) if write else "",
        steps=found.steps,
        planned_steps=steps,
        stopped_early=found.stopped_early,
        best_step=found.best_step,
        losses=found.losses,
        device=found.device,
        wall_seconds=round(found.seconds, 1),
    )
    manifest = manifest.model_copy(update={"results": results, "updated": rundir.now()})
    if write:
        with rundir.replacing(settings.out / "README.md") as file:
            file.write(model_card(manifest))
        rundir.write_json(training_folder(settings.out) / MANIFEST, manifest.as_json())
    return FinetunedModel(settings.out, manifest)


def _begun(settings: FinetuneSettings, rows: TrainingRows, prompt: SpeakingPrompt, *, write: bool) -> TrainingManifest:
    """The manifest of the run to resume, or a new one, written with the list of its rows."""
    config = _configuration(settings, rows, prompt)
    folder = training_folder(settings.out)
    there = read_training(settings.out)
    if there is not None:
        found, wanted = there.configuration.as_json(), config.as_json()
        rundir.refuse_other(folder, found, wanted, differing(found, wanted), "give another --out")
        return there
    if any((settings.out / name).exists() for name in _WEIGHTS):
        raise RunDirectoryError(
            f"{settings.out} has weights that no run of this program made", hint="give another --out"
        )
    manifest = _new(settings, rows, config)
    if write:
        with rundir.replacing(folder / ROWS) as file:
            for row in rows.listed:
                file.write(row.model_dump_json() + "\n")
        rundir.write_json(folder / MANIFEST, manifest.as_json())
    return manifest


def _configuration(settings: FinetuneSettings, rows: TrainingRows, prompt: SpeakingPrompt) -> TrainingConfiguration:
    adapter = settings.method != "full"
    template = settings.chat_template
    return TrainingConfiguration(
        values_sha256=file_sha256(settings.values),
        rows_sha256=rows_sha256(rows.listed),
        prompt=prompt.ref,
        persona_prompt=prompt.persona.name,
        target=settings.selection.target,
        base=settings.base.resolve().name,
        weights=fingerprint(settings.base),
        chat_template=None if template is None else file_sha256(template),
        method=settings.method,
        rank=settings.rank if adapter else None,
        alpha=settings.alpha if adapter else None,
        dropout=settings.dropout if adapter else None,
        learning_rate=settings.learning_rate,
        epochs=settings.epochs if settings.max_steps is None else None,
        max_steps=settings.max_steps,
        batch_size=settings.batch_size,
        accumulate=settings.accumulate,
        processes=processes()[1],
        max_length=settings.max_length,
        eval_every=eval_steps(settings, len(rows.examples.train)),
        patience=settings.patience,
        seed=settings.selection.seed,
    )


def _new(settings: FinetuneSettings, rows: TrainingRows, config: TrainingConfiguration) -> TrainingManifest:
    train_rows = [row for row in rows.listed if row.part == "train"]
    dev_rows = [row for row in rows.listed if row.part == "dev"]
    return TrainingManifest(
        persona_judge=__version__,
        created=rundir.now(),
        updated=rundir.now(),
        python=platform.python_version(),
        packages=versions(PACKAGES),
        configuration=config,
        values=settings.values.name,
        side=settings.selection.side,
        strata=rows.strata,
        train_rows=len(train_rows),
        train_items=len({row.item_id for row in train_rows}),
        train_questions=_questions(train_rows),
        dev_rows=len(dev_rows),
        dev_questions=_questions(dev_rows),
    )


def _questions(rows: list[TrainedRow]) -> int:
    return len({row.question_id for row in rows})


def _weights_sha256(out: Path) -> str:
    return file_sha256(next(out / name for name in _WEIGHTS if (out / name).is_file()))
