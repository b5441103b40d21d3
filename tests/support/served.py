"""`judge compare` of the bundled pairs with a judge on loopback."""

from __future__ import annotations

from typing import Any

from tests.support.command import Call, Command
from tests.support.loopback import Loopback
from tests.support.paths import PAIRS

Body = dict[str, Any]
LIMIT = ("--limit", "4", "--max-retries", "0")
CALLS = 8


def compare(judge: Command | Call, server: Loopback, *more: str, provider: str = "openai") -> Any:
    address = server.url if provider == "openai" else server.root
    return judge("compare", *PAIRS, "--judge", f"{provider}:m", "--base-url", address, "--out", "run", *more)
