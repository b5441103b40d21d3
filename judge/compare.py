"""`judge compare`: from two files of responses to win rates. The main function reads like a methods section."""

from __future__ import annotations

from rich.console import Console

from judge import estimate as estimation
from judge.calls import CallMaker, CallSettings
from judge.core import rundir
from judge.core.asking.held import Held, take_stock
from judge.core.asking.negotiation import negotiation
from judge.core.asking.runner import Progress, Runner
from judge.core.asking.session import Session, carry_out, opened
from judge.core.budget import Budget
from judge.core.chat.limiter import AdaptiveLimiter
from judge.core.chat.open import api_key, open_model
from judge.core.chat.types import ModelClient
from judge.core.errors import EXIT_DONE, EXIT_FAILURES_REMAIN, EXIT_INTERRUPTED, UsageError, WriteError
from judge.core.journal import Journal, read_journal
from judge.core.prices import Price, PriceList, load_prices
from judge.core.records import Judgment
from judge.heuristic import VERSION, open_heuristic
from judge.judging import Judging
from judge.report.terminal import print_summary
from judge.results import write_results
from judge.run import Run, opened_run, scratch_plan, versions
from judge.settings import CompareSettings
from prompts import load_prompt


def compare(settings: CompareSettings, console: Console) -> int:
    """Judge every pair in both orders, and print and write what came out. Returns the exit code."""
    prompt = load_prompt(settings.prompt)
    prices = load_prices(settings.prices)
    price = _price(settings, prices)
    if settings.judge.provider != "heuristic":
        api_key(settings.judge)  # a missing key is told before anything is made
    with opened_run(settings, prompt, prices) as run:
        maker = CallMaker(prompt, call_settings(settings))
        budget = Budget(price, settings.max_cost)
        held = take_stock(read_journal(run.folder / rundir.JOURNAL, Judgment), budget)
        settled = held.settled(retry_failed=settings.retry_failed)
        ahead = estimation.estimate(run.plan, maker, settled, price, settings.concurrency)
        budget.first_guess = ahead.cost_per_call
        for _ in range(held.without_usage):
            budget.charge(None)
        for line in _plan_lines(ahead, run, prices, settings):
            console.print(line, highlight=False, markup=False)
        session = Session()
        if ahead.calls:
            if not _agreed(ahead, settings, console):
                console.print("Nothing was asked.")
                return EXIT_FAILURES_REMAIN
            session = _ask(run, maker, settings, budget, held, prices.currency, console)
        else:
            run.save()
        # The numbers come from disk alone, so that `judge show` gives the same.
        summary = write_results(run.folder, run.manifest, run.plan, settings.inconsistent, settings.resamples)
        print_summary(summary, console)
        console.print(f"\nWritten to {run.folder}. `judge show {run.folder}` prints it again.", highlight=False)
        if session.error is not None:
            raise session.error
        return _close(session, summary.counts.ok == summary.counts.calls, settings, console)


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
        ahead = estimation.estimate(plan, maker, frozenset(), price, settings.concurrency)
        for warning in warnings:
            console.print(f"Warning: {warning}", highlight=False, markup=False)
        for line in estimation.describe(ahead, plan, prices, settings.judge, settings.concurrency):
            console.print(line, highlight=False, markup=False)
    return EXIT_DONE


def _settings_of_session(settings: CompareSettings) -> dict[str, object]:
    """What may differ from one session of a run to the next, and decides no reply."""
    return {
        "concurrency": settings.concurrency,
        "limit": settings.limit,
        "rpm": settings.rpm,
        "tpm": settings.tpm,
        "timeout": settings.timeout,
        "retries": settings.policy.retries,
        "retry_failed": settings.retry_failed,
        "max_cost": settings.max_cost,
    }


def _ask(
    run: Run,
    maker: CallMaker,
    settings: CompareSettings,
    budget: Budget,
    held: Held,
    currency: str,
    console: Console,
) -> Session:
    """Ask the judge for every missing call."""
    client = _open(settings)
    ways = negotiation(client, settings.reply, run.manifest["reply_mode"])

    def remember_mode() -> None:
        run.manifest["reply_mode"] = ways.modes[0]
        run.manifest["reply_modes_rejected"] = ways.rejected
        run.save()

    run.manifest["packages"] |= versions(client.packages)
    entry = opened(run.manifest["sessions"], _settings_of_session(settings))
    if ways.settled:
        remember_mode()
    else:
        run.save()
    with Journal(run.folder / rundir.JOURNAL) as journal:
        runner = Runner(
            client=client,
            task=Judging(maker, run.plan),
            journal=journal,
            negotiation=ways,
            budget=budget,
            limiter=AdaptiveLimiter(settings.concurrency, rpm=settings.rpm, tpm=settings.tpm),
            policy=settings.policy,
            progress=Progress(total=run.plan.calls),
            held=held,
            concurrency=settings.concurrency,
            retry_failed=settings.retry_failed,
            on_settled=remember_mode,
        )
        session = carry_out(runner, entry, console, currency)
    if isinstance(session.error, WriteError):
        raise session.error  # nothing else can be written either
    run.save()
    return session


def _open(settings: CompareSettings) -> ModelClient:
    if settings.judge.provider == "heuristic":
        return open_heuristic()
    return open_model(settings.judge, concurrency=settings.concurrency, timeout=settings.timeout)


def _price(settings: CompareSettings, prices: PriceList) -> Price | None:
    """The judge's price. The bundled list holds the providers' own prices: not for an endpoint of the user's."""
    price = estimation.judge_price(settings.judge, prices)
    if settings.max_cost is not None and price is None and settings.judge.provider != "heuristic":
        raise UsageError(
            f"--max-cost needs a price, and {settings.judge} has none in {prices.source}",
            hint="give one with --prices FILE",
        )
    return price


def _plan_lines(ahead: estimation.Estimate, run: Run, prices: PriceList, settings: CompareSettings) -> list[str]:
    warnings = [f"Warning: {warning}" for warning in run.manifest["warnings"]] if ahead.calls else []
    lines = estimation.describe(ahead, run.plan, prices, settings.judge, settings.concurrency)
    if settings.judge.provider == "heuristic":
        return lines[:1]
    address = settings.judge.base_url or "the provider's own address"
    return [*lines, *warnings, f"Judge: {settings.judge} at {address}."]


def _agreed(ahead: estimation.Estimate, settings: CompareSettings, console: Console) -> bool:
    """Ask before money may be spent.

    Errors: nobody can be asked, nothing bounds the cost, and the calls go to the provider itself.
    """
    if settings.yes or settings.judge.provider == "heuristic":
        return True
    if not console.is_terminal:
        if settings.judge.base_url is None and settings.max_cost is None:
            raise UsageError(
                f"{ahead.calls:,} calls to {settings.judge} cost money, and there is no terminal to ask on",
                hint="give --yes, or --max-cost",
            )
        return True
    try:
        return console.input(f"Make {ahead.calls:,} calls? \\[y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False


def _close(session: Session, complete: bool, settings: CompareSettings, console: Console) -> int:
    if session.interrupted:
        console.print("Interrupted. The same command goes on from here; nothing that was judged is asked again.")
        return EXIT_INTERRUPTED
    if session.over_budget:
        console.print(
            f"Stopped before --max-cost {settings.max_cost} would be passed. With a higher one the command goes on."
        )
        return EXIT_FAILURES_REMAIN
    if not complete:
        again = "The same command" if settings.retry_failed else "The command without --no-retry-failed"
        console.print(f"Some calls have no verdict (see the counts). {again} asks for these again.")
        return EXIT_FAILURES_REMAIN
    return EXIT_DONE
