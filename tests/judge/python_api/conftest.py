"""The bundled pairs, judged once by the offline judge."""

from __future__ import annotations

from pathlib import Path

import pytest

import judge
from tests.support.paths import EXAMPLES


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> judge.Run:
    return judge.compare(
        EXAMPLES / "base.jsonl",
        EXAMPLES / "ft.jsonl",
        values=EXAMPLES / "values.jsonl",
        judge="heuristic",
        out=tmp_path_factory.mktemp("run") / "demo",
        progress=False,
    )


@pytest.fixture(scope="session")
def values_path() -> Path:
    return EXAMPLES / "values.jsonl"
