"""Values files, and `judge generate` run in this process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from judge.core.files.journal import read_journal
from judge.generation.models import parse_model
from judge.generation.settings import GenerateSettings
from judge.generation.task import Generation
from tests.support import command
from tests.support.paths import EXAMPLES
from tests.support.rows import read_rows

VALUES = EXAMPLES / "values.jsonl"
ITEMS = len(VALUES.read_text(encoding="utf-8").splitlines())


def generate(out: Path, *options: object, values: Path = VALUES) -> int:
    """Run `judge generate` and return its exit code. What it refuses is raised."""
    return command.call("generate", values, "--out", out, *options)


def settings(out: Path, server: Any, *, values: Path = VALUES, **options: Any) -> GenerateSettings:
    """The settings of a run with a model on loopback."""
    model = parse_model(options.pop("model", "openai:m"), options.pop("base_url", server.url))
    return GenerateSettings(values=values, model=model, out=out, **options)


def results(out: Path) -> dict[str, Any]:
    """The counts of the run beside a file of responses."""
    return manifest(out)["results"]  # type: ignore[no-any-return]


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
