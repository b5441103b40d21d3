"""A cheap judge reads every comparison, an expert a random part: the expert's win rate for fewer of its calls.

The cheap judge's run is a run like any other. The expert's judgments are in a folder within it. It reads a pilot first;
from this follow R2, the share that it reads, and the chances by the cheap judge's verdicts, which are written into the
expert's manifest before it reads on (:mod:`judge.judging.expert.sample`). One limit on money is for both judges.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from judge.comparison.compare import JudgingPreview
from judge.comparison.fitting_prompt import with_prompt
from judge.comparison.results import write_results
from judge.comparison.run import Run
from judge.comparison.stopping.rounds import judge_round
from judge.core.calls.budget import Budget
from judge.core.calls.completed_calls import load_completed
from judge.core.calls.cost_estimate import accept, check_price, model_price
from judge.core.calls.events import Event, OnEvent, ignore
from judge.core.calls.prices import PriceList, load_prices
from judge.core.calls.session import Session
from judge.core.errors import UsageError
from judge.core.files import run_directory as rundir
from judge.core.files.manifest import ExpertBy, ExpertDesign, ExpertStratum, JudgingManifest
from judge.core.inner_runs.inner_run import joined
from judge.core.models.open_client import ModelSpec, check_keys
from judge.core.records import Verdict
from judge.judging.call_plan import Plan
from judge.judging.calls import CallMaker
from judge.judging.checked_judgments import read_judgments
from judge.judging.expert.calls import ExpertCalls, expert_folder, expert_settings, opened_expert
from judge.judging.expert.choice import share_of
from judge.judging.expert.sample import STRATA, Frame, frame_of, pilot_chance
from judge.judging.journal_state import journal_state
from judge.judging.open_run import folder_of, open_plan
from judge.judging.panels.choice import refuse_beside_panel
from judge.judging.settings import CompareSettings
from judge.judging.stored_verdicts import read_verdicts
from judge.judging.task import Judging
from judge.judging.verdicts import resolve
from judge.prompts import load_prompt
from judge.stats.estimate import FloatArray
from judge.stats.win_rates.expert_design import best_share, chances, explained, spreads


@dataclass(frozen=True)
class ExpertPilot(Event):
    """The expert's pilot was read: R2, the share that it reads in all, and its costs."""

    judge: str
    currency: str
    comparisons: int
    found: ExpertDesign


def compare_with_expert(
    settings: CompareSettings,
    *,
    confirm: Callable[[JudgingPreview], bool] = accept,
    on_event: OnEvent = ignore,
) -> Run:
    """Judge all comparisons with the cheap judge, a part of them with the expert, and estimate the expert's win rates.

    The expert starts once the cheap judge has been asked for all comparisons; those without a verdict, after being
    asked once more, are not in the sample. A rerun resumes both. A larger ``expert_share``, or ``limit``, extends the
    sample.

    Args:
        settings: As for :func:`~judge.comparison.compare.compare`, with ``expert`` and ``expert_share``.
        confirm: Asked before each session that makes calls: of the cheap judge, of the expert's pilot, and of the
            expert's rest, after :class:`ExpertPilot`. If it then returns False, the pilot is what there is.
        on_event: Told of progress, and of :class:`ExpertPilot`.

    Returns:
        The run. ``summary.expert`` has the expert's win rates; the other tables are the cheap judge's.

    Raises:
        UsageError: There is no key for the expert; ``auto`` without prices, or a limit on money without one; adaptive
            orders; the expert is the judge.
        PersonaJudgeError: As :func:`~judge.comparison.compare.compare`.
    """
    assert settings.expert is not None
    prices = load_prices(settings.prices)
    _check(settings, prices)
    chosen, _ = with_prompt(settings)
    folder = folder_of(chosen, load_prompt(str(chosen.prompt)))
    run, _ = judge_round(settings, confirm=confirm, on_event=on_event, spent=_spent_before(folder, settings, prices))
    assert run.session is not None
    if run.session.ended_by != "done":
        return run
    expert = _Expert(settings, run, prices, confirm, on_event)
    session = expert.judged()
    with rundir.locked(run.folder):
        manifest = rundir.require_manifest(run.folder).model_copy(update={"expert": expert.described})
        plan = open_plan(run.folder, manifest, settings.limit)
        done = write_results(run.folder, manifest, plan, settings.inconsistent, settings.resamples)
    return replace(done, session=session, missing_allowed=run.missing_allowed)


