"""Rate limits, timeouts and retries of a session."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Literal

from judge.core.models.retry import RetryPolicy
from judge.core.models.types import HttpLimits

StructuredOutput = Literal["auto", "schema", "text"]
Engine = Literal["own", "ray"]
Finish = Literal["batch", "live"]
SETTLE_SECONDS = 120.0
ALLOW_MISSING = "missing"  # the --allow name that accepts calls without a result


@dataclass(frozen=True)
class Batches:
    """Calls are made in batches.

    Attributes:
        wait: Whether the session waits for their results; otherwise it ends once they are sent.
        poll: Seconds between two looks at them, at most: the first are closer together.
        size: The most calls of a batch; None leaves it to the provider.
        settle: Seconds over which the provider's list has to be without a batch that may have been sent, before it is
            sent anew: lists may be late.
        finish: How calls are made that batches have left without a result: in a further batch, or live once no batch
            is under way.
    """

    wait: bool = True
    poll: float = 60.0
    size: int | None = None
    settle: float = SETTLE_SECONDS
    finish: Finish = "batch"


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How a session makes its calls. Sessions of one run may differ in all but ``structured_output``.

    Attributes:
        concurrency: The most calls in flight.
        rpm: The most requests per minute.
        tpm: The most tokens per minute: estimated, and corrected by the counts that come back.
        timeout: Seconds after which a request without a whole reply has failed.
        policy: How often and after what waits a failed request is sent again.
        retry_failed: Whether calls that failed in an earlier session are made again.
        max_cost: The most money to spend over all sessions of the run, in the currency of the price file.
        batch: Whether calls are made in batches, and how.
        engine: What makes the calls: this program itself, or Ray Data on a cluster.
        no_calls: Whether the run is made ready and no call is made: its calls are made elsewhere.
        http: Whether redirects to other hosts are followed, and the largest reply.
        structured_output: "auto" uses it where the endpoint supports it, "schema" requires it, "text" does without.
    """

    concurrency: int = 32
    rpm: float | None = None
    tpm: float | None = None
    timeout: float = 120.0
    policy: RetryPolicy = field(default_factory=RetryPolicy)
    retry_failed: bool = True
    max_cost: float | None = None
    batch: Batches | None = None
    engine: Engine = "own"
    no_calls: bool = False
    http: HttpLimits = field(default_factory=HttpLimits)
    structured_output: StructuredOutput = "auto"

    @classmethod
    def of(cls, settings: Limits) -> Limits:
        """Return the limits alone, of settings that hold more."""
        return Limits(**{each.name: getattr(settings, each.name) for each in fields(Limits)})
