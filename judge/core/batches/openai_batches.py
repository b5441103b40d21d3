"""OpenAI's Batch API, and compatible ones, through the SDK: files, batches, output and error files."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import openai
from openai.types import Batch

from judge.core.batches.service import (
    BatchEnd,
    BatchState,
    from_status,
    made_since,
    no_answer,
    other_answer,
)
from judge.core.call_files.lines import PATH
from judge.core.files.run_directory import replacing_bytes
from judge.core.models.open_client import ModelSpec
from judge.core.models.openai import DEFAULT_ENDPOINT
from judge.core.models.providers.named import provider_named
from judge.core.redact import start_of

NAME = "persona-judge"  # the key of a batch's metadata under which its part is named
_ENDED = ("completed", "expired", "cancelled", "canceled", "succeeded", "success", "done", "ended", "finished")
_FAILED = ("failed", "error", "errored", "rejected")  # compatible servers have other words than OpenAI, or other case
_FULL = ("token_limit_exceeded", "batch_limit_exceeded", "rate_limit_exceeded")
_LONGEST, _LONGEST_WORD = 300, 40
T = TypeVar("T")


class OpenAIBatches:
    """The batches of an account."""

    def __init__(self, spec: ModelSpec, api_key: str, timeout: float) -> None:
        address = spec.base_url or provider_named(spec.provider).address or DEFAULT_ENDPOINT
        self._client = openai.OpenAI(api_key=api_key, base_url=address, timeout=timeout, max_retries=0)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def create(self, calls: Path, name: str, about_to_send: Callable[[], None]) -> str:
        """Upload the calls, and make a batch of them whose metadata has the name."""
        with calls.open("rb") as file:
            uploaded = _tried(lambda: _id(self._client.files.create(file=(f"{name}.jsonl", file), purpose="batch").id))
        about_to_send()
        return _tried(
            lambda: _id(
                self._client.batches.create(
                    input_file_id=uploaded, endpoint=PATH, completion_window="24h", metadata={NAME: name}
                ).id
            ),
            changes=True,
        )

    def find(self, calls: Path, name: str, since: datetime, others: Collection[str]) -> str | None:  # noqa: ARG002
        """Look the name up in the metadata of the account's batches, the newest first."""
        return _tried(lambda: self._listed(name, since))

    def _listed(self, name: str, since: datetime) -> str | None:
        for batch in made_since(self._client.batches.list(limit=100), since, _made):
            if (batch.metadata or {}).get(NAME) == name:
                return _id(batch.id)
        return None

    def state(self, batch: str) -> BatchState:
        """Ask how far a batch is."""
        return _tried(lambda: _state(self._client.batches.retrieve(batch)))

    def fetch(self, batch: str, out: Path) -> None:
        """Write the lines of the output file and of the error file."""
        files = _tried(lambda: _files(self._client.batches.retrieve(batch)))
        with replacing_bytes(out) as written:
            for file in files:
                content = _tried(lambda file=file: self._client.files.content(file).read())  # type: ignore[misc]
                written.write(content if content.endswith(b"\n") or not content else content + b"\n")

    def cancel(self, batch: str) -> None:
        """Ask that no further call be made."""
        _tried(lambda: self._client.batches.cancel(batch))


def _id(given: object) -> str:
    if not isinstance(given, str) or not given:
        raise ValueError("no id")
    return given


def _made(batch: Batch) -> datetime | None:
    at: object = batch.created_at
    return datetime.fromtimestamp(at, UTC) if isinstance(at, int | float) and at > 1 else None


def _files(batch: Batch) -> list[str]:
    return [file for file in (batch.output_file_id, batch.error_file_id) if file]


def _state(batch: Batch) -> BatchState:
    counts = batch.request_counts
    errors = (batch.errors.data if batch.errors else None) or []
    word = str(batch.status).lower()
    end: BatchEnd = "ended" if word in _ENDED else "failed" if word in _FAILED else "running"
    if end == "failed" and batch.output_file_id:  # it was read, and some of its calls were made
        end = "ended"
    return BatchState(
        id=_id(batch.id),
        end=end,
        status=start_of(word, _LONGEST_WORD),
        calls=(counts.total or 0) if counts else 0,
        done=(counts.completed or 0) + (counts.failed or 0) if counts else 0,
        problem=start_of("; ".join(error.message or error.code or "?" for error in errors), _LONGEST),
        is_full=any(error.code in _FULL for error in errors),
    )


def _tried(ask: Callable[[], T], *, changes: bool = False) -> T:
    """Make a request; ``changes`` says that one without an answer may have been obeyed."""
    try:
        return ask()
    except openai.APIConnectionError as error:
        raise no_answer(error, changes=changes) from error
    except openai.APIStatusError as error:
        raise from_status(error.status_code, str(error.message), changes=changes) from error
    except (openai.APIError, ValueError, TypeError, AttributeError) as error:
        raise other_answer(error, changes=changes) from error
