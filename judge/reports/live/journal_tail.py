"""Read a journal while another process appends to it: only what was appended since the last time.

An incomplete last line is normal, and is read once it is complete. A journal that was replaced (damaged rows were set
aside) or cut is read again from its start.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Generic

from judge.core.files.journal import RowT, read_row
from judge.reports.live.regular_file import open_regular, stamp_of

BLOCK = 2**20  # bytes
LONGEST_LINE = 64 * 2**20


@dataclass(frozen=True)
class Appended(Generic[RowT]):
    """What was read.

    Attributes:
        rows: The new rows, in order.
        restarted: The journal was replaced or cut: these rows are its first ones again.
    """

    rows: list[RowT]
    restarted: bool


@dataclass
class JournalTail(Generic[RowT]):
    """A place in a journal.

    Attributes:
        path: The journal. It need not exist yet.
        row: The class of its rows.
        block: Bytes that are read at once.
        longest: A line of more bytes is no row: it is skipped.
        offset: The bytes read so far, up to the end of a line.
        damaged: Lines among them that are no rows.
        size: The bytes that were there when last looked at.
        is_all: Whether all of these were read, but for an incomplete last line.
    """

    path: Path
    row: type[RowT]
    block: int = BLOCK
    longest: int = LONGEST_LINE
    offset: int = 0
    damaged: int = 0
    size: int = 0
    is_all: bool = True
    _file: tuple[int, int] | None = None
    _skipping: bool = False  # within a line that is too long

    def read(self, seconds: float) -> Appended[RowT]:
        """Read what was appended.

        Args:
            seconds: About how long this may take; the rest is left to the next call.

        Raises:
            OSError: The file cannot be read, or is no regular file.
        """
        restarted = self._look()
        rows: list[RowT] = []
        self.is_all = True
        if self.offset >= self.size:
            return Appended(rows, restarted)
        until = time.monotonic() + seconds
        with open_regular(self.path) as file:
            while self.offset < self.size:
                file.seek(self.offset)
                block = file.read(self.block)
                if b"\n" not in block and not self._skipping:
                    block += file.read(self.longest)
                if not self._take(block, rows):
                    break
                if time.monotonic() > until:
                    self.is_all = self.offset >= self.size
                    break
        return Appended(rows, restarted)

    @property
    def share(self) -> float:
        """The share of the journal that was read."""
        return 1.0 if self.is_all or not self.size else self.offset / self.size

    def _look(self) -> bool:
        """Look at the file; whether it is another one, or shorter, than what was read."""
        stamp = stamp_of(self.path)
        found = None if stamp is None else (stamp.device, stamp.inode)
        self.size = 0 if stamp is None else stamp.size
        restarted = self._file is not None and (found != self._file or self.size < self.offset)
        if restarted:
            self.offset = self.damaged = 0
            self._skipping = False
        self._file = found
        return restarted

    def _take(self, block: bytes, rows: list[RowT]) -> bool:
        """Read the whole lines of a block; False where its only line is incomplete."""
        end = block.rfind(b"\n")
        if end < 0:
            self._skipping = self._skipping or len(block) > self.longest
            self.offset += len(block) if self._skipping else 0
            return self._skipping
        lines = block[:end].split(b"\n")
        if self._skipping:
            self._skipping = False
            self.damaged += 1
            lines = lines[1:]
        for line in lines:
            try:
                rows.append(read_row(line, self.row)[0])
            except (ValueError, RecursionError):
                self.damaged += 1
        self.offset += end + 1
        return True
