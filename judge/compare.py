"""`judge compare`: from two files of responses to win rates. The main function reads like a methods section."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from judge import estimate as estimation
from judge.calls import CallMaker, CallSettings
from judge.core import rundir
from judge.core.budget import Budget
from judge.core.chat.limiter import AdaptiveLimiter
from judge.core.chat.open import ModelSpec, api_key, open_model
from judge.core.chat.types import ModelClient
from judge.core.errors import EXIT_DONE, EXIT_FAILURES_REMAIN, EXIT_INTERRUPTED, JournalWriteError, UsageError
from judge.core.journal import Journal, read_journal
from judge.core.prices import Price, PriceList, load_prices, money
from judge.core.progress import Snapshot, shown
from judge.negotiation import negotiation
from judge.parse import ReplyParser
from judge.report.terminal import print_summary
from judge.results import write_results
from judge.run import Run, now, opened_run, scratch_plan, versions
from judge.runner import Held, Progress, Runner
from judge.settings import CompareSettings
from prompts import load_prompt


def compare(settings: CompareSettings, console: Console) -> int:
    """Judge every pair in both orders, and print and write what came out. Returns the exit code."""
    prompt = load_prompt(settings.prompt)
    prices = load_prices(settings.prices)
    price = _price(settings, prices)
    if settings.judge.provider != "heuristic":
        api_key(settings.judge)  # a missing key is told before anything is made
    with opened_run(settings, prompt) as run:
        run.manifest["prices"] = {name: getattr(prices, name) for name in ("source", "as_of", "currency", "sha256")}
        run.save()
        maker = CallMaker(prompt, call_settings(settings))
        journal_path = run.folder / rundir.JOURNAL
        held = _held(journal_path)
        settled = held.ok if settings.retry_failed else held.ok | set(held.failed)
        ahead = estimation.estimate(run.plan, maker, settled, price, settings.concurrency)
        for line in _plan_lines(ahead, run, prices, settings):
            console.print(line, highlight=False, markup=False)
        session = _Session()
        if ahead.calls:
            if not _agreed(ahead, settings, console):
                console.print("Nothing was asked.")
                return EXIT_DONE
            budget = Budget(price, settings.max_cost, first_guess=ahead.cost_per_call)
            budget.spent = _spent(journal_path)
            client = _open(settings)
            run.manifest["packages"] |= versions(client.packages)
            session = asyncio.run(_judge(client, run, maker, settings, budget, held, console))
            if isinstance(session.error, JournalWriteError):
                raise session.error  # nothing else can be written either
            run.manifest["sessions"].append(session.record(settings))
            run.save()
        # The numbers come from disk alone, so that `judge show` gives the same.
        summary = write_results(run.folder, run.manifest, run.plan, settings.inconsistent, settings.resamples)
        print_summary(summary, console)
        console.print(f"\nWritten to {run.folder}. `judge show {run.folder}` prints it again.", highlight=False)
        if session.error is not None:
            raise session.error
        return _close(session, summary.counts.ok == summary.counts.calls, settings, console)


def call_settings(settings: CompareSettings) -> CallSettings:
    """What of the settings decides a call."""
    return CallSettings(
        judge=str(settings.judge),
        endpoint=settings.judge.base_url or "default",
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
    with scratch_plan(settings, prompt) as plan:
        maker = CallMaker(prompt, call_settings(settings))
        ahead = estimation.estimate(plan, maker, frozenset(), price, settings.concurrency)
        for line in estimation.describe(ahead, plan, prices, settings.judge, settings.concurrency):
            console.print(line, highlight=False, markup=False)
    return EXIT_DONE


@dataclass
class _Session:
    """One session of asking, as it goes into the manifest."""

    progress: Progress | None = None
    error: Exception | None = None
    interrupted: bool = False
    over_budget: bool = False
    started: str = ""
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    cuts: int = 0

    def record(self, settings: CompareSettings) -> dict[str, object]:
        """The session for the manifest."""
        assert self.progress is not None
        return {
            "started": self.started,
            "ended": now(),
            "wall_seconds": round(self.seconds, 3),
            "cpu_seconds": round(self.cpu_seconds, 3),
            "calls": self.progress.done,
            "failed": self.progress.failed,
            "requests": self.progress.requests,
            "concurrency": settings.concurrency,
            "limit": settings.limit,
            "backed_off": self.cuts,
            "ended_by": "error" if self.error else "interrupt" if self.interrupted
            else "max-cost" if self.over_budget else "done",
        }  # fmt: skip


async def _judge(
    client: ModelClient,
    run: Run,
    maker: CallMaker,
    settings: CompareSettings,
    budget: Budget,
    held: Held,
    console: Console,
) -> _Session:
    """Ask the judge for every missing call. Never raises for a run that stops: the session says why."""
    settled = negotiation(client, settings.reply, run.manifest["reply_mode"])
    session = _Session(Progress(total=run.plan.calls), started=now())
    assert session.progress is not None
    started, cpu_started = time.monotonic(), time.process_time()
    limiter = AdaptiveLimiter(settings.concurrency, rpm=settings.rpm, tpm=settings.tpm)

    def remember_mode() -> None:
        run.manifest["reply_mode"] = settled.mode
        run.manifest["reply_modes_rejected"] = settled.rejected
        run.save()

    with Journal(run.folder / rundir.JOURNAL) as journal:
        runner = Runner(
            client=client,
            maker=maker,
            parser=ReplyParser(maker.prompt),
            plan=run.plan,
            journal=journal,
            negotiation=settled,
            budget=budget,
            limiter=limiter,
            policy=settings.policy,
            progress=session.progress,
            held=held,
            concurrency=settings.concurrency,
            retry_failed=settings.retry_failed,
            on_settled=remember_mode,
        )
        if settled.settled:
            remember_mode()
        work = asyncio.current_task()
        assert work is not None

        def on_signal() -> None:
            if session.interrupted:
                work.cancel()
                return
            session.interrupted = True
            runner.stop.set()
            console.print(
                "\nStopping: waiting for the calls in flight, which are paid for. Once more to leave at once.",
                highlight=False,
            )

        with _signals(on_signal):
            try:
                async with shown(console, lambda: _snapshot(runner)):
                    await runner.run()
            except asyncio.CancelledError:
                pass
            except Exception as error:
                session.error = error
            finally:
                await client.close()
    session.over_budget = runner.over_budget
    session.seconds = time.monotonic() - started
    session.cpu_seconds = time.process_time() - cpu_started
    session.cuts = limiter.cuts
    return session


class _signals:  # noqa: N801 - used like a function
    """Route Ctrl-C and SIGTERM to a callback while the event loop runs, where the platform can."""

    def __init__(self, callback: Callable[[], None]) -> None:
        self._callback = callback

    def __enter__(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._callback)

    def __exit__(self, *_: object) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


def _snapshot(runner: Runner) -> Snapshot:
    progress, budget = runner.progress, runner.budget
    cost = money(budget.spent if budget.price is not None else None)
    failed = f", {progress.failed} failed" if progress.failed else ""
    return Snapshot(progress.total, progress.done, progress.held, f"cost {cost}{failed}")


def _held(path: Path) -> Held:
    held = Held()
    for row in read_journal(path):
        held.add(row)
    return held


def _spent(path: Path) -> float:
    return sum(row.cost or 0.0 for row in read_journal(path))


def _open(settings: CompareSettings) -> ModelClient:
    if settings.judge.provider == "heuristic":
        from judge.heuristic import open_heuristic

        return open_heuristic()
    return open_model(settings.judge, concurrency=settings.concurrency, timeout=settings.timeout)


def _price(settings: CompareSettings, prices: PriceList) -> Price | None:
    """The judge's price. The bundled list holds the providers' own prices: not for an endpoint of the user's."""
    price = judge_price(settings.judge, prices, own_file=settings.prices is not None)
    if settings.max_cost is not None and price is None and settings.judge.provider != "heuristic":
        raise UsageError(
            f"--max-cost needs a price, and {settings.judge} has none in {prices.source}",
            hint="give one with --prices FILE",
        )
    return price


