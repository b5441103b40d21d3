"""Values files, and `judge generate` run in this process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from judge.core.files.journal import read_journal
from judge.generation.task import Generation
from tests.support.command import Done, judge
from tests.support.paths import EXAMPLES
from tests.support.rows import read_rows

VALUES = EXAMPLES / "values.jsonl"
ITEMS = len(VALUES.read_text(encoding="utf-8").splitlines())


def generate(out: Path, *options: object, values: Path = VALUES) -> Done:
    return judge("generate", values, "--out", out, *options)


def served(server: Any, *options: object) -> tuple[object, ...]:
    return ("--model", "openai:m", "--base-url", server.url, *options)


def run_of(out: Path) -> Path:
    return out.with_name(f"{out.name}.run")


def manifest(out: Path) -> dict[str, Any]:
    return json.loads((run_of(out) / "manifest.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def journal(out: Path) -> list[Generation]:
    return list(read_journal(run_of(out) / "generations.jsonl", Generation))


def texts(out: Path) -> dict[tuple[str, int], str]:
    return {(row["item_id"], row["sample"]): row["text"] for row in read_rows(out)}


def assert_refused(done: Done, *words: object) -> None:
    """The command refused: exit code 2, these words on stderr, what to do, no stack trace."""
    assert done.returncode == 2, done
    for word in (*words, "what to do:"):
        assert str(word) in done.stderr, f"{word} is not in: {done.stderr}"
    assert "Traceback" not in done.stderr
    assert "this is a bug" not in done.stderr
