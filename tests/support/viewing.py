"""`judge view`'s server in a thread, and requests to it that a browser would not send."""

from __future__ import annotations

import asyncio
import http.client
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from judge.reports.live.server import Served, serving
from judge.reports.live.viewer import Viewer


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    text: str


class Viewing:
    """Serves the runs in and below folders, as a context manager."""

    def __init__(self, *given: Path) -> None:
        self.viewer = Viewer(given, fresh=0.0)
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.served: Served

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        async with serving(self.viewer) as self.served:
            self._ready.set()
            await self._stop.wait()

    def get(
        self, path: str = "", *, method: str = "GET", headers: Mapping[str, str] | None = None, whole: bool = False
    ) -> Answer:
        """Send a request as it is: ``path`` follows the token, or is all of the target (``whole``)."""
        connection = http.client.HTTPConnection("127.0.0.1", self.served.port, timeout=20)
        try:
            target = path if whole else f"/{self.served.token}/{path}"
            sent = {"Host": f"127.0.0.1:{self.served.port}"} | dict(headers or {})
            connection.putrequest(method, target, skip_host=True)
            for name, value in sent.items():
                connection.putheader(name, value)
            connection.endheaders()
            answer = connection.getresponse()
            content = answer.read().decode("utf-8", "replace")
            return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, content)
        finally:
            connection.close()

    def of(self, folder: Path) -> str:
        """The path of a run's page."""
        (run,) = [each for each in self.viewer.runs() if each.folder == folder]
        return f"run/{run.id}/"
