"""Ask calls over HTTP on a worker: what Ray sends to each of them. Needs aiohttp alone, not this program.

A call is a line in OpenAI's batch format, and so is its result (:mod:`judge.core.call_files.lines`), with two fields
more: ``requests`` and ``seconds``. Nothing of this project is imported here, since workers need not have it.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Sequence
from typing import Any

import aiohttp

_AGAIN = frozenset({408, 409, 429, 500, 502, 503, 504, 529})
_BUSY = frozenset({429, 503, 529})


class HttpStage:
    """Asks the calls of a batch of rows, so many at once over all batches of this worker.

    Args:
        address: Where calls are posted.
        key: The key of the endpoint.
        concurrency: The most calls in flight.
        timeout: Seconds after which a request without a whole reply has failed.
        retries: How often a failed request is sent again.
        busy_retries: The same of requests for which the server has no room.
        first_wait: Seconds before the first retry; they double.
        longest_wait: The most seconds that this program waits by itself.
        longest_asked: The most seconds that it waits if the server asks for it.
    """

    def __init__(
        self,
        address: str,
        key: str,
        concurrency: int,
        timeout: float,
        retries: int,
        busy_retries: int,
        first_wait: float,
        longest_wait: float,
        longest_asked: float,
    ) -> None:
        self._address, self._key = address, key
        self._concurrency = concurrency
        self._timeout = timeout
        self._retries, self._busy_retries = retries, busy_retries
        self._first_wait, self._longest_wait, self._longest_asked = first_wait, longest_wait, longest_asked
        self._room: asyncio.Semaphore | None = None
        self._session: aiohttp.ClientSession | None = None

    async def __call__(self, batch: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
        """Yield the results of a batch of rows with a column ``call``, as rows with a column ``result``."""
        if self._session is None:  # it belongs to the loop that Ray runs this in
            self._room = asyncio.Semaphore(self._concurrency)
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0),
                timeout=aiohttp.ClientTimeout(total=self._timeout),
                headers={"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"},
            )
        yield {"result": await self.asked([bytes(line) for line in batch["call"]])}

    async def close(self) -> None:
        """Close the connections. Ray ends the worker instead."""
        if self._session is not None:
            await self._session.close()

    async def asked(self, lines: Sequence[bytes]) -> list[bytes]:
        """Ask calls, and return their results in the same order."""
        return await asyncio.gather(*map(self._ask, lines))

    async def _ask(self, line: bytes) -> bytes:
        assert self._room is not None
        call = json.loads(line)
        body = json.dumps(call["body"]).encode()
        async with self._room:
            started = time.monotonic()
            requests, failures, busy = 0, 0, 0
            while True:
                requests += 1
                status, content, asked = await self._post(body)
                is_busy = status in _BUSY
                busy, failures = busy + is_busy, failures + (not is_busy)
                too_often = busy > self._busy_retries if is_busy else failures > self._retries
                if status is not None and (status not in _AGAIN or (asked or 0) > self._longest_asked):
                    break
                if too_often:
                    break
                wait = min(self._longest_wait, self._first_wait * 2 ** min(busy + failures - 1, 16))
                await asyncio.sleep(max(asked or 0.0, wait * random.uniform(0.5, 1.0)))  # noqa: S311 - spreads load
            seconds = round(time.monotonic() - started, 3)
        return _result(call["custom_id"], status, content, requests, seconds)

    async def _post(self, body: bytes) -> tuple[int | None, bytes, float | None]:
        """Send one request: the status (None without a reply), the body or what went wrong, the wait asked for."""
        assert self._session is not None
        try:
            async with self._session.post(self._address, data=body, allow_redirects=False) as reply:
                content = await reply.read()
                return reply.status, content, _seconds(reply.headers.get("Retry-After"))
        except TimeoutError:
            return None, f"no whole reply within {self._timeout:g} s".encode(), None
        except (aiohttp.ClientError, OSError) as error:
            return None, f"{type(error).__name__}: {error}".encode(), None


def _seconds(text: str | None) -> float | None:
    try:
        return None if text is None else max(0.0, float(text))
    except ValueError:
        return None  # a date


def _result(key: str, status: int | None, content: bytes, requests: int, seconds: float) -> bytes:
    name = json.dumps(key).encode()
    told = f'"requests":{requests},"seconds":{seconds}'.encode()
    if status is None:
        error = json.dumps({"code": "no_reply", "message": content.decode(errors="replace")}).encode()
        return b'{"custom_id":%b,"response":null,"error":%b,%b}' % (name, error, told)
    try:
        json.loads(content)
    except ValueError:
        content = json.dumps(content.decode(errors="replace")).encode()
    return b'{"custom_id":%b,"response":{"status_code":%d,"body":%b},"error":null,%b}' % (name, status, content, told)
