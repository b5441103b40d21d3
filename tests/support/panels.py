"""Panels of judges on loopback: the bundled pairs, and servers of both wire formats."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from judge.core.models.open_client import ModelSpec
from judge.core.models.retry import RetryPolicy
from judge.judging.panel import PANEL, Member, Panel
from judge.judging.settings import CompareSettings
from tests.support.loopback import Loopback
from tests.support.paths import EXAMPLES

NAMES = ("ann", "ben", "cem")
PRICES = (
    "as_of: today\ncurrency: USD\nmodels:\n"
    "  openai:ann: {input: 0, output: 1000}\n"
    "  anthropic:ben: {input: 0, output: 2000}\n"
    "  openai:cem: {input: 0, output: 3000}\n"
)


def spec_of(name: str, server: Loopback) -> ModelSpec:
    """A judge of this name; ``ben`` speaks Anthropic's format, the others OpenAI's."""
    return ModelSpec("anthropic", name, server.root) if name == "ben" else ModelSpec("openai", name, server.url)


def panel_of(servers: Sequence[Loopback], quorum: int = 2, names: Sequence[str] = NAMES, **options: Any) -> Panel:
    """A panel of the servers."""
    members = tuple(Member(name, spec_of(name, server)) for name, server in zip(names, servers, strict=False))
    return Panel(members, quorum, **options)


def settings_of(out: Path, panel: Panel, **options: Any) -> CompareSettings:
    """A comparison of the bundled pairs by a panel."""
    prices = out.parent / "prices.yaml"
    prices.write_text(PRICES, encoding="utf-8")
    usual: dict[str, Any] = {
        "files": (str(EXAMPLES / "base.jsonl"), str(EXAMPLES / "ft.jsonl")),
        "prompt": "persona-value",
        "values": EXAMPLES / "values.jsonl",
        "limit": 6,
        "policy": RetryPolicy.of_retries(0),
        "prices": prices,
    }
    return CompareSettings(judge=PANEL, panel=panel, out=out, **usual | options)
