"""Map what a server or an SDK reports to an error kind. Both SDKs are generated alike: one mapping serves both.

The status and the codes decide first, words last, and only where status and codes leave it open: at a 400, a 500 or a
200 with an error inside. What providers say is listed in error_words.yaml, with its sources.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from judge.core.files.yaml import read_mapping
from judge.core.models.error_body import Said, plain, read_error_body
from judge.core.models.types import CROWDED, ChatError, ErrorKind
from judge.core.models.waits import asked_wait

SYSTEM = "system"  # the "parameter" that is rejected where the model takes no system message
STREAM = "stream"
_WORDS = Path(__file__).with_name("error_words.yaml")
_SCHEMA_PARAMETERS = ("response_format", "json_schema", "output_config", "output_format", "tool_choice", "tools")
_USERS_PARAMETERS = ("max_completion_tokens", "max_tokens", "temperature", "seed", "top_logprobs", "logprobs")
_PARAMETERS = (*_SCHEMA_PARAMETERS, *_USERS_PARAMETERS, STREAM)
_SENT_AS = {"json_schema": "response_format", "output_format": "output_config", "tool_choice": "tools"}

_OF_STATUS = {
    401: ErrorKind.AUTH,
    402: ErrorKind.QUOTA,
    403: ErrorKind.PERMISSION,
    404: ErrorKind.NOT_FOUND,
    405: ErrorKind.NOT_FOUND,
    407: ErrorKind.PERMISSION,
    408: ErrorKind.TIMEOUT,
    409: ErrorKind.SERVER,
    410: ErrorKind.NOT_FOUND,
    413: ErrorKind.CONTEXT_LENGTH,
    424: ErrorKind.SERVER,
    425: ErrorKind.SERVER,
    429: ErrorKind.RATE_LIMIT,
    434: ErrorKind.PERMISSION,  # Zhipu: no permission for this API
    451: ErrorKind.PERMISSION,
    499: ErrorKind.TIMEOUT,
    504: ErrorKind.TIMEOUT,
    511: ErrorKind.PERMISSION,
    524: ErrorKind.TIMEOUT,  # Cloudflare: the server behind it is too slow
    529: ErrorKind.OVERLOADED,
}
# Statuses that say little: one that stands in the body says more.
_VAGUE = frozenset({200, 400, 422, 424, 500, 502})
# Where a status says something, the kinds that words may still tell apart; elsewhere all, or those of a server error.
_WORDS_AT = {
    401: frozenset({ErrorKind.QUOTA}),
    402: frozenset[ErrorKind](),
    403: frozenset({ErrorKind.CONTENT_FILTER, ErrorKind.QUOTA, ErrorKind.AUTH, ErrorKind.RATE_LIMIT}),
    404: frozenset({ErrorKind.PERMISSION}),
    405: frozenset[ErrorKind](),
    407: frozenset[ErrorKind](),
    408: frozenset[ErrorKind](),
    410: frozenset[ErrorKind](),
    413: frozenset[ErrorKind](),
    429: frozenset({ErrorKind.QUOTA}),
    511: frozenset[ErrorKind](),
    529: frozenset[ErrorKind](),
}
_CODES_THAT_WAIT = frozenset({200, 400, 403, 404, 409, 422})  # statuses at which such a code says more
_REJECTED = frozenset({409, 425, 429, 503, 529})  # turned away before any work, whatever the words
_WORDS_OF_A_SERVER_ERROR = frozenset({ErrorKind.RATE_LIMIT, ErrorKind.OVERLOADED})
_WAITS = (ErrorKind.RATE_LIMIT, ErrorKind.OVERLOADED, ErrorKind.TIMEOUT)  # codes that say so at a 400 (AWS)
_TOO_LARGE_FOR_THE_RATE = "request too large"  # a 429 that waiting does not help (OpenAI, Groq)
_TLS = {  # what errors of TLS mean for the user
    "WRONG_VERSION_NUMBER": "the server does not speak https: give --base-url with http://",
    "CERTIFICATE_VERIFY_FAILED": "the certificate of the server is not trusted: SSL_CERT_FILE may name its authority's",
}
_ADVICE_AT = {
    407: "a proxy between asks for a name and a password: give them in HTTPS_PROXY",
    511: "this network asks for a login of its own first: log in to it, then rerun the command",
}
_BOT_WALL = (
    "a protection against bots stands before the server and let no program through; the key is not at fault: use the "
    "API's own address in --base-url, or ask who runs the server to let this machine through"
)
A_PAGE = (
    "this is a page for people, not the API: check the host, the port and the path of --base-url (often /v1), and "
    "whether a proxy or a firewall stands between"
)


@dataclass(frozen=True)
class _Words:
    """The content of error_words.yaml: codes without case and punctuation, words in lower case."""

    codes: Mapping[ErrorKind, frozenset[str]]
    words: Mapping[ErrorKind, tuple[str, ...]]
    telling: tuple[ErrorKind, ...]
    passing: tuple[ErrorKind, ...]
    rejecting: tuple[str, ...]
    about_schema: tuple[str, ...]
    no_system_role: tuple[str, ...]
    used_up: tuple[str, ...]
    bot_wall: tuple[str, ...]
    advice: Mapping[str, str]


@functools.cache
def known_words() -> _Words:
    """Read error_words.yaml, once."""
    content = read_mapping(_WORDS)
    groups = {**content["telling"], **content["passing"]}
    return _Words(
        codes={ErrorKind(kind): frozenset(map(plain, group["codes"])) for kind, group in groups.items()},
        words={ErrorKind(kind): tuple(map(str.lower, group["words"])) for kind, group in groups.items()},
        telling=tuple(map(ErrorKind, content["telling"])),
        passing=tuple(map(ErrorKind, content["passing"])),
        rejecting=tuple(content["rejecting"]),
        about_schema=tuple(content["about_schema"]),
        no_system_role=tuple(content["no_system_role"]),
        used_up=tuple(content["used_up"]),
        bot_wall=tuple(content["bot_wall"]),
        advice=content["advice"],
    )


def from_body(
    status: int, content: bytes, *, sent: Collection[str] | None = None, headers: Mapping[str, str] | None = None
) -> ChatError:
    """Classify an error by its status, the codes in its body, and its words, in this order.

    Args:
        status: The HTTP status; 200 where the body alone says that it is an error.
        content: The body, of any shape.
        sent: The names of the parameters in the request; None counts each known one as sent.
        headers: The headers of the reply.
    """
    headers = {name.lower(): value for name, value in (headers or {}).items()}
    said = read_error_body(content, _charset(headers.get("content-type", "")))
    words = said.message.lower()
    known = known_words()
    walled = any(phrase in said.page for phrase in known.bot_wall) or headers.get("cf-mitigated") == "challenge"
    kind = ErrorKind.PERMISSION if walled else _kind(status, said, words)
    parameter = None
    if kind in (ErrorKind.BAD_REQUEST, ErrorKind.SERVER, ErrorKind.NOT_FOUND) and "modelnotfound" not in said.codes:
        effective = _effective(status, said)
        parameter = rejected_parameter(effective, words, said.parameter, sent)
        if parameter is not None:
            kind = ErrorKind.REJECTED_PARAMETER
    wait = asked_wait(headers, crowded=kind in CROWDED)
    return ChatError(
        kind,
        _message(status, said),
        retry_after=said.retry_after if wait is None else wait,
        parameter=parameter,
        maybe_billed=False if status in _REJECTED else None,
        advice=_BOT_WALL if walled else _advice(status, kind, said, words),
    )


def _charset(media: str) -> str | None:
    """The character set that a content type names, or None."""
    return media.lower().partition("charset=")[2].split(";")[0].strip(" \"'") or None


def _advice(status: int, kind: ErrorKind, said: Said, words: str) -> str | None:
    """What to do, where the words or the form of the error say more of it than its kind."""
    if (told := next((told for phrase, told in known_words().advice.items() if phrase in words), None)) is not None:
        return told
    if status in _ADVICE_AT:
        return _ADVICE_AT[status]
    return A_PAGE if said.page and kind is ErrorKind.PERMISSION else None


def _message(status: int, said: Said) -> str:
    inner = said.status
    head = f"HTTP {status}" if inner in (None, status) else f"HTTP {status} with code {inner}"
    if status == 200 and inner is None:
        head = "HTTP 200 with an error"
    words = said.message or ", ".join(sorted(said.codes))
    if not words:
        phrase = HTTPStatus(status).phrase if status in {each.value for each in HTTPStatus} else "without a name"
        words = f"{phrase} (the server says nothing more)"
    return f"{head}: {words}"


def _effective(status: int, said: Said) -> int:
    """The status that decides: the one in the body where the reply's own says little."""
    return said.status if status in _VAGUE and said.status is not None else status


