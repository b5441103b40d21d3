"""The `judge` command in tests: in this process, or, where the process itself is what is tested, in one of its own."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from judge.cli import app
from tests.support.paths import ROOT

OPENAI_KEY = "sk-test-openai-0123456789abcdef"
ANTHROPIC_KEY = "sk-ant-test-0123456789abcdef"
KEYS = {"OPENAI_API_KEY": OPENAI_KEY, "ANTHROPIC_API_KEY": ANTHROPIC_KEY, "NO_PROXY": "127.0.0.1"}


@dataclass(frozen=True)
class Done:
    """What a command printed, and its exit code. The fields are those of `subprocess.CompletedProcess`."""

    returncode: int
    stdout: str
    stderr: str


Command = Callable[..., Done]
Call = Callable[..., int]
Process = Callable[..., subprocess.CompletedProcess[str]]


def judge(*arguments: object, cwd: Path | None = None, env: Mapping[str, str] | None = None, stdin: str = "") -> Done:
    """Run `judge ...` in this process, as a shell would: no terminal, everything put back afterwards.

    Starting an interpreter costs a second; this costs nothing. ``env`` replaces the environment.
    """
    out, err, code = _stream(errors="strict"), _stream(errors="backslashreplace"), 0
    with _as_a_process(arguments, cwd, env, stdin), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            app.main()
        except SystemExit as stopped:
            code = _exit_code(stopped.code)
    return Done(code, _text(out), _text(err))


def call(*arguments: object, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> int:
    """Run `judge ...` in this process, return its exit code and let its error through.

    What a command refuses is then asserted on the error, not on its text on the screen.
    """
    out = _stream(errors="strict")
    with _as_a_process(arguments, cwd, env, ""), contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        return app.command_tree()(list(map(str, arguments)), standalone_mode=False) or 0


def environment() -> dict[str, str]:
    """The environment of a command: keys that lead nowhere, no proxy for loopback."""
    return {**os.environ, **KEYS, "PYTHONPATH": str(ROOT)}


def command_line(*arguments: object) -> list[str]:
    """The command for `subprocess`, for tests of signals, pipes, memory, or two commands at once."""
    return [sys.executable, "-W", "error::ResourceWarning", "-m", "judge", *map(str, arguments)]


def judge_process(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
    """Run `judge ...` in a process of its own. ``options`` are those of `subprocess.run`."""
    defaults = {"env": environment(), "capture_output": True, "text": True, "timeout": 120}
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        command_line(*arguments), check=False, **(defaults | options)
    )


@contextlib.contextmanager
def _as_a_process(
    arguments: tuple[object, ...], cwd: Path | None, env: Mapping[str, str] | None, stdin: str
) -> Iterator[None]:
    """Give the command what a new process has: arguments, working directory, environment, input, `--debug` off."""
    given = io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8")
    with contextlib.ExitStack() as stack:
        stack.enter_context(mock.patch.object(sys, "argv", ["judge", *map(str, arguments)]))
        stack.enter_context(mock.patch.object(sys, "stdin", given))
        stack.enter_context(mock.patch.object(app, "_debug", new=False, create=True))
        stack.enter_context(mock.patch.dict(os.environ, {} if env is None else env, clear=env is not None))
        if cwd is not None:
            stack.enter_context(contextlib.chdir(cwd))
        stack.enter_context(warnings.catch_warnings())
        yield


def _stream(*, errors: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors=errors, newline="\n", write_through=True)


def _text(stream: io.TextIOWrapper) -> str:
    data = stream.buffer.getvalue()  # type: ignore[attr-defined]
    return data.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")


def _exit_code(code: object) -> int:
    """The exit code that Python makes of `SystemExit`."""
    if code is None or isinstance(code, int):
        return code or 0
    print(code, file=sys.stderr)
    return 1
