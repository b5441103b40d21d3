"""Files at an address: fetched through fsspec into a cache, and read from there."""

from __future__ import annotations

import hashlib
import os
import re
from functools import cache
from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from judge.core.errors import UsageError

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)


def is_address(text: str) -> bool:
    """Whether a text is an address (``https://``, ``hf://``, ``s3://`` and so on), not a path."""
    return _ADDRESS.match(text) is not None


def without_credentials(address: str) -> str:
    """An address without what may be a key: no user, no password, no query."""
    parts = urlsplit(address)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


@cache
def local_copy(address: str) -> Path:
    """Fetch a file, once in a process, and return where it is.

    Copies are in ``$XDG_CACHE_HOME/persona-judge``, by default in ``~/.cache``, and have the names of the files.

    Raises:
        UsageError: The file cannot be fetched; fsspec or the package for this kind of address is not installed.
    """
    shown = without_credentials(address)
    try:
        fsspec = import_module("fsspec")
    except ImportError:
        raise UsageError(
            f"{shown}: the package fsspec, which fetches it, is not installed",
            hint="pip install 'persona-judge[files]', or download the file and give its path",
        ) from None
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "persona-judge"
    path = base / hashlib.sha256(address.encode()).hexdigest()[:16] / (Path(urlsplit(shown).path).name or "file")
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        system, place = fsspec.url_to_fs(address)
        system.get_file(place, str(draft))
        draft.replace(path)
        return path
    except Exception as error:  # each kind of address has errors of its own
        said = str(error).replace(address, shown) or type(error).__name__
        raise UsageError(
            f"{shown}: cannot be fetched: {said}", hint="check the address, or download the file and give its path"
        ) from None
    finally:
        draft.unlink(missing_ok=True)  # what a failed transfer left
