"""Runs of a few calls in batches, against a server on loopback."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from judge.comparison.compare import compare
from judge.comparison.run import Run
from judge.core.calls.events import OnEvent, ignore
from judge.core.calls.limits import Batches
from judge.core.models.open_client import ModelSpec
from judge.core.models.retry import RetryPolicy
from judge.judging.settings import CompareSettings
from tests.support.batch_server import BatchServer
from tests.support.paths import EXAMPLES

CALLS = 12
SOON = 0.05
SETTLE = 0.3


def settings(out: Path, server: BatchServer, provider: str = "openai", **more: Any) -> CompareSettings:
    address = server.url if provider == "openai" else server.root
    given: dict[str, Any] = {"batch": Batches(poll=SOON, settle=SETTLE), "limit": CALLS // 2, **more}
    return CompareSettings(
        files=(str(EXAMPLES / "base.jsonl"), str(EXAMPLES / "ft.jsonl")),
        judge=ModelSpec(provider, "m", address),
        prompt="persona-value",
        values=EXAMPLES / "values.jsonl",
        out=out,
        resamples=100,
        policy=RetryPolicy.of_retries(0),
        **given,
    )


def run(out: Path, server: BatchServer, provider: str = "openai", *, on_event: OnEvent = ignore, **more: Any) -> Run:
    return compare(settings(out, server, provider, **more), on_event=on_event)


def once(server: BatchServer) -> bool:
    """Whether no call was made twice: the live one is in no batch."""
    return max(server.made.values(), default=0) <= 1
