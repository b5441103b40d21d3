"""A server that outlived the command that started it: found by the note it left in the data folder, and ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from judge.annotation.labelstudio.client import ServerError

NOTE = "server.json"
STOP_SECONDS = 15.0


@dataclass(frozen=True)
class Note:
    """The process that serves a data folder, which leads a process group of its own, and its port."""

    pid: int
    port: int


def write(data: Path, note: Note) -> None:
    """Leave a note of the running server."""
    (data / NOTE).write_text(json.dumps(asdict(note)), encoding="utf-8")


def read(data: Path) -> Note | None:
    """The last server's note, or None. It stays when the server ends: the next takes the same port if it can."""
    try:
        return Note(**json.loads((data / NOTE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def end(data: Path) -> int | None:
    """End the server that an earlier command left behind, if it still runs; return its process id, else None.

    The process is ours if it is Label Studio and was told the note's port: process ids come back. Errors: it does not
    end.
    """
    note = read(data)
    if note is None or not _is_ours(note):
        return None
    if not stop(note.pid):
        raise ServerError(
            f"a server that an earlier command left behind (process {note.pid}) does not end",
            hint=f"kill -9 {note.pid}",
        )
    return note.pid


def stop(pid: int) -> bool:
    """End a process group: kindly, then not. True if nothing of it is left."""
    for kind in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(pid, kind)
        until = time.monotonic() + STOP_SECONDS
        while time.monotonic() < until:
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)  # one of our own would stay as a zombie
            if not runs(pid):
                return True
            time.sleep(0.05)
    return False


def runs(group: int) -> bool:
    """Whether a process group has a process that is more than a zombie, which nobody may ever fetch in a container."""
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):  # the latter: only zombies are left (macOS)
        return False
    if not Path("/proc/self/stat").exists():
        return True
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            words = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            state, its_group, threads = words[0], int(words[2]), int(words[17])
            if its_group == group and (state != "Z" or threads > 1):  # others may still hold the port
                return True
    return False


def _is_ours(note: Note) -> bool:
    words = _command(note.pid).split()
    return any(word.endswith("label-studio") for word in words) and str(note.port) in words


def _command(pid: int) -> str:
    """The command line of a process; empty where there is none."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    with suppress(OSError):
        asked = ["ps", "-o", "command=", "-p", str(pid)]  # without /proc, as on macOS
        return subprocess.run(asked, capture_output=True, text=True, check=False).stdout  # noqa: S603 - a number
    return ""
