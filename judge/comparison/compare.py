"""Compare the responses of models pair by pair: from response files to win rates."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from judge.comparison.fitting_prompt import with_prompt
from judge.comparison.panels.judge_calls import JudgeAhead, JudgeCalls, opened_reuse, price_of, side_by_side
from judge.comparison.panels.left_out_judges import spent_by_left_out
from judge.comparison.results import write_results
from judge.comparison.run import Run
from judge.core.batches.open_service import refuse_fleet
from judge.core.calls.completed_calls import load_completed
from judge.core.calls.cost_estimate import (
    Estimate,
    Preview,
    RefusalPreview,
    accept,
    estimate,
    expected,
    model_price,
)
from judge.core.calls.events import OnEvent, ignore
from judge.core.calls.limits import ALLOW_MISSING
from judge.core.calls.prices import Price, PriceList, load_prices
from judge.core.calls.reuse import reusable
from judge.core.calls.session import Session
from judge.core.engines.check import check_engine
from judge.core.errors import Declined, UsageError
from judge.core.files.manifest import JudgingManifest, RefusalsBy, SessionEntry
from judge.core.files.run_directory import JOURNAL, RunDirectory, now, read_manifest
from judge.core.models.open_client import ModelSpec, check_keys
from judge.core.refusal_calls.calls import RefusalCalls, opened_refusals, preview_refusals
from judge.core.refusal_calls.choice import RULE
from judge.judging.call_plan import Plan
from judge.judging.calls import CallMaker, call_settings
from judge.judging.heuristic import check_criteria
from judge.judging.open_run import Pairs, opened_run, scratch_plan
from judge.judging.panels.choice import refuse_beside_panel
from judge.judging.panels.open_judges import PlannedJudge, check_panel, opened_judges, planned_judges
from judge.judging.reuse import Reuse
from judge.judging.settings import CompareSettings
from judge.judging.task import Judging
from judge.prompts import Prompt, load_prompt, prompt_of_run
from judge.prompts.loader import earlier_version
from judge.prompts.refusal import refusal_prompt


@dataclass(frozen=True)
class PairDesign:
    """Which pairs of contestants are compared on each item, and what that takes, scaled from the plan's estimate.

    Attributes:
        option: The option that chooses it.
        per_item: Pairs on each item.
        calls: Calls of the judge.
        cost: Their cost; None where prices are unknown.
        chosen: Whether it is the plan's.
    """

    option: str
    per_item: int
    calls: int
    cost: float | None
    chosen: bool


@dataclass(frozen=True)
class ExpertAhead:
    """What the expert's calls will take; ``most`` says that R2 of its pilot decides, and that they may be fewer."""

    model: ModelSpec
    estimate: Estimate
    most: bool


@dataclass(frozen=True)
class JudgingPreview(Preview):
    """What is known of a comparison before any call is made.

    Attributes:
        comparisons: The comparisons of the plan.
        available: All comparisons that the inputs allow (``--limit`` may plan fewer).
        planned: The calls of the plan, completed ones included.
        together: What one call for all criteria would take, where each has a call of its own.
        notes: How the inputs were read, and which prompt was taken where none was named.
        designs: With three contestants or more, what comparing more or fewer pairs of them takes.
        expert: The calls of an expert judge that follow, where there is one and calls are left.
        judges: The calls of each judge of a panel.
    """

    comparisons: int = 0
    available: int = 0
    planned: int = 0
    together: Estimate | None = None
    notes: tuple[str, ...] = ()
    designs: tuple[PairDesign, ...] = ()
    expert: ExpertAhead | None = None
    judges: tuple[JudgeAhead, ...] = ()

    @property
    def paid(self) -> tuple[tuple[ModelSpec, int], ...]:
        """The models that may cost money, with the calls to each."""
        if not self.judges:
            return super().paid
        others = () if self.refusals is None else ((self.refusals.model, self.refusals.estimate.calls),)
        own = tuple((each.model, each.estimate.calls) for each in self.judges)
        return tuple((model, calls) for model, calls in (*own, *others) if calls)


