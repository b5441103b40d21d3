"""The data of the explorer: up to 500 comparisons inside the page, all others in script files beside it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from judge import __version__
from judge.core.files import run_directory as rundir
from judge.reports.html.comparisons import NAMES, Comparisons, Entry
from judge.reports.html.text import data

INSIDE = 500  # comparisons that the page holds whole
PER_PART = 250  # comparisons in a file of texts
PER_INDEX = 5_000  # comparisons in a file of columns to filter by
NAME_CHARACTERS = 200  # of a question in a list
_INDEX_BYTES = 400  # about what a comparison takes in the index


@dataclass(frozen=True)
class Explorer:
    """The data inside the page as JSON for a script element, and the numbers of comparisons and files."""

    inside: str
    total: int
    in_page: int
    files: int


class Beside:
    """Writes the files beside a page. Their names begin with the report's key: an older page keeps its own files."""

    def __init__(self, out: Path, key: str) -> None:
        self.folder = out.with_name(f"{out.stem}_files")
        self._key = key
        self.names: list[str] = []

    def write(self, name: str, call: str, content: Any) -> None:
        """Write one file: a call of a function of the page with the report's key and the content."""
        file_name = f"{self._key[:12]}-{name}.js"
        with rundir.replacing(self.folder / file_name) as file:
            file.write(f'personaJudge.{call}("{self._key}", {data(content)});\n')
        self.names.append(file_name)

    def sweep(self) -> None:
        """Remove the files of earlier pages of this name, and the folder if it is then empty."""
        if not self.folder.is_dir():
            return
        for path in self.folder.iterdir():
            if re.fullmatch(r"[0-9a-f]{12}-(index|part)-\d+\.js", path.name) and path.name not in self.names:
                path.unlink()
        if not any(self.folder.iterdir()):
            self.folder.rmdir()


def report_key(sources: Sequence[str]) -> str:
    """Return the key of a report: hex sha256 of its sources. The author of a response cannot know it in advance."""
    return hashlib.sha256("\n".join((__version__, *sources)).encode()).hexdigest()


def explorer(comparisons: Comparisons, criteria: Sequence[str], beside: Beside, key: str, room: int) -> Explorer:
    """Write the files beside the page.

    Args:
        comparisons: All comparisons.
        criteria: The criteria, in order.
        beside: Where to write.
        key: The report's key.
        room: The bytes that comparisons may take inside the page.

    Returns:
        The data inside the page.
    """
    entries = comparisons.entries
    bodies: list[Any] = []
    for body in comparisons.bodies(entries[:INSIDE]):
        room -= len(data(body).encode()) + _INDEX_BYTES
        if room < 0:
            break
        bodies.append(body)
    in_page = len(bodies)
    rest = entries[in_page:]
    for number, part in enumerate(_slices(rest, PER_INDEX)):
        beside.write(f"index-{number:04d}", "index", {"number": number, "rows": _index(part)})
    for number, part in enumerate(_slices(rest, PER_PART)):
        beside.write(f"part-{number:04d}", "part", {"number": number, "bodies": list(comparisons.bodies(part))})
    inside = {
        "key": key,
        "folder": beside.folder.name,
        "criteria": list(criteria),
        "total": len(entries),
        "inPage": in_page,
        "perPart": PER_PART,
        "indexes": -(-len(rest) // PER_INDEX),
        "parts": -(-len(rest) // PER_PART),
        "rows": _index(entries[:in_page]),
        "bodies": bodies,
    }
    return Explorer(data(inside), len(entries), in_page, len(beside.names))


def _slices(entries: list[Entry], size: int) -> Iterator[list[Entry]]:
    for start in range(0, len(entries), size):
        yield entries[start : start + size]


def _index(entries: list[Entry]) -> dict[str, Any]:
    """Columns over the entries: indices into lists of names, one letter per outcome, flags of labels."""
    columns: dict[str, Any] = {
        "id": [entry.id for entry in entries],
        "outcomes": [entry.outcomes for entry in entries],
        "people": [entry.people for entry in entries],
    }
    for column, name in enumerate(NAMES):
        places: dict[str, int] = {}
        codes = [places.setdefault(entry.names[column][:NAME_CHARACTERS], len(places)) for entry in entries]
        columns[name] = {"names": list(places), "codes": codes}
    return columns
