"""What a command takes: wall time, CPU time, and the memory of all its processes together."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_MEGABYTE = 1024 if sys.platform != "darwin" else 1024**2  # the unit of the peak memory differs


@dataclass(frozen=True)
class Taken:
    """What a command took. ``largest`` is the peak memory of its largest process, ``together`` that of all, in MB.

    ``together`` is 0 where the system does not tell it.
    """

    wall: float
    cpu: float
    largest: float
    together: float
    code: int

    def __str__(self) -> str:
        together = f", {self.together:.0f} MB together" if self.together else ""
        failed = "" if self.code == 0 else f"  FAILED with code {self.code}"
        return f"{self.wall:7.1f} s wall {self.cpu:7.1f} s CPU {self.largest:7.0f} MB{together}{failed}"


def taken(command: Sequence[str], environment: dict[str, str] | None = None) -> Taken:
    """Run a command to its end, without its output."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment)
    most = _Sum(process.pid)
    most.start()
    _, status, used = os.wait4(process.pid, 0)
    wall, cpu = time.perf_counter() - started, used.ru_utime + used.ru_stime
    most.ended.set()
    most.join()
    return Taken(wall, cpu, used.ru_maxrss / _MEGABYTE, most.megabytes, os.waitstatus_to_exitcode(status))


class _Sum(threading.Thread):
    """Watches the memory of a process and of those that it starts, together.

    Pages that processes share count once for each, so the sum is an upper bound.
    """

    def __init__(self, process: int) -> None:
        super().__init__(daemon=True)
        self.process = process
        self.ended = threading.Event()
        self.megabytes = 0.0

    def run(self) -> None:
        while not self.ended.wait(0.05):
            with suppress(OSError, ValueError):
                pages = sum(_pages(process) for process in _family(self.process))
                self.megabytes = max(self.megabytes, pages * resource.getpagesize() / 2**20)


def _family(process: int) -> list[int]:
    """A process and all that came of it."""
    children: list[int] = []
    with suppress(OSError):
        for thread in Path(f"/proc/{process}/task").iterdir():
            with suppress(OSError):
                children += map(int, (thread / "children").read_text().split())
    return [process, *(each for child in children for each in _family(child))]


def _pages(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except (OSError, IndexError):  # it has just ended
        return 0
