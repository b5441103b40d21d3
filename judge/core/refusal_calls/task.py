"""Classifying as a task: one call for each distinct text, and what its reply means."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol

from judge.core.calls.task import CUT, Outcome, Reading
from judge.core.models.open_client import ModelSpec
from judge.core.models.types import ChatRequest
from judge.core.records import PromptRef, Record, Reply, Status, Usage
from judge.core.text.reasoning import split_reasoning
from judge.core.tokens import estimate_tokens

_KINDS = {"refusal": True, "answer": False}
_FENCED = re.compile(r"```\w*\s*(.*?)\s*```", re.DOTALL)


class Wording(Protocol):
    """The prompt of the calls."""

    @property
    def ref(self) -> PromptRef: ...  # noqa: D102
    @property
    def reply(self) -> dict[str, Any]: ...  # noqa: D102
    def render(self, text: str) -> tuple[str, str]: ...  # noqa: D102


class Classification(Record):
    """One reply to one call, or the failure to get one: a row of the journal.

    ``key`` is the sha256 of all that determines the call, ``text_sha256`` that of the response. ``refusal`` and
    ``reason`` are null unless ``status`` is ok: a failure says nothing of the response.
    """

    key: str
    text_sha256: str
    attempt: int
    judge: str
    refusal: bool | None = None
    reason: Reply | None = None
    model: str | None = None
    fingerprint: str | None = None
    status: Status
    error_kind: str | None = None
    error: Reply | None = None
    raw: Reply | None = None
    finish_reason: str | None = None
    usage: Usage | None = None
    cost: float | None = None
    requests: int = 1
    seconds: float = 0.0
    time: str
    reminder: str | None = None
    batch: str | None = None
    endpoint: str | None = None
    check: str | None = None


@dataclass(frozen=True, slots=True)
class TextCall:
    """One planned call: a text, as it is put to the model."""

    key: str
    text_sha256: str
    system: str
    user: str


@dataclass(frozen=True)
class _Kind:
    refusal: bool
    reason: str


class Classifying:
    """The calls for a run's responses. Texts that are the same share a call.

    Args:
        texts: Returns the responses, the same each time.
        wording: The prompt.
        model: The model that classifies.
    """

    work = "classifying"
    row_type = Classification
    usable: frozenset[Status] = frozenset({"ok"})
    reasked: frozenset[Status] = frozenset({"parse_error", "truncated"})
    fatal: Mapping[str, str] = MappingProxyType({})
    max_tokens: int | None = None
    tokens_out = 60

    def __init__(self, texts: Callable[[], Iterable[str]], wording: Wording, model: ModelSpec) -> None:
        self._texts, self._wording, self._model = texts, wording, model
        static = {"model": str(model), "endpoint": model.place or "default", "schema": wording.reply}
        if model.extra is not None:
            static["extra_body"] = model.extra.text
        self._static = hashlib.sha256(json.dumps(static, sort_keys=True).encode())

    def calls(self) -> Iterator[TextCall]:
        """Yield the call of each distinct text, in the order of the texts."""
        seen: set[bytes] = set()
        for text in self._texts():
            digest = hashlib.sha256(text.encode())
            if digest.digest() in seen:
                continue
            seen.add(digest.digest())
            system, user = self._wording.render(text)
            key = self._static.copy()
            key.update(f"\n{len(system)}\n{len(user)}\n{system}{user}".encode())
            yield TextCall(key.hexdigest(), digest.hexdigest(), system, user)

    def request(self, call: TextCall, mode: str, max_tokens: int | None) -> ChatRequest:
        """Build the request for a call."""
        return ChatRequest(
            call.system,
            call.user,
            self._wording.reply,
            mode,
            None,
            max_tokens,
            None,
            schema_name="response_kind",
            extra=self._model.extra,
        )

    def tokens_in(self, call: TextCall) -> int:
        """Estimate the tokens of a call's prompt."""
        return estimate_tokens(call.system) + estimate_tokens(call.user)

    def read(self, call: TextCall, text: str) -> Reading:  # noqa: ARG002
        """Read a reply that is one JSON object, alone or in a code fence. Nothing in prose is looked for."""
        return read_kind(text)

    def reminder(self, call: TextCall, row: Classification) -> str | None:  # noqa: ARG002
        """Say what was wrong with the first reply, so that the second ask is another one at temperature 0 too."""
        if row.status != "parse_error":
            return None
        return f"Your last reply could not be used: {row.error}. Reply with the JSON object only."

    def read_cut(self, call: TextCall, text: str) -> Reading:  # noqa: ARG002
        """A reply that was cut off is read only if it is whole all the same."""
        found = read_kind(text)
        return found if found.status == "ok" else CUT

    def row(self, call: TextCall, outcome: Outcome) -> Classification:
        """Make the journal's row, with the reply's raw text whether or not it could be parsed."""
        found = outcome.reading.parsed
        return Classification(
            key=call.key,
            text_sha256=call.text_sha256,
            judge=str(self._model),
            refusal=found.refusal if isinstance(found, _Kind) else None,
            reason=found.reason if isinstance(found, _Kind) else None,
            reminder=outcome.reminder,
            **outcome.fields(),
        )

    def place(self, of: TextCall | Classification) -> tuple[object, ...]:
        """The text."""
        return (of.text_sha256,)

    def problem(self, row: Classification, *, checked: bool) -> str | None:  # noqa: ARG002
        """A row says refusal or answer exactly where it is ok."""
        if (row.status == "ok") is (row.refusal is None):
            return "its status does not fit what it says of the response"
        return None


def read_kind(text: str) -> Reading:
    """Read ``{"reason": ..., "kind": "refusal" or "answer"}``."""
    reply = (split_reasoning(text).text or "").strip()
    if not reply:
        return Reading("parse_error", "empty", "it is empty")
    fenced = _FENCED.fullmatch(reply)
    try:
        found = json.loads(fenced[1] if fenced else reply, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return Reading("parse_error", "malformed", "it is not one JSON object")
    if not isinstance(found, dict) or "kind" not in found:
        return Reading("parse_error", "malformed", "it lacks kind")
    kind = found["kind"].strip().casefold() if isinstance(found["kind"], str) else ""
    if kind not in _KINDS:
        return Reading("parse_error", "malformed", 'its kind is neither "refusal" nor "answer"')
    return Reading("ok", parsed=_Kind(_KINDS[kind], str(found.get("reason", ""))))


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose properties are named once each."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a property is named twice")
    return found