def compare(
    settings: CompareSettings,
    *,
    confirm: Callable[[JudgingPreview], bool] = accept,
    on_event: OnEvent = ignore,
    spent: float = 0.0,
) -> Run:
    """Judge every pair of responses, in both orders unless told otherwise, and compute win rates.

    Calls that the run's journal has are not made again: a rerun resumes. Prints nothing. Works inside a running event
    loop (Jupyter).

    Args:
        settings: The inputs, the judge, the prompt, the plan and the limits of the session.
        confirm: Asked before the first call, if there is one to make, with what the session will take.
        on_event: Told the same preview (with no call to make too), then of progress.
        spent: What was spent beside this run's calls, which counts for the limit on money.

    Returns:
        The run, with its numbers from disk, and how the session ended: what stopped it is in ``session.error``.

    Raises:
        InputError: The responses, values or prices cannot be used.
        RunDirectoryError: The run directory belongs to another configuration, or another process uses it.
        UsageError: Settings that do not fit together; no key for the judge.
        Declined: ``confirm`` returned False.
        WriteError: The disk does not take a file.
    """
    refuse_beside_panel(settings)
    check_engine(settings.judge, settings, several=settings.panel is not None)
    _refuse_batches(settings)
    settings, notes = with_prompt(settings)
    prompt = _prompt(settings, settings.out)
    prices = load_prices(settings.prices)
    reuse = _checked_judges(settings, prompt, prices)
    run_of = opened_run(settings, prompt, prices, notes, partial(check_panel, settings))
    with run_of as (store, plan), ExitStack() as stack:
        opened = stack.enter_context(opened_judges(settings, store, plan, prices))
        calls = JudgeCalls(opened, prompt, prices, reuse)
        refusals = _refusals(settings, store, plan, prices, stack)
        reused = calls.copy_results()
        classifying = None if refusals is None else refusals.start()
        spent += 0.0 if classifying is None else classifying.budget.spent
        spent += spent_by_left_out(store.folder, settings, prompt, prices, [each.name for each in opened])
        calls.load(spent)
        estimated = calls.estimate
        preview = JudgingPreview(
            model=settings.judge,
            judges=calls.ahead,
            estimate=estimated,
            prices=prices,
            limits=settings,
            priced=not settings.judge.is_offline,
            warnings=(*store.manifest.warnings, *_notice(settings, prompt)),
            notes=store.manifest.notes,
            reused=reused,
            damage=calls.damage,
            refusals=None
            if refusals is None or classifying is None
            else RefusalPreview(refusals.model, classifying.estimate),
            comparisons=len(plan),
            available=plan.available,
            planned=calls.planned,
            together=_together(
                plan, CallMaker(prompt, call_settings(settings)), model_price(settings.judge, prices), settings
            ),
            expert=_expert_ahead(settings, plan, estimated, prices),
        )
        on_event(preview)
        session = Session(spent=calls.spent, spent_before=calls.spent, max_cost=settings.max_cost)
        asks = not settings.no_calls
        under_way = calls.under_way
        if asks and (estimated.calls > under_way or preview.paid_beside) and not confirm(preview):
            raise Declined("No calls were made.")
        if asks and (settings.batch is not None or estimated.calls):
            session = _asked(settings, store, calls, on_event)
        else:
            calls.set_aside()
        store.save()
        if asks and refusals is not None:
            session = refusals.after(session, on_event)
        # Verdicts and win rates come from disk alone, so that `judge show` gives the same.
        before = store.manifest.results
        to = settings.generalize_to or (before.generalize_to if before else "questions")
        for each in calls.runs:
            own = each.store
            write_results(own.folder, own.manifest, each.plan, settings.inconsistent, settings.resamples, to=to)
        run = write_results(store.folder, store.manifest, plan, settings.inconsistent, settings.resamples, to=to)
    counts = run.summary.counts
    allowed = ALLOW_MISSING in settings.allow and not counts.not_asked and counts.ok > 0
    return replace(run, session=session, missing_allowed=allowed)


def _asked(
    settings: CompareSettings, store: RunDirectory[JudgingManifest], calls: JudgeCalls, on_event: OnEvent
) -> Session:
    """Make the calls; of a panel the run has an entry of the session, too, beside those of its judges."""
    if not calls.runs:
        return calls.ask(on_event)
    earlier, began = store.manifest.sessions, time.monotonic()
    entry = SessionEntry(started=now(), max_cost=settings.max_cost, limit=settings.limit)
    store.update(sessions=(*earlier, entry))
    store.save()
    session = calls.ask(on_event)
    closed = entry.model_copy(
        update={
            "ended": now(),
            "ended_by": session.ended_by,
            "wall_seconds": round(time.monotonic() - began, 3),
            "calls": session.calls,
            "failed": session.failed,
            "requests": session.requests,
        }
    )
    store.update(sessions=(*earlier, closed))
    return session