def _kind(status: int, said: Said, words: str) -> ErrorKind:
    known = known_words()
    status = _effective(status, said)
    if (kind := _by_code(known.telling, said.codes)) is not None:
        return kind
    if status in _CODES_THAT_WAIT and (kind := _by_code(_WAITS, said.codes)) is not None:
        return kind
    if status == 429 and _TOO_LARGE_FOR_THE_RATE in words:
        return ErrorKind.CONTEXT_LENGTH
    if (status == 200 or 400 <= status < 429) and any(phrase in words for phrase in known.used_up):
        return ErrorKind.QUOTA
    default = None if status < 500 else _WORDS_OF_A_SERVER_ERROR
    if (kind := _by_words((*known.telling, *known.passing), words, _WORDS_AT.get(status, default))) is not None:
        return kind
    if status in _OF_STATUS:
        return _OF_STATUS[status]
    if (kind := _by_code(known.passing, said.codes)) is not None:
        return kind
    return ErrorKind.SERVER if status >= 500 or status == 200 else ErrorKind.BAD_REQUEST


def _by_code(kinds: Collection[ErrorKind], codes: Collection[str]) -> ErrorKind | None:
    known = known_words().codes
    return next((kind for kind in kinds if not known[kind].isdisjoint(codes)), None)


def _by_words(kinds: Collection[ErrorKind], words: str, allowed: Collection[ErrorKind] | None) -> ErrorKind | None:
    known = known_words().words
    for kind in kinds:
        if (allowed is None or kind in allowed) and any(phrase in words for phrase in known[kind]):
            return kind
    return None


