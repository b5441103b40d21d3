"""What ends training, in words: a loss that is not a number, too little memory, a full disk."""

from __future__ import annotations

import errno
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from judge.core.errors import UsageError, WriteError
from judge.generation.local.loading import first_line

_OF_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS, errno.EACCES, errno.EPERM)


def check_number(step: int, logs: dict[str, Any]) -> None:
    """Stop a run whose loss is not a number: its weights are of no use, and it cannot recover.

    Raises:
        UsageError: A loss in ``logs`` is infinite or no number.
    """
    if all(math.isfinite(logs.get(name, 0.0)) for name in ("loss", "eval_loss")):
        return
    raise UsageError(
        f"the loss is not a number after step {step:,}: the weights have become useless",
        hint="give a lower --learning-rate, and another --out",
    )


@contextmanager
def explained(out: Path) -> Iterator[None]:
    """Say what to do where memory or disk do not suffice. The libraries raise exceptions of several kinds.

    Raises:
        UsageError: The device has too little memory.
        WriteError: ``out`` cannot be written.
    """
    import torch
    from safetensors import SafetensorError

    try:
        yield
    except torch.OutOfMemoryError as error:
        raise UsageError(
            f"the device has too little memory: {first_line(error)}",
            hint="give a smaller --batch-size (with --accumulate) and another --out, or --method lora",
        ) from error
    except (OSError, RuntimeError, SafetensorError) as error:
        if not _of_disk(error):
            raise
        raise WriteError(
            f"{out}: cannot be written: {first_line(error)}",
            hint="free some space or repair the disk, and rerun the command: it goes on from its last checkpoint",
        ) from error


def _of_disk(error: Exception) -> bool:
    """Whether an error is of writing a file: torch and safetensors report a full disk as errors of their own."""
    if isinstance(error, OSError):
        return error.errno in _OF_DISK
    text = str(error)
    return any(words in text for words in ("Error while serializing", "PytorchStreamWriter", "unexpected pos"))
