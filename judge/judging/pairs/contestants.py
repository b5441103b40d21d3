"""Read response files (in any format of :mod:`judge.responses`) and check them row by row.

Texts are not kept in memory: each row goes to a spool file and only its position is kept, so memory grows with the
number of rows, not with their length.
"""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import re
import string
import subprocess
import sys
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from operator import attrgetter
from pathlib import Path
from typing import IO, Any, NamedTuple

import orjson
from pydantic import ValidationError

from judge.core.errors import InputError
from judge.core.field_errors import explain
from judge.core.files.arguments import InputFile
from judge.core.files.label_cells import id_text, plain
from judge.core.files.rows import named, without_collector
from judge.core.records import PromptRef, Response
from judge.core.text.reasoning import has_reasoning
from judge.responses.advice import column_names, columns_hint, path_hint
from judge.responses.columns import GUESSED, plain_name
from judge.responses.decoding import RowDecoding, decoding_in
from judge.responses.read import ResponseRows, open_responses

_NAMES = {"item_id": ("item_id", "custom_id", "id"), "text": ("text", "response")}  # the first that a row has counts
_OTHER_NAMES = frozenset(name for names in _NAMES.values() for name in names[1:])
_BLANKS = f"{string.whitespace}\u00a0\u200b\u200c\u200d\u2060\ufeff"  # characters that are not visible
_NUMBER = re.compile(r"\W*(?:answer\W*)?\d+\W*", re.IGNORECASE)
_LONGEST_NUMBER = 40  # characters: a longer text is not looked at
CUT_OFF = frozenset({"length", "max_tokens", "model_length", "model_context_window_exceeded"})  # finish reasons
_BUFFER = 2**18
_LARGE = 2**25  # bytes: starting a process takes as long as reading some megabytes
_TEXT = frozenset(  # fields whose numbers are text
    "text contestant model persona question ground_truth question_id category stratum subgroup".split()
)
_IDS = ("contestant", "question_id", "category", "stratum", "subgroup")
_JSON_CELLS = ("attributes", "parameters", "probabilities", "prompt", "usage")


Key = tuple[str, int]  # item id and sample index


class Place(NamedTuple):
    """Where a response is in the user's files."""

    path: Path
    line: int


class About(NamedTuple):
    """What a response says of its item: the item's context, as far as the row has it."""

    item_id: str
    persona: str | None
    question: str | None
    ground_truth: str | None
    question_id: str | None
    category: str | None
    stratum: str | None
    subgroup: str | None
    attributes: dict[str, str] | None


_about = attrgetter(*About._fields[1:])


