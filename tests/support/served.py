"""`judge compare` of the bundled pairs with a judge on loopback."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from judge.comparison.compare import compare as run_comparison
from judge.comparison.run import Run
from judge.core.calls.events import OnEvent, ignore
from judge.core.models.open_client import ModelSpec
from judge.core.models.retry import RetryPolicy
from judge.judging.settings import CompareSettings
from tests.support.command import Call, Command
from tests.support.loopback import Loopback
from tests.support.paths import EXAMPLES, PAIRS
from tests.support.raw_server import RawServer

Body = dict[str, Any]
LIMIT = ("--limit", "4", "--max-retries", "0")
CALLS = 8


def compare(judge: Command | Call, server: Loopback, *more: str, provider: str = "openai") -> Any:
    address = server.url if provider == "openai" else server.root
    return judge("compare", *PAIRS, "--judge", f"{provider}:m", "--base-url", address, "--out", "run", *more)


def small_run(
    out: Path, server: RawServer, provider: str = "openai", *, on_event: OnEvent = ignore, **more: Any
) -> Run:
    """A run of 8 calls, without retries unless a policy is given."""
    settings: dict[str, Any] = {
        "judge": ModelSpec(provider, "m", server.url if provider == "openai" else server.root),
        "limit": CALLS // 2,
        "policy": RetryPolicy.of_retries(0),
        **more,
    }
    return run_comparison(
        CompareSettings(
            files=(str(EXAMPLES / "base.jsonl"), str(EXAMPLES / "ft.jsonl")),
            prompt="persona-value",
            values=EXAMPLES / "values.jsonl",
            out=out,
            resamples=100,
            **settings,
        ),
        on_event=on_event,
    )
