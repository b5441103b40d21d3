"""A tiny model with random weights, and a small training run of it, made once per session."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from judge.generation.local.tiny import make_tiny_model


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_model(tmp_path_factory.mktemp("training") / "tiny")


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Several threads for matrices of this size only wait for each other."""
    import torch  # here: each process of the tests collects this file, and one of them needs PyTorch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