class _Expert:
    """The expert's part of one command."""

    def __init__(
        self,
        settings: CompareSettings,
        run: Run,
        prices: PriceList,
        confirm: Callable[[JudgingPreview], bool],
        on_event: OnEvent,
    ) -> None:
        assert settings.expert is not None
        self._settings, self._run, self._prices = settings, run, prices
        self._confirm, self._on_event = confirm, on_event
        self._model = settings.expert
        self._wanted = settings.expert_share
        self._plan = open_plan(run.folder, run.manifest, settings.limit)
        self._criterion = run.manifest.criteria[-1]
        self._frame = frame_of(read_verdicts(run.folder), self._criterion, settings.seed)

    @property
    def described(self) -> ExpertBy:
        """What the manifest of the run says of the expert."""
        return ExpertBy(judge=str(self._model), folder=expert_folder(self._model))

    def judged(self) -> Session:
        """Judge the pilot, decide on the share, and judge the rest; return the sessions of both judges as one."""
        frame, session = self._frame, self._run.session
        assert session is not None
        if not frame.ids:
            return session
        share = None if self._wanted == "auto" else self._wanted
        chance = pilot_chance(len(frame.ids), frame.pairs, share)
        prompt = load_prompt(self._run.folder / rundir.PROMPT)
        with opened_expert(self._run.folder, chance, self._settings, prompt, self._prices) as calls:
            pilot = calls.store.manifest.pilot
            start = calls.start(self._plan.only(()), 0.0)
            cheap = session.spent - start.budget.spent
            session = self._stage(calls, pilot, None, session, cheap)
            if session.ended_by != "done":
                return session
            design = calls.store.manifest.design
            if design is None or design.wanted != self._wanted:
                design = self._design(calls, pilot)
                if design is None:
                    return session
                calls.store.update(design=design)
                calls.store.save()
            event = ExpertPilot(str(self._model), self._prices.currency, len(frame.ids), design)
            self._on_event(event)
            return self._stage(calls, pilot, design, session, cheap)

    def _stage(
        self,
        calls: ExpertCalls,
        pilot: float,
        design: ExpertDesign | None,
        session: Session,
        cheap: float,
    ) -> Session:
        """Make the calls of the pilot, or with a design of the whole sample, that are left."""
        plan = self._plan.only(self._frame.chosen(pilot, design))
        start = calls.start(plan, cheap)
        preview = JudgingPreview(
            model=self._model,
            estimate=start.estimate,
            prices=self._prices,
            limits=self._settings,
            priced=not self._model.is_offline,
            damage=start.completed.damage,
            comparisons=len(plan),
            available=len(self._frame.ids),
            planned=plan.calls,
        )
        self._on_event(preview)
        if start.estimate.calls and not self._confirm(preview):
            return session
        return joined(session, calls.ask(plan, cheap, self._on_event))

    def _design(self, calls: ExpertCalls, pilot: float) -> ExpertDesign | None:
        """Decide from the pilot; None where it has no score of the expert."""
        frame = self._frame
        y, cost = _pilot(calls, self._plan, frame, pilot, self._run.manifest, self._criterion, self._settings)
        there = ~np.isnan(y)
        if not there.any():
            return None
        r2 = explained(frame.scores, y, frame.questions)
        counts, spent = self._run.summary.counts, self._run.summary.spent
        free = self._settings.judge.is_offline
        cheap = 0.0 if free else None if spent.cost is None else spent.cost / max(1, counts.comparisons)
        share = self._wanted if self._wanted != "auto" else best_share(r2.value, self._ratio(cheap, cost))
        share = max(pilot, share)
        spread = spreads(y, frame.strata, len(STRATA))
        found = chances(pilot, share, frame.sizes(), spread)
        return ExpertDesign(
            criterion=self._criterion,
            pilot=int(there.sum()),
            questions=r2.clusters,
            r2=r2.value,
            r2_low=r2.low,
            r2_high=r2.high,
            wanted=self._wanted,
            share=share,
            strata=tuple(
                ExpertStratum(name=name, comparisons=int(size), spread=float(each), chance=float(chance))
                for name, size, each, chance in zip(STRATA, frame.sizes(), spread, found, strict=True)
            ),
            cheap_cost=cheap,
            expert_cost=cost,
        )

    def _ratio(self, cheap: float | None, expert: float | None) -> float:
        """The price of a comparison by the cheap judge, to the expert's: as paid, else as listed."""
        if cheap is not None and expert:
            return cheap / expert
        one, other = (model_price(each, self._prices) for each in (self._settings.judge, self._model))
        assert other is not None
        return 0.0 if one is None else (one.input + one.output) / max(other.input + other.output, 1e-300)


