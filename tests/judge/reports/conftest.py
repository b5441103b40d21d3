"""Runs that the report's tests share: each is judged once. A browser must not be open while a run is judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from judge.reports.html.run_page import write_report
from tests.support import hostile
from tests.support import report_runs as runs


@pytest.fixture(scope="session")
def demo_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled pairs, judged by the heuristic."""
    return runs.demo(tmp_path_factory.mktemp("demo") / "demo")


@pytest.fixture(scope="session")
def small_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten of the bundled pairs, one criterion: its page is written in a third of the time."""
    return runs.demo(tmp_path_factory.mktemp("small") / "small", limit=10, prompt=runs.ONE_CRITERION)


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


@pytest.fixture(scope="session")
def one_order_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled pairs, each read in one order only."""
    return runs.demo(tmp_path_factory.mktemp("one-order") / "one-order", orders="one")


@pytest.fixture(scope="session")
def demo_page(demo_run: Path) -> Path:
    """The page of the bundled pairs, without labels."""
    return write_report(demo_run, demo_run.parent / "plain.html").path


@pytest.fixture(scope="session")
def labelled_page(demo_run: Path, demo_labels: Path) -> Path:
    """The page of the bundled pairs, with labels."""
    return write_report(demo_run, demo_run.parent / "labelled.html", annotations=demo_labels).path


@pytest.fixture(scope="session")
def hostile_page(hostile_run: Path, hostile_labels: Path) -> Path:
    """The page of the hostile run, with hostile labels."""
    return write_report(hostile_run, hostile_run.parent / "hostile.html", annotations=hostile_labels).path