def judge_price(spec: ModelSpec, prices: PriceList, *, own_file: bool) -> Price | None:
    """The price of a judge, or None where it is unknown."""
    return prices.get(str(spec)) if own_file or spec.base_url is None else None


def _plan_lines(ahead: estimation.Estimate, run: Run, prices: PriceList, settings: CompareSettings) -> list[str]:
    lines = estimation.describe(ahead, run.plan, prices, settings.judge, settings.concurrency)
    return lines if settings.judge.provider != "heuristic" else lines[:1]


def _agreed(ahead: estimation.Estimate, settings: CompareSettings, console: Console) -> bool:
    """Ask before money may be spent; only a person at a terminal can be asked."""
    if settings.yes or settings.judge.provider == "heuristic" or not console.is_terminal:
        return True
    try:
        return console.input(f"Make {ahead.calls:,} calls? \\[y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False


def _close(session: _Session, complete: bool, settings: CompareSettings, console: Console) -> int:
    if session.interrupted:
        console.print("Interrupted. The same command goes on from here; nothing that was judged is asked again.")
        return EXIT_INTERRUPTED
    if session.over_budget:
        console.print(
            f"Stopped before --max-cost {settings.max_cost} would be passed. With a higher one the command goes on."
        )
        return EXIT_FAILURES_REMAIN
    if not complete:
        console.print("Some calls have no verdict (see the counts). The same command asks for these again.")
        return EXIT_FAILURES_REMAIN
    return EXIT_DONE
