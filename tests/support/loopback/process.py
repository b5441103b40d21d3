"""Stand-ins in processes of their own, which can be killed, started again on their port, and slowed down."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Self

from tests.support.paths import ROOT


class ServerProcess:
    """A server as a context manager. Its log outlives it.

    Args:
        log: A file that gets a line for each request and each answer.
        latency: Seconds of each answer.
        slots: Requests that are worked on at once; others wait.
    """

    def __init__(self, log: Path, *, latency: float, slots: int) -> None:
        self.port = 0
        self._options = ["--latency", str(latency), "--slots", str(slots)]
        self._log = log
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def name(self) -> str:
        """How a fleet names it."""
        return f"127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        """Start it; a second time on the same port."""
        command = [sys.executable, "-m", "tests.support.loopback", *self._options, "--port", str(self.port)]
        command += ["--log", str(self._log)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())

    def kill(self) -> None:
        """Kill it, as kill -9 does."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def slow_down(self) -> None:
        """Make it twenty times slower."""
        assert self._process is not None
        self._process.send_signal(signal.SIGUSR1)

    def counts(self, what: str) -> Counter[str]:
        """How often each call was "asked" or "answered"."""
        if not self._log.exists():
            return Counter()
        lines = (line.split() for line in self._log.read_text().splitlines())
        return Counter(line[1] for line in lines if len(line) == 2 and line[0] == what)
