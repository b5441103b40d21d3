"""Generate one model's responses to the questions of a values file."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from judge.core.batches.ledger import calls_under_way
from judge.core.calls.ask import ask, set_damage_aside
from judge.core.calls.completed_calls import load_completed
from judge.core.calls.cost_estimate import (
    Estimate,
    Preview,
    RefusalPreview,
    Start,
    accept,
    check_price,
    estimate,
    load_start,
    model_price,
)
from judge.core.calls.events import OnEvent, ignore
from judge.core.calls.limits import ALLOW_MISSING
from judge.core.calls.prices import Price, PriceList, load_prices
from judge.core.calls.reuse import copy_results, reusable
from judge.core.calls.session import Session, is_finished
from judge.core.engines.check import check_engine
from judge.core.errors import Declined
from judge.core.files.journal import read_journal
from judge.core.files.manifest import GenerationManifest
from judge.core.models.types import ModelClient
from judge.core.records import GroundTruth
from judge.core.refusal_calls.calls import expected_refusals, opened_refusals, preview_refusals, read_refusals
from judge.generation.calls import CallMaker
from judge.generation.counts import ResponseCounts
from judge.generation.decoding import Decoding, decoding_of
from judge.generation.items import chosen_items
from judge.generation.models import check_access, identity, open_choice
from judge.generation.open_run import (
    JOURNAL,
    RESPONSES,
    Store,
    check_run,
    folder_of,
    opened_run,
    remember_output,
    sources,
)
from judge.generation.output import classified_texts, responses, write
from judge.generation.settings import GenerateSettings
from judge.generation.task import ANSWERS, Generating, Generation
from judge.generation.training import keep_training_rows, prompt_warning, training_of
from judge.prompts.persona import SpeakingPrompt, load_speaking
from judge.prompts.refusal import refusal_prompt


@dataclass(frozen=True)
class GenerationPreview(Preview):
    """What is known of a generation run before any call is made.

    Attributes:
        settings: The settings of the run.
        items: Rows of the values file that are asked about.
        decoding: The temperature and the seeds that are sent.
    """

    settings: GenerateSettings | None = None
    items: int = 0
    decoding: Decoding | None = None


@dataclass(frozen=True)
class GeneratedRun:
    """A generation run on disk, with its counts.

    Attributes:
        out: The file of responses. It is absent where no call got a reply.
        folder: The run directory.
        manifest: Inputs, settings, versions, sessions and counts.
        counts: Answers, refusals, flags and failures over the planned rows.
        session: How the calls of this session ended.
        missing_allowed: Whether rows without an answer were accepted (``--allow missing``) and each was asked for.
    """

    out: Path
    folder: Path
    manifest: GenerationManifest
    counts: ResponseCounts
    session: Session
    missing_allowed: bool = False

    @property
    def missing(self) -> int:
        """Planned rows without an answer: failed, or never asked for."""
        return self.counts.unanswered

    @property
    def unclassified(self) -> int:
        """Responses that a model was to classify as refusals or answers, and did not."""
        return self.counts.unclassified.total()

    @property
    def is_finished(self) -> bool:
        """Whether the session made every call, and each row has an answer or its lack was accepted."""
        missing = self.missing + self.unclassified
        return is_finished(self.session, missing, missing_allowed=self.missing_allowed)

    def __repr__(self) -> str:
        """One line: the manifest has its own."""
        planned = self.counts.planned
        return f"<GeneratedRun {str(self.out)!r}: {planned - self.missing:,} of {planned:,} responses>"


def generate(
    settings: GenerateSettings, *, confirm: Callable[[GenerationPreview], bool] = accept, on_event: OnEvent = ignore
) -> GeneratedRun:
    """Ask one model for every answer that its run does not have yet, and write the file of responses.

    Prints nothing. Works inside a running event loop (Jupyter).

    Args:
        settings: The values file, the model, the task and the limits of the session.
        confirm: Asked before the first call, if there is one to make, with what the session will take.
        on_event: Told the same preview (with no call to make too), then of progress.

    Returns:
        The run with its counts, and how the session ended: what stopped it is in ``session.error``.

    Raises:
        InputError: The values file cannot be used.
        RunDirectoryError: The file or its run directory belongs to another configuration, or was changed by hand.
        UsageError: Settings that do not fit together; no key, or no package for a local model.
        Declined: ``confirm`` returned False.
        WriteError: The disk does not take a file.
    """
    prompt = load_speaking(settings.persona_prompt, settings.task)
    prices = load_prices(settings.prices)
    price = _price(settings, prices)
    if not settings.no_calls:
        check_access(settings.model)
    check_engine(settings.model.spec, settings)
    items = chosen_items(settings)
    known = identity(settings.model)
    trained = training_of(settings)
    limits = settings.session_limits
    with opened_run(settings, prompt, known, prices) as store, ExitStack() as stack:
        decoding = decoding_of(settings, store.manifest)
        maker = CallMaker(prompt, settings, known, decoding)
        task = Generating(maker, items)
        if trained is not None:
            keep_training_rows(settings, store.folder)
            store.update(training=trained)
        reused = {}
        if settings.reuse:
            reused = copy_results(task, store.journal, lambda done: sources(settings.reuse, task.calls(), done))
        classifying = None
        if settings.refusals is not None:
            classifying = stack.enter_context(
                opened_refusals(
                    store.folder,
                    partial(_texts, store.journal),
                    settings.refusals,
                    refusal_prompt(),
                    settings,
                    prices,
                )
            )
        there = None if classifying is None else classifying.start()
        spent = 0.0 if there is None else there.budget.spent
        start = load_start(task, store.journal, limits, price, spent=spent)
        preview = GenerationPreview(
            model=settings.model.spec,
            estimate=start.estimate,
            prices=prices,
            limits=limits,
            priced=not settings.model.local,
            reused=reused,
            damage=start.completed.damage,
            refusals=None if there is None else _refusals_ahead(task, start.estimate, settings, there.estimate, prices),
            warnings=_warnings(settings, prompt, store.manifest),
            settings=settings,
            items=len(items),
            decoding=decoding,
        )
        on_event(preview)
        session = Session(spent=start.budget.spent, spent_before=start.budget.spent, max_cost=settings.max_cost)
        asks = not settings.no_calls
        under_way = calls_under_way(store.folder, settings)
        if asks and (start.estimate.calls > under_way or preview.paid_beside) and not confirm(preview):
            raise Declined("No calls were made.")
        client = partial(
            open_choice,
            settings.model,
            concurrency=limits.concurrency,
            timeout=limits.timeout,
            batch_size=settings.batch_size,
            http=limits.http,
        )
        if asks and (start.estimate.calls or settings.batch is not None):
            reload = partial(load_start, task, store.journal, limits, price, spent=spent)
            session = _asked(settings, task, store, client, start, reload, on_event)
        else:
            set_damage_aside(store, start.completed)  # rows outside the plan: nothing else would move them
        if asks and classifying is not None:
            session = classifying.after(session, on_event)
        if classifying is not None or store.manifest.refusals is not None:
            store.update(refusals=None if classifying is None else classifying.described)
        counts = write_results(store, settings.out, maker, items)
    allowed = ALLOW_MISSING in settings.allow and not counts.missing and counts.unanswered < counts.planned
    return GeneratedRun(settings.out, store.folder, store.manifest, counts, session, allowed)


def _asked(
    settings: GenerateSettings,
    task: Generating,
    store: Store,
    open_client: Callable[[], ModelClient],
    start: Start,
    reload: Callable[[], Start],
    on_event: OnEvent,
) -> Session:
    """Make the calls that are left: in batches, by Ray, or live."""
    limits, spec = settings.session_limits, settings.model.spec
    if settings.batch is not None:
        from judge.core.batches.session import ask_in_batches

        return ask_in_batches(
            task, store, limits, spec=spec, open_client=open_client, start=start, reload=reload, on_event=on_event
        )
    if settings.engine == "ray":
        from judge.core.engines.ray_data import ray_engine
        from judge.core.engines.session import ask_with_engine

        return ask_with_engine(
            task,
            store,
            limits,
            spec=spec,
            engine=ray_engine(spec, limits),
            open_client=open_client,
            start=start,
            reload=reload,
            on_event=on_event,
        )
    return ask(task, store, limits, client=open_client(), start=start, on_event=on_event)


def preview_generation(settings: GenerateSettings) -> GenerationPreview:
    """Check the inputs and estimate what a run still takes. Writes nothing, makes no call.

    Raises:
        PersonaJudgeError: As :func:`generate`.
    """
    prompt = load_speaking(settings.persona_prompt, settings.task)
    prices = load_prices(settings.prices)
    price = _price(settings, prices)
    items = chosen_items(settings)
    known = identity(settings.model)
    limits = settings.session_limits
    folder = folder_of(settings.out)
    run = check_run(settings, prompt, known, prices)
    decoding = decoding_of(settings, run)
    task = Generating(CallMaker(prompt, settings, known, decoding), items)
    completed = load_completed(task, folder / JOURNAL)
    completed.ok.update(reusable(sources(settings.reuse, task.calls(), completed.ok)))
    skipped = completed.skipped(retry_failed=limits.retry_failed)
    ahead = estimate(task, skipped, price, limits.concurrency).with_history(completed)
    refusals = None
    if settings.refusals is not None:
        texts = partial(_texts, folder / JOURNAL)
        there = preview_refusals(folder, texts, settings.refusals, refusal_prompt(), limits, prices)
        refusals = _refusals_ahead(task, ahead, settings, there, prices)
    return GenerationPreview(
        model=settings.model.spec,
        estimate=ahead,
        prices=prices,
        limits=limits,
        priced=not settings.model.local,
        warnings=_warnings(settings, prompt, run),
        refusals=refusals,
        settings=settings,
        items=len(items),
        decoding=decoding,
    )


def _warnings(settings: GenerateSettings, prompt: SpeakingPrompt, run: GenerationManifest | None) -> tuple[str, ...]:
    """What to know of a run before it begins."""
    other = prompt_warning(training_of(settings), prompt, settings)
    return (*(() if run is None else _earlier_rules(settings, run)), *(() if other is None else (other,)))


def _earlier_rules(settings: GenerateSettings, run: GenerationManifest) -> tuple[str, ...]:
    """Say where a run of an earlier version goes on by rules that a new run would not have."""
    before, now = decoding_of(settings, run), decoding_of(settings)
    found = []
    if before.seeds_per_call != now.seeds_per_call:
        found.append("all items share the seeds of their samples (a new run has a seed for each call)")
    if before.temperature != now.temperature:
        found.append(f"no temperature is sent (a new run sends {now.temperature:g})")
    if not found:
        return ()
    return (f"this run was begun by an earlier version and goes on as it began: {'; '.join(found)}",)


def _texts(journal: Path) -> Iterator[str]:
    """The texts that are to be classified, as far as there are any."""
    return classified_texts(read_journal(journal, Generation, damage=[])) if journal.exists() else iter(())


def _refusals_ahead(
    task: Generating, calls: Estimate, settings: GenerateSettings, there: Estimate, prices: PriceList
) -> RefusalPreview:
    """What classifying takes: exact for the texts that are there, at most one call for each that is not."""
    model = settings.refusals
    assert model is not None
    later = expected_refusals(
        model, refusal_prompt(), calls.calls, task.tokens_out, prices, settings.session_limits.concurrency
    )
    return RefusalPreview(model, there.plus(later), most=calls.calls > 0)


def write_results(store: Store, out: Path, maker: CallMaker, items: Sequence[GroundTruth]) -> ResponseCounts:
    """Write the file of responses from the journal, and count. Beside a CSV the full rows are in the run directory.

    Without a single reply there is nothing to write: no file is made.
    """
    counts = ResponseCounts()
    rows = list(read_journal(store.journal, Generation, damage=[]))  # named before the calls
    for row in rows:
        counts.spend(row)
    by = store.manifest.refusals
    classes = None if by is None else read_refusals(store.folder, by)
    if classes is not None:
        counts.refusals_by, counts.refusals_spent = classes.by, asdict(classes.spent)
    made = responses(rows, items, maker, str(maker.settings.model.spec), counts, classes)
    samples = maker.settings.samples

    def remember(sha256: str) -> None:
        remember_output(store, out, sha256)

    if not any(row.raw is not None or row.status in ANSWERS for row in rows) and not out.exists():
        deque(made, maxlen=0)  # counted all the same
    elif out.suffix.lower() == ".csv":
        full = list(made)
        write(store.folder / RESPONSES, full, samples=samples, before=lambda _: None)
        write(out, full, samples=samples, before=remember)
    else:
        write(out, made, samples=samples, before=remember)
    store.update(results=counts.results())
    if counts.taken_over:
        store.update(taken_over=dict(counts.taken_over))
    store.update(journal_bytes=store.journal.stat().st_size if counts.replies else 0)
    store.save()
    return counts


def _price(settings: GenerateSettings, prices: PriceList) -> Price | None:
    if settings.model.local:
        return None
    price = model_price(settings.model.spec, prices)
    check_price(settings.model.spec, price, prices, settings.max_cost)
    return price
