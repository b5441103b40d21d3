"""Planning a study's stages, saying what is done and what the rest will take, and carrying them out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from judge.core.calls.prices import load_prices, money
from judge.core.errors import EXIT_DONE, EXIT_FAILURES_REMAIN, UsageError
from judge.core.files import run_directory as rundir
from judge.study.checks import check_study
from judge.study.compare_stage import Compare, Tables
from judge.study.file import StudyFile, load_study
from judge.study.generate_stage import Generate
from judge.study.score_stage import Scores
from judge.study.stage import Ahead, Stage
from judge.study.state import State
from judge.study.values_stage import DemoModels, Values


def stages_of(study: StudyFile) -> list[Stage]:
    """The stages in order: values, models (where the demo's are used), each model's answers, comparison, tables."""
    root = study.root
    values, demo = Values(study, root), DemoModels(root)
    answers = [
        Generate(study, root, entry, task, values, demo) for task in study.generate.tasks for entry in study.models
    ]
    reference = study.compare.reference or study.models[0].name
    answers.sort(key=lambda stage: stage.path.stem != reference)  # it comes first, and stands as the reference
    free, numbers = (tuple(stage for stage in answers if stage.task == task) for task in ("open", "structured"))
    compared = Compare(study, root, values, free)
    scores = [Scores(study, root, values, numbers)] if numbers else []
    uses_demo = any(entry.model.startswith("demo:") for entry in study.models)
    models = [demo] if uses_demo else []
    return [values, *models, *free, *numbers, *scores, compared, Tables(study, root, compared)]


def run_study(path: Path, console: Console, *, yes: bool = False) -> int:
    """Do what is not done yet, stage by stage; stop after one that does not finish. Returns the exit code."""
    study = load_study(path)
    check_study(study, path)
    stages = stages_of(study)
    with rundir.locked(study.root):
        state = State(study.root)
        state.look(stages)
        todo = [stage for stage in stages if not state.is_done(stage)]
        ahead = _print_plan(study, stages, state, console)
        state.refuse_changed()
        for stage in todo:
            stage.check_access()  # a missing key is told before anything is made
        if todo and not (yes or _agreed(ahead, console)):
            console.print("Nothing was done.")
            return EXIT_FAILURES_REMAIN
        for number, stage in enumerate(stages, start=1):
            if not state.is_done(stage):
                state.look([stage])  # what it rests on is done by now: it may be found again
                state.refuse_changed()
            state.begin(stage)
            if state.is_done(stage):
                continue
            console.print(f"\n[{number}/{len(stages)}] {stage.name}", highlight=False, markup=False)
            code = stage.run(console)
            if code != EXIT_DONE:
                console.print(
                    f"{stage.name} is not finished: the same command goes on with it.{_without(stage, code)}",
                    highlight=False,
                    markup=False,
                )
                return code
            state.finish(stage)
    tables = stages[-1].folder
    console.print(f"\nThe study {study.name} is complete. Tables: {tables / rundir.MARKDOWN}", highlight=False)
    return EXIT_DONE


def plan_study(path: Path, console: Console) -> int:
    """Say what is done and what the rest will take. Writes nothing, sends nothing."""
    study = load_study(path)
    check_study(study, path)
    stages, state = stages_of(study), State(study.root)
    state.look(stages)
    _print_plan(study, stages, state, console)
    state.refuse_changed()
    return EXIT_DONE


def _without(stage: Stage, code: int) -> str:
    """How to go on without what never got an answer."""
    part = "compare" if isinstance(stage, Compare) else "generate" if isinstance(stage, Generate) else None
    if part is None or code != EXIT_FAILURES_REMAIN or stage.allows_missing:
        return ""
    return f" With `allow: [missing]` under `{part}` in the study file it goes on without what got no answer, counted."


def _print_plan(study: StudyFile, stages: Sequence[Stage], state: State, console: Console) -> list[Ahead]:
    for line in state.changes(stages):
        console.print(line, highlight=False, markup=False)
    table = Table(box=None, pad_edge=False, title=f"Study {study.name}, in {study.root}", title_justify="left")
    for name in ("stage", "state", "what is left"):
        table.add_column(name, overflow="fold")
    rest: list[Ahead] = []
    for stage in stages:
        if state.is_done(stage):
            table.add_row(stage.name, "done", "")
            continue
        if any(stage is other for other, _ in state.changed):
            table.add_row(stage.name, "changed", "its results are not what it wrote")
            continue
        rest.append(stage.ahead(state.is_done))
        begun = stage.is_placed and stage.folder.exists()
        table.add_row(stage.name, "begun" if begun else "to do", rest[-1].words)
    console.print(table)
    if rest:
        costs = [ahead.cost for ahead in rest]
        known = [cost for cost in costs if cost is not None]
        more = " and what is not known yet" if len(known) < len(costs) else ""
        currency = load_prices(study.prices).currency
        console.print(f"The rest costs about {money(sum(known), currency)}{more}.", highlight=False)
        if any(cost != 0 for cost in costs):
            console.print("A reply that cannot be used is asked for once more: such second asks are not counted.")
    return rest


def _agreed(ahead: Sequence[Ahead], console: Console) -> bool:
    """Ask before money may be spent. Errors: calls go to a provider itself, and there is nobody to ask."""
    if not any(entry.asks_provider or entry.cost != 0 for entry in ahead):
        return True
    if not console.is_terminal:
        if any(entry.asks_provider for entry in ahead):
            raise UsageError("the study asks a provider, and there is no terminal to ask on", hint="give --yes")
        return True
    try:
        return console.input("Go on? \\[y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False
