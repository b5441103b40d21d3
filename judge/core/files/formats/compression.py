"""Read compressed files as they are unpacked, within bounds: a small file may unpack to more than a disk holds."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from judge.core.errors import InputError
from judge.core.files.formats.packages import need

LEAST_FOR_RATIO = 64_000_000  # bytes: a smaller file may unpack to any multiple of its size
_ZIP_ZSTANDARD = 93  # the number of this compression in a zip


@dataclass(frozen=True)
class UnpackBounds:
    """What a compressed file may unpack to.

    Attributes:
        gigabytes: The most in all.
        ratio: The most times that it may be as large as in the file, from 64 MB on. JSON Lines have 4 to 20,
            CSV files of surveys 10 to 40.
    """

    gigabytes: float = 4.0
    ratio: float = 200.0

    def most(self, packed: int) -> int:
        """The most bytes that ``packed`` bytes may unpack to."""
        return min(int(self.gigabytes * 1e9), max(LEAST_FOR_RATIO, int(self.ratio * packed)))


BOUNDS = UnpackBounds()
MAGIC = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "Zstandard", b"BZh": "bzip2", b"\xfd7zXZ\x00": "xz"}


def compression_of(start: bytes) -> str | None:
    """The compression of a file that begins with ``start``, None where it has none that is known."""
    return next((name for magic, name in MAGIC.items() if start.startswith(magic)), None)


@contextmanager
def opened(path: Path, bounds: UnpackBounds = BOUNDS) -> Iterator[BinaryIO]:
    """Open a file for reading, unpacked if it is compressed.

    Raises:
        InputError: The file cannot be read, is damaged, or unpacks to more than the bounds allow.
    """
    try:
        with path.open("rb") as file:
            compression = compression_of(file.peek(8) if hasattr(file, "peek") else b"")
            if compression is None:
                yield cast("BinaryIO", file)
                return
            most = bounds.most(path.stat().st_size)
            with _unpacked(compression, path) as unpacked, io.BufferedReader(_Bounded(unpacked, most, path)) as bounded:
                yield cast("BinaryIO", bounded)
    except (OSError, EOFError, lzma.LZMAError) as error:
        raise InputError(
            f"cannot be read: {getattr(error, 'strerror', None) or error}",
            path=path,
            hint="check the path and the file",
        ) from None


def member(archive: zipfile.ZipFile, name: str, path: Path, bounds: UnpackBounds = BOUNDS) -> bytes:
    """Read a file of a zip, within bounds.

    Raises:
        InputError: It would unpack to more than the bounds allow, or is damaged.
        NotImplementedError: It is compressed in a way that this Python cannot undo.
    """
    entry = archive.getinfo(name)
    if entry.file_size > bounds.most(max(1, entry.compress_size)):
        raise _too_large(path, bounds.most(max(1, entry.compress_size)), f"{name} inside ")
    try:
        if entry.compress_type == _ZIP_ZSTANDARD and not hasattr(zipfile, "ZIP_ZSTANDARD"):
            return _zstandard_member(archive, entry, path)
        return archive.read(entry)  # no more than the size that the zip states
    except (zipfile.BadZipFile, RuntimeError, EOFError, OSError) as error:
        if isinstance(error, NotImplementedError):
            raise
        raise InputError(f"{name} inside cannot be read: {error}", path=path, hint="copy the file again") from None


def _zstandard_member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path) -> bytes:
    """Read a file of a zip that Python's reader undoes from version 3.14 on; its size is in the zip's directory."""
    zstandard = need("zstandard", path, f"{entry.filename} inside is compressed with Zstandard", "use Python 3.14")
    file = archive.fp
    assert file is not None
    file.seek(entry.header_offset + 26)  # the lengths of the name and of the extra field, which come before the data
    name, extra = struct.unpack("<HH", file.read(4))
    file.seek(name + extra, 1)
    try:
        with zstandard.ZstdDecompressor().stream_reader(file.read(entry.compress_size)) as unpacked:
            found: bytes = unpacked.read(entry.file_size)  # no more than the zip states
    except zstandard.ZstdError as error:
        raise zipfile.BadZipFile(str(error)) from None
    if zlib.crc32(found) != entry.CRC:
        raise zipfile.BadZipFile("its checksum is wrong")
    return found


def _unpacked(compression: str, path: Path) -> BinaryIO:
    simple: dict[str, Callable[[Path], object]] = {"gzip": gzip.open, "bzip2": bz2.open, "xz": lzma.open}
    if compression in simple:
        return cast("BinaryIO", simple[compression](path))
    try:  # Python 3.14 and later have it
        zstd = need("compression.zstd", path, "compressed with Zstandard", "")
    except InputError:
        zstd = need("zstandard", path, "compressed with Zstandard", f"unpack it: zstd -d {path.name}")
    return cast("BinaryIO", zstd.open(path, "rb"))


class _Bounded(io.RawIOBase):
    """Reads on from another file up to a number of bytes; more is an error."""

    def __init__(self, file: BinaryIO, most: int, path: Path) -> None:
        self._file = file
        self._left = most
        self._most = most
        self._path = path

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Read as many bytes as fit, and as are allowed."""
        try:
            found = self._file.read(min(len(buffer), self._left + 1))
        except Exception as error:  # each library has a class of its own for damage
            raise InputError(f"damaged: {error}", path=self._path, hint="copy the file again") from None
        if len(found) > self._left:
            raise _too_large(self._path, self._most, "")
        self._left -= len(found)
        buffer[: len(found)] = found
        return len(found)


def _too_large(path: Path, most: int, where: str) -> InputError:
    return InputError(
        f"{where}unpacks to more than {most / 1e6:,.0f} MB, the most that is allowed for its size",
        path=path,
        hint="if that is right, unpack it yourself and give the file inside",
    )
