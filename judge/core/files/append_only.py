"""A file that is only appended to, line by line: what was written survives the end of the process.

Each line is written by a single ``write`` call before anything depends on it. The system's page cache then has it, so
that a kill leaves whole lines and at most one incomplete line at the end. A background thread syncs the file to the
device at least every second, against power loss.
"""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from judge.core.errors import WriteError
from judge.core.files.run_directory import sync_folder

SYNC_SECONDS = 0.5  # "at least every second", with room for a slow disk


def is_whole(line: bytes) -> bool:
    """Whether a last line without its end is a whole row: a JSON object."""
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


class AppendedFile:
    """A file opened for appending, as a context manager. The lock of the run directory keeps other writers out."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("ab", buffering=0)
        self._written = 0
        self._synced = 0
        self._failure: OSError | None = None
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._sync_loop, name=f"sync-{path.name}", daemon=True)

    def __enter__(self) -> Self:
        self._repair_tail()
        sync_folder(self.path.parent)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._thread.join()
        try:
            os.fsync(self._file.fileno())
        except OSError as failure:
            self._failure = self._failure or failure
        self._file.close()
        if self._failure is not None and error is None:
            raise self._refusal(self._failure)

    def write(self, line: bytes) -> None:
        """Write one line, its end included. When this returns, the line survives the end of the process.

        Raises:
            WriteError: The line could not be written whole; earlier lines stay.
        """
        if self._failure is not None:
            raise self._refusal(self._failure)
        try:
            written = self._file.write(line)
            if written != len(line):
                # A full disk takes a part first; the rest then fails with the reason.
                self._file.write(line[written:])
                raise OSError(28, "No space left on device")
        except OSError as error:
            self._failure = error
            self._repair_tail()
            raise self._refusal(error) from error
        self._written += 1

    def sync(self) -> None:
        """Put what was written on the device now.

        Raises:
            WriteError: The device does not take it.
        """
        try:
            os.fsync(self._file.fileno())
        except OSError as error:
            raise self._refusal(error) from error

    def _repair_tail(self) -> None:
        """Cut off an incomplete last line, or add the line end to a whole one, before anything is appended."""
        size = os.fstat(self._file.fileno()).st_size
        if size == 0:
            return
        with self.path.open("rb") as file:
            tail = b""
            at = size
            while at > 0 and b"\n" not in tail[:-1]:
                step = min(65536, at)
                at -= step
                file.seek(at)
                tail = file.read(step) + tail
        if tail.endswith(b"\n"):
            return
        torn = tail[tail.rfind(b"\n") + 1 :]
        if is_whole(torn) and self._failure is None:
            self._file.write(b"\n")
        else:
            os.ftruncate(self._file.fileno(), size - len(torn))

    def _sync_loop(self) -> None:
        while not self._closing.wait(SYNC_SECONDS):
            if self._synced == self._written:
                continue
            due = self._written
            try:
                os.fsync(self._file.fileno())
            except OSError as error:
                self._failure = error
                return
            self._synced = due

    def _refusal(self, error: OSError) -> WriteError:
        return WriteError(
            f"{self.path}: cannot be written: {error.strerror}",
            hint="free some space or repair the disk, and rerun the command to resume: no row is lost",
        )