def _pilot(
    calls: ExpertCalls,
    plan: Plan,
    frame: Frame,
    pilot: float,
    manifest: JudgingManifest,
    criterion: str,
    settings: CompareSettings,
) -> tuple[FloatArray, float | None]:
    """The expert's scores of the frame (n,), NaN outside the pilot, and what a comparison has cost."""
    state = journal_state(read_judgments(calls.store.folder, manifest.criteria, lambda _: None))
    chosen = plan.only(frame.chosen(pilot, None))
    found: dict[str, Verdict] = {
        row.comparison_id: row
        for row in resolve(chosen, state, manifest.criteria, settings.inconsistent)
        if row.criterion == criterion
    }
    y = np.array([found[name].score if name in found else None for name in frame.ids], dtype=np.float64)
    read = sum(name in state.calls for name in frame.ids)
    return y, None if state.cost is None or not read else state.cost / read


def _check(settings: CompareSettings, prices: PriceList) -> None:
    """Refuse what cannot work before anything is paid for."""
    expert, judge = settings.expert, settings.judge
    assert expert is not None
    refuse_beside_panel(settings)
    if expert == judge:
        raise UsageError(f"--expert is the judge itself, {expert}", hint="name a better judge than --judge")
    if settings.orders == "adaptive":
        raise UsageError("--expert needs all pairs read alike", hint="--orders both or --orders one")
    if settings.among_all:
        raise UsageError("--expert needs one reference: leaderboards are of one judge", hint="leave out --all-pairs")
    if settings.batch is not None:
        raise UsageError(
            "the expert's calls are made live",
            hint="judge with --batch and without --expert first; then rerun with --expert and without --batch",
        )
    if settings.no_calls:
        raise UsageError(
            "the expert's calls depend on the cheap judge's, so that --no-calls cannot know all calls",
            hint="leave out --expert with --no-calls",
        )
    share_of(settings.expert_share)
    if not expert.is_offline:
        check_keys(expert)
        check_price(expert, model_price(expert, prices), prices, settings.max_cost)
    if settings.expert_share == "auto":
        for each in (judge, expert):
            if not each.is_offline and model_price(each, prices) is None:
                raise UsageError(
                    f"--expert-share auto weighs the prices of both judges, and {each} has none in {prices.source}",
                    hint="give one with --prices FILE, or a share, like --expert-share 0.2",
                )


def _spent_before(folder: Path, settings: CompareSettings, prices: PriceList) -> float:
    """What earlier sessions of the expert have cost."""
    model: ModelSpec | None = settings.expert
    assert model is not None
    journal = folder / expert_folder(model) / rundir.JOURNAL
    manifest = rundir.read_manifest(folder, JudgingManifest)
    if manifest is None or not journal.exists():
        return 0.0
    budget = Budget(model_price(model, prices), settings.max_cost)
    maker = CallMaker(load_prompt(folder / rundir.PROMPT), expert_settings(settings))
    load_completed(Judging(maker, open_plan(folder, manifest, 1).only(())), journal, budget)
    return budget.spent
