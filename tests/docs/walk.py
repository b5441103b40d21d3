"""Runs a page's command blocks as a reader would, in a folder that has what they mention."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from tests.docs.blocks import Block
from tests.support.command import ANTHROPIC_KEY, OPENAI_KEY
from tests.support.paths import ROOT

BASH = shutil.which("bash") or "bash"


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@dataclass
class Walk:
    """A reader in ``folder``. ``endpoint`` (host:port) stands for every hosted and local server of the pages, unless a
    page starts one itself. What is changed in a block before it runs is all in `changed`.
    """

    folder: Path
    endpoint: str
    environment: dict[str, str] = field(default_factory=dict)
    replaced: dict[str, str] = field(default_factory=dict)
    servers: list[subprocess.Popen[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        (self.folder / "bin").mkdir(exist_ok=True)
        for name, command in (("judge", "-m judge"), ("python", "")):
            path = self.folder / "bin" / name
            path.write_text(f'#!/bin/sh\nexec "{sys.executable}" {command} "$@"\n')
            path.chmod(0o755)
        for name, target in ((".venv", Path(sys.prefix)), ("examples", ROOT / "examples")):
            if not (self.folder / name).exists():
                (self.folder / name).symlink_to(target)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for server in self.servers:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(30)
            if server.stdout is not None:
                server.stdout.close()

    def changed(self, text: str) -> str:
        """The commands as they are run: other addresses, no placeholder keys, a price where a price is needed."""
        text = re.sub(r"^export \w+=\.\.\..*$", "", text, flags=re.MULTILINE)
        text = re.sub(r"localhost:(?:8000|11434)\b", self.endpoint, text)
        for old, new in self.replaced.items():
            text = text.replace(old, new)
        return text.replace("--max-cost", f"--prices {self.folder / 'prices.yaml'} --max-cost")

    def run(self, block: Block, *, check: bool = True) -> str:
        """Run one block and return what it printed. Errors: AssertionError with the output where a command fails."""
        script = f"set -euo pipefail\n{self.changed(block.text)}"
        done = subprocess.run(
            [BASH, "-c", script],
            cwd=self.folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        if check:
            assert done.returncode == 0, f"{block.name} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def serve(self, block: Block, ready: Callable[[], bool] | None = None) -> subprocess.Popen[str]:
        """Start a block that serves, on a port of our own that later blocks are led to."""
        port = free_port()
        old = re.search(r"--port (\d+)", block.text)
        assert old, f"{block.name}: a server in a page names its --port"
        self.replaced |= {f"--port {old[1]}": f"--port {port}", f"localhost:{old[1]}": f"127.0.0.1:{port}"}
        if old[1] == "8000":
            self.endpoint = f"127.0.0.1:{port}"
        server = subprocess.Popen(
            [BASH, "-c", f"exec {self.changed(block.text)}"],
            cwd=self.folder,
            env=self._environment(),
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self.servers.append(server)
        ready = ready or (lambda: _listens(port))
        for _ in range(600):
            assert server.poll() is None, f"{block.name}: the server ended"
            if ready():
                return server
            time.sleep(0.1)
        raise AssertionError(f"{block.name}: nothing listens after a minute")

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "NO_PROXY": "127.0.0.1",
            "OPENAI_API_KEY": OPENAI_KEY,
            "ANTHROPIC_API_KEY": ANTHROPIC_KEY,
            "OPENAI_BASE_URL": f"http://{self.endpoint}/v1",
            "ANTHROPIC_BASE_URL": f"http://{self.endpoint}",
            **self.environment,
        }


def _listens(port: int) -> bool:
    with socket.socket() as found:
        return found.connect_ex(("127.0.0.1", port)) == 0


def in_order(walk: Walk, page: Iterable[Block]) -> dict[int, str]:
    """Run a page from top to bottom. Returns what each output block should show, by the block's line."""
    from tests.docs.blocks import extract

    printed, outputs = "", {}
    for block in page:
        if "output" in block.marks:
            outputs[block.line] = extract(printed, block.marks["output"])
        elif not block.is_commands or "external" in block.marks:
            continue
        elif "background" in block.marks:
            walk.serve(block)
        else:
            printed = walk.run(block)
    return outputs
