"""What a file of responses is read as, and the same rows as this project writes them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from judge.core.errors import UsageError
from judge.core.files.arguments import input_file
from judge.core.files.outputs import check_outputs
from judge.core.files.run_directory import replacing
from judge.core.records import Response
from judge.judging.pairs.contestants import checked_responses
from judge.responses.read import ReadAs, open_responses

CONTEXT = ("persona", "question", "ground_truth")  # what prompts may ask of an item


@dataclass
class Conversion:
    """What was read from a file.

    Attributes:
        path: The file.
        read_as: What it is read as.
        out: The file that was written, or None.
        responses: The number of responses.
        empty: Those among them without a visible character.
        items: The number of different item ids.
        contestants: The number of responses by contestant.
        given: The number of responses that have each field of their item's context.
        failures: Rows that hold a failed call and no response, by kind.
        first: The first response.
    """

    path: Path
    read_as: ReadAs
    out: Path | None = None
    responses: int = 0
    empty: int = 0
    items: int = 0
    contestants: Counter[str] = field(default_factory=Counter)
    given: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    first: Response | None = None


def convert(
    argument: str, out: Path | None = None, columns: Mapping[str, str] | None = None, questions: Path | None = None
) -> Conversion:
    """Read a file of responses in any known format, and write it as this project's JSON Lines.

    Args:
        argument: ``FILE`` or ``NAME=FILE``.
        out: The file to write; None writes nothing.
        columns: The column of each field, where the file has other names.
        questions: A file with the question of each id, for rows that have none.

    Raises:
        UsageError: The file is not there; ``out`` is there already.
        InputError: The file is of an unknown format, or a row is faulty.
        WriteError: The disk does not take the file.
    """
    file = input_file(argument, columns, questions)
    if out is not None:
        check_outputs([out], [file.path, questions])
        if out.exists():
            raise UsageError(f"{out} is there already", hint="give another name, or remove it")
    source = open_responses(file.path, file.columns, file.questions)
    found = Conversion(file.path, source.read_as, out)
    ids: set[str] = set()
    with nullcontext() if out is None else replacing(out) as written:
        for _, response in checked_responses(source, file.path):
            found.first = found.first or response
            found.responses += 1
            found.empty += not response.text.strip()
            ids.add(response.item_id)
            found.contestants[file.name or response.contestant or file.contestant] += 1
            found.given.update(name for name in CONTEXT if getattr(response, name))
            if written is not None:
                named = response if file.name is None else response.model_copy(update={"contestant": file.name})
                written.write(named.model_dump_json(exclude_defaults=True) + "\n")
    found.items = len(ids)
    found.failures = sum(source.failures.values(), Counter())
    return found
