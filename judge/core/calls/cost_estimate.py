"""The calls, tokens, money and time of a session, estimated before any call is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from judge.core.calls.budget import Budget
from judge.core.calls.completed_calls import Completed, load_completed
from judge.core.calls.events import Event
from judge.core.calls.limits import Limits
from judge.core.calls.prices import BUNDLED_NAME, Price, PriceList
from judge.core.calls.task import Task
from judge.core.errors import UsageError
from judge.core.files.journal import Damage
from judge.core.files.request_log import Reserved
from judge.core.models.open_client import ModelSpec

FIRST_SECONDS, TOKENS_PER_SECOND = 1.0, 60.0  # assumed of every reply


@dataclass(frozen=True)
class Estimate:
    """What a session will take. Each call counts once, without re-asks.

    Attributes:
        calls: Calls to make.
        completed: Calls of the plan that are not made, since the journal has their results.
        input_tokens: Tokens of all prompts, estimated from their lengths.
        output_tokens: Tokens of all replies, estimated from the task.
        cost: In the currency of the price file; None where the model has no price, 0 without a call.
        seconds: Duration, at an assumed latency and speed of replies.
        replied: Calls of earlier sessions that got a reply.
        reasked: Further replies to these (re-asks).
    """

    calls: int
    completed: int
    input_tokens: int
    output_tokens: int
    cost: float | None
    seconds: float
    replied: int = 0
    reasked: int = 0

    def plus(self, other: Estimate) -> Estimate:
        """Return both together, made one after the other; the cost is None where one of them has no price."""
        cost = None if self.cost is None or other.cost is None else self.cost + other.cost
        return replace(
            self,
            calls=self.calls + other.calls,
            completed=self.completed + other.completed,
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cost=cost,
            seconds=self.seconds + other.seconds,
        )

    def with_history(self, completed: Completed) -> Estimate:
        """Return the estimate with the re-asks of earlier sessions."""
        return replace(self, replied=len(completed.replied), reasked=completed.reasked)


def accept(preview: Preview) -> bool:  # noqa: ARG001
    """Agree to every session: the default."""
    return True


@dataclass(frozen=True)
class RefusalPreview:
    """The calls by which ``model`` says which responses are refusals; ``most`` says that they may be fewer."""

    model: ModelSpec
    estimate: Estimate
    most: bool = False


@dataclass(frozen=True)
class Preview(Event):
    """What is known of a session before any call is made.

    Attributes:
        model: The model to be called.
        estimate: Calls, tokens, cost and time.
        prices: The price file that the cost follows from.
        limits: The limits of the session.
        priced: Whether calls may cost money and time: False for the offline judge and for local models.
        warnings: What to know of the inputs.
        reused: Results copied from other runs, by the run's name.
        damage: Rows of the journal that are damaged: their calls are made again.
        refusals: The calls that classify the responses, where a model does that.
    """

    model: ModelSpec
    estimate: Estimate
    prices: PriceList
    limits: Limits
    priced: bool
    warnings: tuple[str, ...] = ()
    reused: Mapping[str, int] = field(default_factory=dict)
    damage: Sequence[Damage] = ()
    refusals: RefusalPreview | None = None

    @property
    def paid(self) -> tuple[tuple[ModelSpec, int], ...]:
        """The models that may cost money, with the calls to each."""
        own = (self.model, self.estimate.calls if self.priced else 0)
        others = () if self.refusals is None else ((self.refusals.model, self.refusals.estimate.calls),)
        return tuple((model, calls) for model, calls in (own, *others) if calls)

    @property
    def paid_beside(self) -> int:
        """The calls to other models that may cost money."""
        return 0 if self.refusals is None else self.refusals.estimate.calls

    @property
    def address(self) -> str | None:
        """Where the model is served; None is the provider's own address."""
        return self.model.shown


def expected(
    *, calls: int, completed: int, tokens_in: int, tokens_per_reply: int, price: Price | None, concurrency: int
) -> Estimate:
    """Compute cost and time from counts. ``concurrency`` is the number of calls in flight."""
    out = calls * tokens_per_reply
    cost = 0.0 if not calls else None if price is None else (tokens_in * price.input + out * price.output) / 1e6
    seconds = calls * (FIRST_SECONDS + tokens_per_reply / TOKENS_PER_SECOND) / max(1, min(concurrency, calls))
    return Estimate(calls, completed, tokens_in, out, cost, seconds)


def estimate(task: Task[Any, Any], skipped: Set[bytes], price: Price | None, concurrency: int) -> Estimate:
    """Render every call that is still to be made and count. ``skipped`` are the keys of those that are not made."""
    calls = completed = tokens = 0
    for call in task.calls():
        if skipped and bytes.fromhex(call.key) in skipped:  # a key takes a hash of the whole prompt
            completed += 1
            continue
        calls += 1
        tokens += task.tokens_in(call)
    return expected(
        calls=calls,
        completed=completed,
        tokens_in=tokens,
        tokens_per_reply=task.tokens_out,
        price=price,
        concurrency=concurrency,
    )


@dataclass(frozen=True)
class Start:
    """Where a session starts: the completed calls, the budget with what was spent so far, and the estimate."""

    completed: Completed
    budget: Budget
    estimate: Estimate


def load_start(
    task: Task[Any, Any], journal: Path, limits: Limits, price: Price | None, *, spent: float = 0.0
) -> Start:
    """Read the journal and estimate the calls that are left. ``spent`` was spent beside these calls.

    Requests that may have been billed though no usage was reported are charged at their estimate, or, where they have
    none of their own, at the mean estimate of a call.
    """
    budget = Budget(price, limits.max_cost, expected_output=task.tokens_out, max_output=task.max_tokens, spent=spent)
    completed = load_completed(task, journal, budget)
    ahead = estimate(task, completed.skipped(retry_failed=limits.retry_failed), price, limits.concurrency)
    if ahead.calls:
        mean = ahead.input_tokens // ahead.calls
        for request in (*completed.requests.unsettled, *[Reserved()] * completed.unbilled):
            budget.charge(None, mean if request.input is None else request.input, weight=request.replies)
        for _ in range(completed.unbilled_in_batches):
            budget.charge(None, mean, batch=True)
    return Start(completed, budget, ahead.with_history(completed))


def model_price(spec: ModelSpec, prices: PriceList) -> Price | None:
    """Look up the price of a model. The bundled list has the providers' own: they do not apply to other endpoints."""
    return None if spec.place is not None and prices.source == BUNDLED_NAME else prices.get(str(spec))


def check_price(spec: ModelSpec, price: Price | None, prices: PriceList, max_cost: float | None) -> None:
    """Refuse a limit on money for a model without a price.

    Raises:
        UsageError: ``max_cost`` is set and ``price`` is None.
    """
    if max_cost is not None and price is None:
        raise UsageError(
            f"--max-cost needs a price, and {spec} has none in {prices.source}", hint="give one with --prices FILE"
        )
