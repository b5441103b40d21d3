"""`judge generate`: from a values file to one model's responses."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from generation.calls import CallMaker
from generation.counts import Tally
from generation.estimate import describe, estimate
from generation.generating import ANSWERS, Generating, Generation
from generation.items import chosen_items
from generation.models import check_access, identity, open_choice
from generation.output import responses, write
from generation.run import JOURNAL, RESPONSES, Run, folder_of, opened_run
from generation.settings import GenerateSettings
from generation.table import print_counts
from judge.core.asking.consent import agreed, check_price, close
from judge.core.asking.estimate import Estimate, model_price
from judge.core.asking.held import Held, set_out, take_stock
from judge.core.asking.negotiation import negotiation
from judge.core.asking.runner import Progress, Runner
from judge.core.asking.session import Session, carry_out, opened
from judge.core.budget import Budget
from judge.core.chat.limiter import AdaptiveLimiter
from judge.core.configuration import versions
from judge.core.errors import EXIT_FAILURES_REMAIN, WriteError
from judge.core.journal import Journal, read_journal
from judge.core.prices import Price, PriceList, load_prices
from judge.core.records import GroundTruth
from prompts.speaking import load_speaking


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
        held = take_stock(read_journal(run.folder / JOURNAL, Generation), budget, ANSWERS)
        ahead = estimate(maker, items, held.settled(retry_failed=settings.retry_failed), price)
        set_out(held, ahead, budget)
        for line in describe(ahead, len(items), settings, prices):
            console.print(line, highlight=False, markup=False)
        session = Session()
        if ahead.calls:
            if not _agreed(ahead, settings, console):
                console.print("Nothing was asked.")
                return EXIT_FAILURES_REMAIN, Tally()
            session = _ask(run, maker, items, budget, held, prices, console)
        tally = write_results(run, maker, items)
        print_counts({settings.out.name: tally}, console)
        state = "complete" if tally.complete else "INCOMPLETE"
        console.print(f"{state}: {tally.replies:,} of {tally.planned:,} rows in {settings.out}.", highlight=False)
        if session.error is not None:
            raise session.error
        return close(
            session,
            complete=tally.complete,
            max_cost=settings.max_cost,
            retry_failed=settings.retry_failed,
            lacks="answer",
            console=console,
        ), tally


def look_ahead(settings: GenerateSettings) -> tuple[Estimate, int]:
    """What a run would still take, and its number of items. Writes nothing, sends nothing. Errors: bad input."""
    prompt = load_speaking(settings.persona_prompt, settings.task)
    price = _price(settings, load_prices(settings.prices))
    items = chosen_items(settings)
    maker = CallMaker(prompt, settings, identity(settings.model))
    held = take_stock(read_journal(folder_of(settings.out) / JOURNAL, Generation), Budget(None), ANSWERS)
    return estimate(maker, items, held.settled(retry_failed=settings.retry_failed), price), len(items)


def estimate_only(settings: GenerateSettings, console: Console) -> None:
    """Print what a run would still take."""
    ahead, items = look_ahead(settings)
    for line in describe(ahead, items, settings, load_prices(settings.prices)):
        console.print(line, highlight=False, markup=False)


def write_results(run: Run, maker: CallMaker, items: Sequence[GroundTruth]) -> Tally:
    """Write the file of responses from the journal, and count. Beside a CSV the full rows stand in the run's folder."""
    tally = Tally()
    rows = list(read_journal(run.folder / JOURNAL, Generation))
    for row in rows:
        tally.spend(row)
    made = responses(rows, items, maker, str(maker.settings.model.spec), tally)
    samples = maker.settings.samples
    if run.out.suffix.lower() == ".csv":
        full = list(made)
        write(run.folder / RESPONSES, full, samples=samples, before=lambda _: None)
        write(run.out, full, samples=samples, before=run.remember_output)
    else:
        write(run.out, made, samples=samples, before=run.remember_output)
    run.manifest["results"] = tally.summary()
    run.manifest["journal_bytes"] = (run.folder / JOURNAL).stat().st_size if tally.replies else 0
    run.save()
    return tally


def _ask(
    run: Run,
    maker: CallMaker,
    items: Sequence[GroundTruth],
    budget: Budget,
    held: Held,
    prices: PriceList,
    console: Console,
) -> Session:
    """Ask the model for every missing answer."""
    settings = maker.settings
    client = open_choice(
        settings.model, concurrency=settings.in_flight, timeout=settings.timeout, batch_size=settings.batch_size
    )
    lost = run.manifest.setdefault("reply_modes_lost", [])
    reply = settings.reply if settings.structured else "text"
    ways = negotiation(client, reply, run.manifest["reply_mode"], tuple(lost))

    def remember_mode() -> None:
        run.manifest["reply_mode"] = ways.modes[0]
        run.save()

    run.manifest["packages"] |= versions(client.packages)
    entry = opened(
        run.manifest["sessions"],
        {"in_flight": settings.in_flight, "rpm": settings.rpm, "tpm": settings.tpm, "timeout": settings.timeout,
         "retries": settings.policy.retries, "retry_failed": settings.retry_failed, "max_cost": settings.max_cost},
    )  # fmt: skip
    remember_mode() if ways.settled else run.save()
    with Journal(run.folder / JOURNAL) as journal:
        runner = Runner(
            client=client,
            task=Generating(maker, items),
            journal=journal,
            negotiation=ways,
            budget=budget,
            limiter=AdaptiveLimiter(settings.in_flight, rpm=settings.rpm, tpm=settings.tpm),
            policy=settings.policy,
            progress=Progress(total=len(items) * settings.samples),
            held=held,
            concurrency=settings.in_flight,
            retry_failed=settings.retry_failed,
            on_settled=remember_mode,
        )
        session = carry_out(runner, entry, console, prices.currency)
    if ways.gives_up:
        lost.append(ways.modes[0])
        run.manifest["reply_mode"] = None
    if isinstance(session.error, WriteError):
        raise session.error  # nothing else can be written either
    run.save()
    return session


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
