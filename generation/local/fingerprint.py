"""Hash the content of a local model without reading gigabytes."""

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
    """Compute 16 hexadecimal digits over a directory's settings, tokenizer and weights.

    Of a large file, only its size and eight evenly spaced blocks of a mebibyte are read: other weights of the same
    shape differ in every block.

    Raises:
        UsageError: The directory has no weights.
    """
    files = sorted(path for path in folder.iterdir() if path.suffix in _WEIGHTS + _SETTINGS and path.is_file())
    if not any(path.suffix in _WEIGHTS for path in files):
        raise UsageError(f"{folder} has no weights ({', '.join(_WEIGHTS)})", hint="give the directory of a model")
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
