"""Structured output: fall back from json_schema to a tool to plain text, once per run, until a reply comes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from judge.core.calls.limits import StructuredOutput
from judge.core.errors import EXIT_FAILURES_REMAIN, ProviderStop, UsageError
from judge.core.models.errors import is_schema_parameter
from judge.core.models.types import ChatError, ChatReply, ChatRequest, ErrorKind, ModelClient
from judge.core.redact import start_of

_MOST_LOST = 3
_SHOWN_REASONING = 200
ONLY_REASONING = "only_reasoning"  # the error kind of a reply without text, but with reasoning
_OPTIONS = {
    "temperature": "--temperature",
    "seed": "--model-seed",
    "max_tokens": "--max-tokens",
    "max_completion_tokens": "--max-tokens",
    "top_logprobs": "--probabilities",
    "logprobs": "--probabilities",
}
_FIELDS = {
    "temperature": "temperature",
    "seed": "seed",
    "max_tokens": "max_tokens",
    "max_completion_tokens": "max_tokens",
    "top_logprobs": "top_tokens",
    "logprobs": "top_tokens",
}


@dataclass
class Fallback:
    """The kinds of structured output (modes) that are left to try at an endpoint.

    Attributes:
        modes: Best first.
        settled: Whether a readable reply has come: then the one mode is kept for the whole run.
        rejected: What the endpoint said to each mode that it does not support.
    """

    modes: tuple[str, ...]
    settled: bool = False
    rejected: dict[str, str] = field(default_factory=dict)
    _lost: int = 0
    _unread: Counter[str] = field(default_factory=Counter)

    @property
    def in_order(self) -> tuple[str, ...]:
        """The modes as the next call tries them: first those with the fewest replies that could not be read."""
        return self.modes if len(self.modes) == 1 else tuple(sorted(self.modes, key=self._unread.__getitem__))

    @property
    def is_last(self) -> bool:
        """Whether no other mode is left, in which the fault of a reply might not be."""
        return self.settled or len(self.modes) == 1

    @property
    def gives_up(self) -> bool:
        """Whether the endpoint has rejected the settled mode several times."""
        return self._lost >= _MOST_LOST

    def note_lost(self, error: ChatError) -> None:
        """Count an error of the settled mode.

        Raises:
            ProviderStop: The endpoint supports the mode no longer.
        """
        self._lost += self.settled and rejects_schema(error)
        if self.gives_up:
            raise ProviderStop(
                f"the endpoint no longer supports {error.parameter}: {error.message}",
                hint="rerun the command to resume: it tries another kind of structured output",
                exit_code=EXIT_FAILURES_REMAIN,
            )

    def note_unread(self, mode: str) -> str:
        """Count a reply that could not be read, and return the mode in which to ask again: another, if one is left.

        A server may accept a schema and not follow it, or send an empty reply to it.
        """
        if self.settled:
            return self.modes[0]
        self._unread[mode] += 1
        best = self.in_order[0]
        return best if self._unread[best] < self._unread[mode] else mode

    def accept(self, mode: str) -> None:
        """Keep a mode for the whole run, since a readable reply came to it."""
        self.modes = (mode,)
        self.settled = True
        self.rejected = {other: words for other, words in self.rejected.items() if other != mode}

    def goes_on(self, mode: str, error: ChatError) -> bool:
        """Whether another mode is worth trying after an error, which may be about this one.

        Servers reject a schema in many ways, not all of them recognisable: any bad request or server error counts,
        since the next mode shows whether the schema was the reason.
        """
        schema = rejects_schema(error)
        if self.settled or not (schema or error.kind in (ErrorKind.BAD_REQUEST, ErrorKind.SERVER)):
            return False
        self.rejected[mode] = error.message
        if schema and len(self.modes) > 1:
            self.modes = tuple(other for other in self.modes if other != mode)
        return True


def only_reasoning(reply: ChatReply) -> str | None:
    """Say that a reply has no text, but reasoning in a field of its own; None for any other reply.

    Servers that take a model's reasoning out of its text may take the whole of a structured reply with it.
    """
    if reply.text.strip() or not reply.reasoning.strip():
        return None
    start = start_of(" ".join(reply.reasoning.split()), _SHOWN_REASONING)
    what = "its JSON came" if _is_json(reply.reasoning) else f"{len(reply.reasoning):,} characters came"
    return (
        f"the reply is empty, and {what} in the field for reasoning: start the server without its parser of reasoning, "
        f"or give --structured-output text. The field begins {start!r}"
    )


def _is_json(text: str) -> bool:
    """Whether a text is one JSON object."""
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def rejects_schema(error: ChatError) -> bool:
    """Whether the endpoint rejected the parameter that asks for structured output."""
    return error.kind is ErrorKind.REJECTED_PARAMETER and is_schema_parameter(error.parameter)


def refuse_schema(error: ChatError) -> None:
    """Stop where the endpoint rejects every mode that the user allows.

    Raises:
        ProviderStop: The error is about structured output.
    """
    if rejects_schema(error):
        raise ProviderStop(
            f"the endpoint rejects {error.parameter}: {error.message}",
            hint="give --structured-output auto or --structured-output text",
        )


def without_rejected(error: ChatError, request: ChatRequest) -> ChatRequest | None:
    """The request without the parameter of the user's that the endpoint rejects; None if the error is about none."""
    if error.kind is not ErrorKind.REJECTED_PARAMETER or error.parameter not in _OPTIONS:
        return None
    left = without(request, (error.parameter,))
    return None if left == request else left


