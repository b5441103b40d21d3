"""No file, and no reply, makes a reader fail with anything but a message of its own."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judge.core.errors import PersonaJudgeError
from judge.core.files.arguments import input_file
from judge.core.files.formats.table import table_rows
from judge.core.survey.values import load_items
from judge.human_labels.read_labels import read_labels
from judge.judging.pairs.contestants import read_contestants
from judge.judging.pairs.contestants import responses as read_responses
from judge.judging.reply_parser.parser import ReplyParser
from judge.prompts import load_prompt
from tests.support.paths import PAIRS, ROOT
from tests.support.planted import PLANTED, WRITTEN, reply_of

PARSER = ReplyParser(load_prompt("persona-value"))
PIECES = [
    *(form(reply_of(PLANTED)) for form in WRITTEN.values()),
    "{",
    "}",
    '"',
    "\\",
    "```json\n",
    "```",
    "\n",
    ",",
    ":",
    "[",
    "]",
    "persona_winner",
    "overall_winner: B",
    "null",
    "\u201c",
    "\ud7ff",
    "<think>",
    "</think>",
    "B",
    "tie",
    "{" * 50,
    "[" * 500,
]
START = Path(PAIRS[0]).read_bytes()[:1500]


@settings(deadline=None, max_examples=150)
@given(st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=8)), max_size=8), st.text(max_size=40))
def test_any_reply_is_read_or_has_an_error(parts: list[str], shown: str) -> None:
    for text in ("".join(parts), "\n".join(parts)):
        parsed = PARSER.parse(text, "k3v9x0qd", (shown,))
        assert bool(parsed.winners) == (parsed.error is None)


def rows(path: Path) -> None:
    list(table_rows(path))


def responses(path: Path) -> None:
    spool = path.with_name("spool")
    spool.mkdir()
    read_contestants([input_file(str(path))], spool)


def values(path: Path) -> None:
    load_items(path)


def prompt(path: Path) -> None:
    load_prompt(path)


READERS = [
    (rows, "x.jsonl"),
    (rows, "x.csv"),
    (responses, "x.jsonl"),
    (responses, "x.csv"),
    (values, "v.jsonl"),
    (prompt, "p.yaml"),
]


@pytest.mark.parametrize(("read", "name"), READERS)
@settings(deadline=None, max_examples=60)
@given(content=st.one_of(st.binary(max_size=200), st.text(max_size=100).map(str.encode)), seed=st.integers(0, 2**20))
def test_any_file_is_read_or_refused(read: Callable[[Path], None], name: str, content: bytes, seed: int) -> None:
    data = bytearray(START)
    data[seed % len(data)] ^= 1 << (seed % 8)
    head = b"item_id,text\n" if name.endswith("csv") else json.dumps({"item_id": "a", "text": "b"}).encode() + b"\n"
    for each in (content, head + content, bytes(data)):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            path.write_bytes(each)
            try:
                read(path)
            except PersonaJudgeError as error:
                assert error.message  # noqa: PT017


FORMATS = sorted((ROOT / "tests" / "fixtures" / "formats").glob("*.json*"))
ODD = (None, 0, 1.5, True, "", "x", [], {}, [1], [{}], [[]], {"a": 1}, 10**30, [None])


def changed(value: object, random: Random) -> object:
    """The value with one part in twenty gone or of another type."""
    if random.random() < 0.03:
        return random.choice(ODD)
    if isinstance(value, dict):
        return {name: changed(each, random) for name, each in value.items() if random.random() > 0.02}
    return [changed(each, random) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize("source", FORMATS, ids=lambda path: path.name)
def test_any_row_of_another_tool_is_read_or_refused(source: Path, tmp_path: Path) -> None:
    text = source.read_text(encoding="utf-8")
    documents = [json.loads(line) for line in text.splitlines()] if source.suffix == ".jsonl" else [json.loads(text)]
    for seed in range(40):
        random = Random(seed)
        path = tmp_path / f"{seed}{source.suffix}"
        path.write_text("\n".join(json.dumps(changed(each, random)) for each in documents), encoding="utf-8")
        for read in (lambda file: list(read_responses(file)), read_labels):
            try:
                read(path)
            except PersonaJudgeError as error:
                assert error.message  # noqa: PT017
