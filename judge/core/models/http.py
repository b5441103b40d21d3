"""HTTP under both SDKs: replies of bounded size, redirects by rule, errors in plain words.

Built on the public interface of the SDKs' own HTTP client: ``send`` is the one method that is replaced.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import AsyncIterator, Mapping
from typing import Any

import aiohttp
import httpx2

from judge.core.models.types import ChatError, ErrorKind, HttpLimits
from judge.core.redact import start_of

MEGABYTE = 2**20
_MOST_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SECRETS = ("authorization", "x-api-key", "api-key", "cookie", "proxy-authorization")
_KNOWN_CODINGS = ("gzip", "x-gzip", "deflate")
_GZIP = b"\x1f\x8b"
_LONGEST_PATH = 100
_LOGIN = re.compile(
    r"[/._-](?:log[-_]?in|sign[-_]?in|sso|oauth2?|saml2?|authorize)(?=[/?._-]|$)|^\.accounts?\.", re.IGNORECASE
)
_OF_AN_API = re.compile(r"/(?:chat/completions|messages)/?$")
_A_LOGIN = (
    "the address leads to a page where people log in, not to the API: check the host, the port and the path of "
    "--base-url (often /v1)"
)
_A_CIRCLE = "the address is not the API's: check the host, the port and the path of --base-url (often /v1)"
_NO_HTTP = "check the port, and whether --base-url should begin with https://"
_CODINGS = "gzip, deflate"  # what is asked for: both can be undone piece by piece, within a bound


def whole_address(base_url: httpx2.URL, path: str) -> str:
    """The address of an endpoint's path, merged once: the SDKs would merge and parse it anew for each request."""
    return str(base_url.copy_with(raw_path=base_url.raw_path + path.encode()))


def json_bytes(body: Mapping[str, Any]) -> bytes:
    """Write the body of a request as the SDKs do, which would copy all of it first."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


class BoundedClient(httpx2.AsyncClient):
    """An HTTP client that reads each reply whole, up to a bound. Mix it in before the SDK's own class."""

    http_limits = HttpLimits()

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        """Send a request, and again where a redirect is allowed; return the reply, read and decompressed.

        Raises:
            ChatError: The reply is too large or damaged, or redirects elsewhere.
        """
        for _ in range(_MOST_REDIRECTS):
            response = await self._once(request, options)
            target = _target(response)
            if target is None:
                return response
            request = self._redirected(request, response, target)
        raise ChatError(
            ErrorKind.REDIRECT,
            f"{_place(request.url)} redirects again and again, last to {start_of(request.url.path, _LONGEST_PATH)}",
            advice=_A_CIRCLE,
        )

    async def _once(self, request: httpx2.Request, options: dict[str, Any]) -> httpx2.Response:
        request.headers["accept-encoding"] = _CODINGS
        options |= {"stream": True, "follow_redirects": False}
        try:
            response = await super().send(request, **options)
        except aiohttp.ClientResponseError as error:
            words = start_of(" ".join(str(error.message or error).split()), 200)
            if words.startswith("Bad status line"):
                raise ChatError(
                    ErrorKind.NOT_THE_API, f"what answers does not speak HTTP: {words}", advice=_NO_HTTP
                ) from error
            raise ChatError(ErrorKind.BAD_REPLY, f"the head of the reply cannot be read: {words}") from error
        try:
            content = await _whole(response, self.http_limits.reply_mb)
        finally:
            await response.aclose()
        left_out = (b"content-encoding", b"content-length", b"transfer-encoding")
        headers = [(name, value) for name, value in response.headers.raw if name.lower() not in left_out]
        return httpx2.Response(response.status_code, headers=headers, content=content, request=request)

    def _redirected(self, request: httpx2.Request, response: httpx2.Response, target: httpx2.URL) -> httpx2.Request:
        """The same request to where a reply redirects. A key goes to no other host.

        Raises:
            ChatError: It leads to another host, and redirects are not followed.
        """
        if not _OF_AN_API.search(target.path) and any(map(_LOGIN.search, (target.path, f".{target.host}."))):
            raise ChatError(
                ErrorKind.REDIRECT,
                f"HTTP {response.status_code}: {_place(request.url)} redirects to {_place(target)}"
                f"{start_of(target.path, _LONGEST_PATH)}, a page to log in: no prompt was sent there",
                advice=_A_LOGIN,
            )
        headers = request.headers.copy()
        headers.pop("host", None)
        if not _is_same(request.url, target):
            if not self.http_limits.follow_redirects or target.scheme not in ("http", "https"):
                raise ChatError(
                    ErrorKind.REDIRECT,
                    f"HTTP {response.status_code}: {_place(request.url)} redirects to {_place(target)}, another host: "
                    "no prompt was sent there",
                )
            for name in _SECRETS:
                headers.pop(name, None)
        return httpx2.Request(
            request.method, target, headers=headers, content=request.content, extensions=request.extensions
        )


