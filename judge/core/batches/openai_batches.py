"""OpenAI's Batch API, and compatible ones, through the SDK: files, batches, output and error files."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import openai
from openai.types import Batch

from judge.core.batches.service import BatchEnd, BatchState, ServiceError
from judge.core.call_files.lines import PATH
from judge.core.files.run_directory import replacing_bytes
from judge.core.models.open_client import ModelSpec
from judge.core.models.openai import DEFAULT_ENDPOINT
from judge.core.models.providers.named import provider_named
from judge.core.redact import start_of

NAME = "persona-judge"  # the key of a batch's metadata under which its part is named
_ENDS: dict[str, BatchEnd] = {"completed": "ended", "expired": "ended", "cancelled": "ended", "failed": "failed"}
_MOST_LISTED = 1_000
_LONGEST = 300
T = TypeVar("T")


class OpenAIBatches:
    """The batches of an account."""

    def __init__(self, spec: ModelSpec, api_key: str, timeout: float) -> None:
        address = spec.base_url or provider_named(spec.provider).address or DEFAULT_ENDPOINT
        self._client = openai.OpenAI(api_key=api_key, base_url=address, timeout=timeout, max_retries=0)

    def create(self, calls: Path, name: str) -> str:
        """Upload the calls, and make a batch of them whose metadata has the name."""
        with calls.open("rb") as file:
            uploaded = _tried(lambda: self._client.files.create(file=(f"{name}.jsonl", file), purpose="batch"))
        made = _tried(
            lambda: self._client.batches.create(
                input_file_id=uploaded.id, endpoint=PATH, completion_window="24h", metadata={NAME: name}
            ),
            changes=True,
        )
        return made.id

    def find(self, calls: Path, name: str, since: datetime, others: Collection[str]) -> str | None:  # noqa: ARG002
        """Look the name up in the metadata of the account's batches, the newest first."""
        return _tried(lambda: self._listed(name))

    def _listed(self, name: str) -> str | None:
        for number, batch in enumerate(self._client.batches.list(limit=100)):
            if (batch.metadata or {}).get(NAME) == name:
                return batch.id
            if number >= _MOST_LISTED:
                break
        return None

    def state(self, batch: str) -> BatchState:
        """Ask how far a batch is."""
        return _state(_tried(lambda: self._client.batches.retrieve(batch)))

    def fetch(self, batch: str, out: Path) -> None:
        """Write the lines of the output file and of the error file."""
        found = _tried(lambda: self._client.batches.retrieve(batch))
        with replacing_bytes(out) as written:
            for file in filter(None, (found.output_file_id, found.error_file_id)):
                content = _tried(lambda file=file: self._client.files.content(file).read())  # type: ignore[misc]
                written.write(content if content.endswith(b"\n") or not content else content + b"\n")

    def cancel(self, batch: str) -> None:
        """Ask that no further call be made."""
        _tried(lambda: self._client.batches.cancel(batch))


def _state(batch: Batch) -> BatchState:
    counts = batch.request_counts
    errors = (batch.errors.data if batch.errors else None) or []
    return BatchState(
        id=batch.id,
        end=_ENDS.get(batch.status, "running"),
        status=batch.status,
        calls=counts.total if counts else 0,
        done=counts.completed + counts.failed if counts else 0,
        problem=start_of("; ".join(error.message or error.code or "?" for error in errors), _LONGEST),
    )


def _tried(ask: Callable[[], T], *, changes: bool = False) -> T:
    """Make a request; ``changes`` says that one without an answer may have been obeyed."""
    try:
        return ask()
    except openai.APIConnectionError as error:
        raise ServiceError(f"no answer: {error.__cause__ or error}", passing=True, unsure=changes) from error
    except openai.APIStatusError as error:
        code = error.status_code
        passing = code >= 500 or code in (408, 409, 429)
        message = f"HTTP {code}: {start_of(str(error.message), _LONGEST)}"
        raise ServiceError(message, passing=passing, unsure=changes and code >= 500) from error
    except (openai.APIError, ValueError, TypeError, AttributeError) as error:
        message = f"the answer is not of a batch API: {start_of(str(error), _LONGEST)}"
        raise ServiceError(message, passing=changes, unsure=changes) from error
