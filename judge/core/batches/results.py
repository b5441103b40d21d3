"""Write the results of a batch that has ended to a file, and see that they are whole."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from judge.core.batches.ledger import Part
from judge.core.batches.service import BatchService, BatchState, ServiceError
from judge.core.call_files.lines import LineError, key_of
from judge.core.files.run_directory import write_bytes
from judge.core.redact import REMOVED, known_keys


def fetch_results(service: BatchService, part: Part, state: BatchState, out: Path, run: Path) -> None:
    """Write the results of a part that has ended, without keys that a server may have sent back.

    Args:
        service: The provider's batch API.
        part: The part.
        state: What the provider says of it.
        out: The file.
        run: The run directory, for messages.

    Raises:
        ServiceError: The results are not there, or fewer than the provider says, and the part is not released.
    """
    assert part.batch is not None
    try:
        service.fetch(part.batch, out)
    except ServiceError as error:
        if not (error.gone and part.released):
            raise
        write_bytes(out, b"")
    _remove_keys(out)
    if (there := _whole_lines(out)) < state.done and not part.released:
        raise ServiceError(
            f"{there:,} of {state.done:,} results of {part.batch} came (where that stays so, `judge batches cancel "
            f"{run}` gives up the others)",
            passing=True,
        )


def _remove_keys(path: Path) -> None:
    """Remove the keys in the environment from a file that has them as they are."""
    content = path.read_bytes()
    found = [key.encode() for key in known_keys() if key.encode() in content]
    for key in found:
        content = content.replace(key, REMOVED.encode())
    if found:
        write_bytes(path, content)


def _whole_lines(path: Path) -> int:
    """Count the calls that a file has a whole line of."""
    keys: set[str] = set()
    with path.open("rb") as file:
        for line in file:
            with suppress(LineError):
                keys.add(key_of(line))
    return len(keys)
