"""Looking into run directories, for tests."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

from judge.core.files.journal import read_journal
from judge.core.records import Judgment, Verdict
from judge.judging.call_plan import Plan
from judge.judging.calls import CallMaker, CallSettings
from judge.prompts import load_prompt
from tests.support.loopback.server import without_additions


def journal(run: Path) -> list[Judgment]:
    return list(read_journal(run / "judgments.jsonl", Judgment))


def last_rows(run: Path) -> dict[str, Judgment]:
    """The row that stands for each call."""
    return {row.key: row for row in journal(run)}


def verdicts(run: Path) -> list[Verdict]:
    return [Verdict.model_validate_json(line) for line in (run / "verdicts.jsonl").read_text().splitlines()]


def summary(run: Path) -> dict[str, Any]:
    return json.loads((run / "summary.json").read_text())  # type: ignore[no-any-return]


def manifest(run: Path) -> dict[str, Any]:
    return json.loads((run / "manifest.json").read_text())  # type: ignore[no-any-return]


def calls_by_key(run: Path) -> dict[str, str]:
    """The stand-in's name of a call (a hash of the user prompt) for each key of the journal."""
    about = manifest(run)
    config = about["configuration"]
    settings = CallSettings(
        judge=config["judge"],
        endpoint=config["endpoint"],
        reply=config["reply"],
        temperature=config["temperature"],
        max_tokens=config["max_tokens"],
        seed=config["model_seed"],
    )
    maker = CallMaker(load_prompt(run / "prompt.yaml"), settings)
    plan = Plan(
        run / "comparisons.jsonl", seed=config["seed"], orders=config["orders"], repeats=config["repeats"], limit=None
    )
    return {
        call.key: hashlib.sha256(without_additions(call.user).encode()).hexdigest()
        for comparison in plan
        for call in maker.calls(plan, comparison)
    }


def statuses(run: Path) -> Counter[str]:
    return Counter(row.error_kind or row.status for row in last_rows(run).values())


def content(run: Path) -> dict[str, bytes]:
    return {str(path.relative_to(run)): path.read_bytes() for path in sorted(run.rglob("*")) if path.is_file()}


def tables(printed: str) -> str:
    """What a command printed, from the headline to the last table."""
    start, end = printed.index("Judged by the offline heuristic"), printed.find("\nWritten to")
    return printed[start : end if end >= 0 else None].strip()
