"""One address of a model: requests are built once by the SDK, and sent by its HTTP library.

The SDK builds a request with authentication, base URL, the user's own headers and those of its version. That takes
longer than to send it, and its result is the same each time but for the body. So it is built once, and each body is
sent with its head, by the library that the SDK itself sends with (aiohttp), on connections that are kept. Where the
environment names a proxy for the address, requests go through the SDK's client, which knows all kinds of them.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.request import getproxies, proxy_bypass

import aiohttp
import httpx2
import orjson
from yarl import URL

from judge.core.certificates import tls_context
from judge.core.models.http import (
    CODINGS,
    MEGABYTE,
    MOST_REDIRECTS,
    Reply,
    Request,
    circle,
    decompressed,
    redirected,
    too_large,
    within,
)
from judge.core.models.types import ChatError, ErrorKind, HttpLimits
from judge.core.redact import start_of

NO_REPLY = (aiohttp.ClientError, httpx2.TransportError, OSError)  # exceptions of a request that got no whole reply
_OF_THE_BODY = frozenset({"host", "content-length", "transfer-encoding"})
_CONNECT_SECONDS = 4.0
_SPARE = 8  # connections beyond the calls in flight: one that closes is not waited for
_NO_HTTP = "check the port, and whether --base-url should begin with https://"


def json_bytes(body: Mapping[str, Any]) -> bytes:
    """Write the body of a request as the SDKs do, which would copy all of it first."""
    try:
        return orjson.dumps(body)
    except TypeError:  # half of a surrogate pair, or a number that orjson does not write
        return json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


class RequestKeeper(httpx2.AsyncClient):
    """An HTTP client that keeps the request which the SDK builds, unsent. Mix it in before the SDK's own class."""

    built: httpx2.Request | None = None

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:  # noqa: ARG002
        """Keep the request; the reply is empty."""
        self.built = request
        return httpx2.Response(200, request=request)

    async def send_now(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request; the body of the reply is still to be read."""
        return await super().send(request, stream=True, follow_redirects=False)


class Endpoint:
    """An address that bodies are posted to.

    Args:
        build: Lets the SDK build a request to the address, with ``http_client`` for its client.
        http_client: Keeps that request, and sends those that go through a proxy.
        limits: The largest reply, and whether redirects are followed.
        connections: Calls in flight, at most.
        timeout: Seconds that a connection may take.
    """

    def __init__(
        self,
        build: Callable[[], Awaitable[object]],
        http_client: RequestKeeper,
        limits: HttpLimits,
        *,
        connections: int,
        timeout: float,
    ) -> None:
        self._build = build
        self._http_client = http_client
        self._limits = limits
        self._connections = connections + _SPARE
        self._timeout = timeout
        self._request: Request | None = None
        self._proxied = False
        self._session: aiohttp.ClientSession | None = None
        self._url = URL()

    async def post(self, content: bytes) -> Reply:
        """Post a JSON body.

        Returns:
            The reply, of any status; a redirect is followed, by rule.

        Raises:
            ChatError: The reply is too large or damaged, or redirects elsewhere.
            aiohttp.ClientError, httpx2.TransportError, OSError: There is no whole reply.
        """
        request = self._request or await self._open()
        reply = await self._exchange(request, content)
        target = redirected(request, reply, follow=self._limits.follow_redirects)
        if target is None:
            return reply
        for _ in range(MOST_REDIRECTS - 1):
            reply = await self._exchange(target, content)
            further = redirected(target, reply, follow=self._limits.follow_redirects)
            if further is None:
                return reply
            target = further
        raise circle(request.url, target.url)

    async def get(self, address: str) -> Reply:
        """Get what another address of the server has, as :meth:`post` does. A redirect is not followed."""
        request = self._request or await self._open()
        return await self._exchange(replace(request, method="GET", url=httpx2.URL(address)), None)

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def _open(self) -> Request:
        """Let the SDK build the request."""
        await self._build()
        built = self._http_client.built
        if built is None:
            raise RuntimeError("the SDK built no request")
        headers = {name: value for name, value in built.headers.multi_items() if name.lower() not in _OF_THE_BODY}
        headers["accept-encoding"] = CODINGS
        self._request = Request(built.method, built.url, headers)
        self._proxied = _has_proxy(built.url)
        self._url = URL(str(built.url), encoded=True)
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections, ssl=tls_context()),
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=min(self._timeout / 2, _CONNECT_SECONDS)),
                auto_decompress=False,
            )
        return self._request

    async def _exchange(self, request: Request, content: bytes | None) -> Reply:
        if self._proxied:
            return await self._through_proxy(request, content)
        assert self._session is not None
        if request is self._request:
            return await self._sent(self._session, self._url, content)
        async with aiohttp.ClientSession(  # of a redirect, whose head may lack the key
            connector=self._session.connector,
            connector_owner=False,
            headers=request.headers,
            timeout=self._session.timeout,
            auto_decompress=False,
        ) as session:
            return await self._sent(session, URL(str(request.url), encoded=True), content)

    async def _sent(self, session: aiohttp.ClientSession, url: URL, content: bytes | None) -> Reply:
        try:
            method = "GET" if content is None else "POST"
            response = await session.request(method, url, data=content, allow_redirects=False)
        except aiohttp.ClientResponseError as error:
            words = start_of(" ".join(str(error.message or error).split()), 200)
            if words.startswith("Bad status line"):
                raise ChatError(
                    ErrorKind.NOT_THE_API, f"what answers does not speak HTTP: {words}", advice=_NO_HTTP
                ) from error
            raise ChatError(ErrorKind.BAD_REPLY, f"the head of the reply cannot be read: {words}") from error
        try:
            body = await _body(response, self._limits.reply_mb)
        finally:
            response.close()  # a connection whose reply was read whole is kept
        coding = response.headers.get("content-encoding")
        return Reply(
            response.status, response.headers, decompressed(body, coding, response.status, self._limits.reply_mb)
        )

    async def _through_proxy(self, request: Request, content: bytes | None) -> Reply:
        assert self._http_client.built is not None
        extensions = self._http_client.built.extensions
        response = await self._http_client.send_now(
            httpx2.Request(
                request.method, request.url, headers=dict(request.headers), content=content, extensions=extensions
            )
        )
        try:
            body = await within(response.aiter_raw(), response.status_code, self._limits.reply_mb)
        finally:
            await response.aclose()
        coding = response.headers.get("content-encoding")
        status = response.status_code
        return Reply(status, response.headers, decompressed(body, coding, status, self._limits.reply_mb))


async def _body(response: aiohttp.ClientResponse, most_mb: int) -> bytes:
    """Read a body as it came, up to the bound."""
    read = response.content.readany
    body = await read()
    rest = await read()
    if not rest:
        return body
    parts = [body]
    left = most_mb * MEGABYTE - len(body)
    while rest:
        left -= len(rest)
        if left < 0:
            raise too_large(response.status, most_mb)
        parts.append(rest)
        rest = await read()
    return b"".join(parts)


def _has_proxy(url: httpx2.URL) -> bool:
    """Whether the environment names a proxy for an address."""
    found = getproxies()
    return bool(found.get(url.scheme) or found.get("all")) and not proxy_bypass(url.host)
