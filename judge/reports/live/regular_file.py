"""Open the files of a run for reading, whoever made them: a pipe or a device in their place must not stall the page."""

from __future__ import annotations

import functools
import operator
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

MOST_BYTES = 64 * 2**20  # of a file that is read whole


@dataclass(frozen=True)
class Stamp:
    """What changes when a file is written or replaced."""

    device: int
    inode: int
    size: int
    modified: float


def stamp_of(path: Path) -> Stamp | None:
    """Look at a regular file without opening it; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    return Stamp(found.st_dev, found.st_ino, found.st_size, found.st_mtime)


def open_regular(path: Path, *, follow_links: bool = True) -> BinaryIO:
    """Open a regular file for reading.

    Args:
        path: The file.
        follow_links: Whether it may be a symbolic link to one.

    Raises:
        OSError: It cannot be opened, or is something else.
    """
    names = ("O_CLOEXEC", "O_NONBLOCK", "O_BINARY", *(() if follow_links else ("O_NOFOLLOW",)))
    handle = os.open(path, os.O_RDONLY | functools.reduce(operator.or_, (getattr(os, name, 0) for name in names)))
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(f"{path} is not a regular file")
    return os.fdopen(handle, "rb")


def read_regular(path: Path, *, follow_links: bool = True) -> bytes:
    """Read a regular file of at most 64 MB whole.

    Raises:
        OSError: It cannot be read, is something else, or is larger.
    """
    with open_regular(path, follow_links=follow_links) as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise OSError(f"{path} has more than {MOST_BYTES // 2**20} MB")
    return content
