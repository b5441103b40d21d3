"""The server's process: started on loopback with nothing sent home, waited for, stopped cleanly."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx2

from judge.annotation.labelstudio.client import ServerError
from judge.annotation.server import leftover
from judge.annotation.server.accounts import Accounts

HOST = "127.0.0.1"
LOG = "server.log"
START_SECONDS = 300.0  # 20 s on an idle machine, more than 90 s were seen on a busy one
_QUIET = {
    "LABEL_STUDIO_COLLECT_ANALYTICS": "false",
    "LABEL_STUDIO_LATEST_VERSION_CHECK": "false",
    "LABEL_STUDIO_SENTRY_DSN": "",
    "LABEL_STUDIO_FRONTEND_SENTRY_DSN": "",
    "LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK": "true",
}


def free_port(wanted: int | None = None) -> int:
    """A port of loopback that nobody listens on. Errors: ``wanted`` is taken (the server would use the next)."""
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: a closed one lingers a minute
        try:
            probe.bind((HOST, wanted or 0))
        except OSError:
            raise ServerError(f"port {wanted} is taken", hint="give another --port, or none") from None
        return int(probe.getsockname()[1])


@contextmanager
def running(program: Path, data: Path, accounts: Accounts, port: int) -> Iterator[str]:
    """Run the server while the body runs; yields its address. Its passwords go by the environment, not by arguments.

    Errors: :class:`ServerError` if it ends early or does not answer within 300 s, with the last words of its log.
    """
    environment = (
        os.environ
        | _QUIET
        | {
            "LABEL_STUDIO_BASE_DATA_DIR": str(data),
            "LABEL_STUDIO_USERNAME": accounts.admin.email,
            "LABEL_STUDIO_PASSWORD": accounts.admin.password,
            "LABEL_STUDIO_USER_TOKEN": accounts.token,
        }
    )
    options = ["--no-browser", "--internal-host", HOST, "--port", str(port), "--enable-legacy-api-token"]
    with (data / LOG).open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - our own words
            [str(program), "start", *options],
            env=environment,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            cwd=data,
            start_new_session=True,
        )
    url = f"http://{HOST}:{port}"
    try:
        leftover.write(data, leftover.Note(process.pid, port))
        _wait(process, url, data / LOG)
        yield url
    finally:
        with _undisturbed():
            leftover.stop(process.pid)
            process.wait()


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Let no second Ctrl-C leave a server behind: stopping takes its time, at most half a minute."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {kind: signal.signal(kind, signal.SIG_IGN) for kind in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    with httpx2.Client(trust_env=False, timeout=5) as http:
        while time.monotonic() < until:
            if process.poll() is not None:
                raise ServerError(f"the server ended at once (exit code {process.returncode}): {_tail(log)}")
            try:
                if http.get(f"{url}/health").status_code == httpx2.codes.OK:
                    return
            except httpx2.HTTPError:
                pass
            time.sleep(0.3)
    raise ServerError(f"the server did not answer within {START_SECONDS:.0f} s: {_tail(log)}", hint=f"see {log}")


def _tail(log: Path) -> str:
    return " ".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-3:])
