"""What the pages' commands mention and do not make: responses, values, models' prices, a study, what servers say."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.docs.blocks import blocks
from tests.support.paths import EXAMPLES, ROOT

WVS = "WVS_Cross-National_Wave_7_csv_v6_0.csv"
COPIES = {
    "base.jsonl": "base.jsonl",
    "ft.jsonl": "ft.jsonl",
    "values.jsonl": "values.jsonl",
    "base.csv": "structured-base-illustrative.csv",
    "ft.csv": "structured-ft-illustrative.csv",
}
MODELS = ("openai:gpt-4.1", "openai:gpt-4.1-mini", "anthropic:claude-sonnet-4-5")


def supply(folder: Path) -> None:
    """Put the small ones there. A survey, a run, its labels and tiny models are made once, by `made`."""
    for name, source in COPIES.items():
        shutil.copy(EXAMPLES / source, folder / name)
    for name, source in (("gpt41", "base"), ("llama", "ft"), ("llama-sft", "base")):
        rows = [json.loads(line) for line in (EXAMPLES / f"{source}.jsonl").read_text(encoding="utf-8").splitlines()]
        lines = [json.dumps({**row, "contestant": name}) for row in rows]
        (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    asked = ["Why is the sky blue?", "How did US states get their names?"]
    for name in ("gpt4", "llama3", "qwen"):
        outputs = [{"instruction": each, "output": f"As {name} sees it ...", "generator": name} for each in asked]
        (folder / f"{name}.json").write_text(json.dumps(outputs, indent=2), encoding="utf-8")
    prices = {"as_of": "2026-11-21", "currency": "USD", "models": {name: {"input": 1, "output": 1} for name in MODELS}}
    (folder / "prices.yaml").write_text(yaml.safe_dump(prices))


def study(folder: Path, url: str) -> None:
    """study.yaml: a small study of two served models and a served judge."""
    content: dict[str, Any] = {
        "name": "served",
        "values": {"file": "values.jsonl"},
        "models": [{"name": name, "model": f"openai:{name}", "base_url": url} for name in ("base", "ft")],
        "generate": {"sample": 20, "concurrency": 4},
        "compare": {"judge": "openai:judge", "base_url": url, "concurrency": 4},
        "tables": {"resamples": 200},
    }
    (folder / "study.yaml").write_text(yaml.safe_dump(content, sort_keys=False))


def fleet(folder: Path, replaced: Mapping[str, str]) -> None:
    """fleet.yaml: the file of servers that the page about fleets shows."""
    page = "docs/howto/fleet.md"
    (text,) = (block.text for block in blocks(ROOT / page, page) if block.language == "yaml")
    for old, new in replaced.items():
        text = text.replace(old, new)
    (folder / "fleet.yaml").write_text(text)


def writes(body: dict[str, Any]) -> str | None:
    """What the stand-in says to a request: a free answer to a persona; None lets it judge."""
    user = str(body["messages"][-1]["content"])
    if "<response_a>" in user or "response_a" in str(body):
        return None
    if options := re.findall(r"(\d+) = |\((\d+)\)", user):  # "1 = Agree", or ends named in the wording: "equal (1)"
        number = "".join(options[len(user) % len(options)])
        asks_json = "response_format" in body or "output_config" in body or "JSON" in user
        return f'{{"answer": {number}}}' if asks_json else f"Answer: {number}"
    return (
        f"I have thought about this often. {user.splitlines()[0]} My family and I have talked it over more than once."
    )
