"""Requests, replies and errors of a chat call, the same for all providers."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol, Self

from judge.core.extra_body import ExtraBody
from judge.core.models.providers.listed_models import ListModels, lists_none
from judge.core.records import Usage, encodable
from judge.core.redact import start_of
from judge.core.text.printable import one_line

_LONGEST_MESSAGE = 2000
_LONGEST_BUG = 300
DEFAULT_REPLY_MB = 32


class ErrorKind(StrEnum):
    """Why a call got no text. Journals and tables show the value."""

    # No further call can succeed: stop the run.
    AUTH = "auth"
    PERMISSION = "permission"
    NOT_FOUND = "not_found"
    OTHER_MODEL = "other_model"  # a server of a fleet answers as another model than the others
    QUOTA = "quota"
    REDIRECT = "redirect"  # to another host, which the user has not allowed
    # The endpoint does not know a parameter: fall back to another way of asking.
    REJECTED_PARAMETER = "rejected_parameter"
    # Only this call fails.
    CONTEXT_LENGTH = "context_length"
    CONTENT_FILTER = "content_filter"
    BAD_REQUEST = "bad_request"
    REPLY_TOO_LARGE = "reply_too_large"
    TRUNCATED = "truncated"  # the token limit was reached before there was anything to send back
    # Try again.
    RATE_LIMIT = "rate_limit"
    OVERLOADED = "overloaded"
    SERVER = "server"
    TIMEOUT = "timeout"
    CONNECTION = "connection"
    BAD_REPLY = "bad_reply"  # 200, but not the provider's format
    NOT_THE_API = "not_the_api"  # a page for people, or another API: at the start of a run a wrong address
    # A fault of this program, which this call has shown.
    BUG = "bug"


FATAL = frozenset(
    {
        ErrorKind.AUTH,
        ErrorKind.PERMISSION,
        ErrorKind.NOT_FOUND,
        ErrorKind.OTHER_MODEL,
        ErrorKind.QUOTA,
        ErrorKind.REDIRECT,
    }
)
TRANSIENT = frozenset(
    {
        ErrorKind.RATE_LIMIT,
        ErrorKind.OVERLOADED,
        ErrorKind.SERVER,
        ErrorKind.TIMEOUT,
        ErrorKind.CONNECTION,
        ErrorKind.BAD_REPLY,
        ErrorKind.NOT_THE_API,
    }
)
# No reply has come yet: waiting will not help, since the address is wrong.
MISDIRECTED = frozenset({ErrorKind.NOT_THE_API})
# Rejections, before any work was done. Every other request without a reply may be on the bill: Azure, for one, bills
# filtered and overlong prompts, and time-outs ("Plan and manage costs for Azure OpenAI").
_NOT_BILLED = FATAL - {ErrorKind.OTHER_MODEL} | {
    ErrorKind.REJECTED_PARAMETER,
    ErrorKind.BAD_REQUEST,
    ErrorKind.RATE_LIMIT,
    ErrorKind.OVERLOADED,
}
CROWDED = frozenset({ErrorKind.RATE_LIMIT, ErrorKind.OVERLOADED})


@dataclass(frozen=True)
class HttpLimits:
    """How replies are taken.

    Attributes:
        follow_redirects: Whether requests may be sent on to another host than the one of ``--base-url``.
        reply_mb: The largest reply in megabytes, after decompression.
    """

    follow_redirects: bool = False
    reply_mb: int = DEFAULT_REPLY_MB


class ChatError(Exception):
    """A call without a reply. ``message`` contains no key, whatever the server echoed.

    ``retry_after`` is in seconds, as the server asked; ``parameter`` was rejected; ``adapted`` says that the client
    asks in another way from now on, and the call deserves another try at once; ``elsewhere`` that another server of a
    fleet can take it at once, which is no failure of the call. ``unsent`` says that no request left, ``maybe_billed``
    that it may cost something though there is no reply; None leaves it to the kind. ``advice`` is what to do about it,
    where the kind alone does not say that.
    """

    def __init__(
        self,
        kind: ErrorKind,
        message: str,
        *,
        retry_after: float | None = None,
        parameter: str | None = None,
        maybe_billed: bool | None = None,
        advice: str | None = None,
        unsent: bool = False,
    ) -> None:
        message = one_line(start_of(encodable(message), _LONGEST_MESSAGE))
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.retry_after = retry_after
        self.parameter = parameter
        self.adapted = False
        self.elsewhere = False
        self.unsent = unsent
        self.advice = advice
        self.maybe_billed = kind not in _NOT_BILLED if maybe_billed is None else maybe_billed


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A request to a model. Parameters that are None are not sent, since some models reject them.

    ``schema`` is a JSON schema for the reply; ``schema_mode`` says how to ask for it (see ``ModelClient.modes``), and
    ``schema_name`` what the reply is called there. ``top_tokens`` asks for the probabilities of so many tokens at each
    place of the reply. ``optional`` are parameters that the user did not ask for: where the endpoint rejects one, the
    request is sent without it.
    """

    system: str
    user: str
    schema: dict[str, Any] | None = None
    schema_mode: str = "text"
    temperature: float | None = None
    max_tokens: int | None = None
    seed: int | None = None
    schema_name: str = "verdict"
    top_tokens: int | None = None
    optional: frozenset[str] = frozenset()
    extra: ExtraBody | None = None