def from_transport(error: BaseException) -> ChatError:
    """Distinguish a timeout from a broken connection: the SDKs' transport reports some resets as timeouts."""
    import aiohttp  # the transport has it loaded; commands that make no calls need not load it

    never_sent = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)  # no connection: no request
    cause: BaseException | None = error
    chain: list[BaseException] = []
    while cause is not None and cause not in chain:
        chain.append(cause)
        cause = cause.__cause__ or cause.__context__
        if isinstance(cause, ChatError):  # of our own HTTP client, which one of the SDKs takes for a broken connection
            return cause
    detail = next((str(link) for link in reversed(chain) if str(link)), type(error).__name__)
    timed_out = any(isinstance(link, TimeoutError) for link in chain) or not any(
        isinstance(link, aiohttp.ClientError | OSError) for link in chain
    )
    timed_out = timed_out and any("timeout" in type(link).__name__.lower() for link in chain)
    billed = False if any(isinstance(link, never_sent) for link in chain) else None
    told = next((told for sign, told in _TLS.items() if any(sign in str(link) for link in chain)), None)
    detail = f"{detail}: {told}" if told else detail
    kind = ErrorKind.TIMEOUT if timed_out and billed is None else ErrorKind.CONNECTION
    return ChatError(kind, detail, maybe_billed=billed)


def rejected_parameter(status: int, words: str, named: str, sent: Collection[str] | None = None) -> str | None:
    """The parameter that an error is about, if it rejects one that was sent; None for any other error.

    Of several that the words mention, it is the first that was sent. A 404 or a server error counts only where it
    speaks of the way of asking for a schema (such is how gateways say that no server of theirs knows it, and how a
    grammar that cannot be compiled shows) or of the system message.
    """
    known = known_words()
    if any(phrase in words for phrase in known.no_system_role) and (sent is None or SYSTEM in sent):
        return SYSTEM
    mine = [name for name in _PARAMETERS if sent is None or _SENT_AS.get(name, name) in sent]
    parts = named.replace("[", ".").split(".")
    for part in (parts[0], parts[-1]):
        if part in mine and status < 500:
            return part
    found = min((name for name in mine if name in words), key=words.index, default=None)
    if found is None and any(phrase in words for phrase in known.about_schema):
        found = next((name for name in mine if is_schema_parameter(name)), None)
    if status == 404 or status >= 500 or status == 200:
        return found if is_schema_parameter(found) else None
    return found if any(word in words for word in known.rejecting) else None


def is_schema_parameter(parameter: str | None) -> bool:
    """Whether the parameter asks for structured output."""
    return parameter in _SCHEMA_PARAMETERS
