"""Read a pilot in both orders, then the rest in both or in one, whichever is cheaper.

The pilot is the first items of the plan's sequence, which the seed draws. What it shows is written into the manifest
before any other call is made, and stands: a rerun, or a larger ``--limit``, goes on with it. Of the rest in one order
the scores are corrected by the pilot's position effect (:func:`judge.judging.verdicts.less_position`), and so each
comparison's score has the expected value that both orders would give, whatever was decided.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from judge.comparison.compare import JudgingPreview, compare
from judge.comparison.fitting_prompt import with_prompt
from judge.comparison.run import Run
from judge.comparison.stopping.rounds import judge_round
from judge.core.calls.cost_estimate import accept
from judge.core.calls.events import Event, OnEvent, ignore
from judge.core.errors import UsageError
from judge.core.files import run_directory as rundir
from judge.core.files.manifest import JudgingManifest, PilotOrders
from judge.core.records import Verdict
from judge.judging.open_run import folder_of, open_plan
from judge.judging.settings import CompareSettings
from judge.judging.stored_verdicts import read_verdicts
from judge.prompts import load_prompt
from judge.stats.agreement.ratings import IntArray
from judge.stats.win_rates.order_design import OrderDesign, order_design

PILOT = 60  # items: known is then the position effect to about .04, the correlation to about .1


@dataclass(frozen=True)
class PilotJudged(Event):
    """The pilot was judged in both orders: what it showed, and how the rest is read."""

    found: PilotOrders


def compare_adaptive(
    settings: CompareSettings,
    *,
    confirm: Callable[[JudgingPreview], bool] = accept,
    on_event: OnEvent = ignore,
) -> Run:
    """Judge the pilot in both orders, decide on the rest, and judge it.

    The criterion that decides is the prompt's last. A plan of no more items than the pilot has is read in both orders,
    without a decision.

    Args:
        settings: As for :func:`~judge.comparison.compare.compare`, with ``orders`` adaptive.
        confirm: Asked before each of the two sessions that makes calls.
        on_event: Told of progress, and of :class:`PilotJudged`.

    Returns:
        The run; ``summary.pilot_orders`` has what the pilot showed. If its session was stopped, the run is the pilot.

    Raises:
        UsageError: The rule for inconsistent orders is not the mean.
        PersonaJudgeError: As :func:`~judge.comparison.compare.compare`.
    """
    if settings.inconsistent != "mean":
        raise UsageError(
            f"--orders adaptive has the rule mean, not {settings.inconsistent}: one order cannot tell which pairs are "
            "inconsistent",
            hint="leave out --inconsistent, or give --orders both",
        )
    chosen, _ = with_prompt(settings)
    folder = folder_of(chosen, load_prompt(str(chosen.prompt)))
    manifest = rundir.read_manifest(folder, JudgingManifest)
    if manifest is None or manifest.pilot_orders is None:
        pilot = PILOT if settings.limit is None else min(PILOT, settings.limit)
        run, _ = judge_round(replace(settings, limit=pilot), confirm=confirm, on_event=on_event)
        assert run.session is not None
        if run.session.ended_by != "done":
            return run
        with rundir.locked(folder):
            manifest = rundir.require_manifest(folder)
            found = _found(folder, manifest, settings.limit)
            if found is not None:
                manifest = manifest.model_copy(update={"pilot_orders": found})
                rundir.write_manifest(folder, manifest)
    if manifest.pilot_orders is not None:
        on_event(PilotJudged(manifest.pilot_orders))
    return compare(settings, confirm=confirm, on_event=on_event)


def _found(folder: Path, manifest: JudgingManifest, limit: int | None) -> PilotOrders | None:
    """Compute what the pilot shows; None where the plan has no more comparisons than it."""
    plan, pilot = (open_plan(folder, manifest, each) for each in (limit, PILOT))
    if len(plan) <= len(pilot):
        return None
    verdicts = list(read_verdicts(folder))
    criterion = manifest.criteria[-1]
    planned: dict[str, Counter[str]] = {}
    for comparison in plan:
        planned.setdefault(comparison.candidate, Counter())[comparison.item.question_id] += 1
    sizes = np.array(list(max(planned.values(), key=Counter.total).values()))
    designs = {name: _design([row for row in verdicts if row.criterion == name], sizes) for name in manifest.criteria}
    design = designs[criterion]
    effect = design.effect
    return PilotOrders(
        items=PILOT,
        comparisons=effect.n,
        questions=effect.clusters,
        criterion=criterion,
        effect=effect.value,
        effect_low=effect.low,
        effect_high=effect.high,
        correlation=design.correlation,
        variance_ratio=design.variance_ratio,
        calls_ratio=design.calls_ratio,
        rest="one" if design.one_suffices else "both",
        effects={name: each.effect.value or 0.0 for name, each in designs.items()},
    )


def _design(verdicts: Sequence[Verdict], planned: IntArray) -> OrderDesign:
    first, second = (
        np.array([getattr(row, name) for row in verdicts], dtype=np.float64)
        for name in ("candidate_first", "reference_first")
    )
    clusters = np.unique([row.question_id for row in verdicts], return_inverse=True)[1].astype(np.int64)
    return order_design(first, second, clusters, planned)
