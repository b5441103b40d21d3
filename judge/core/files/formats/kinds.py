"""Decide what a file is by its first bytes; its name counts only where they leave it open."""

from __future__ import annotations

import codecs
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import orjson

from judge.core.errors import InputError
from judge.core.files.arguments import is_dataset_folder
from judge.core.files.formats.compression import compression_of, opened
from judge.core.files.formats.inspect_archive import is_inspect_archive
from judge.core.files.formats.text import utf16_of
from judge.core.files.rows import unreadable

Kind = Literal["JSON Lines", "JSON", "CSV", "Parquet", "Arrow", "datasets folder", "Excel workbook", "inspect_ai log"]
_START = 2**16
_JSON_NAMES = (".jsonl", ".json", ".ndjson")
_CSV_NAMES = (".csv", ".tsv")
_KNOWN = (  # what other files begin with, in words
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"\xd0\xcf\x11\xe0", "an Excel or Word file of before 2007 (.xls, .doc)"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"\x93NUMPY", "a numpy array"),
    (b"\x80\x02", "a Python pickle"),
    (b"\x80\x03", "a Python pickle"),
    (b"\x80\x04", "a Python pickle"),
    (b"\x80\x05", "a Python pickle"),
    (b"\x89HDF", "an HDF5 file"),
    (b"$FL2", "an SPSS file"),
    (b"Obj\x01", "an Avro file"),
    (b"ORC", "an ORC file"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
)
_POINTER = b"version https://git-lfs.github.com/spec"
_HINT = "give one of the formats that docs/formats.md lists, such as JSON Lines, CSV, xlsx or Parquet"


@dataclass(frozen=True)
class Found:
    """What a file is.

    Attributes:
        kind: Its format.
        compression: How it is compressed, None where it is not.
        encoding: Python's name of its encoding where it is UTF-16; None is UTF-8, or no text.
    """

    kind: Kind
    compression: str | None = None
    encoding: str | None = None

    @property
    def in_words(self) -> str:
        """The format with its compression and encoding: "CSV, UTF-16, gzip"."""
        parts = [self.kind, self.encoding and "UTF-16", self.compression]
        return ", ".join(part for part in parts if part)


def kind_of(path: Path) -> Found:
    """Decide what a file or folder is.

    Text that begins with ``[`` is one JSON array. Text that begins with ``{`` is JSON Lines if its first line is a
    whole object, else one JSON object. Other text is JSON Lines if its name says so, so that its reader tells what is
    wrong with it, and CSV in all other cases.

    Raises:
        InputError: It cannot be read, or is none of the formats; the message says what was seen.
    """
    if path.is_dir():
        if is_dataset_folder(path):
            return Found("datasets folder")
        names = sorted(each.name for each in path.iterdir())[:5]
        raise InputError(
            f"a folder with {', '.join(names) or 'nothing'}, and none that `datasets` saved",
            path=path,
            hint="give a file, or the folder of Dataset.save_to_disk",
        )
    compression, start = _start(path)
    if (binary := _binary(start)) is not None:
        if compression is not None:
            raise InputError(f"{binary} inside {compression}", path=path, hint="unpack it, and give the file inside")
        return Found(_in_zip(path) if binary == "zip" else binary)
    _refuse_other(path, start)
    encoding = utf16_of(start)
    if encoding is None and not _is_text(start):
        raise InputError(f"not text: it begins with the bytes {start[:8].hex(' ')}", path=path, hint=_HINT)
    return Found(_kind_of_text(path, start, encoding), compression, encoding)


def _start(path: Path) -> tuple[str | None, bytes]:
    """A file's compression, and its first bytes after unpacking, to the end of the first line if that is near."""
    try:
        with path.open("rb") as file:
            compression = compression_of(file.read(8))
    except OSError as error:
        raise unreadable(path, error) from None
    with opened(path) as file:
        return compression, file.read(_START)


def _is_text(start: bytes) -> bool:
    """Whether bytes are UTF-8; text of a model may have a zero byte in it, and many of them are no text."""
    if b"\0" not in start:
        return True
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return False
    return start.count(b"\0") * 10 < len(start)


def _kind_of_text(path: Path, start: bytes, encoding: str | None) -> Kind:
    text = start.decode(encoding or "utf-8-sig", errors="replace").lstrip()
    named_csv = _ending(path) in _CSV_NAMES
    if text.startswith("["):
        return "CSV" if named_csv else "JSON"
    if not text.startswith("{"):
        if _ending(path) in (".yaml", ".yml"):
            raise InputError("this is YAML: a prompt, a study or options, and no rows", path=path, hint=_HINT)
        return "JSON Lines" if _ending(path) in _JSON_NAMES else "CSV"
    if named_csv:
        return "CSV"
    line, end, _ = text.partition("\n")  # without an end it is the only one, or long; a document is told by its row
    return "JSON" if end and _goes_on(line.strip()) else "JSON Lines"


def _goes_on(line: str) -> bool:
    """Whether an object that begins in a line is written over several: the line breaks where JSON may break it."""
    try:
        orjson.loads(line)
    except ValueError:
        return line == "{" or line.endswith((",", "{", "["))
    return False


def _ending(path: Path) -> str:
    """A name's ending, without that of its compression."""
    endings = [each.lower() for each in path.suffixes]
    while endings and endings[-1] in (".gz", ".zst", ".zstd", ".bz2", ".xz"):
        endings.pop()
    return endings[-1] if endings else ""


def _in_zip(path: Path) -> Kind:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError) as error:
        raise InputError(f"a zip that cannot be read: {error}", path=path, hint="copy the file again") from None
    if "xl/workbook.xml" in names:
        return "Excel workbook"
    if is_inspect_archive(names):
        return "inspect_ai log"
    shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    raise InputError(f"a zip with {shown or 'nothing'}", path=path, hint="unpack it, and give one of its files")


def _binary(start: bytes) -> Literal["Parquet", "Arrow", "zip"] | None:
    """The format of a file that is not text, from its first bytes; an Arrow stream begins with -1 and a length."""
    if start.startswith(b"PAR1"):
        return "Parquet"
    if start.startswith((b"ARROW1", b"\xff\xff\xff\xff")):
        return "Arrow"
    return "zip" if start.startswith(b"PK\x03\x04") else None


def _refuse_other(path: Path, start: bytes) -> None:
    """Refuse files that are known to hold no rows, with what they are."""
    what = next((words for magic, words in _KNOWN if start.startswith(magic)), None)
    if what is None and start[257:262] == b"ustar":
        what = "a tar archive"
    if what is not None:
        raise InputError(f"this is {what}, which is not read", path=path, hint=_HINT)
    if start.startswith(_POINTER):
        raise InputError(
            "a Git LFS pointer: the file itself was not downloaded",
            path=path,
            hint=f"git lfs pull --include {path.name}",
        )
    if re.match(rb"(\xef\xbb\xbf)?\s*<(!doctype|html|\?xml)", start, re.IGNORECASE):
        title = re.search(rb"<title>\s*([^<]{1,60})", start)
        told = f', titled "{title[1].decode(errors="replace").strip()}"' if title else ""
        raise InputError(
            f"this is a web page or XML{told}", path=path, hint="download the file itself, not the page about it"
        )
