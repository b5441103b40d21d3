"""A Ray cluster on this machine: nodes that `ray start` started, which can be killed."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

_PATIENCE = float(os.environ.get("RAY_CLUSTER_PATIENCE", "60"))  # seconds until a node has joined, or left
_OPEN = {"RAY_AUTH_MODE": "disabled"}  # no token
_MEMORY = 80 * 2**20  # bytes of each node's object store


@dataclass
class RayNode:
    """A node: what `ray start --block` started, with all that this started in turn."""

    process: subprocess.Popen[bytes]
    log: Path

    def pids(self) -> list[int]:
        """The processes of the node, the first one first."""
        return tree(self.process.pid)

    def connections(self, port: int) -> int:
        """How many connections its processes have to a port of this machine."""
        return sum(connections(pid, port) for pid in self.pids())

    def kill(self) -> None:
        """Kill all its processes, as when a machine loses power."""
        found = self.pids()
        for pid in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()


@dataclass
class RayCluster:
    """A head, and other nodes."""

    address: str
    head: RayNode
    others: list[RayNode]

    @property
    def environment(self) -> Mapping[str, str]:
        """What a program needs to use it."""
        return {"RAY_ADDRESS": self.address, **_OPEN}


@contextmanager
def ray_cluster(nodes: int, cores: int = 2) -> Iterator[RayCluster]:
    """A cluster of so many nodes with so many cores each. All are killed at the end."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ray-", ignore_cleanup_errors=True)))
        port = _free_port()
        address = f"127.0.0.1:{port}"
        head = _started(stack, folder, "head", cores, "--head", f"--port={port}", "--include-dashboard=false")
        others = [_started(stack, folder, f"node-{each}", cores, f"--address={address}") for each in range(1, nodes)]
        yield RayCluster(address, head, others)


def _started(stack: ExitStack, folder: Path, name: str, cores: int, *options: str) -> RayNode:
    log = folder / f"{name}.log"
    command = [sys.executable, "-m", "ray.scripts.scripts", "start", "--block", "--disable-usage-stats", *options]
    command += ["--node-ip-address=127.0.0.1", f"--num-cpus={cores}", f"--object-store-memory={_MEMORY}"]
    command += ["--include-log-monitor=false", f"--temp-dir={folder / 'ray'}"]
    with log.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=file, env=os.environ | _OPEN)
    node = RayNode(process, log)
    stack.callback(node.kill)
    wait_until(lambda: b"Ray runtime started" in log.read_bytes() or process.poll() is not None, _PATIENCE)
    assert process.poll() is None, log.read_text()
    return node


def wait_until(condition: Callable[[], object], seconds: float) -> None:
    """Wait until a condition holds, for so long at most."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"not within {seconds:g} s"
        time.sleep(0.05)


def tree(pid: int) -> list[int]:
    """A process and its descendants."""
    children: dict[int, list[int]] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parent = int(status.read_text().rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(status.parent.name))
    found = [pid]
    for each in found:
        found.extend(children.get(each, []))
    return found


def connections(pid: int, port: int) -> int:
    """How many connections a process has to a port."""
    rows = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
    ours = {f"socket:[{row[9]}]" for row in rows if row[2].endswith(f":{port:04X}") and row[3] == "01"}
    count = 0
    with contextlib.suppress(OSError):
        for file in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                count += str(file.readlink()) in ours
    return count


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
