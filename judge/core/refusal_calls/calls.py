"""Have a model classify the responses of a run: a run of its own, in a folder within the other's."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from judge.core.calls.ask import ask
from judge.core.calls.cost_estimate import Estimate, Start, check_price, expected, load_start, model_price
from judge.core.calls.events import OnEvent
from judge.core.calls.limits import Limits
from judge.core.calls.prices import PriceList
from judge.core.calls.session import Session
from judge.core.files import run_directory as rundir
from judge.core.files.journal import read_journal
from judge.core.files.manifest import RefusalConfiguration, RefusalManifest, RefusalsBy
from judge.core.inner_runs.inner_run import joined, opened_inner_run
from judge.core.models.fleet.open_served import open_served
from judge.core.models.open_client import ModelSpec, check_keys
from judge.core.refusal_calls.task import Classification, Classifying, Wording
from judge.core.tokens import estimate_tokens

JOURNAL = "refusals.jsonl"


@dataclass
class RefusalSpent:
    """What the calls of a run's classifications took.

    Attributes:
        requests: Requests, retries and re-asks included.
        replies: Replies.
        input_tokens: Tokens of the prompts, where the provider counted them.
        output_tokens: Tokens of the replies.
        cost: Of the replies whose cost is known; None where none is.
        replies_without_cost: The others.
    """

    requests: int = 0
    replies: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float | None = None
    replies_without_cost: int = 0

    def add(self, row: Classification) -> None:
        """Count one row of the journal."""
        self.requests += row.requests
        self.replies += row.raw is not None
        if row.usage is not None:
            self.input_tokens += row.usage.input
            self.output_tokens += row.usage.output
        if row.cost is not None:
            self.cost = (self.cost or 0.0) + row.cost
        self.replies_without_cost += row.raw is not None and row.cost is None


@dataclass(frozen=True)
class RefusalClasses:
    """What a model said of texts.

    Attributes:
        by: The model.
        of_text: Whether a text is a refusal, by its sha256; a text that is not there has no classification.
        failed: The kind of error of each text whose call failed, by its sha256.
        spent: What the calls took, over all sessions.
    """

    by: str
    of_text: Mapping[bytes, bool]
    failed: Mapping[bytes, str]
    spent: RefusalSpent

    def get(self, text: str) -> bool | None:
        """Whether a text is a refusal; None where its call failed or was not made."""
        return self.of_text.get(_digest(text))

    def failure(self, text: str) -> str:
        """Why a text has no classification: the kind of error, or ``not_asked``."""
        return self.failed.get(_digest(text), "not_asked")

    def refuses(self, text: str) -> bool:
        """Whether the model said that a text is a refusal."""
        return self.get(text) is True


@dataclass(frozen=True)
class RefusalCalls:
    """The calls that are left, as :func:`opened_refusals` finds them."""

    store: rundir.RunDirectory[RefusalManifest]
    task: Classifying
    model: ModelSpec
    limits: Limits
    prices: PriceList

    def start(self, spent: float = 0.0) -> Start:
        """Read the journal. ``spent`` is what the other run has cost, which counts for the limit on money."""
        return load_start(self.task, self.store.journal, self.limits, model_price(self.model, self.prices), spent=spent)

    def after(self, first: Session, on_event: OnEvent) -> Session:
        """Make the calls after the session of the other run, unless that was stopped; return both as one."""
        own = self.start().budget.spent
        start = self.start(first.spent - own)
        if first.ended_by != "done" or not start.estimate.calls:
            return first
        limits = self.limits
        client = open_served(self.model, concurrency=limits.concurrency, timeout=limits.timeout, http=limits.http)
        second = ask(self.task, self.store, limits, client=client, start=start, on_event=on_event)
        return joined(first, second)

    @property
    def described(self) -> RefusalsBy:
        """What the manifest of the other run says of them."""
        return RefusalsBy(by=str(self.model), folder=self.store.folder.name)


@contextmanager
def opened_refusals(
    run: Path, texts: Callable[[], Iterable[str]], model: ModelSpec, wording: Wording, limits: Limits, prices: PriceList
) -> Iterator[RefusalCalls]:
    """Make the folder of a run's classifications by a model, or find it again, and lock it.

    Args:
        run: The directory of the run whose responses are classified.
        texts: Returns them, the same each time.
        model: The model that classifies.
        wording: The prompt.
        limits: Those of the other run.
        prices: The price list.

    Raises:
        UsageError: There is no key for the model, or a limit on money and no price.
        RunDirectoryError: Another process uses the folder.
    """
    check_keys(model)
    check_price(model, model_price(model, prices), prices, limits.max_cost)
    config = _configuration(model, wording)
    folder = _folder(run, config)

    with opened_inner_run(folder, JOURNAL, RefusalManifest, prices, configuration=config) as store:
        yield RefusalCalls(store, Classifying(texts, wording, model), model, _limits(limits), prices)


def preview_refusals(
    run: Path | None,
    texts: Callable[[], Iterable[str]],
    model: ModelSpec,
    wording: Wording,
    limits: Limits,
    prices: PriceList,
) -> Estimate:
    """Estimate the calls that are left. Writes nothing.

    Args:
        run: The directory of the run whose responses are classified; None where there is none yet.
        texts: As for :func:`opened_refusals`, like the others.
        model: The model that classifies.
        wording: The prompt.
        limits: Those of the other run.
        prices: The price list.
    """
    price = model_price(model, prices)
    check_price(model, price, prices, limits.max_cost)
    journal = (run or Path("none")) / _folder(Path(), _configuration(model, wording)) / JOURNAL
    return load_start(Classifying(texts, wording, model), journal, _limits(limits), price).estimate


def expected_refusals(
    model: ModelSpec, wording: Wording, texts: int, tokens_of_a_text: int, prices: PriceList, concurrency: int
) -> Estimate:
    """Estimate the calls for texts that are not there yet, from their number and usual length in tokens."""
    system, user = wording.render("")
    return expected(
        calls=texts,
        completed=0,
        tokens_in=texts * (estimate_tokens(system) + estimate_tokens(user) + tokens_of_a_text),
        tokens_per_reply=Classifying.tokens_out,
        price=model_price(model, prices),
        concurrency=concurrency,
    )


def read_refusals(run: Path, made: RefusalsBy) -> RefusalClasses:
    """Read what a model said of a run's responses; of several replies to one call the last counts."""
    found: dict[bytes, bool] = {}
    failed: dict[bytes, str] = {}
    spent = RefusalSpent()
    journal = refusal_journal(run, made)
    for row in () if journal is None else read_journal(journal, Classification, damage=[]):
        spent.add(row)
        text = bytes.fromhex(row.text_sha256)
        found.pop(text, None)
        failed.pop(text, None)
        if row.status == "ok" and row.refusal is not None:
            found[text] = row.refusal
        else:
            failed[text] = row.error_kind or row.status
    return RefusalClasses(made.by, found, failed, spent)


def refusal_journal(run: Path, made: RefusalsBy | None) -> Path | None:
    """Return the journal of the calls that classified a run's responses; None where no call was made."""
    if made is None or made.folder is None:
        return None
    journal = run / made.folder / JOURNAL
    return journal if journal.exists() else None


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _configuration(model: ModelSpec, wording: Wording) -> RefusalConfiguration:
    extra = {} if model.extra is None else {"extra_body": model.extra.text}  # so that folders without keep their names
    return RefusalConfiguration(model=str(model), endpoint=model.place, prompt=wording.ref, **extra)


def _folder(run: Path, config: RefusalConfiguration) -> Path:
    """One folder for each model and prompt: another one classifies anew, and both are kept."""
    digest = hashlib.sha256(json.dumps(config.as_json(), sort_keys=True).encode()).hexdigest()[:8]
    return run / f"refusals-{digest}"


def _limits(limits: Limits) -> Limits:
    """The limits alone, of settings that hold more; structured output is used where the endpoint supports it."""
    return replace(Limits.of(limits), structured_output="auto")
