"""A run's directory: its lock, its manifest, and files that are either whole or absent."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Generic

from filelock import FileLock, Timeout
from pydantic import ValidationError

from judge.core.errors import PersonaJudgeError, RunDirectoryError, WriteError
from judge.core.field_errors import explain
from judge.core.files.manifest import JudgingManifest, Manifest, ManifestT, brief

MANIFEST = "manifest.json"
PROMPT = "prompt.yaml"
COMPARISONS = "comparisons.jsonl"
JOURNAL = "judgments.jsonl"
VERDICTS = "verdicts.jsonl"
SUMMARY = "summary.json"
STUDY = "study.json"  # of a study: its stages
MARKDOWN = "summary.md"
TABLES = "tables"
REQUESTS = "requests.jsonl"
LOCK = ".lock"
_OWN = (MANIFEST, PROMPT, COMPARISONS, JOURNAL, VERDICTS, SUMMARY, MARKDOWN, REQUESTS, LOCK)
_BUFFER = 2**18  # bytes


def own_files(folder: Path) -> list[Path]:
    """List the files of a run, which no other output may overwrite."""
    return [*(folder / name for name in _OWN), *sorted((folder / TABLES).glob("*.csv"))]


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Lock the run directory for this process. The system releases the lock when the process ends.

    Raises:
        RunDirectoryError: Another process has the lock; the folder cannot be made.
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
    """Write a text file beside ``path``, and replace ``path`` by it, synced, only if all went well.

    Raises:
        WriteError: The disk does not take the file.
    """
    with _draft_of(path) as draft, draft.open("w", encoding="utf-8", newline="") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def replacing_bytes(path: Path, *, synced: bool = True) -> Iterator[IO[bytes]]:
    """Write a file of bytes, whole or not at all; as :func:`replacing`. A scratch file need not be ``synced``."""
    with _draft_of(path) as draft, draft.open("wb", buffering=_BUFFER) as file:
        yield file
        if synced:
            file.flush()
            os.fsync(file.fileno())


def write_bytes(path: Path, content: bytes) -> None:
    """Write bytes as a file, whole or not at all."""
    with replacing_bytes(path) as file:
        file.write(content)


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
            hint="free some space or repair the disk, and rerun the command: nothing that was there is lost",
        ) from error
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Sync a folder, so that new names in it survive a power loss."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def now() -> str:
    """Return the time in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write an object as indented JSON, whole or not at all."""
    with replacing(path) as file:
        json.dump(content, file, indent=2, ensure_ascii=False, allow_nan=False)
        file.write("\n")


@dataclass
class RunDirectory(Generic[ManifestT]):
    """A run on disk, locked by this process: its journal, and its manifest as it was last updated."""

    folder: Path
    journal: Path
    manifest: ManifestT

    def update(self, **changes: Any) -> None:
        """Replace fields of the manifest, in memory."""
        self.manifest = self.manifest.model_copy(update=changes)

    def save(self) -> None:
        """Write the manifest, with the present time."""
        self.update(updated=now())
        write_manifest(self.folder, self.manifest)


@contextmanager
def opened(
    folder: Path, journal: str, find: Callable[[], ManifestT | None], make: Callable[[], ManifestT]
) -> Iterator[RunDirectory[ManifestT]]:
    """Lock a run directory, and find its run or make one.

    Args:
        folder: The directory; it is made where there is none, and removed again where the inputs are refused.
        journal: The name of the journal.
        find: Returns the manifest of the run to resume, or None where there is none. Called under the lock.
        make: Makes a new run and returns its manifest. Called under the lock.

    Raises:
        RunDirectoryError: Another process uses the directory, or ``find`` refuses what is there.
    """
    is_new = not folder.exists()
    with locked(folder):
        try:
            manifest = find()
            if manifest is None:
                manifest = make()
        except PersonaJudgeError:
            if is_new:  # refused inputs leave no trace; a process that waited for the lock finds that it is gone
                (folder / LOCK).unlink(missing_ok=True)
                with suppress(OSError):
                    folder.rmdir()
            raise
        yield RunDirectory(folder, folder / journal, manifest)


def read_manifest(folder: Path, kind: type[ManifestT]) -> ManifestT | None:
    """Read a run's manifest; None where there is none yet.

    Raises:
        RunDirectoryError: The file is not JSON, or not a manifest of this kind.
    """
    path = folder / MANIFEST
    try:
        return kind.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError as error:
        raise RunDirectoryError(f"{path}: not a manifest: {explain(error, kind)}", hint="give another --out") from None
    except (OSError, ValueError) as error:
        raise RunDirectoryError(f"{path}: cannot be read: {error}", hint="give another --out") from None


def require_manifest(folder: Path) -> JudgingManifest:
    """Read the manifest of a judging run.

    Raises:
        RunDirectoryError: The directory has no run or is a file, or its manifest cannot be read.
    """
    if folder.is_file():
        hint = "give the directory that `judge compare` wrote"
        if (folder.parent / MANIFEST).exists():
            hint = f"give its folder, {folder.parent}"
        elif folder.suffix == ".csv":
            hint += " (`judge analyze`, `judge correct` and `judge plan --pilot` also read a table of judgments)"
        raise RunDirectoryError(f"{folder} is a file, not a run directory", hint=hint)
    manifest = read_manifest(folder, JudgingManifest)
    if manifest is None:
        raise no_run(folder, "judge compare")
    return manifest


def no_run(folder: Path, command: str) -> RunDirectoryError:
    """Make the error for a directory without a run, or without its results."""
    return RunDirectoryError(
        f"{folder} has no run ({MANIFEST} is not there)", hint=f"give the directory that `{command}` wrote"
    )


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write a manifest, whole or not at all."""
    write_json(folder / MANIFEST, manifest.as_json())


def refuse_other(folder: Path, found: dict[str, Any], wanted: dict[str, Any], names: list[str], hint: str) -> None:
    """Refuse a directory whose run differs in the named settings; with no names, do nothing.

    Raises:
        RunDirectoryError: ``names`` is not empty.
    """
    if names:
        shown = "; ".join(f"{name}: {brief(found.get(name))} there, {brief(wanted[name])} now" for name in names)
        raise RunDirectoryError(f"{folder} holds a run of another configuration: {shown}", hint=hint)
