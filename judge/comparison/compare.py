"""`judge compare`: from two files of responses to win rates. The main function reads like a methods section."""

from __future__ import annotations

from rich.console import Console

from judge.comparison.results import write_results
from judge.comparison.terminal import print_summary
from judge.core.calls.ask import ask_missing
from judge.core.calls.budget import Budget
from judge.core.calls.consent import agreed, check_price, close
from judge.core.calls.estimate import Estimate, model_price
from judge.core.calls.prices import Price, PriceList, load_prices
from judge.core.calls.resume import MISSING, set_out, take_stock
from judge.core.calls.reuse import reusable, take_over, told
from judge.core.calls.session import Session
from judge.core.errors import EXIT_DONE, EXIT_FAILURES_REMAIN
from judge.core.files import run_directory as rundir
from judge.core.files.journal import read_journal
from judge.core.models.open import api_key, open_model
from judge.core.models.types import ModelClient
from judge.core.records import Judgment
from judge.judging import calls as estimation
from judge.judging.calls import CallMaker, CallSettings
from judge.judging.heuristic import VERSION, open_heuristic
from judge.judging.plan import Plan
from judge.judging.reuse import Reuse
from judge.judging.run import Run, opened_run, scratch_plan
from judge.judging.settings import CompareSettings
from judge.judging.task import Judging
from judge.prompts import load_prompt


def compare(settings: CompareSettings, console: Console) -> int:
    """Judge every pair in both orders, and print and write what came out. Returns the exit code."""
    prompt = load_prompt(settings.prompt)
    prices = load_prices(settings.prices)
    price = _price(settings, prices)
    if settings.judge.provider != "heuristic":
        api_key(settings.judge)  # a missing key is told before anything is made
    maker = CallMaker(prompt, call_settings(settings))
    others = Reuse(settings.reuse, maker, prices.currency)
    with opened_run(settings, prompt, prices) as run:
        if settings.reuse:
            _take_over(run, others, console)
        budget = Budget(price, settings.max_cost)
        held = take_stock(read_journal(run.folder / rundir.JOURNAL, Judgment), budget)
        settled = held.settled(retry_failed=settings.retry_failed)
        ahead = held.rated(estimation.estimate(run.plan, maker, settled, price, settings.concurrency))
        set_out(held, ahead, budget)
        for line in _plan_lines(ahead, run, prices, settings):
            console.print(line, highlight=False, markup=False)
        session = Session()
        if ahead.calls:
            offline = settings.judge.provider == "heuristic"
            if not (
                settings.yes
                or offline
                or agreed(ahead.calls, settings.judge, max_cost=settings.max_cost, console=console)
            ):
                console.print("Nothing was asked.")
                return EXIT_FAILURES_REMAIN
            session = ask_missing(
                _open(settings),
                Judging(maker, run.plan),
                journal=run.folder / rundir.JOURNAL,
                manifest=run.manifest,
                save=run.save,
                reply=settings.reply,
                pace=settings,
                more={"limit": settings.limit},
                held=held,
                budget=budget,
                total=run.plan.calls,
                console=console,
                currency=prices.currency,
            )
        else:
            run.save()
        # The numbers come from disk alone, so that `judge show` gives the same.
        summary = write_results(run.folder, run.manifest, run.plan, settings.inconsistent, settings.resamples)
        print_summary(summary, console)
        console.print(f"\nWritten to {run.folder}. `judge show {run.folder}` prints it again.", highlight=False)
        if session.error is not None:
            raise session.error
        return close(
            session,
            lacking=summary.counts.calls - summary.counts.ok,
            accepted=MISSING in settings.allow and not summary.counts.not_asked and summary.counts.ok > 0,
            max_cost=settings.max_cost,
            retry_failed=settings.retry_failed,
            lacks="verdict",
            console=console,
        )


def call_settings(settings: CompareSettings) -> CallSettings:
    """What of the settings decides a call. The offline judge is known by its version: it changes with ours."""
    judge = settings.judge
    endpoint = f"heuristic-{VERSION}" if judge.provider == "heuristic" else judge.base_url or "default"
    return CallSettings(
        judge=str(judge),
        endpoint=endpoint,
        reply=settings.reply,
        temperature=settings.temperature,
        max_tokens=settings.max_tokens,
        seed=settings.model_seed,
    )


def estimate_only(settings: CompareSettings, console: Console) -> int:
    """`judge estimate`: check the inputs and say what the run would take. Writes nothing, sends nothing."""
    prompt = load_prompt(settings.prompt)
    prices = load_prices(settings.prices)
    price = _price(settings, prices)
    with scratch_plan(settings, prompt) as (plan, warnings):
        maker = CallMaker(prompt, call_settings(settings))
        held = frozenset(reusable(Reuse(settings.reuse, maker, prices.currency).sources(plan, frozenset())))
        ahead = estimation.estimate(plan, maker, held, price, settings.concurrency)
        for warning in warnings:
            console.print(f"Warning: {warning}", highlight=False, markup=False)
        for line in _ahead_lines(ahead, plan, prices, settings):
            console.print(line, highlight=False, markup=False)
    return EXIT_DONE


def _take_over(run: Run, others: Reuse, console: Console) -> None:
    """Copy what other runs hold of this one's calls into its journal; the judge is then asked in the same way."""
    run.manifest["reply_mode"] = mode = others.mode(run.manifest["reply_mode"])
    run.save()
    journal = run.folder / rundir.JOURNAL
    held = take_stock(read_journal(journal, Judgment), Budget(None)).ok
    for line in told(take_over(journal, others.sources(run.plan, held, mode)), "judgments"):
        console.print(line, highlight=False, markup=False)


def _open(settings: CompareSettings) -> ModelClient:
    if settings.judge.provider == "heuristic":
        return open_heuristic()
    return open_model(settings.judge, concurrency=settings.concurrency, timeout=settings.timeout)


def _price(settings: CompareSettings, prices: PriceList) -> Price | None:
    """The judge's price. The bundled list holds the providers' own prices: not for an endpoint of the user's."""
    price = model_price(settings.judge, prices)
    if settings.judge.provider != "heuristic":
        check_price(settings.judge, price, prices, settings.max_cost)
    return price


def _ahead_lines(ahead: Estimate, plan: Plan, prices: PriceList, settings: CompareSettings) -> list[str]:
    """The estimate; the offline judge takes neither money nor time worth a line."""
    lines = estimation.describe(ahead, plan, prices, settings.judge, settings.concurrency)
    return lines if settings.judge.provider != "heuristic" else lines[:1]


def _plan_lines(ahead: Estimate, run: Run, prices: PriceList, settings: CompareSettings) -> list[str]:
    lines = _ahead_lines(ahead, run.plan, prices, settings)
    if settings.judge.provider == "heuristic":
        return lines
    warnings = [f"Warning: {warning}" for warning in run.manifest["warnings"]] if ahead.calls else []
    address = settings.judge.base_url or "the provider's own address"
    return [*lines, *warnings, f"Judge: {settings.judge} at {address}."]
