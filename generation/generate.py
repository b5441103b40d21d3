"""`judge generate`: from a values file to one model's responses."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace

from rich.console import Console

from judge.core.calls.ask import ask_missing
from judge.core.calls.budget import Budget
from judge.core.calls.consent import agreed, check_price, close
from judge.core.calls.estimate import Estimate, model_price
from judge.core.calls.prices import Price, PriceList, load_prices
from judge.core.calls.resume import MISSING, set_out, take_stock
from judge.core.calls.reuse import reusable, take_over, told
from judge.core.calls.session import Session
from judge.core.errors import EXIT_FAILURES_REMAIN
from judge.core.files.journal import read_journal
from judge.core.records import GroundTruth
from judge.generation.calls import CallMaker
from judge.generation.counts import Tally, print_counts
from judge.generation.estimate import describe, estimate
from judge.generation.items import chosen_items
from judge.generation.models import check_access, identity, open_choice
from judge.generation.output import responses, write
from judge.generation.run import JOURNAL, RESPONSES, Run, check_run, folder_of, opened_run, sources
from judge.generation.settings import GenerateSettings
from judge.generation.task import ANSWERS, Generating, Generation
from judge.prompts.persona import load_speaking


def generate(settings: GenerateSettings, console: Console) -> tuple[int, Tally]:
    """Ask one model for every answer that is missing, and write what there is. Returns the exit code and the counts."""
    prompt = load_speaking(settings.persona_prompt, settings.task)
    prices = load_prices(settings.prices)
    price = _price(settings, prices)
    check_access(settings.model)
    items = chosen_items(settings)
    known = identity(settings.model)
    with opened_run(settings, prompt, known, prices) as run:
        maker = CallMaker(prompt, settings, known)
        budget = Budget(price, settings.max_cost)
        _reuse(run, settings, maker, items, console)
        held = take_stock(read_journal(run.folder / JOURNAL, Generation), budget, ANSWERS)
        ahead = held.rated(estimate(maker, items, held.settled(retry_failed=settings.retry_failed), price))
        set_out(held, ahead, budget)
        for line in describe(ahead, len(items), settings, prices):
            console.print(line, highlight=False, markup=False)
        session = Session()
        if ahead.calls:
            if not _agreed(ahead, settings, console):
                console.print("Nothing was asked.")
                return EXIT_FAILURES_REMAIN, Tally()
            session = ask_missing(
                open_choice(
                    settings.model,
                    concurrency=settings.in_flight,
                    timeout=settings.timeout,
                    batch_size=settings.batch_size,
                ),
                Generating(maker, items),
                journal=run.folder / JOURNAL,
                manifest=run.manifest,
                save=run.save,
                reply=settings.reply if settings.structured else "text",
                pace=replace(settings, concurrency=settings.in_flight),
                more={},
                held=held,
                budget=budget,
                total=ahead.calls + ahead.held,
                console=console,
                currency=prices.currency,
            )
        tally = write_results(run, maker, items)
        print_counts({settings.out.name: tally}, console)
        state = "complete" if tally.complete else "INCOMPLETE"
        where = f"in {settings.out}" if settings.out.exists() else f"and no file {settings.out}"
        flagged = tally.replies - (tally.planned - tally.lacking)
        beside = f"; {flagged:,} more there are flagged, and are no answers" if flagged else ""
        console.print(
            f"{state}: {tally.planned - tally.lacking:,} of {tally.planned:,} rows {where}{beside}.",
            highlight=False,
            markup=False,
        )
        if session.error is not None:
            raise session.error
        return close(
            session,
            lacking=tally.lacking,
            accepted=MISSING in settings.allow and not tally.missing and tally.lacking < tally.planned,
            max_cost=settings.max_cost,
            retry_failed=settings.retry_failed,
            lacks="answer",
            console=console,
        ), tally


def look_ahead(settings: GenerateSettings) -> tuple[Estimate, int]:
    """What a run would still take, and its number of items. Writes nothing, sends nothing. Errors: those of the run."""
    prompt = load_speaking(settings.persona_prompt, settings.task)
    price = _price(settings, load_prices(settings.prices))
    items = chosen_items(settings)
    known = identity(settings.model)
    maker = CallMaker(prompt, settings, known)
    check_run(settings, prompt, known, load_prices(settings.prices))
    held = take_stock(read_journal(folder_of(settings.out) / JOURNAL, Generation), Budget(None), ANSWERS)
    held.ok.update(reusable(sources(settings.reuse, maker.unique(items), held.ok)))
    return held.rated(estimate(maker, items, held.settled(retry_failed=settings.retry_failed), price)), len(items)


def estimate_only(settings: GenerateSettings, console: Console) -> None:
    """Print what a run would still take."""
    ahead, items = look_ahead(settings)
    for line in describe(ahead, items, settings, load_prices(settings.prices)):
        console.print(line, highlight=False, markup=False)


def write_results(run: Run, maker: CallMaker, items: Sequence[GroundTruth]) -> Tally:
    """Write the file of responses from the journal, and count. Beside a CSV the full rows stand in the run's folder.

    Without a single reply there is nothing to write: no file is made.
    """
    tally = Tally()
    rows = list(read_journal(run.folder / JOURNAL, Generation))
    for row in rows:
        tally.spend(row)
    made = responses(rows, items, maker, str(maker.settings.model.spec), tally)
    samples = maker.settings.samples
    if not any(row.raw is not None or row.status in ANSWERS for row in rows) and not run.out.exists():
        deque(made, maxlen=0)  # counted all the same
    elif run.out.suffix.lower() == ".csv":
        full = list(made)
        write(run.folder / RESPONSES, full, samples=samples, before=lambda _: None)
        write(run.out, full, samples=samples, before=run.remember_output)
    else:
        write(run.out, made, samples=samples, before=run.remember_output)
    run.manifest["results"] = tally.summary()
    if tally.taken_over:
        run.manifest["taken_over"] = dict(tally.taken_over)
    run.manifest["journal_bytes"] = (run.folder / JOURNAL).stat().st_size if tally.replies else 0
    run.save()
    return tally


def _reuse(
    run: Run, settings: GenerateSettings, maker: CallMaker, items: Sequence[GroundTruth], console: Console
) -> None:
    """Copy what other runs hold of this one's calls into its journal."""
    if not settings.reuse:
        return
    held = take_stock(read_journal(run.folder / JOURNAL, Generation), Budget(None), ANSWERS).ok
    others = sources(settings.reuse, maker.unique(items), held)
    for line in told(take_over(run.folder / JOURNAL, others), "answers"):
        console.print(line, highlight=False, markup=False)


def _price(settings: GenerateSettings, prices: PriceList) -> Price | None:
    if settings.model.local:
        return None
    price = model_price(settings.model.spec, prices)
    check_price(settings.model.spec, price, prices, settings.max_cost)
    return price


def _agreed(ahead: Estimate, settings: GenerateSettings, console: Console) -> bool:
    if settings.yes or settings.model.local:
        return True
    return agreed(ahead.calls, settings.model.spec, max_cost=settings.max_cost, console=console)
