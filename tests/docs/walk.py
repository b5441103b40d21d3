"""Runs a page's command blocks as a reader would, in a folder that has what they mention."""

from __future__ import annotations

import os
import re
import shlex
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
from tests.support.command import ANTHROPIC_KEY, OPENAI_KEY, Done, judge
from tests.support.paths import ROOT

BASH = shutil.which("bash") or "bash"
SHELL = set("|&;<>$`*?~(){}")  # a command with one of these needs a shell


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

    def run(self, block: Block) -> str:
        """Run one block and return what it printed.

        Commands of `judge` run in this process, which saves the start of an interpreter each; the rest runs in bash.

        Raises:
            AssertionError: A command failed; the message has its output.
        """
        printed = ""
        for script in _scripts(self.changed(block.text)):
            words = _words(script)
            if words[:1] == ["judge"]:
                done: Done | subprocess.CompletedProcess[str] = judge(
                    *words[1:], cwd=self.folder, env=self._environment()
                )
            else:
                done = self._bash(script)
            printed += done.stdout
            assert done.returncode == 0, f"{block.name} ended with {done.returncode}:\n{printed}\n{done.stderr}"
        return printed

    def _bash(self, script: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [BASH, "-c", f"set -euo pipefail\n{script}"],
            cwd=self.folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )

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
            "GPU2_KEY": OPENAI_KEY,
            "ANTHROPIC_API_KEY": ANTHROPIC_KEY,
            "OPENAI_BASE_URL": f"http://{self.endpoint}/v1",
            "ANTHROPIC_BASE_URL": f"http://{self.endpoint}",
            **self.environment,
        }


def _scripts(text: str) -> list[str]:
    """The commands of a block: each command of `judge` alone, and what lies between them together."""
    scripts: list[str] = []
    shell = False
    for line in text.replace("\\\n", " ").splitlines():
        words = _words(line)
        if not words:
            continue
        was_shell, shell = shell, words[0] != "judge"
        if shell and was_shell:
            scripts[-1] += f"\n{line}"
        else:
            scripts.append(line)
    return scripts


def _words(script: str) -> list[str]:
    """The words of a command, or none where it needs a shell."""
    words = shlex.split(script, comments=True)
    return ["bash"] if any(set(word) & SHELL for word in words) else words


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
