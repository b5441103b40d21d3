"""Generate the responses of several models, one run after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from judge.core.calls.cost_estimate import accept
from judge.core.calls.events import Event, OnEvent, ignore
from judge.core.errors import InputError, PersonaJudgeError, UsageError, WriteError
from judge.core.extra_body import extra_body
from judge.core.files.yaml import read_yaml
from judge.generation.decoding import STRUCTURED_TEMPERATURE
from judge.generation.generate import GeneratedRun, GenerationPreview, generate, preview_generation
from judge.generation.items import chosen_items
from judge.generation.models import LOCAL, identity, parse_model, takes_seed
from judge.generation.settings import GenerateSettings, ModelEntry
from judge.prompts.persona import load_speaking


@dataclass(frozen=True)
class _Calls:
    """What decides an entry's calls beside what all entries share. ``seed`` is None where none is sent."""

    name: str
    parameters: tuple[object, ...]
    seed: int | None
    draw: int
    local: bool

    def overlaps(self, other: _Calls, samples: int) -> bool:
        """Whether the two have a call in common: each sample of a local model has the next seed."""
        if self.parameters != other.parameters or self.draw != other.draw:
            return False
        if self.seed is None or other.seed is None:
            return self.seed == other.seed
        return abs(self.seed - other.seed) < (samples if self.local else 1)


def identified(entry: ModelEntry) -> dict[str, Any]:
    """Identify the model that an entry names.

    Raises:
        UsageError: It names none.
    """
    return identity(
        parse_model(
            entry.model, entry.base_url, adapter=entry.adapter, chat_template=entry.chat_template, device=entry.device
        )
    )


def check_distinct(
    entries: Sequence[ModelEntry],
    common: Mapping[str, Any],
    path: Path,
    identify: Callable[[ModelEntry], dict[str, Any]] = identified,
) -> None:
    """Refuse entries that would be sent the same calls, and a further draw where a seed decides the text.

    ``common`` has what an entry leaves out, and the number of ``samples``. An entry whose model cannot be read is
    skipped: it is refused in its own place.

    Raises:
        InputError: Names both entries.
    """
    seen: list[_Calls] = []
    samples = common["samples"]
    for entry in entries:
        with suppress(PersonaJudgeError):
            seen.append(_calls_of(entry, common, identify(entry)))
    for number, one in enumerate(seen):
        if one.draw > 1 and one.seed is not None:
            raise InputError(
                f"{one.name!r} is sent a seed, which decides its text: further draws would be the same",
                path=path,
                hint="give another `model_seed` in place of `draw`",
            )
        for other in seen[:number]:
            if one.overlaps(other, samples):
                apart = samples if other.local else 1
                draw = f"draw: {other.draw + 1}" if other.seed is None else f"model_seed: {other.seed + apart}"
                raise InputError(
                    f"{other.name!r} and {one.name!r} are the same model with the same parameters: the same calls "
                    "would be paid for twice",
                    path=path,
                    hint=f"name another model, or leave one out; `{draw}` for {one.name!r} if a second, "
                    "independent draw of the model is meant (a control)",
                )


def _calls_of(entry: ModelEntry, common: Mapping[str, Any], known: dict[str, Any]) -> _Calls:
    temperature, limit, seed = (
        common[name] if getattr(entry, name) is None else getattr(entry, name)
        for name in ("temperature", "max_tokens", "model_seed")
    )
    local = entry.model.startswith(f"{LOCAL}:")
    if temperature is None and common.get("task") == "structured":
        temperature = STRUCTURED_TEMPERATURE
    if not takes_seed(entry.model):
        seed = None
    elif local:  # a local model always has one, and a temperature
        temperature, seed = temperature or 0, seed or 0
    return _Calls(entry.name, (known, temperature, limit, extra_body(entry.extra_body)), seed, entry.draw, local)


class _ModelsFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    models: list[ModelEntry] = Field(min_length=1)


def read_models(path: Path) -> list[ModelEntry]:
    """Read a models file.

    Raises:
        InputError: Names the file, the line and the field that is wrong, or a name that occurs twice.
    """
    entries = read_yaml(path, _ModelsFile, hint="docs/generation.md shows a models file").models
    check_names(entries, path)
    return entries


def check_names(entries: Sequence[ModelEntry], path: Path) -> None:
    """Refuse two models of one name, which would write the same file.

    Raises:
        InputError: Names the model.
    """
    names = [entry.name for entry in entries]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise InputError(f"two models are called {twice!r}", path=path, hint="give each a name of its own")


