"""`judge annotate serve`: environment, data folder, server and accounts, in that order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from judge.annotation.labelstudio.client import ServerError
from judge.annotation.server import accounts as rooms
from judge.annotation.server import environment, leftover, process
from judge.annotation.server.accounts import Accounts, Invitation

_LOCK = "serve.lock"


@dataclass(frozen=True)
class Served:
    """A running server: where it is, who administers it, and how people get in."""

    url: str
    accounts: Accounts
    invitation: Invitation


@contextmanager
def served(
    data: Path, venv: Path, *, port: int | None = None, annotators: int = 0, say: Callable[[str], None] = print
) -> Iterator[Served]:
    """Serve from ``data`` (made with mode 0700, ignored by git) while the body runs.

    A server that an earlier command left behind, since it was killed, is ended first. Without ``port`` the last one is
    taken again if it is free: links that people have go on to work.

    Errors: the folder is in use, or holds something else; the installation or the start fails; an account is refused.
    """
    data = data.resolve()
    _require_own(data)
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    data.chmod(0o700)
    lock = FileLock(data / _LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise ServerError(f"{data} is served already", hint="use that server, or give another --data folder") from None
    try:
        (data / ".gitignore").write_text("*\n", encoding="utf-8")  # wherever it lies: it holds passwords
        program = environment.ensure(venv, say)
        accounts = rooms.load(data)
        if (ended := leftover.end(data)) is not None:
            say(f"ended the server that an earlier command left behind (process {ended})")
        number = _port(data, port)
        say("starting the server (about 20 s the first time)")
        with process.running(program, data, accounts, number) as url:
            yield Served(url, accounts, rooms.invite(url, data, accounts, annotators))
    finally:
        lock.release()


def _require_own(data: Path) -> None:
    """Refuse a folder that is used for something else: it would be hidden from others, and from git."""
    if data.exists() and not data.is_dir():
        raise ServerError(f"{data} is a file, where a folder is needed", hint="give another --data folder")
    if data.exists() and any(data.iterdir()) and not any((data / name).exists() for name in (_LOCK, rooms.FILE)):
        raise ServerError(f"{data} holds other things", hint="give a new --data folder")


def _port(data: Path, wanted: int | None) -> int:
    last = leftover.read(data)
    if wanted is None and last is not None:
        with suppress(ServerError):
            return process.free_port(last.port)
    return process.free_port(wanted)
