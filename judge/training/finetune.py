"""Fine-tune a model on the rows of a values file, or resume."""

from __future__ import annotations

import json
import platform
from contextlib import nullcontext
from dataclasses import dataclass
from hashlib import sha256
from math import inf
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
from judge.generation.local.loading import Loaded
from judge.preferences.values.strata import load_strata
from judge.prompts.persona import SpeakingPrompt, load_speaking
from judge.training.card import model_card
from judge.training.checkpoints import last_checkpoint
from judge.training.progress import TrainingPlan
from judge.training.rows import TrainingRows, chosen_rows
from judge.training.settings import FinetuneSettings
from judge.training.sft import (
    PACKAGES,
    eval_steps,
    load_base,
    planned_steps,
    processes,
    require_packages,
    tokenized,
    train,
)
from judge.training.tokens import TokenRows

_WEIGHTS = ("adapter_model.safetensors", "model.safetensors", "model.safetensors.index.json")


@dataclass(frozen=True)
class FinetunedModel:
    """A trained adapter or model on disk. ``was_complete`` says that nothing was left to do."""

    settings: FinetuneSettings
    manifest: TrainingManifest
    was_complete: bool = False

    @property
    def out(self) -> Path:
        """Where it is."""
        return self.settings.out

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
        UsageError: A package is missing; the model cannot be loaded; a number is not above 0; ``settings.out`` is a
            file; the method needs a GPU; the loss is not a number.
        WriteError: The disk is full, or ``settings.out`` cannot be written.
    """
    _check_base(settings.base)
    _check_numbers(settings)
    if settings.out.is_file():
        raise UsageError(f"--out {settings.out} is a file", hint="give the directory to make")
    strata = load_strata(settings.strata_file)
    prompt = load_speaking(settings.persona_prompt, "structured")
    rows = chosen_rows(settings, strata, prompt)
    require_packages(settings)
    config = _configuration(settings, rows, prompt)
    if (whole := _whole(settings, _there(settings, config))) is not None:
        return whole
    loaded = load_base(settings)  # what is refused is refused before anything is written: it can be put right
    tokens = tokenized(settings, loaded, rows.examples)
    is_first = processes()[0] == 0
    with rundir.locked(training_folder(settings.out)) if is_first else nullcontext():
        manifest = _there(settings, config)
        if (whole := _whole(settings, manifest)) is not None:  # another process has made it in the meantime
            return whole
        if manifest is None:
            manifest = _begun(settings, rows, config, write=is_first)
        return _trained(settings, loaded, tokens, manifest, on_event, write=is_first)


def _check_numbers(settings: FinetuneSettings) -> None:
    for name, value in (("learning-rate", settings.learning_rate), ("epochs", settings.epochs)):
        if not 0 < value < inf:
            raise UsageError(f"--{name} {value:g} trains nothing", hint="give a number above 0")


def _check_base(base: Path) -> None:
    if (base / "config.json").is_file():
        return
    if (base / "adapter_config.json").is_file():
        raise UsageError(
            f"--base {base} is an adapter",
            hint="give the model that it was trained on",
        )
    raise UsageError(f"--base {base}: no config.json there", hint="give the directory of a model")


def _whole(settings: FinetuneSettings, manifest: TrainingManifest | None) -> FinetunedModel | None:
    done = manifest is not None and manifest.results is not None
    return FinetunedModel(settings, manifest, was_complete=True) if manifest is not None and done else None


def _trained(
    settings: FinetuneSettings,
    loaded: Loaded,
    tokens: tuple[TokenRows, TokenRows],
    manifest: TrainingManifest,
    on_event: OnEvent,
    *,
    write: bool,
) -> FinetunedModel:
    train_tokens, dev_tokens = tokens
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
                from_step=0 if before is None else before.step,
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
    return FinetunedModel(settings, manifest)


def weights_of(out: Path) -> tuple[Path, ...]:
    """Find the files of the trained weights: one, or the index of a large model and its parts; empty if there are none.

    Raises:
        RunDirectoryError: The index is damaged.
    """
    file = next((out / name for name in _WEIGHTS if (out / name).is_file()), None)
    if file is None or file.suffix != ".json":
        return () if file is None else (file,)
    try:
        parts = [out / name for name in sorted(set(json.loads(file.read_bytes())["weight_map"].values()))]
    except (ValueError, LookupError, TypeError, AttributeError):
        parts = []
    if not parts:
        raise RunDirectoryError(f"{file} is damaged", hint="delete the directory, and train again")
    return (file, *parts)


def _there(settings: FinetuneSettings, config: TrainingConfiguration) -> TrainingManifest | None:
    """The manifest of the run to resume; None where a new one begins. Refuses what is not this run."""
    there = read_training(settings.out)
    if there is not None:
        found, wanted = there.configuration.as_json(), config.as_json()
        rundir.refuse_other(
            training_folder(settings.out), found, wanted, differing(found, wanted), "give another --out"
        )
        return there
    if weights_of(settings.out):
        raise RunDirectoryError(
            f"{settings.out} has weights that no run of this program made", hint="give another --out"
        )
    return None


def _begun(
    settings: FinetuneSettings, rows: TrainingRows, config: TrainingConfiguration, *, write: bool
) -> TrainingManifest:
    """The manifest of a new run, written with the list of its rows."""
    manifest = _new(settings, rows, config)
    folder = training_folder(settings.out)
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
    """The sha256 of the weights; of several files, that of the list of theirs as `sha256sum` prints it."""
    found = {file.name: file_sha256(file) for file in weights_of(out)}
    if len(found) == 1:
        return next(iter(found.values()))
    return sha256("".join(f"{own}  {name}\n" for name, own in found.items()).encode()).hexdigest()