def _target(response: httpx2.Response) -> httpx2.URL | None:
    """Where a reply redirects to, or None."""
    location = response.headers.get("location")
    if response.status_code not in _REDIRECTS or not location:
        return None
    try:
        return response.request.url.join(location)
    except (httpx2.InvalidURL, ValueError) as error:
        raise ChatError(
            ErrorKind.REDIRECT,
            f"HTTP {response.status_code}: redirects to {start_of(location, 200)!r}, which is no address",
        ) from error


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


async def _whole(response: httpx2.Response, most_mb: int) -> bytes:
    """Read and decompress a reply within the bound."""
    most = most_mb * MEGABYTE
    parts: list[bytes] = []
    size = 0
    async for part in _decoded(response, most):
        size += len(part)
        if size > most:
            raise ChatError(
                ErrorKind.REPLY_TOO_LARGE,
                f"HTTP {response.status_code}: the reply is larger than {most_mb} MB, and the rest was not read",
            )
        parts.append(part)
    return b"".join(parts)


async def _decoded(response: httpx2.Response, most: int) -> AsyncIterator[bytes]:
    """Yield the decompressed pieces of a reply, each at most one byte longer than the bound."""
    rest = response.aiter_raw()
    start = b""
    while len(start) < len(_GZIP) and (piece := await anext(rest, b"")):
        start += piece
    pieces = _after(start, rest)
    coding = response.headers.get("content-encoding", "identity").strip().lower() or "identity"
    if coding == "identity" and start.startswith(_GZIP):
        coding = "gzip"  # which the head does not say
    elif coding in _KNOWN_CODINGS and start.lstrip()[:1] in (b"{", b"["):
        coding = "identity"  # it was undone on the way
    if coding == "identity":
        async for piece in pieces:
            yield piece
        return
    if coding not in _KNOWN_CODINGS:
        raise ChatError(
            ErrorKind.BAD_REPLY,
            f"the reply is compressed as {start_of(coding, 50)!r}, though only {_CODINGS} were asked for",
        )
    inflater = zlib.decompressobj(wbits=47)  # takes the head of gzip and of zlib
    first = True
    async for piece in pieces:
        left = piece
        while left:
            try:
                found = inflater.decompress(left, most + 1)
            except zlib.error as error:
                if not first or coding != "deflate":
                    raise ChatError(ErrorKind.BAD_REPLY, f"the compressed reply is damaged: {error}") from error
                inflater = zlib.decompressobj(wbits=-15)  # some servers send deflate without its head
                first = False
                continue
            first = False
            yield found
            left = inflater.unconsumed_tail or inflater.unused_data
            if inflater.eof and left:  # a further member of a gzip file
                inflater = zlib.decompressobj(wbits=47)
    if not inflater.eof and not first:
        raise ChatError(ErrorKind.BAD_REPLY, "the compressed reply is cut off")


async def _after(start: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield what was read already, and then the rest."""
    yield start
    async for piece in rest:
        yield piece