@dataclass(frozen=True, slots=True)
class ChosenToken:
    """A token of a reply, and the most likely tokens in its place, itself among them, with their log-probabilities."""

    text: str
    most_likely: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class ChatReply:
    """A model's reply. ``refused`` and ``truncated`` are the provider's own signals.

    ``max_tokens`` is the limit that applied, where it is not the request's: a local model's window may leave less.
    ``tokens`` are those of the text, where probabilities were asked for and came.
    ``reasoning`` is what the server sent apart from the text, in a field for thoughts; empty where there is none.
    ``endpoint`` names the server of a fleet that replied.
    """

    text: str
    model: str | None
    finish_reason: str | None
    refused: bool = False
    truncated: bool = False
    fingerprint: str | None = None
    usage: Usage | None = None
    max_tokens: int | None = None
    reasoning: str = ""
    tokens: tuple[ChosenToken, ...] = ()
    endpoint: str | None = None


def bug(error: Exception) -> ChatError:
    """Describe an unexpected exception, with its place, as the failure of one call."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    text = start_of(" ".join(str(error).split()), _LONGEST_BUG)
    return ChatError(ErrorKind.BUG, f"a fault of this program, please report it: {type(error).__name__}{place}: {text}")


def as_asked(request: ChatRequest) -> ChatRequest:
    """Return the request unchanged: every parameter is sent."""
    return request


Ask = Callable[[ChatRequest], Awaitable[ChatReply]]


class Route(Protocol):
    """How the tries of one call reach the model."""

    def place(self, request: ChatRequest, stop: asyncio.Event) -> AbstractAsyncContextManager[Ask]:
        """Wait for a server that may take the request; within the context, send it at most once.

        Raises:
            Stopped: ``stop`` was set while the call waited.
            ChatError: No server may be asked any more; it is ``unsent``.
        """
        ...


class _OnlyRoute:
    """The route to a model at one address."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def place(self, request: ChatRequest, stop: asyncio.Event) -> Self:  # noqa: ARG002
        return self

    async def __aenter__(self) -> Ask:
        return self._ask

    async def __aexit__(self, *_: object) -> None:
        return None


@dataclass(frozen=True)
class ServerState:
    """One server of a fleet, as far as a session has come.

    Attributes:
        name: The host and the port.
        weight: How many calls it is given, relative to the others.
        replies: Replies that came from it.
        errors: Requests that got none.
        left_out: How often it was left out.
        backed_off: How often it was given fewer calls at once, since it was overloaded.
        problem: Why it is left out now; None where it is not.
    """

    name: str
    weight: float
    replies: int
    errors: int
    left_out: int
    backed_off: int
    problem: str | None


@dataclass(frozen=True)
class ModelClient:
    """A model. ``modes`` are its kinds of structured output, best first; the last is always "text".

    ``spec`` is ``provider:model``; ``endpoint`` is where it is, without secrets, as both stand in manifests.
    ``learned`` says in which ways other than the usual it asks by now, since the endpoint's errors showed that it must.
    ``packages`` are the installed packages whose versions matter. ``sent`` gives a request as it goes out: with the
    defaults that the client fills in, and without what the provider does not take. ``in_process`` says that no request
    leaves this process, and none can cost anything. ``list_models`` asks the endpoint which models it has; it raises
    whatever the transport raises. ``route`` is of a fleet: it begins the way of one call to one of the servers, whose
    states are ``servers``.
    """

    spec: str
    endpoint: str
    ask: Ask
    close: Callable[[], Awaitable[None]]
    modes: tuple[str, ...] = ("text",)
    packages: tuple[str, ...] = ()
    sent: Callable[[ChatRequest], ChatRequest] = as_asked
    in_process: bool = False
    learned: Callable[[], tuple[str, ...]] = tuple
    list_models: ListModels = lists_none
    route: Callable[[], Route] | None = None
    servers: Callable[[], tuple[ServerState, ...]] = tuple

    def begin(self) -> Route:
        """Begin the way of one call."""
        return _OnlyRoute(self.ask) if self.route is None else self.route()
