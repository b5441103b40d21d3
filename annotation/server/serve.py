"""A local Label Studio on loopback: environment, data folder, process and accounts of `judge annotate serve`."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx2

from judge.annotation.labelstudio.client import ServerError
from judge.annotation.server import accounts as accounts_file
from judge.annotation.server import environment
from judge.annotation.server.accounts import Accounts, Invitation

HOST = "127.0.0.1"
LOCK = "serve.lock"
LOG = "server.log"
START_SECONDS = 300.0  # 20 s on an idle machine; more than 90 s were observed on a busy one
STOP_SECONDS = 15.0
# No telemetry, no version check, no sign-up without an invitation.
_QUIET = {
    "LABEL_STUDIO_COLLECT_ANALYTICS": "false",
    "LABEL_STUDIO_LATEST_VERSION_CHECK": "false",
    "LABEL_STUDIO_SENTRY_DSN": "",
    "LABEL_STUDIO_FRONTEND_SENTRY_DSN": "",
    "LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK": "true",
}


@dataclass(frozen=True)
class Served:
    """A running server: its address, its administrator's account, and the invitation for annotators."""

    url: str
    accounts: Accounts
    invitation: Invitation


@contextmanager
def served(
    data: Path, venv: Path, *, port: int | None = None, annotators: int = 0, say: Callable[[str], None] = print
) -> Iterator[Served]:
    """Run a server on the folder ``data`` while the body runs.

    The folder is created with mode 0700 and a ``.gitignore``. It is locked while a server runs on it, also after the
    command that started the server was killed.

    Args:
        data: The data folder: database, accounts, log.
        venv: The server's own virtual environment; installed if absent.
        port: The port on loopback. By default the port of the last server on this folder if it is free, so that links
            given to annotators stay valid; else any free port.
        annotators: Number of annotator accounts to have.
        say: Called with one line per step.

    Raises:
        ServerError: The folder is in use or holds other files; the port is in use; installation or start failed; an
            account was refused.
    """
    data = data.resolve()
    _require_data_folder(data)
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    data.chmod(0o700)
    with locked(data) as lock:
        (data / ".gitignore").write_text("*\n", encoding="utf-8")  # the folder holds passwords
        program = environment.ensure(venv, say)
        accounts = accounts_file.load(data)
        number = port_of(lock, port)
        say("starting the server (about 20 s the first time)")
        with running(program, data, accounts, number, lock) as url:
            yield Served(url, accounts, accounts_file.invite(url, data, accounts, annotators))


def free_port(wanted: int | None = None) -> int:
    """Find a port on loopback that no program listens on.

    Raises:
        ServerError: ``wanted`` is in use. Label Studio itself would silently take the next port.
    """
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: a closed port lingers for a minute
        try:
            probe.bind((HOST, wanted or 0))
        except OSError:
            raise ServerError(
                f"port {wanted} is in use",
                hint="stop the program that uses it, or give another --port, or none",
            ) from None
        return int(probe.getsockname()[1])


@contextmanager
def running(program: Path, data: Path, accounts: Accounts, port: int, lock: int | None = None) -> Iterator[str]:
    """Run the server process while the body runs; yields its address.

    Passwords are passed in the environment, not as arguments.

    Args:
        program: The ``label-studio`` program.
        data: The data folder.
        accounts: The accounts file; the server creates its administrator.
        port: A free port.
        lock: File descriptor of the data folder's lock. The process inherits it and so keeps the folder locked.

    Raises:
        ServerError: The process ended, or did not answer within 300 s. The message has the last lines of its log.
    """
    variables = {
        "LABEL_STUDIO_BASE_DATA_DIR": str(data),
        "LABEL_STUDIO_USERNAME": accounts.admin.email,
        "LABEL_STUDIO_PASSWORD": accounts.admin.password,
        "LABEL_STUDIO_USER_TOKEN": accounts.token,
    }
    options = ["--no-browser", "--internal-host", HOST, "--port", str(port), "--enable-legacy-api-token"]
    with (data / LOG).open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - a fixed command
            [str(program), "start", *options],
            env=os.environ | _QUIET | variables,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            cwd=data,
            start_new_session=True,
            pass_fds=[] if lock is None else [lock],
        )
    url = f"http://{HOST}:{port}"
    try:
        if lock is not None:
            _note(lock, process.pid, port)
        _wait(process, url, data / LOG)
        yield url
    finally:
        _stop(process)


def _require_data_folder(data: Path) -> None:
    """Refuse a folder with other contents: `serve` would hide it from other users and from git."""
    if data.exists() and not data.is_dir():
        raise ServerError(f"{data} is a file; a folder is needed", hint="give another --data folder")
    if data.exists() and any(data.iterdir()) and not any((data / name).exists() for name in (LOCK, accounts_file.FILE)):
        raise ServerError(f"{data} holds other files", hint="give a new --data folder")


@contextmanager
def locked(data: Path) -> Iterator[int]:
    """Lock the data folder; yields the lock's file descriptor.

    The lock belongs to the open file, which the server process inherits: it is released when both have ended.
    """
    lock = os.open(data / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            pid, port = _noted(lock)
            where = f"http://{HOST}:{port}, " if port else ""
            raise ServerError(
                f"{data} is in use by another server ({where}process {pid or 'unknown'})",
                hint="use that server; or stop it (Ctrl-C in its terminal or, if its command was killed, "
                f"`kill {pid or 'PID'}`); or give another --data folder",
            ) from None
        _note(lock, os.getpid(), _noted(lock)[1])
        yield lock
    finally:
        os.close(lock)


def _note(lock: int, pid: int, port: int) -> None:
    """Write the process that uses the folder, and the port of its last server (0 if there was none)."""
    os.pwrite(lock, f"{pid:10d} {port:5d}\n".encode(), 0)


def _noted(lock: int) -> tuple[int, int]:
    """What :func:`_note` wrote; zeros if nothing was."""
    with suppress(ValueError):
        pid, port = os.pread(lock, 100, 0).split()
        return int(pid), int(port)
    return 0, 0


def port_of(lock: int, wanted: int | None = None) -> int:
    """Choose a port: ``wanted``, else that of the folder's last server if it is free, else any free one.

    Raises:
        ServerError: ``wanted`` is in use.
    """
    last = _noted(lock)[1]
    if wanted is None and last:
        with suppress(ServerError):
            return free_port(last)
    return free_port(wanted)


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    """Wait until the server answers."""
    until = time.monotonic() + START_SECONDS
    with httpx2.Client(trust_env=False, timeout=5) as http:
        while time.monotonic() < until:
            if process.poll() is not None:
                raise ServerError(f"the server stopped with exit code {process.returncode}: {_tail(log)}")
            with suppress(httpx2.HTTPError):
                if http.get(f"{url}/health").status_code == httpx2.codes.OK:
                    return
            time.sleep(0.3)
    raise ServerError(f"the server did not answer within {START_SECONDS:.0f} s: {_tail(log)}", hint=f"see {log}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the server's process group; kill it if it does not end in time."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _tail(log: Path) -> str:
    return " ".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-3:])