@dataclass
class Contestant:
    """All responses of one contestant. What is kept of each is in columns, a few bytes long.

    Attributes:
        rows: The number of each response, from 0, by item id and sample index.
        lines: Its line in the user's file.
        offsets: Its offset in that file's spool.
        files: The numbers of the first responses of each file, with the files.
        empty: The numbers of the responses without a visible character.
        models: Counts of the models that the rows name.
        prompts: The first row (file, line, item id) of each prompt that the rows name.
        decodings: The first row (file, line, item id) of each decoding that the rows name.
        reasoning: The responses whose text contains reasoning.
        truncated: The responses that were cut off at the token limit, as their flags or finish reason say.
        numbers: The responses that are a number alone, such as ``Answer: 3``.
        failures: Rows of the files that hold a failed call and no response, by kind.
        read_as: How its file is read, where that is worth saying.
        flagged: How many rows say whether they are a refusal.
        refusals: How many are.
    """

    name: str
    path: Path
    rows: dict[Key, int] = field(default_factory=dict)
    lines: array[int] = field(default_factory=lambda: array("Q"))
    offsets: array[int] = field(default_factory=lambda: array("Q"))
    files: list[tuple[int, Path]] = field(default_factory=list)
    empty: set[int] = field(default_factory=set)
    models: Counter[str] = field(default_factory=Counter)
    prompts: dict[PromptRef | None, tuple[Path, int, str]] = field(default_factory=dict)
    decodings: dict[RowDecoding, tuple[Path, int, str]] = field(default_factory=dict)
    reasoning: list[Place] = field(default_factory=list)
    truncated: list[Place] = field(default_factory=list)
    numbers: list[Place] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)
    read_as: str | None = None
    flagged: int = 0
    refusals: int = 0

    def __post_init__(self) -> None:
        self.files = self.files or [(0, self.path)]

    def place(self, number: int) -> Place:
        """Where a response is."""
        return Place(self.file_of(number), self.lines[number])

    def file_of(self, number: int) -> Path:
        """The user's file that has a response."""
        if len(self.files) == 1:
            return self.path
        return next(path for first, path in reversed(self.files) if first <= number)

    def add(self, response: Response, line: int, offset: int) -> Key | None:
        """Add a response and count what tables and checks need to know of it.

        Returns:
            The response's key where there is one with that key already, else None.
        """
        key, number = (response.item_id, response.sample), len(self.lines)
        if self.rows.setdefault(key, number) != number:
            return key
        self.lines.append(line)
        self.offsets.append(offset)
        text = response.text
        if not text.strip(_BLANKS):
            self.empty.add(number)
        if response.model is not None:
            self.models[response.model] += 1
        if response.prompt not in self.prompts:
            self.prompts[response.prompt] = (self.path, line, response.item_id)
        if (decoding := decoding_in(response.parameters)) is not None and decoding not in self.decodings:
            self.decodings[decoding] = (self.path, line, response.item_id)
        if response.refusal is not None:
            self.flagged += 1
            self.refusals += response.refusal
        if has_reasoning(text):
            self.reasoning.append(Place(self.path, line))
        if response.finish_reason in CUT_OFF or "truncated" in response.flags:
            self.truncated.append(Place(self.path, line))
        if len(text) <= _LONGEST_NUMBER and _NUMBER.fullmatch(text):
            self.numbers.append(Place(self.path, line))
        return None

    def take(self, other: Contestant, file: InputFile) -> None:
        """Add the responses that another file has of this contestant.

        Raises:
            InputError: Both have a response with the same item id and sample index.
        """
        before = len(self.lines)
        for key, number in other.rows.items():
            if (known := self.rows.setdefault(key, before + number)) != before + number:
                raise _twice(self.place(known), file, other.place(number), key, self.name)
        self.lines += other.lines
        self.offsets += other.offsets
        self.files += [(before + first, path) for first, path in other.files]
        self.empty |= {before + number for number in other.empty}
        self.models += other.models
        for prompt, where in other.prompts.items():
            self.prompts.setdefault(prompt, where)
        for decoding, where in other.decodings.items():
            self.decodings.setdefault(decoding, where)
        self.reasoning += other.reasoning
        self.truncated += other.truncated
        self.numbers += other.numbers
        self.failures += other.failures
        self.flagged += other.flagged
        self.refusals += other.refusals

    def __getstate__(self) -> dict[str, object]:
        """The fields, with the keys in two columns: ids have no line feed. A pickle of many tuples takes long."""
        ids, samples = "\n".join(item_id for item_id, _ in self.rows), array("Q", (sample for _, sample in self.rows))
        return vars(self) | {"rows": (ids, samples)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        ids, samples = state["rows"]
        vars(self).update(state, rows=dict(zip(zip(ids.split("\n"), samples, strict=False), count(), strict=False)))


def responses(path: Path, columns: Mapping[str, str] | None = None) -> Iterator[tuple[int, Response]]:
    """Yield (line, response) of a response file; ``columns`` as for :func:`judge.responses.read.open_responses`.

    Raises:
        InputError: A row does not fit the format, or the file has no rows.
    """
    return checked_responses(open_responses(path, columns), path)


def checked_responses(source: ResponseRows, path: Path) -> Iterator[tuple[int, Response]]:
    """Yield (line, response) of the rows of a file, each checked.

    Raises:
        InputError: A row does not fit the format, or the file has no rows.
    """
    is_csv = source.cells
    validate = Response.__pydantic_validator__.validate_python
    plain_fields: tuple[str, ...] = ()  # those of a row whose names are ours already
    count = 0
    for line, raw in source.rows:
        count += 1
        row = raw
        fields = tuple(raw)
        if fields != plain_fields and (_OTHER_NAMES.isdisjoint(raw) and raw.keys() >= _NAMES.keys()):
            plain_fields = fields
        if fields != plain_fields:
            row = dict(raw)
            for ours, names in _NAMES.items():
                if present := [name for name in names if name in raw]:
                    row[ours] = raw[present[0]]
                    _refuse_conflicting_fields(ours, [raw[name] for name in present if name != "id"], path, line, row)
        if is_csv:
            row = _typed_cells(row)
        if "item_id" not in row or "text" not in row:
            raise _missing_field(row, raw, path, 1 if is_csv else line, source)
        given = row["item_id"]
        if given is None or (isinstance(given, str) and not given.strip()):
            raise InputError(
                "the id is empty",
                path=path,
                line=line,
                hint="give each row an id, or remove the column of ids: they are made from the questions then",
            )
        if not isinstance(given, str) or given.endswith(".0"):
            row = row | {"item_id": given if isinstance(given, (list, dict)) else id_text(given)}
        try:
            yield line, _validated(row, validate)
        except ValidationError as error:
            text, hint = row["text"], "docs/formats.md shows a row"
            if isinstance(text, (dict, list)):
                hint = path_hint(source.read_as.taken.get("text", next(n for n in _NAMES["text"] if n in raw)), text)
            raise InputError(
                explain(error, Response), path=path, line=line, row=str(row["item_id"]), hint=hint
            ) from None
    if count == 0:
        below = f" below its first line; read as {source.read_as.format}" if source.cells else ""
        raise InputError(f"the file has no rows{below}", path=path, hint="give a file with one response per row")


def _missing_field(
    row: dict[str, object], raw: dict[str, object], path: Path, line: int, source: ResponseRows
) -> InputError:
    """Say what a row lacks: first the response, since ids can be made from questions."""
    if "text" in row or any(plain_name(name) in GUESSED["text"] for name in raw):
        missing, hint = "item_id (or custom_id)", "name its column: --columns item_id=NAME; or that of a question"
    else:
        missing, hint = "text (or response)", columns_hint(raw)
    what = f"no column {missing}; the header is" if source.cells else f"no {missing}; the row has"
    return InputError(
        f"{what}: {named(column_names(raw))}; read as "
        f"{', '.join(filter(None, (source.read_as.format, source.read_as.note)))}",
        path=path,
        line=line,
        row=None if source.cells else str(row.get("item_id") or "") or None,
        hint=hint,
    )


def _refuse_conflicting_fields(ours: str, values: list[object], path: Path, line: int, row: dict[str, object]) -> None:
    """Refuse two names of one field with different values: one of them would be lost."""
    if len({value for value in values if isinstance(value, str)}) > 1:
        raise InputError(
            f"two fields that both mean {ours} have different values",
            path=path,
            line=line,
            row=str(row.get("item_id") or "") or None,
            hint=f"keep one of {', '.join(_NAMES[ours])}",
        )


def _validated(row: dict[str, object], validate: Callable[[dict[str, object]], Response]) -> Response:
    try:
        return validate(row)
    except ValidationError:
        return validate(_as_cells(row))


def _as_cells(row: dict[str, object]) -> dict[str, object]:
    """Convert JSON values as if they stood in CSV: null is an empty cell, and a number in a field of text is text."""
    cells: dict[str, object] = {}
    for name, value in row.items():
        if value is None:
            if name in ("text", "item_id"):
                cells[name] = ""
        elif name in _TEXT and type(value) in (int, float):
            cells[name] = plain(value)
        elif name == "attributes" and isinstance(value, dict):
            given = {key: each for key, each in value.items() if each is not None}
            cells[name] = {key: plain(each) if type(each) in (int, float) else each for key, each in given.items()}
        else:
            cells[name] = value
    return cells


def _typed_cells(row: dict[str, object]) -> dict[str, object]:
    """Convert CSV cells: an empty optional cell is a missing field, and objects are JSON in a cell."""
    typed: dict[str, object] = {}
    for name, cell in row.items():
        if cell == "" and name not in ("text", "item_id"):
            continue
        if name in _IDS and isinstance(cell, str):
            typed[name] = id_text(cell)
        elif name in _JSON_CELLS and isinstance(cell, str):
            try:
                typed[name] = json.loads(cell)
            except ValueError:
                typed[name] = cell
        else:
            typed[name] = cell
    return typed


def read_contestants(files: list[InputFile], folder: Path, *, apart: int = _LARGE) -> dict[str, Contestant]:
    """Read all files into contestants, in the order of the command line; what is shown goes to files in ``folder``.

    A row's contestant is the name given with the file (``NAME=FILE``), else the row's ``contestant`` field, else the
    file's stem.

    Args:
        files: The files of responses.
        folder: An empty folder for the spool, one file for each of ``files``.
        apart: The bytes from which on the files after the first are read by other processes, as many as there are
            cores to spare.

    Raises:
        InputError: A contestant has two rows with the same item id and sample index, in one file or in two.
    """
    spools = [folder / f"{number}.spool" for number in range(len(files))]
    spare = (os.cpu_count() or 1) - 1
    others = [number for number in range(1, len(files)) if files[number].path.stat().st_size >= apart][:spare]
    processes = {number: _start(files[number], spools[number]) for number in others}
    contestants: dict[str, Contestant] = {}
    with without_collector():
        try:
            for number, (file, spool) in enumerate(zip(files, spools, strict=True)):
                process = processes.get(number)
                part = None if process is None else _result(process, spool)
                for name, found in (_read_file(file, spool) if part is None else part).items():
                    known = contestants.setdefault(name, found)
                    if known is not found:
                        known.take(found, file)
        finally:
            for process in processes.values():
                process.kill()
                process.wait()
    return contestants


def _read_file(file: InputFile, spool: Path) -> dict[str, Contestant]:
    contestants: dict[str, Contestant] = {}
    offset = 0
    path, stem = file.path, file.contestant
    source = open_responses(path, file.columns, file.questions)
    if source.wide and file.name is not None:
        raise InputError(
            f"the name {file.name!r} is given with a file whose rows hold several contestants' responses",
            path=path,
            hint=f"leave it out; to name them: --columns text.NAME=COLUMN; the file's text columns are "
            f"{source.read_as.taken['text']}",
        )
    with spool.open("wb", buffering=_BUFFER) as written:
        for line, response in checked_responses(source, path):
            name = file.name or response.contestant or stem
            contestant = contestants.get(name)
            if contestant is None:
                contestant = contestants[name] = Contestant(name, path)
            if (key := contestant.add(response, line, offset)) is not None:
                raise _twice(contestant.place(contestant.rows[key]), file, Place(path, line), key, name)
            offset += written.write(_spooled(response))
    for maker, kinds in source.failures.items():
        name = file.name or maker or stem
        contestants.setdefault(name, Contestant(name, path)).failures += kinds
    for contestant in contestants.values():
        contestant.read_as = source.read_as.in_words
    return contestants


def _start(file: InputFile, spool: Path) -> subprocess.Popen[bytes]:
    """Start to read a file in a process of its own. It needs no guarded main module, as multiprocessing would."""
    code = f"from {__name__} import read_apart; read_apart()"
    arguments = (str(file.path), file.name or "", str(spool), json.dumps(dict(file.columns)), str(file.questions or ""))
    nowhere = subprocess.DEVNULL
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.Popen(command, stdin=nowhere, stdout=nowhere, stderr=nowhere)  # noqa: S603 - this program


def read_apart() -> None:
    """Read the file that the command line names, for :func:`_result`: what another process of this program runs."""
    path, name, spool, columns, questions = sys.argv[1:]
    file = InputFile(Path(path), name or None, "", json.loads(columns), Path(questions) if questions else None)
    with without_collector():
        found = _read_file(file, Path(spool))
        Path(f"{spool}.rows").write_bytes(pickle.dumps(found))


def _result(process: subprocess.Popen[bytes], spool: Path) -> dict[str, Contestant] | None:
    """What another process read; None where it failed: then the file is read here, and says what is wrong with it."""
    if process.wait() != 0:
        return None
    found: dict[str, Contestant] = pickle.loads(Path(f"{spool}.rows").read_bytes())  # noqa: S301 - our own, just made
    return found


_HASH = 64  # characters of a sha256
_BARE, _BLANK_AROUND = b" +"


def _spooled(response: Response) -> bytes:
    """Two lines of the spool: the text's sha256, whether blanks surround it, and the text; what is said of the item."""
    text = response.text
    around = _BARE if text == text.strip() else _BLANK_AROUND
    return b"%b%c%b\n%b\n" % (text_sha256(text).encode(), around, orjson.dumps(text), orjson.dumps(_about(response)))


class Spooled(NamedTuple):
    """A response as the spool has it: two lines of bytes, mostly JSON, which need not be parsed to be compared."""

    text_line: bytes
    about_line: bytes

    def parts(self) -> tuple[orjson.Fragment, str]:
        """The text, in JSON, and its sha256."""
        line = self.text_line
        return orjson.Fragment(line[_HASH + 1 : -1]), line[:_HASH].decode()

    def about(self, item_id: str) -> About:
        """What the response says of its item."""
        return About(item_id, *orjson.loads(self.about_line))

    def has_text_of(self, other: Spooled) -> bool:
        """Whether two texts are the same, apart from surrounding blanks."""
        one, two = self.text_line, other.text_line
        if one == two or one[_HASH] == two[_HASH] == _BARE:
            return one == two
        return bool(orjson.loads(one[_HASH + 1 :]).strip() == orjson.loads(two[_HASH + 1 :]).strip())


class SpoolReader:
    """Reads responses back from the spool. Fast where they are read in the sequence in which they were written."""

    def __init__(self, files: Mapping[Path, IO[bytes]]) -> None:
        self._files = files
        self._path, self._file = next(iter(files.items()))
        self._at = 0

    def read(self, contestant: Contestant, number: int) -> Spooled:
        """Read what the spool has of a response."""
        path = contestant.path if len(contestant.files) == 1 else contestant.file_of(number)
        offset = contestant.offsets[number]
        if path is not self._path:
            self._path, self._file, self._at = path, self._files[path], -1
        if self._at != offset:
            self._file.seek(offset)
        text, about = self._file.readline(), self._file.readline()
        self._at = offset + len(text) + len(about)
        return Spooled(text, about)


@contextmanager
def spool_reader(files: Iterable[Path], folder: Path) -> Iterator[SpoolReader]:
    """Open the spool of ``files``, which :func:`read_contestants` made in ``folder``, for one reader."""
    with ExitStack() as stack:
        opened = {
            path: stack.enter_context((folder / f"{number}.spool").open("rb")) for number, path in enumerate(files)
        }
        yield SpoolReader(opened)


def _twice(before: Place, file: InputFile, place: Place, key: tuple[str, int], name: str) -> InputError:
    item_id, sample = key
    if before.path == file.path and before.line == place.line:
        return InputError(
            "the file is given twice for one contestant",
            path=file.path,
            hint=f"give it once, or under two names: a={file.path} b={file.path}",
        )
    if before.path != file.path:
        return InputError(
            f"duplicate id: the contestant {name!r} also has it in {before.path}:{before.line}",
            path=file.path,
            line=place.line,
            row=item_id,
            hint=f"give the files different names: NAME={file.path}",
        )
    return InputError(
        f"duplicate id: it also occurs in line {before.line}, with the same sample index ({sample})",
        path=file.path,
        line=place.line,
        row=item_id,
        hint="remove one of the rows; if they are samples of one item, number them in a `sample` field",
    )


def text_sha256(text: str) -> str:
    """Compute the sha256 of a text's UTF-8 bytes, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()
