"""A tiny model with random weights, made once per session."""

from __future__ import annotations

from pathlib import Path

import pytest

from judge.generation.local.tiny import make_tiny_model


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_model(tmp_path_factory.mktemp("training") / "tiny")