def settings_of(entry: ModelEntry, out: Path, common: Mapping[str, Any]) -> GenerateSettings:
    """Combine the settings of one model's run: the entry's own, then those common to all."""
    own = entry.model_dump(
        include={"trained", "temperature", "max_tokens", "model_seed", "draw", "batch_size", "concurrency"},
        exclude_none=True,
    )
    if entry.extra_body is not None:
        own["extra_body"] = extra_body(entry.extra_body)
    choice = parse_model(
        entry.model, entry.base_url, adapter=entry.adapter, chat_template=entry.chat_template, device=entry.device
    )
    if choice.local:
        own |= {"batch": None, "engine": "own"}  # of several models, those on this machine are asked as always
    return GenerateSettings(**{**common, **own, "model": choice, "out": out})


def planned(
    model: str | None, models: Path | None, out: Path, one: Mapping[str, Any], common: Mapping[str, Any]
) -> list[GenerateSettings]:
    """Plan the runs of a command line. Every model is read before the first call.

    Raises:
        UsageError: Not exactly one of ``model`` and ``models`` is given, or an option does not apply.
        InputError: Two entries are the same model with the same parameters.
    """
    if common.get("refusals") is not None and common["task"] == "structured":
        raise UsageError("--refusals is for open responses", hint="a number is read by the rules of scoring")
    if common.get("probabilities") and common["task"] != "structured":
        raise UsageError("--probabilities is for numbers", hint="give --task structured")
    if (model is None) == (models is None):
        raise UsageError("give --model, or --models with a file", hint="like --model openai:gpt-4.1 --out gpt41.jsonl")
    if model is not None:
        return [GenerateSettings(**common, model=parse_model(model, one["base_url"], **_local(one)), out=out)]
    assert models is not None
    if given := [name for name in ("base_url", "adapter", "chat_template") if one[name]]:
        raise UsageError(f"--{given[0].replace('_', '-')} is for one model", hint=f"put it into {models}")
    if out.suffix in (".jsonl", ".csv"):
        raise UsageError(f"--out {out} is one file", hint="with --models, give a folder")
    suffix = ".csv" if common["task"] == "structured" else ".jsonl"
    entries = read_models(models)
    check_distinct(entries, common, models)
    return [settings_of(entry, out / f"{entry.name}{suffix}", common) for entry in entries]


def _local(one: Mapping[str, Any]) -> dict[str, Any]:
    return {name: one[name] for name in ("adapter", "chat_template", "device")}


@dataclass(frozen=True)
class ModelOutcome(Event):
    """The result of one of several models: its run or its preview, or the error that refused or stopped it."""

    settings: GenerateSettings
    run: GeneratedRun | None = None
    preview: GenerationPreview | None = None
    error: PersonaJudgeError | None = None

    @property
    def name(self) -> str:
        """The name of the file of responses."""
        return self.settings.out.name


def generate_all(
    runs: Sequence[GenerateSettings],
    *,
    confirm: Callable[[GenerationPreview], bool] = accept,
    on_event: OnEvent = ignore,
) -> tuple[ModelOutcome, ...]:
    """Generate the responses of several models, one after the other. One that fails does not stop the others.

    Args:
        runs: The settings of each model; values and prompt are the same for all.
        confirm: As for :func:`~judge.generation.generate.generate`, asked for each model.
        on_event: Told of progress, and of each :class:`ModelOutcome`.

    Returns:
        The outcomes in order. After an interrupt the rest of the models has none.

    Raises:
        InputError: What all runs share (values, prompt) is refused.
        WriteError: The disk does not take a file: the other files could not be written either.
    """
    return _each(
        runs, lambda settings: ModelOutcome(settings, generate(settings, confirm=confirm, on_event=on_event)), on_event
    )


def preview_all(runs: Sequence[GenerateSettings], *, on_event: OnEvent = ignore) -> tuple[ModelOutcome, ...]:
    """Estimate what each of several models still takes, and which would be refused. Makes no call.

    Raises:
        InputError: What all runs share (values, prompt) is refused.
    """
    return _each(runs, lambda settings: ModelOutcome(settings, preview=preview_generation(settings)), on_event)


def _each(
    runs: Sequence[GenerateSettings], do: Callable[[GenerateSettings], ModelOutcome], on_event: OnEvent
) -> tuple[ModelOutcome, ...]:
    chosen_items(runs[0])
    load_speaking(runs[0].persona_prompt, runs[0].task)
    outcomes: list[ModelOutcome] = []
    for settings in runs:
        try:
            outcome = do(settings)
        except WriteError:
            raise  # the others could not be written either
        except PersonaJudgeError as error:
            outcome = ModelOutcome(settings, error=error)
        session = None if outcome.run is None else outcome.run.session
        if session is not None and session.error is not None:
            if not isinstance(session.error, PersonaJudgeError):
                raise session.error
            outcome = replace(outcome, error=session.error)
        outcomes.append(outcome)
        on_event(outcome)
        if session is not None and session.interrupted:
            break
    return tuple(outcomes)
