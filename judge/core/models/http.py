"""The replies of an endpoint: of bounded size, decompressed; and redirects by rule."""

from __future__ import annotations

import re
import zlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

import httpx2

from judge.core.models.types import ChatError, ErrorKind
from judge.core.redact import start_of

MEGABYTE = 2**20
MOST_REDIRECTS = 5
CODINGS = "gzip, deflate"  # what is asked for: both can be undone piece by piece, within a bound
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SECRETS = frozenset({"authorization", "x-api-key", "api-key", "cookie", "proxy-authorization"})
_KNOWN_CODINGS = ("gzip", "x-gzip", "deflate")
_GZIP = b"\x1f\x8b"
_LONGEST_PATH = 100
_BLANKS = 1000  # before JSON, at most
_LOGIN = re.compile(
    r"[/._-](?:log[-_]?in|sign[-_]?in|sso|oauth2?|saml2?|authorize)(?=[/?._-]|$)|^\.accounts?\.", re.IGNORECASE
)
_OF_AN_API = re.compile(r"/(?:chat/completions|messages)/?$")
_A_LOGIN = (
    "the address leads to a page where people log in, not to the API: check the host, the port and the path of "
    "--base-url (often /v1)"
)
_A_CIRCLE = "the address is not the API's: check the host, the port and the path of --base-url (often /v1)"


@dataclass(frozen=True, slots=True)
class Reply:
    """What an endpoint replied: the status, the headers (whatever the case of their names), the decompressed body."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def is_ok(self) -> bool:
        """Whether the status says that the request succeeded."""
        return 200 <= self.status < 300

    @property
    def is_server_error(self) -> bool:
        """Whether the status says that the server, or one behind it, cannot answer now."""
        return self.status >= 500


@dataclass(frozen=True, slots=True)
class Request:
    """Where a request goes, and what it has beside its body."""

    method: str
    url: httpx2.URL
    headers: Mapping[str, str]


def redirected(request: Request, reply: Reply, *, follow: bool) -> Request | None:
    """The same request to where a reply redirects; None where it does not. A key goes to no other host.

    Args:
        request: The request that was replied to.
        reply: The reply.
        follow: Whether a redirect to another host is followed.

    Raises:
        ChatError: It leads to a page to log in, to no address, or to another host that is not to be followed.
    """
    location = reply.headers.get("location")
    if reply.status not in _REDIRECTS or not location:
        return None
    try:
        target = request.url.join(location)
    except (httpx2.InvalidURL, ValueError) as error:
        raise ChatError(
            ErrorKind.REDIRECT, f"HTTP {reply.status}: redirects to {start_of(location, 200)!r}, which is no address"
        ) from error
    start = f"HTTP {reply.status}: {_place(request.url)} redirects to {_place(target)}"
    if not _OF_AN_API.search(target.path) and any(map(_LOGIN.search, (target.path, f".{target.host}."))):
        raise ChatError(
            ErrorKind.REDIRECT,
            f"{start}{start_of(target.path, _LONGEST_PATH)}, a page to log in: no prompt was sent there",
            advice=_A_LOGIN,
        )
    if _is_same(request.url, target):
        return Request(request.method, target, request.headers)
    if not follow or target.scheme not in ("http", "https"):
        raise ChatError(ErrorKind.REDIRECT, f"{start}, another host: no prompt was sent there")
    kept = {name: value for name, value in request.headers.items() if name.lower() not in _SECRETS}
    return Request(request.method, target, kept)


def circle(first: httpx2.URL, last: httpx2.URL) -> ChatError:
    """The error of an address that redirects again and again."""
    return ChatError(
        ErrorKind.REDIRECT,
        f"{_place(first)} redirects again and again, last to {start_of(last.path, _LONGEST_PATH)}",
        advice=_A_CIRCLE,
    )


def whole_address(base_url: httpx2.URL, path: str) -> str:
    """The address of an endpoint's path, merged once: the SDKs would merge and parse it anew for each request."""
    return str(base_url.copy_with(raw_path=base_url.raw_path + path.encode()))


def _is_same(one: httpx2.URL, other: httpx2.URL) -> bool:
    """Whether two addresses are of one host and port; the step from http to https on the usual ports is none."""
    if (one.scheme, one.host, one.port) == (other.scheme, other.host, other.port):
        return True
    upgraded = (one.scheme, other.scheme) == ("http", "https") and one.port is None and other.port is None
    return upgraded and one.host == other.host


def _place(url: httpx2.URL) -> str:
    """The host of an address, without credentials, path and query."""
    port = "" if url.port is None else f":{url.port}"
    return f"{url.scheme}://{url.host}{port}"


async def within(pieces: AsyncIterator[bytes], status: int, most_mb: int) -> bytes:
    """Join the pieces of a body as they come, up to a bound in megabytes.

    Raises:
        ChatError: It is larger.
    """
    parts: list[bytes] = []
    left = most_mb * MEGABYTE
    async for piece in pieces:
        left -= len(piece)
        if left < 0:
            raise too_large(status, most_mb)
        parts.append(piece)
    return b"".join(parts)


def too_large(status: int, most_mb: int) -> ChatError:
    """The error of a reply that is larger than the bound."""
    return ChatError(
        ErrorKind.REPLY_TOO_LARGE, f"HTTP {status}: the reply is larger than {most_mb} MB, and the rest was not read"
    )


def decompressed(content: bytes, coding: str | None, status: int, most_mb: int) -> bytes:
    """Undo the compression of a body, up to a bound in megabytes.

    Args:
        content: The body as it came.
        coding: Its ``content-encoding``; gzip is recognised without one, and a body that is JSON already is taken as it
            is.
        status: The HTTP status, for messages.
        most_mb: The bound.

    Raises:
        ChatError: It is larger, damaged, or compressed in a way that was not asked for.
    """
    coding = (coding or "").strip().lower() or "identity"
    if coding == "identity" and content.startswith(_GZIP):
        coding = "gzip"  # which the head does not say
    elif coding in _KNOWN_CODINGS and content[:_BLANKS].lstrip()[:1] in (b"{", b"["):
        coding = "identity"  # it was undone on the way
    if coding == "identity":
        return content
    if coding not in _KNOWN_CODINGS:
        raise ChatError(
            ErrorKind.BAD_REPLY,
            f"the reply is compressed as {start_of(coding, 50)!r}, though only {CODINGS} were asked for",
        )
    parts: list[bytes] = []
    bound = most_mb * MEGABYTE
    wbits = 47  # takes the head of gzip and of zlib
    left = content
    while left:
        inflater = zlib.decompressobj(wbits=wbits)
        try:
            part = inflater.decompress(left, bound + 1)
        except zlib.error as error:
            if parts or coding != "deflate" or wbits < 0:
                raise ChatError(ErrorKind.BAD_REPLY, f"the compressed reply is damaged: {error}") from error
            wbits = -15  # some servers send deflate without its head
            continue
        bound -= len(part)
        if bound < 0:
            raise too_large(status, most_mb)
        if not inflater.eof:
            raise ChatError(ErrorKind.BAD_REPLY, "the compressed reply is cut off")
        parts.append(part)
        left = inflater.unused_data  # a further member of a gzip file
    return b"".join(parts)
