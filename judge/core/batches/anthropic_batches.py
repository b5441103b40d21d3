"""Anthropic's Message Batches through the SDK.

A batch of theirs has no name. The ``custom_id`` of each of its calls has the part's mark, so that its results tell
whether it is the part that was sent though its id was not noted: such a one is looked for among the batches that were
made since and have as many calls.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import anthropic
import httpx2
from anthropic.types.messages import MessageBatch

from judge.core.batches.service import (
    BatchEnd,
    BatchState,
    ServiceError,
    UndecidedError,
    from_status,
    made_since,
    no_answer,
    other_answer,
)
from judge.core.call_files.lines import LineError, mark_of
from judge.core.files.run_directory import replacing_bytes
from judge.core.models.anthropic import DEFAULT_ENDPOINT
from judge.core.models.open_client import ModelSpec
from judge.core.models.providers.named import provider_named

T = TypeVar("T")


class AnthropicBatches:
    """The message batches of an account."""

    def __init__(self, spec: ModelSpec, api_key: str, timeout: float) -> None:
        address = spec.base_url or provider_named(spec.provider).address or DEFAULT_ENDPOINT
        self._client = anthropic.Anthropic(api_key=api_key, base_url=address, timeout=timeout, max_retries=0)
        self._marks: dict[str, str] = {}  # of the batches whose results were looked at

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def create(self, calls: Path, name: str, about_to_send: Callable[[], None]) -> str:  # noqa: ARG002
        """Send the calls. The body is put together from the lines as they are."""
        content = b'{"requests":[' + b",".join(calls.read_bytes().splitlines()) + b"]}"
        about_to_send()
        made = _tried(
            lambda: self._client.post("/v1/messages/batches", cast_to=httpx2.Response, content=content),
            changes=True,
        )
        try:
            return str(json.loads(made.content)["id"])
        except (ValueError, LookupError, TypeError) as error:
            raise ServiceError("the answer is not of a batch API", passing=True, unsure=True) from error

    def find(self, calls: Path, name: str, since: datetime, others: Collection[str]) -> str | None:
        """Look for a batch with as many calls, made since then, whose results have the mark in the name.

        Raises:
            UndecidedError: Such a batch has no results yet.
        """
        with calls.open("rb") as file:
            number = sum(1 for _ in file)
        return _tried(lambda: self._of(name.rpartition("-")[2], number, since, others))

    def _of(self, mark: str, calls: int, since: datetime, others: Collection[str]) -> str | None:
        undecided = None
        for batch in made_since(self._client.messages.batches.list(limit=100), since, lambda each: each.created_at):
            if batch.id in others or _state(batch).calls != calls:
                continue
            if batch.processing_status != "ended":
                undecided = batch.id
            elif self._mark(batch.id) == mark:
                return batch.id
        if undecided is not None:
            raise UndecidedError(undecided)
        return None

    def _mark(self, batch: str) -> str:
        """The mark of a batch, by its first result; none where its results are no longer kept."""
        if batch not in self._marks:
            try:
                results = self._results(batch)
            except anthropic.NotFoundError:
                results = b""
            first = next((line for line in results.splitlines() if line.strip()), b"")
            self._marks[batch] = mark_of(first) if first else ""
        return self._marks[batch]

    def state(self, batch: str) -> BatchState:
        """Ask how far a batch is."""
        return _tried(lambda: _state(self._client.messages.batches.retrieve(batch)))

    def fetch(self, batch: str, out: Path) -> None:
        """Write the results as they come."""
        content = _tried(lambda: self._results(batch))
        with replacing_bytes(out) as written:
            written.write(content if content.endswith(b"\n") or not content else content + b"\n")

    def _results(self, batch: str) -> bytes:
        found = self._client.get(f"/v1/messages/batches/{batch}/results", cast_to=httpx2.Response)
        return found.content

    def cancel(self, batch: str) -> None:
        """Ask that no further call be made."""
        _tried(lambda: self._client.messages.batches.cancel(batch))


def _state(batch: MessageBatch) -> BatchState:
    counts = batch.request_counts
    done = counts.succeeded + counts.errored + counts.canceled + counts.expired
    end: BatchEnd = "ended" if batch.processing_status == "ended" else "running"
    return BatchState(batch.id, end, batch.processing_status, calls=done + counts.processing, done=done)


def _tried(ask: Callable[[], T], *, changes: bool = False) -> T:
    """Make a request; ``changes`` says that one without an answer may have been obeyed."""
    try:
        return ask()
    except anthropic.APIConnectionError as error:
        raise no_answer(error, changes=changes) from error
    except anthropic.APIStatusError as error:
        raise from_status(error.status_code, str(error.message), changes=changes) from error
    except (anthropic.AnthropicError, LineError, ValueError, TypeError, AttributeError) as error:
        raise other_answer(error, changes=changes) from error