def _refuse_batches(settings: CompareSettings) -> None:
    """Refuse batches where calls cannot be made so."""
    if settings.batch is None:
        return
    for spec in (settings.judge,) if settings.panel is None else (each.judge for each in settings.panel.members):
        refuse_fleet(spec)
    if settings.judge.is_offline:
        raise UsageError("the offline heuristic makes no calls that could be in batches", hint="leave out --batch")
    if settings.expert is not None or settings.orders == "adaptive":
        raise UsageError("--expert and --orders adaptive need live calls", hint="leave out --batch, or these")


def preview_comparison(settings: CompareSettings, run: Path | None = None) -> JudgingPreview:
    """Check the inputs and estimate what a comparison takes. Writes nothing, makes no call.

    Args:
        settings: As for :func:`compare`.
        run: A run directory whose completed calls are not counted again; None estimates a new run.
    """
    refuse_beside_panel(settings)
    _refuse_batches(settings)
    settings, notes = with_prompt(settings)
    prompt = _prompt(settings, run)
    prices = load_prices(settings.prices)
    reuse = _checked_judges(replace(settings, no_calls=True), prompt, prices)
    manifest = None if run is None else read_manifest(run, JudgingManifest)
    with scratch_plan(settings, prompt, manifest) as (plan, pairs):
        judges = planned_judges(settings, pairs.contestants, None if manifest is None else manifest.panel)
        found = [
            _judge_ahead(one, prompt, prices, one.plan_of(plan), one.folder_in(run), others)
            for one, others in zip(judges, reuse, strict=True)
        ]
        refusals = None
        if isinstance(settings.refusals, ModelSpec):
            refused = preview_refusals(
                run, partial(_texts, plan), settings.refusals, refusal_prompt(), settings, prices
            )
            refusals = RefusalPreview(settings.refusals, refused)
        maker = CallMaker(prompt, call_settings(settings))
        ahead = side_by_side([each.estimate for each in found])
        whole = side_by_side([each.whole for each in found])
        return JudgingPreview(
            designs=_designs(settings, pairs, len(plan), whole),
            model=settings.judge,
            judges=() if settings.panel is None else tuple(found),
            estimate=ahead,
            expert=_expert_ahead(settings, plan, ahead, prices),
            prices=prices,
            limits=settings,
            priced=not settings.judge.is_offline,
            warnings=(*pairs.warnings, *_notice(settings, prompt)),
            notes=(*notes, *pairs.notes),
            refusals=refusals,
            comparisons=len(plan),
            available=plan.available,
            planned=whole.calls,
            together=_together(plan, maker, model_price(settings.judge, prices), settings),
        )


def _judge_ahead(
    one: PlannedJudge, prompt: Prompt, prices: PriceList, plan: Plan, run: Path | None, others: Reuse
) -> JudgeAhead:
    """Estimate what is left of one judge's calls in a run, or all of them in a new one."""
    settings = one.settings
    price = model_price(settings.judge, prices)
    task = Judging(CallMaker(prompt, call_settings(settings)), plan)
    completed: set[bytes] = set()
    mode = None
    if run is not None:
        completed = load_completed(task, run / JOURNAL).ok
        manifest = read_manifest(run, JudgingManifest)
        mode = None if manifest is None else manifest.reply_mode
    completed.update(reusable(others.sources(plan, completed, mode)))
    whole = estimate(task, frozenset(), price, settings.concurrency)
    ahead = estimate(task, completed, price, settings.concurrency) if completed else whole
    return JudgeAhead(one.name, settings.judge, ahead, whole)


def _designs(settings: CompareSettings, pairs: Pairs, comparisons: int, whole: Estimate) -> tuple[PairDesign, ...]:
    """What other choices of pairs take, from the calls and the cost of a pair in this plan; none of two contestants."""
    number = len(pairs.contestants)
    if number < 3 or not comparisons:
        return ()
    most = number * (number - 1) // 2
    chosen = most if settings.among_all else number - 1
    chosen = min(settings.pairs_per_item or chosen, most)
    found = {"--reference NAME": number - 1}
    found |= {f"--pairs-per-item {each}": each for each in sorted({1, 2, 4, 8, 16, chosen}) if each < most}
    if settings.pairs_per_item is None and chosen < most:
        found.pop(f"--pairs-per-item {chosen}", None)
    found |= {"--all-pairs": most}
    mine = "--reference NAME" if not settings.among_all else "--all-pairs"
    if settings.pairs_per_item is not None and chosen < most:
        mine = f"--pairs-per-item {chosen}"
    return tuple(
        PairDesign(
            option,
            each,
            round(whole.calls * each / chosen),
            None if whole.cost is None else whole.cost * each / chosen,
            option == mine,
        )
        for option, each in found.items()
    )


