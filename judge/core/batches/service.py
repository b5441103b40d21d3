"""What a provider's batch API does, the same for all providers."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol

BatchEnd = Literal["running", "ended", "failed"]


@dataclass(frozen=True)
class BatchState:
    """A batch as the provider tells it.

    Attributes:
        id: The provider's id.
        end: "running"; "ended": there are results of some or all calls, or none since it expired or was cancelled;
            "failed": the provider refused the whole batch, and no call was made.
        status: The provider's own word.
        calls: The number of its calls.
        done: Calls with a result so far, where the provider tells that.
        problem: Why it failed.
    """

    id: str
    end: BatchEnd
    status: str
    calls: int = 0
    done: int = 0
    problem: str = ""


class BatchService(Protocol):
    """A provider's batch API. Every method may raise :class:`ServiceError`."""

    def create(self, calls: Path, name: str) -> str:
        """Send a file of calls as a batch with a name of its own; return the provider's id."""
        ...

    def find(self, calls: Path, name: str, since: datetime, others: Collection[str]) -> str | None:
        """Find a batch that was sent, though its id was not noted; None where the provider has none.

        Args:
            calls: Its calls.
            name: Its name.
            since: When it may have been sent, at the earliest.
            others: The ids of other batches of the run.

        Raises:
            UndecidedError: A batch may be the one, and only its results will tell.
        """
        ...

    def state(self, batch: str) -> BatchState:
        """Ask how far a batch is."""
        ...

    def fetch(self, batch: str, out: Path) -> None:
        """Write the results of a batch that has ended, errors included, one a line."""
        ...

    def cancel(self, batch: str) -> None:
        """Ask that no further call of a batch be made."""
        ...


class ServiceError(Exception):
    """A request to a batch API that failed. ``passing``: it may succeed later. ``unsure``: it may have been obeyed."""

    def __init__(self, message: str, *, passing: bool, unsure: bool = False) -> None:
        super().__init__(message)
        self.passing = passing
        self.unsure = unsure


class UndecidedError(ServiceError):
    """A batch that is under way may be the one that is looked for: only its results will tell."""

    def __init__(self, batch: str) -> None:
        super().__init__(
            f"the batch {batch} may have the calls of this run, which its results will tell: nothing more is sent "
            "until then",
            passing=True,
        )