def without(request: ChatRequest, names: Iterable[str]) -> ChatRequest:
    """The request without some of the parameters that an endpoint may reject, by their names on the wire."""
    fields = {_FIELDS[name] for name in names}
    if "temperature" in fields and request.temperature is not None:
        request = replace(request, temperature=None)
    if "seed" in fields and request.seed is not None:
        request = replace(request, seed=None)
    if "max_tokens" in fields and request.max_tokens is not None:
        request = replace(request, max_tokens=None)
    if "top_tokens" in fields and request.top_tokens is not None:
        request = replace(request, top_tokens=None)
    return request


def rejected_optional(error: ChatError, request: ChatRequest) -> str | None:
    """The parameter that an endpoint rejects and that the user did not ask for; None if the error is about none."""
    name = error.parameter
    if error.kind is not ErrorKind.REJECTED_PARAMETER or name not in request.optional:
        return None
    return None if without(request, (name,)) == request else name


def has_options(request: ChatRequest) -> bool:
    """Whether a request has any parameter that the user set."""
    return any(getattr(request, field) is not None for field in _FIELDS.values())


def refuse_users_parameters(errors: Sequence[ChatError]) -> None:
    """Stop where the endpoint rejects parameters that the user set.

    Raises:
        ProviderStop: Names the options.
    """
    names = dict.fromkeys(str(error.parameter) for error in errors)
    if names:
        options = dict.fromkeys(_OPTIONS[name] for name in names)
        raise ProviderStop(
            f"the endpoint rejects {' and '.join(names)}: {'; '.join(error.message for error in errors)}",
            hint=f"give the command without {' and '.join(options)}",
        )


def fallback_for(
    client: ModelClient, structured_output: StructuredOutput, settled: str | None = None, lost: tuple[str, ...] = ()
) -> Fallback:
    """Start with all modes of the client, or with the one that the user or an earlier session has settled.

    Args:
        client: The model, with the modes that its provider's format has.
        structured_output: The user's choice.
        settled: The mode of earlier sessions of the run.
        lost: Modes that the endpoint stopped supporting in earlier sessions.

    Raises:
        UsageError: The user requires structured output, and the client has none.
    """
    if settled is not None:
        return Fallback((settled,), settled=True)
    if structured_output == "text":
        return Fallback(("text",) if "text" in client.modes else client.modes, settled=True)
    if structured_output == "schema":
        modes = tuple(mode for mode in client.modes if mode != "text")
        if not modes:
            raise UsageError(
                f"{client.spec} does not support structured output",
                hint="--structured-output auto or --structured-output text",
            )
        return Fallback(modes)
    return Fallback(tuple(mode for mode in client.modes if mode not in lost) or client.modes[-1:])
