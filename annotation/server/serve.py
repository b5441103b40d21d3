"""`judge annotate serve`: environment, data folder, server and accounts, in that order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from annotation.client import ServerError
from annotation.server import accounts as rooms
from annotation.server import environment, process
from annotation.server.accounts import Accounts, Invitation


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
    """Serve from ``data`` (made with mode 0700) while the body runs.

    Errors: the folder is in use; the installation or the start fails; an account is refused.
    """
    data = data.resolve()
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    data.chmod(0o700)
    lock = FileLock(data / "serve.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise ServerError(f"{data} is served already", hint="use that server, or give another --data folder") from None
    try:
        program = environment.ensure(venv, say)
        accounts = rooms.load(data)
        number = process.free_port(port)
        say("starting the server (about 20 s the first time)")
        with process.running(program, data, accounts, number) as url:
            yield Served(url, accounts, rooms.invite(url, data, accounts, annotators))
    finally:
        lock.release()
