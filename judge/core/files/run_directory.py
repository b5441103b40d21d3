"""A run's directory: its lock, its manifest, and files that are either whole or not there."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from filelock import FileLock, Timeout

from judge.core.errors import RunDirectoryError, WriteError

MANIFEST = "manifest.json"
PROMPT = "prompt.yaml"
COMPARISONS = "comparisons.jsonl"
JOURNAL = "judgments.jsonl"
VERDICTS = "verdicts.jsonl"
SUMMARY = "summary.json"
MARKDOWN = "summary.md"
TABLES = "tables"
LOCK = ".lock"
_OWN = (MANIFEST, PROMPT, COMPARISONS, JOURNAL, VERDICTS, SUMMARY, MARKDOWN, LOCK)


def own_files(folder: Path) -> list[Path]:
    """The files of a run: what no command may write anything else over."""
    return [*(folder / name for name in _OWN), *sorted((folder / TABLES).glob("*.csv"))]


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the run directory for this process. The system lets go of the lock when the process dies.

    Errors: another process holds it; the folder cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunDirectoryError(f"{folder}: cannot be made: {error.strerror}", hint="give another --out") from None
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise RunDirectoryError(
            f"{folder} is in use by another process",
            hint="wait for it, or give another --out; two runs in one directory would pay twice",
        ) from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def replacing(path: Path) -> Iterator[IO[str]]:
    """Write a text file beside ``path`` and put it in its place, synced, only if all went well.

    Errors: :class:`WriteError` names the file that the disk would not take.
    """
    with _draft_of(path) as draft, draft.open("w", encoding="utf-8", newline="") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file of bytes, whole or not at all; as :func:`replacing`."""
    with _draft_of(path) as draft, draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _draft_of(path: Path) -> Iterator[Path]:
    draft = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield draft
        draft.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        if error.filename not in (None, str(draft), str(path.parent)):
            raise  # the body's own trouble with another file
        raise WriteError(
            f"{path}: cannot be written: {error.strerror}",
            hint="free some space or mend the disk, and give the same command again: nothing that was there is lost",
        ) from error
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make new names in a folder survive a power loss."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def now() -> str:
    """The time in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write an object as indented JSON, whole or not at all."""
    with replacing(path) as file:
        json.dump(content, file, indent=2, ensure_ascii=False, allow_nan=False)
        file.write("\n")


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """The run's manifest, or None where there is none yet. Errors: it is not JSON."""
    path = folder / MANIFEST
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise RunDirectoryError(f"{path}: cannot be read: {error}", hint="give another --out") from None
    if not isinstance(content, dict):
        raise RunDirectoryError(f"{path}: not a manifest", hint="give another --out")
    return content


def require_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a run that must exist. Errors: the folder holds no run."""
    manifest = read_manifest(folder)
    if manifest is None:
        raise RunDirectoryError(
            f"{folder} holds no run ({MANIFEST} is not there)", hint="give the directory that `judge compare` wrote"
        )
    return manifest
