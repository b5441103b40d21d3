"""Anthropic's Message Batches through the SDK.

A batch of theirs has no name. One that was sent though its id was not noted is looked for among the batches that were
made since and have as many calls; whose calls they are, their results tell.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import anthropic
import httpx2
from anthropic.types.messages import MessageBatch

from judge.core.batches.service import BatchEnd, BatchState, ServiceError, UndecidedError
from judge.core.call_files.lines import LineError, key_of
from judge.core.files.run_directory import replacing_bytes
from judge.core.models.anthropic import DEFAULT_ENDPOINT
from judge.core.models.open_client import ModelSpec
from judge.core.models.providers.named import provider_named
from judge.core.redact import start_of

_MOST_LISTED = 1_000
_LONGEST = 300
_CLOCKS_DIFFER = timedelta(minutes=5)
T = TypeVar("T")


class AnthropicBatches:
    """The message batches of an account."""

    def __init__(self, spec: ModelSpec, api_key: str, timeout: float) -> None:
        address = spec.base_url or provider_named(spec.provider).address or DEFAULT_ENDPOINT
        self._client = anthropic.Anthropic(api_key=api_key, base_url=address, timeout=timeout, max_retries=0)

    def create(self, calls: Path, name: str) -> str:  # noqa: ARG002
        """Send the calls. The body is put together from the lines as they are."""
        content = b'{"requests":[' + b",".join(calls.read_bytes().splitlines()) + b"]}"
        made = _tried(
            lambda: self._client.post("/v1/messages/batches", cast_to=httpx2.Response, content=content),
            changes=True,
        )
        try:
            return str(json.loads(made.content)["id"])
        except (ValueError, LookupError, TypeError) as error:
            raise ServiceError("the answer is not of a batch API", passing=True, unsure=True) from error

    def find(self, calls: Path, name: str, since: datetime, others: Collection[str]) -> str | None:  # noqa: ARG002
        """Look for a batch with as many calls, made since then, whose results are of these calls.

        Raises:
            UndecidedError: Such a batch has no results yet.
        """
        keys = {key_of(line) for line in calls.read_bytes().splitlines()}
        return _tried(lambda: self._of(keys, since - _CLOCKS_DIFFER, others))

    def _of(self, keys: set[str], since: datetime, others: Collection[str]) -> str | None:
        for number, batch in enumerate(self._client.messages.batches.list(limit=100)):
            if batch.created_at < since or number >= _MOST_LISTED:
                break
            if batch.id in others or _state(batch).calls != len(keys):
                continue
            if batch.processing_status != "ended":
                raise UndecidedError(batch.id)
            first = next((line for line in self._results(batch.id).splitlines() if line.strip()), b"")
            if first and key_of(first) in keys:
                return batch.id
        return None

    def state(self, batch: str) -> BatchState:
        """Ask how far a batch is."""
        return _state(_tried(lambda: self._client.messages.batches.retrieve(batch)))

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
        raise ServiceError(f"no answer: {error.__cause__ or error}", passing=True, unsure=changes) from error
    except anthropic.APIStatusError as error:
        code = error.status_code
        message = f"HTTP {code}: {start_of(str(error.message), _LONGEST)}"
        passing = code >= 500 or code in (408, 409, 429)
        raise ServiceError(message, passing=passing, unsure=changes and code >= 500) from error
    except (anthropic.AnthropicError, LineError, ValueError, TypeError, AttributeError) as error:
        message = f"the answer is not of a batch API: {start_of(str(error), _LONGEST)}"
        raise ServiceError(message, passing=changes, unsure=changes) from error
