"""Runs that the report's tests share: each is judged once. A browser must not be open while a run is judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.report import hostile, runs


@pytest.fixture(scope="session")
def demo_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled pairs, judged by the heuristic."""
    return runs.demo(tmp_path_factory.mktemp("demo") / "demo")


@pytest.fixture(scope="session")
def demo_labels(demo_run: Path) -> Path:
    """Three people's labels of the bundled pairs."""
    return runs.labels(demo_run, demo_run.parent / "annotations.jsonl")


@pytest.fixture(scope="session")
def hostile_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose every text is hostile."""
    return hostile.hostile_run(tmp_path_factory.mktemp("hostile") / "<b onmouseover=window.__pwned=1>run")


@pytest.fixture(scope="session")
def hostile_labels(hostile_run: Path) -> Path:
    """Hostile labels of the hostile run."""
    return hostile.hostile_labels(hostile_run, hostile_run.parent / "annotations.jsonl")


@pytest.fixture(scope="session")
def large_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """20,000 comparisons over 200 questions and 100 subgroups."""
    from benchmarks.data import write_pairs

    folder = tmp_path_factory.mktemp("large")
    base, ft = write_pairs(folder, 20_000)
    return runs.judged(folder / "large", str(base), str(ft), resamples=100)
