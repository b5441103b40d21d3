"""What a provider's batch API does, the same for all providers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, Protocol, TypeVar

import httpx2

from judge.core.redact import start_of

BatchEnd = Literal["running", "ended", "failed"]
_CLOCKS_DIFFER = timedelta(hours=1)
_LONGEST = 300  # characters of what a provider says
_OLDER_IN_A_ROW = 100  # listed batches from before the part: the list goes back in time
T = TypeVar("T")


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
        is_full: Whether it failed since the account has too many calls in batches already.
    """

    id: str
    end: BatchEnd
    status: str
    calls: int = 0
    done: int = 0
    problem: str = ""
    is_full: bool = False


class BatchService(Protocol):
    """A provider's batch API. Every method may raise :class:`ServiceError`."""

    def close(self) -> None:
        """Close the connections."""

    def create(self, calls: Path, name: str, about_to_send: Callable[[], None]) -> str:
        """Send a file of calls as a batch with a name of its own; return the provider's id.

        Args:
            calls: The calls.
            name: The name, which no other batch of the account has.
            about_to_send: Called right before the request that makes the batch: from then on there may be one.
        """
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
    """A request to a batch API that failed.

    Attributes:
        passing: Whether it may succeed later.
        unsure: Whether it may have been obeyed all the same.
        gone: Whether the provider says that it does not have what was asked for (404, 405, 410).
        not_the_api: Whether the answer is none of a batch API, such as a web page.
    """

    def __init__(
        self, message: str, *, passing: bool, unsure: bool = False, gone: bool = False, not_the_api: bool = False
    ) -> None:
        super().__init__(message)
        self.passing = passing
        self.unsure = unsure
        self.gone = gone
        self.not_the_api = not_the_api


class UndecidedError(ServiceError):
    """A batch that is under way may be the one that is looked for: only its results will tell."""

    def __init__(self, batch: str) -> None:
        super().__init__(
            f"the batch {batch} may be a part of this run, which its results will tell: the part is not sent again "
            "until then",
            passing=True,
        )


def made_since(batches: Iterable[T], since: datetime, made: Callable[[T], datetime | None]) -> Iterator[T]:
    """Yield the batches of an account that were made since a time, from a list that goes back in time.

    Args:
        batches: All, page by page. A server may give the same page again and again: then they end.
        since: The time, by the clock of this machine: the server's may differ by an hour.
        made: When a batch was made; None where the server does not tell.
    """
    older, ids = 0, set[str]()
    for batch in batches:
        if older >= _OLDER_IN_A_ROW or (name := str(getattr(batch, "id", ""))) in ids:
            return
        ids.add(name)
        at = made(batch)
        if at is not None and at.replace(tzinfo=at.tzinfo or UTC) < since - _CLOCKS_DIFFER:
            older += 1
        else:
            older = 0
            yield batch


def no_answer(error: Exception, *, changes: bool) -> ServiceError:
    """The error of a request that got no answer; ``changes`` says that it may have been obeyed if it arrived."""
    unsure = changes and not isinstance(error.__cause__, httpx2.ConnectError)
    return ServiceError(f"no answer: {start_of(str(error.__cause__ or error), _LONGEST)}", passing=True, unsure=unsure)


def from_status(code: int, message: str, *, changes: bool) -> ServiceError:
    """The error of a request that was answered by an HTTP status of 400 or more."""
    passing = code >= 500 or code in (408, 409, 425, 429)
    unsure = changes and (code >= 500 or code == 408)
    text = f"HTTP {code}: {start_of(message, _LONGEST)}"
    return ServiceError(text, passing=passing, unsure=unsure, gone=code in (404, 405, 410))


def other_answer(error: Exception, *, changes: bool) -> ServiceError:
    """The error of a request whose answer cannot be read."""
    message = f"the answer is not of a batch API: {start_of(str(error), _LONGEST)}"
    return ServiceError(message, passing=changes, unsure=changes, not_the_api=True)
