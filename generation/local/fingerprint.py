"""A local model's identity: a hash that changes with its content, without reading gigabytes."""

from __future__ import annotations

import hashlib
from pathlib import Path

from judge.core.errors import UsageError

_WHOLE = 2**24  # bytes: smaller files (settings, tokenizers, adapters) are read whole
_BLOCK = 2**20
_BLOCKS = 8
_WEIGHTS = (".safetensors", ".bin", ".pt", ".pth")
_SETTINGS = (".json", ".jinja", ".model", ".txt")


def fingerprint(folder: Path) -> str:
    """16 hexadecimal digits over a directory's settings, tokenizer and weights.

    Of a large file its size and eight blocks of a mebibyte, evenly spread, are read: other weights of the same shape
    differ in every block. Errors: there are no weights.
    """
    files = sorted(path for path in folder.iterdir() if path.suffix in _WEIGHTS + _SETTINGS and path.is_file())
    if not any(path.suffix in _WEIGHTS for path in files):
        raise UsageError(f"{folder} has no weights ({', '.join(_WEIGHTS)})", hint="is it a model's directory?")
    digest = hashlib.sha256()
    for path in files:
        size = path.stat().st_size
        digest.update(f"\n{path.name}\n{size}\n".encode())
        with path.open("rb") as file:
            if size <= _WHOLE:
                digest.update(file.read())
                continue
            for number in range(_BLOCKS):
                file.seek(number * (size - _BLOCK) // (_BLOCKS - 1))
                digest.update(file.read(_BLOCK))
    return digest.hexdigest()[:16]
