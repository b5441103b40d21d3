"""What tests share: the command as a user runs it, the bundled pairs, and the stand-in for the providers."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
PAIRS = (str(EXAMPLES / "base.jsonl"), str(EXAMPLES / "ft.jsonl"), "--values", str(EXAMPLES / "values.jsonl"))
OPENAI_KEY = "sk-test-openai-0123456789abcdef"
ANTHROPIC_KEY = "sk-ant-test-0123456789abcdef"

SERVER = "tests/annotation/on_server/"  # its tests share one real Label Studio

Command = Callable[..., subprocess.CompletedProcess[str]]


def environment() -> dict[str, str]:
    """The environment of a command: keys that lead nowhere, no proxy for loopback."""
    return {
        **os.environ,
        "OPENAI_API_KEY": OPENAI_KEY,
        "ANTHROPIC_API_KEY": ANTHROPIC_KEY,
        "NO_PROXY": "127.0.0.1",
        "PYTHONPATH": str(ROOT),
    }


def command_line(*arguments: str) -> list[str]:
    return [sys.executable, "-W", "error::ResourceWarning", "-m", "judge", *arguments]


@pytest.fixture
def judge(tmp_path: Path) -> Command:
    """Run `judge ...` in a process of its own, in a scratch directory."""

    def run(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
        defaults = {"cwd": tmp_path, "env": environment(), "capture_output": True, "text": True, "timeout": 120}
        return subprocess.run(  # type: ignore[call-overload,no-any-return]
            command_line(*arguments), check=False, **(defaults | options)
        )

    return run


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With several processes a file stays in one, and so does all that shares the real server."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return group(nodeid.partition("::")[0])

    return ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long starts first, so that no process is left alone with it at the end."""
    long = {group(item.location[0]) for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: group(item.location[0]) not in long)


def group(file: str) -> str:
    return SERVER if file.startswith(SERVER) else file
