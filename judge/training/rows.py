"""Choose the rows of a training run, and refuse those that the model is to be scored on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from judge.core.errors import InputError
from judge.core.files.training_manifest import TrainedRow
from judge.core.records import GroundTruth
from judge.core.survey.split_file import subgroups_of_side
from judge.core.survey.values import HELD_OUT_STRATA
from judge.preferences.values.export import Example, Examples, training_examples
from judge.preferences.values.strata import Strata
from judge.prompts.persona import SpeakingPrompt
from judge.training.settings import HELD_OUT, FinetuneSettings


@dataclass(frozen=True)
class TrainingRows:
    """The rows of a run, worded, and as the manifest lists them."""

    examples: Examples
    listed: tuple[TrainedRow, ...]

    @property
    def strata(self) -> tuple[str, ...]:
        """The strata of all rows."""
        return tuple(sorted({row.stratum for row in self.listed}))


def chosen_rows(settings: FinetuneSettings, strata: Strata, prompt: SpeakingPrompt) -> TrainingRows:
    """Select and word the rows.

    Raises:
        InputError: Rows are of a stratum that is held out, and ``allow`` has no ``held-out``.
        PersonaJudgeError: As :func:`~judge.preferences.values.export.training_examples`.
    """
    examples = training_examples(settings.values, strata, settings.selection, prompt)
    if HELD_OUT not in settings.allow:
        _refuse_held_out((*examples.train, *examples.dev), strata, settings)
    listed = (*_listed(examples.train, "train"), *_listed(examples.dev, "dev"))
    return TrainingRows(examples, listed)


def _refuse_held_out(rows: tuple[Example, ...], strata: Strata, settings: FinetuneSettings) -> None:
    found: dict[str, GroundTruth] = {}
    file = settings.selection.split_file
    held_out = None if file is None else subgroups_of_side(settings.values, "ood", file)
    for row in rows:
        if row.truth.split == "ood" or _is_held_out(row.truth, strata, held_out):
            found.setdefault(row.truth.subgroup.stratum, row.truth)
    if found:
        first = next(iter(found.values()))
        raise InputError(
            f"rows of held-out strata would be trained on, and the model is scored on them: {', '.join(sorted(found))}",
            path=settings.values,
            row=first.item_id,
            hint=f"train on --split train; --allow {HELD_OUT} trains on them, and scores there then mean nothing",
        )


def _is_held_out(row: GroundTruth, strata: Strata, held_out: set[str] | None) -> bool:
    """Whether a row is held out: by the split file where one is given, else by the strata."""
    if held_out is not None:
        return row.subgroup.id in held_out
    defined = strata.by_name.get(row.subgroup.stratum)
    return row.subgroup.stratum in HELD_OUT_STRATA if defined is None else defined.split == "ood"


def _listed(rows: tuple[Example, ...], part: str) -> Iterator[TrainedRow]:
    for row in rows:
        truth = row.truth
        yield TrainedRow(
            item_id=truth.item_id,
            question_id=truth.question.id,
            stratum=truth.subgroup.stratum,
            subgroup=truth.subgroup.id,
            code=row.code,
            part="train" if part == "train" else "dev",
        )
