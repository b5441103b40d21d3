"""Check the names, models and prices of a study file. Each refusal names the file and the key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from judge.core.calls.cost_estimate import check_price, model_price
from judge.core.calls.prices import PriceList, load_prices
from judge.core.errors import InputError, PersonaJudgeError, UsageError
from judge.core.extra_body import extra_body
from judge.core.models.open_client import ModelSpec
from judge.generation.models import LOCAL, parse_model
from judge.generation.settings import ModelEntry
from judge.generation.several_models import check_distinct
from judge.judging.heuristic import check_criteria
from judge.prompts import Prompt, load_prompt
from judge.prompts.persona import load_speaking
from judge.responses.decoding import DIFFERING_DECODING
from judge.study.file import GeneratePart, StudyFile, is_made_here
from judge.study.generate_stage import classifier_of, identity_of


def check_study(study: StudyFile, path: Path) -> None:
    """Look up everything that the study names, before anything is made.

    Raises:
        InputError: Names the file and the key: an unknown prompt, judge or stratum; a model that is missing or has two
            names; a file that cannot be read; a limit on money for a model without a price.
    """
    for key, given in (("values.file", study.values.file), ("values.survey", study.values.survey)):
        with _at(path, key):
            if given is not None and not given.is_file():
                raise UsageError(f"{given} is not there", hint="check the path: it is relative to the study file")
    with _at(path, "values.strata"):
        _check_strata(study)
    with _at(path, "values.categories"):
        _check_categories(study)
    with _at(path, "generate.persona_prompt"):
        for task in study.generate.tasks:
            load_speaking(study.generate.persona_prompt, task)
    with _at(path, "prices"):
        prices = load_prices(study.prices)
    if study.finetune is not None and study.finetune.base.startswith(f"{LOCAL}:"):
        with _at(path, "finetune.base"):
            parse_model(study.finetune.base)
    for entry in study.models:
        if is_made_here(entry.model):
            continue
        with _at(path, f"models ({entry.name})"):
            choice = parse_model(
                entry.model,
                entry.base_url,
                adapter=entry.adapter,
                chat_template=entry.chat_template,
                device=entry.device,
            )
        if not choice.local:
            _check_limit(path, "generate.max_cost", choice.spec, prices, study.generate.max_cost)
    check_distinct(study.models, study.generate.model_dump(), path, identity_of)
    with _at(path, "models"):
        _check_decoding(study)
    with _at(path, "compare.prompt"):
        prompt = load_prompt(study.compare.prompt)
    wanted = study.compare.until_decided
    if wanted is not None and wanted not in prompt.criteria:
        with _at(path, "compare.until_decided"):
            raise UsageError(f"the prompt has no criterion {wanted!r}", hint=f"one of {', '.join(prompt.criteria)}")
    _check_judges(study, path, prompt, prices)
    with _at(path, "compare.extra_body"):
        extra_body(study.compare.extra_body)
    with _at(path, "compare.expert_extra_body"):
        extra_body(study.compare.expert_extra_body, "expert_extra_body")
    for entry in study.models:
        with _at(path, f"models ({entry.name}): extra_body"):
            extra_body(entry.extra_body)
    with _at(path, "generate.refusals"):
        classifier = classifier_of(study)
    if classifier is not None:
        _check_limit(path, "generate.max_cost", classifier, prices, study.generate.max_cost)


def _check_judges(study: StudyFile, path: Path, prompt: Prompt, prices: PriceList) -> None:
    """Look up the judge, or the judges of a panel."""
    with _at(path, "compare.judge"):
        judge, panel = study.compare.judged_by
        if judge.is_offline:
            check_criteria(prompt.criteria, prompt.file.requires, prompt.file.name)
    for spec in [judge] if panel is None else [each.judge for each in panel.members]:
        if not spec.is_offline:
            _check_limit(path, "compare.max_cost", spec, prices, study.compare.max_cost)


def _check_strata(study: StudyFile) -> None:
    from judge.preferences.values.strata import load_strata

    if study.values.file is not None:
        return
    chosen = load_strata(None).chosen(study.values.strata)
    side = study.generate.split
    if side is not None and side not in {stratum.split for stratum in chosen.by_name.values()}:
        raise UsageError(
            f"none of them is on the side {side}, which generate.split asks for",
            hint="name one that is (preferences/strata.yaml), or leave out split",
        )


def _check_categories(study: StudyFile) -> None:
    from judge.preferences.survey.mapping import load_mapping

    if study.values.categories is not None:
        load_mapping().of_categories(study.values.categories)


def _check_decoding(study: StudyFile) -> None:
    """Refuse models whose responses could not be compared, before any is paid for."""
    if DIFFERING_DECODING in study.compare.allow:
        return
    reference = study.compare.reference or study.models[0].name
    for task in study.generate.tasks:
        part = study.generate.of(task)
        found = {entry.name: _temperature(part, entry) for entry in study.models}
        first = found[reference]
        if name := next((name for name, temperature in found.items() if temperature != first), None):
            default = "a local model's default is 0"
            raise UsageError(
                f"differing decoding: {reference} is asked at {_named(first)}, {name} at {_named(found[name])}",
                hint=f"set generate.temperature ({default}), or compare.allow: [{DIFFERING_DECODING}]",
            )
        if task == "open" or part.reply == "text":
            continue
        here = {entry.name: _is_local(entry) for entry in study.models}
        if name := next((name for name, is_local in here.items() if is_local != here[reference]), None):
            local, served = (reference, name) if here[reference] else (name, reference)
            raise UsageError(
                f"differing decoding: for numbers, {served} is asked for JSON by a schema, and {local} for plain text, "
                "as all local models are",
                hint=f"set generate.reply: text, or compare.allow: [{DIFFERING_DECODING}]",
            )


def _temperature(part: GeneratePart, entry: ModelEntry) -> float | None:
    given = part.temperature if entry.temperature is None else entry.temperature
    return 0.0 if given is None and _is_local(entry) else given


def _is_local(entry: ModelEntry) -> bool:
    return is_made_here(entry.model) or entry.model.startswith(f"{LOCAL}:")


def _named(temperature: float | None) -> str:
    return "the endpoint's default temperature" if temperature is None else f"temperature {temperature:g}"


def _check_limit(path: Path, key: str, spec: ModelSpec, prices: PriceList, max_cost: float | None) -> None:
    with _at(path, key):
        check_price(spec, model_price(spec, prices), prices, max_cost)


@contextmanager
def _at(path: Path, key: str) -> Iterator[None]:
    try:
        yield
    except PersonaJudgeError as error:
        raise InputError(f"{key}: {error.message}", path=path, hint=error.hint) from None
