"""Plan the stages of a study, and run those that are not done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from judge.core.calls.events import Event, OnEvent, ignore
from judge.core.calls.prices import load_prices
from judge.core.errors import Declined
from judge.core.files import run_directory as rundir
from judge.study.checks import check_study
from judge.study.compare_stage import Compare, Tables
from judge.study.file import DEMO_BASE, StudyFile, load_study
from judge.study.finetune_stage import Finetune
from judge.study.generate_stage import Generate
from judge.study.score_stage import Scores
from judge.study.stage import Stage, StageEstimate, StageResult
from judge.study.state import State
from judge.study.values_stage import DemoModels, Values


def stages_of(study: StudyFile) -> list[Stage]:
    """The stages in order: values, the models that the study makes, each model's answers, comparison, tables."""
    root = study.root
    values, demo = Values(study, root), DemoModels(root)
    trained = None if study.finetune is None else Finetune(study, root, values, demo)
    answers = [
        Generate(study, root, entry, task, values, demo, trained)
        for task in study.generate.tasks
        for entry in study.models
    ]
    reference = study.compare.reference or study.models[0].name
    answers.sort(key=lambda stage: stage.path.stem != reference)  # it comes first, and stands as the reference
    free, numbers = (tuple(stage for stage in answers if stage.task == task) for task in ("open", "structured"))
    compared = Compare(study, root, values, free)
    scores = [Scores(study, root, values, numbers)] if numbers else []
    uses_demo = any(entry.model.startswith("demo:") for entry in study.models)
    uses_demo = uses_demo or (study.finetune is not None and study.finetune.base == DEMO_BASE)
    models: list[Stage] = [demo] if uses_demo else []
    if trained is not None:
        models.append(trained)
    return [values, *models, *free, *numbers, *scores, compared, Tables(study, root, compared)]


@dataclass(frozen=True)
class PlanRow:
    """One stage of a plan. ``estimate`` is None where the stage is done, or its results were changed."""

    stage: str
    state: Literal["done", "changed", "begun", "to do"]
    estimate: StageEstimate | None = None


@dataclass(frozen=True)
class StudyPlan(Event):
    """Which stages of a study are done, and what the rest will take.

    Attributes:
        name: The study.
        folder: Where it writes.
        changes: In words, what differs from the last time and is therefore done again.
        rows: The stages in order.
        currency: Of the costs.
    """

    name: str
    folder: Path
    changes: tuple[str, ...]
    rows: tuple[PlanRow, ...]
    currency: str

    @property
    def rest(self) -> tuple[StageEstimate, ...]:
        """The estimates of the stages that are not done."""
        return tuple(row.estimate for row in self.rows if row.estimate is not None)


@dataclass(frozen=True)
class StageStarted(Event):
    """A stage begins: the ``number``-th of ``total``."""

    number: int
    total: int
    name: str


@dataclass(frozen=True)
class StageEnded(Event):
    """A stage has ended, finished or not."""

    name: str
    result: StageResult


@dataclass(frozen=True)
class StudyRun:
    """The result of a study.

    Attributes:
        name: The study.
        tables: The folder of its tables.
        unfinished: The stage that did not finish and stopped the study; None where the study is complete.
        result: What came of that stage.
        allowance: The part of the study file where ``allow: [missing]`` would let it go on without missing results;
            None where that does not apply.
    """

    name: str
    tables: Path
    unfinished: str | None = None
    result: StageResult | None = None
    allowance: Literal["compare", "generate"] | None = None


def accept(plan: StudyPlan) -> bool:  # noqa: ARG001
    """Agree to every plan: the default."""
    return True


def run_study(path: Path, *, confirm: Callable[[StudyPlan], bool] = accept, on_event: OnEvent = ignore) -> StudyRun:
    """Do what is not done yet, stage by stage; stop after a stage that does not finish.

    Args:
        path: The study file.
        confirm: Asked once, where something is left to do.
        on_event: Told of the plan, of each stage's start and end, and of progress.

    Raises:
        InputError: The study file cannot be used.
        RunDirectoryError: A result was changed since its stage wrote it; another process runs the study.
        Declined: ``confirm`` returned False.
    """
    study = load_study(path)
    check_study(study, path)
    stages = stages_of(study)
    with rundir.locked(study.root):
        state = State(study.root)
        state.look(stages)
        todo = [stage for stage in stages if not state.is_done(stage)]
        plan = _plan(study, stages, state)
        on_event(plan)
        state.refuse_changed()
        for stage in todo:
            stage.check_access()  # a missing key is told before anything is made
        if todo and not confirm(plan):
            raise Declined("Nothing was done.")
        for number, stage in enumerate(stages, start=1):
            if not state.is_done(stage):
                state.look([stage])  # what it depends on is done by now: earlier results may be used
                state.refuse_changed()
            state.begin(stage)
            if state.is_done(stage):
                continue
            on_event(StageStarted(number, len(stages), stage.name))
            result = stage.run(on_event)
            on_event(StageEnded(stage.name, result))
            if not result.is_finished:
                return StudyRun(study.name, stages[-1].folder, stage.name, result, _allowance(stage))
            state.finish(stage)
    return StudyRun(study.name, stages[-1].folder)


def plan_study(path: Path, *, on_event: OnEvent = ignore) -> StudyPlan:
    """Find out what is done and what the rest will take. Writes nothing, makes no call.

    Raises:
        InputError: The study file cannot be used.
        RunDirectoryError: A result was changed since its stage wrote it (after the plan was reported).
    """
    study = load_study(path)
    check_study(study, path)
    stages, state = stages_of(study), State(study.root)
    state.look(stages)
    plan = _plan(study, stages, state)
    on_event(plan)
    state.refuse_changed()
    return plan


def _allowance(stage: Stage) -> Literal["compare", "generate"] | None:
    """Where the study file may allow missing results of a stage; None where it does already, or there are none."""
    if stage.allows_missing:
        return None
    return "compare" if isinstance(stage, Compare) else "generate" if isinstance(stage, Generate) else None


def _plan(study: StudyFile, stages: Sequence[Stage], state: State) -> StudyPlan:
    rows = []
    for stage in stages:
        if state.is_done(stage):
            rows.append(PlanRow(stage.name, "done"))
        elif any(stage is other for other, _ in state.changed):
            rows.append(PlanRow(stage.name, "changed"))
        else:
            begun = stage.is_placed and stage.folder.exists()
            rows.append(PlanRow(stage.name, "begun" if begun else "to do", stage.estimate(state.is_done)))
    currency = load_prices(study.prices).currency
    return StudyPlan(study.name, study.root, tuple(state.changes(stages)), tuple(rows), currency)
