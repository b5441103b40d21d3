"""Ask calls over HTTP on a worker: what Ray sends to each of them. Needs aiohttp alone, not this program.

A call is a line in OpenAI's batch format, and so is its result (:mod:`judge.core.call_files.lines`), with two fields
more: ``requests`` and ``seconds``. Nothing of this project is imported here, since workers need not have it.
"""

from __future__ import annotations

import asyncio
import json
import queue
import random
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

import aiohttp

_AGAIN = frozenset({408, 409, 429, 500, 502, 503, 504, 529})
_BUSY = frozenset({429, 503, 529})
_TOO_LARGE = -1  # in place of a status
_MEGABYTE = 2**20
_HELD = 0.25  # seconds for which a result waits for others: what was not sent back is lost with the worker
_TOGETHER = 8  # results that are sent back at once


class HttpStage:
    """Asks the calls of a batch of rows, so many at once over all batches of this worker.

    Several threads may ask batches at the same time. The calls are made in a thread of their own.

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
        reply_mb: The largest reply in megabytes, after decompression.
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
        reply_mb: int,
    ) -> None:
        self._address, self._key = address, key
        self._concurrency = concurrency
        self._timeout = timeout
        self._retries, self._busy_retries = retries, busy_retries
        self._first_wait, self._longest_wait, self._longest_asked = first_wait, longest_wait, longest_asked
        self._reply_mb = reply_mb
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._open(), self._loop).result()

    def __call__(self, batch: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Yield the results of a batch of rows with a column ``call``, as they come.

        Each row that is yielded has a column ``results``: a few results, one a line. It is sent back at once.
        """
        lines = [bytes(line) for line in batch["call"]]
        arrived: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        asyncio.run_coroutine_threadsafe(self._ask_all(lines, arrived), self._loop)
        left = len(lines)
        while left:
            results = [arrived.get()]
            until = time.monotonic() + _HELD
            while len(results) < min(left, _TOGETHER):
                try:
                    results.append(arrived.get(timeout=max(0.0, until - time.monotonic())))
                except queue.Empty:
                    break
            left -= len(results)
            yield {"results": [b"\n".join(results)]}

    def close(self) -> None:
        """Close the connections. Ray ends the worker instead."""
        asyncio.run_coroutine_threadsafe(self._session.close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _open(self) -> None:
        self._room = asyncio.Semaphore(self._concurrency)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(total=self._timeout),
            headers={"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"},
        )

    async def _ask_all(self, lines: Sequence[bytes], arrived: queue.SimpleQueue[bytes]) -> None:
        async def ask(line: bytes) -> None:
            try:
                arrived.put(await self._ask(line))
            except Exception as error:  # whoever waits for the result is to get one
                text = f"{type(error).__name__}: {error}".encode()
                arrived.put(_result(json.loads(line)["custom_id"], None, text, 1, 0.0))

        await asyncio.gather(*map(ask, lines))

    async def _ask(self, line: bytes) -> bytes:
        call = json.loads(line)
        body = json.dumps(call["body"]).encode()
        async with self._room:
            started = time.monotonic()
            requests, failures, busy = 0, 0, 0
            while True:
                requests += 1
                status, content, asked = await self._post(body)
                if status == _TOO_LARGE:  # the next one would be as large
                    break
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
        try:
            async with self._session.post(self._address, data=body, allow_redirects=False) as reply:
                parts, left = [], self._reply_mb * _MEGABYTE
                async for part in reply.content.iter_any():
                    left -= len(part)
                    if left < 0:
                        reply.close()
                        told = f"HTTP {reply.status}: the reply is larger than {self._reply_mb} MB"
                        return _TOO_LARGE, f"{told}, and the rest was not read".encode(), None
                    parts.append(part)
                return reply.status, b"".join(parts), _seconds(reply.headers.get("Retry-After"))
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
    if status is None or status == _TOO_LARGE:
        code = "no_reply" if status is None else "reply_too_large"
        error = json.dumps({"code": code, "message": content.decode(errors="replace")}).encode()
        return b'{"custom_id":%b,"response":null,"error":%b,%b}' % (name, error, told)
    try:
        json.loads(content.decode())
        content = content.replace(b"\r", b" ").replace(b"\n", b" ")  # in JSON these stand between values alone
    except ValueError:
        content = json.dumps(content.decode(errors="replace")).encode()
    return b'{"custom_id":%b,"response":{"status_code":%d,"body":%b},"error":null,%b}' % (name, status, content, told)
