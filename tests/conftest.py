"""What all tests share: the command, the keys that lead nowhere, and the order of the files."""

from __future__ import annotations

import functools
import gc
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.support import command
from tests.support.command import Call, Command, Process

os.environ.pop("COLUMNS", None)  # which pytest-xdist sets: what is printed is as wide as it says
# Here, before another conftest.py loads numpy, which reads them once. Tests run in as many processes as cores, and more
# threads than cores wait for one another at full load: a small jackknife took twelve times as long.
os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
# Folders whose tests stay together: they share one real Label Studio, or load PyTorch, which takes seconds.
TOGETHER = ("tests/annotation/on_server/", "tests/generation/local/")
MEMORY = Path("/dev/shm")  # of Linux: files in memory, which `fsync` need not wait for
# The files and folders that take most time, the longest first (`--durations` in the log of make check shows them).
LONG = (
    "tests/docs/test_pages.py",
    "tests/judge/core/calls/test_session.py",
    "tests/judge/reports/html/test_run_page.py",
    "tests/judge/reports/figures/test_files.py",
    "tests/generation/local/",
    "tests/judge/study/test_judged_once.py",
    "tests/preferences/values/test_build.py",
    "tests/judge/stats/agreement/test_disagreement.py",
    "tests/judge/reports/figures/drawing/test_svg.py",
    "tests/judge/core/calls/test_faults.py",
    "tests/judge/reports/html/test_page_of_other_runs.py",
    "tests/judge/core/calls/test_max_cost.py",
    "tests/judge/reports/figures/test_shapes.py",
    "tests/judge/study/test_asked_again.py",
    "tests/judge/reports/html/test_report_command.py",
    "tests/judge/python_api/test_public_api.py",
    "tests/preferences/values/test_describe.py",
    "tests/generation/test_stops.py",
    "tests/judge/judging/test_open_run.py",
    "tests/judge/reports/several_runs/test_differences.py",
    "tests/judge/stats/agreement/test_annotators.py",
    "tests/annotation/other_tools/test_csv_file.py",
    "tests/judge/core/models/test_odd_servers.py",
)


@pytest.fixture
def judge(tmp_path: Path) -> Command:
    """Run `judge ...` in this process, in a scratch directory."""
    return functools.partial(command.judge, cwd=tmp_path)


@pytest.fixture
def call(tmp_path: Path) -> Call:
    """Run `judge ...` in this process, in a scratch directory; return its exit code, and let its error through."""
    return functools.partial(command.call, cwd=tmp_path)


@pytest.fixture
def judge_process(tmp_path: Path) -> Process:
    """Run `judge ...` in a process of its own, in a scratch directory: a second slower, for tests of the process."""
    return functools.partial(command.judge_process, cwd=tmp_path)


def pytest_configure() -> None:
    """Keys that lead nowhere, and files in memory, for all tests and their processes.

    A run is written to disk about a hundred times, and on a disk each takes up to 8 ms.
    """
    os.environ |= command.KEYS
    gc.disable()  # the modules and tests that are collected stay: looking for garbage takes a fifth of the time
    settings.register_profile("tests", deadline=None)  # on a busy machine any example may take long
    settings.load_profile("tests")
    if _takes_tests(MEMORY):
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def _takes_tests(folder: Path) -> bool:
    """Whether the folder can hold the tests' files, of which about 200 MB are there at once, and run programs there."""
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        return False
    about = os.statvfs(folder)
    return about.f_bavail * about.f_frsize > 4_000_000_000 and not about.f_flag & os.ST_NOEXEC


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One process more than cores: some tests wait, for a server, a time-out or another process."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With several processes a file stays in one, and so does each folder of ``TOGETHER``."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return group(file_of(nodeid))

    return ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start what takes long first, so that no process is left alone with it at the end."""
    gc.enable()
    slow = {group(file_of(item.nodeid)) for item in items if item.get_closest_marker("slow")}

    def place(item: pytest.Item) -> tuple[bool, int]:
        file = group(file_of(item.nodeid))
        return file not in slow, LONG.index(file) if file in LONG else len(LONG)

    items.sort(key=place)


def file_of(nodeid: str) -> str:
    """The file of a test."""
    return nodeid.partition("::")[0]


def group(file: str) -> str:
    """What stays in one process: a file, or a folder."""
    return next((folder for folder in TOGETHER if file.startswith(folder)), file)
