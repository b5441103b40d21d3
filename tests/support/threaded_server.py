"""An aiohttp server on loopback in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from typing import Self

from aiohttp import web


class ThreadedServer:
    """Serves :meth:`application` as a context manager; ``port`` (0: any free one) is known once it is entered."""

    host = "127.0.0.1"

    def __init__(self, port: int = 0) -> None:
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.port = port

    @property
    def root(self) -> str:
        """The address without a path."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def url(self) -> str:
        """The address for an OpenAI client; Anthropic's is :attr:`root`."""
        return f"{self.root}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        self.wait_until_ready()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def wait_until_ready(self) -> None:
        """Wait until the port is known."""
        assert self._ready.wait(10)

    def application(self) -> web.Application:
        """What is served."""
        raise NotImplementedError

    async def closed(self) -> None:
        """Called in the server's loop when it has stopped."""

    def _run(self) -> None:
        self._loop.run_until_complete(self.serve())
        late = asyncio.all_tasks(self._loop)  # requests that hang
        for task in late:
            task.cancel()
        if late:
            self._loop.run_until_complete(asyncio.wait(late))
        self._loop.close()

    async def serve(self) -> None:
        """Serve in the running loop, until the context is left."""
        self._stop = asyncio.Event()
        runner = web.AppRunner(self.application(), access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, self.host, self.port, backlog=4096).start()
        self.port = runner.addresses[0][1]
        self._ready.set()
        await self._stop.wait()
        await runner.cleanup()
        await self.closed()