def _refusals(
    settings: CompareSettings, store: RunDirectory[JudgingManifest], plan: Plan, prices: PriceList, stack: ExitStack
) -> RefusalCalls | None:
    """Open the calls that classify the responses, where a model does; the manifest says who does."""
    made, calls = None, None
    if settings.refusals == RULE:
        made = RefusalsBy(by=RULE)
    elif settings.refusals is not None:
        opened = opened_refusals(
            store.folder, partial(_texts, plan), settings.refusals, refusal_prompt(), settings, prices
        )
        calls = stack.enter_context(opened)
        made = calls.described
    if made is not None:
        store.update(refusals=made)
    return calls


def _texts(plan: Plan) -> Iterator[str]:
    for comparison in plan:
        yield comparison.reference_text
        yield comparison.candidate_text


def _together(plan: Plan, maker: CallMaker, price: Price | None, settings: CompareSettings) -> Estimate | None:
    """What the plan would take with one call for all criteria; None where it is so planned."""
    if not plan.apart:
        return None
    one = Plan(
        plan.path,
        seed=plan.seed,
        orders=plan.orders,
        repeats=plan.repeats,
        limit=settings.limit,
        sequence=plan.sequence,
        after_pilot=plan.after_pilot,
    )
    return estimate(Judging(maker, one), frozenset(), price, settings.concurrency)


def _expert_ahead(settings: CompareSettings, plan: Plan, ahead: Estimate, prices: PriceList) -> ExpertAhead | None:
    """Estimate the expert's calls from those of the cheap judge, which have the same prompts."""
    if settings.expert is None or not ahead.calls:
        return None
    is_open = settings.expert_share == "auto"
    calls = round(plan.calls * (1.0 if settings.expert_share == "auto" else settings.expert_share))
    found = expected(
        calls=calls,
        completed=0,
        tokens_in=calls * ahead.input_tokens // ahead.calls,
        tokens_per_reply=ahead.output_tokens // ahead.calls,
        price=model_price(settings.expert, prices),
        concurrency=settings.concurrency,
    )
    return ExpertAhead(settings.expert, found, is_open)


def _prompt(settings: CompareSettings, run: Path | None) -> Prompt:
    """Load the prompt, in the version of the run in a folder if there is one, and check that it fits the settings."""
    manifest = None if run is None or run.is_file() else read_manifest(run, JudgingManifest)
    prompt = prompt_of_run(str(settings.prompt), None if manifest is None else manifest.configuration.prompt)
    if settings.criteria == "apart":
        for criterion in prompt.criteria:
            prompt.for_criterion(criterion)
    if settings.judge.is_offline:
        check_criteria(prompt.criteria, prompt.file.requires, prompt.file.name)
        if settings.extra_body is not None:
            raise UsageError("--extra-body is for servers; the heuristic judge makes no request", hint="leave it out")
    return prompt


def _notice(settings: CompareSettings, prompt: Prompt) -> tuple[str, ...]:
    """Say where a run goes on with an earlier version of its prompt, and where a response could imitate the prompt."""
    if prompt.ref != load_prompt(str(settings.prompt)).ref:
        return (
            f"the run was made with version {prompt.file.version} of the prompt {prompt.file.name} and keeps it; "
            "a new run uses the current version",
        )
    if prompt.is_tagged or earlier_version(prompt.ref) is not None:
        return ()
    return (
        f"the prompt {prompt.file.name} quotes responses between fixed tags, which a response can imitate: write "
        "<response_a-{{ tag }}> {{ response_a }} </response_a-{{ tag }}>",
    )


def _checked_judges(settings: CompareSettings, prompt: Prompt, prices: PriceList) -> list[Reuse]:
    """Check for what each judge needs, so that it is told before anything is made: a price, a key, runs to reuse.

    Returns:
        The runs to reuse of each judge, open.
    """
    judges = planned_judges(settings)
    for each in judges:
        price_of(each.settings, prices)
        if not each.settings.judge.is_offline and not settings.no_calls:
            check_keys(each.settings.judge)
    makers = [CallMaker(prompt, call_settings(each.settings)) for each in judges]
    return opened_reuse(settings.reuse, makers, prices.currency, is_panel=settings.panel is not None)
