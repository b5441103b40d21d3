"""Whether a run goes on: its lock is looked up, and never taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from judge.core.files.manifest import Manifest, SessionEntry
from judge.core.files.run_directory import LOCK, locked
from judge.reports.live.run_state import is_locked, state_of


def manifest(ended_by: str | None = None, *, ended: bool = True) -> Manifest:
    entry = SessionEntry(started="2026-11-29T00:00:00+00:00", ended="2026-11-29T00:01:00+00:00" if ended else None)
    return Manifest(sessions=(entry.model_copy(update={"ended_by": ended_by}),))


@pytest.mark.skipif(not Path("/proc/locks").exists(), reason="Linux lists its locks")
def test_a_lock_is_found_and_its_absence_too(tmp_path: Path) -> None:
    assert is_locked(tmp_path / LOCK) is False
    with locked(tmp_path):
        assert is_locked(tmp_path / LOCK) is True
    assert is_locked(tmp_path / LOCK) is False


@pytest.mark.parametrize(
    ("of", "options", "name"),
    [
        (manifest(ended=False), {"locked": True, "quiet": 900.0}, "running"),
        (manifest("done"), {"locked": True, "quiet": 0.0}, "running"),  # it writes its results, or is resumed
        (manifest(ended=False), {"locked": None, "quiet": 60.0}, "running"),  # a system that lists no locks
        (manifest(ended=False), {"locked": None, "quiet": 200.0}, "stopped"),
        (manifest(ended=False), {"locked": False, "quiet": 5.0}, "running"),  # maybe in another container
        (manifest(ended=False), {"locked": False, "quiet": 60.0}, "stopped"),  # killed
        (Manifest(), {"locked": False, "quiet": 1.0}, "running"),
        (Manifest(), {"locked": False, "quiet": 1e6}, "stopped"),
        (manifest("interrupt"), {"locked": False, "quiet": 1.0}, "stopped"),
        (manifest("max-cost"), {"locked": False, "quiet": 1.0}, "stopped"),
        (manifest("error"), {"locked": False, "quiet": 1.0}, "failed"),
        (manifest("done"), {"locked": False, "quiet": 1.0}, "finished"),
    ],
)
def test_the_state_follows_from_lock_session_and_growth(of: Manifest, options: dict[str, float], name: str) -> None:
    assert state_of(of, missing=0, **options).name == name  # type: ignore[arg-type]


def test_failed_calls_of_a_finished_run_are_named() -> None:
    done = manifest("done")
    assert (
        state_of(done, locked=False, quiet=1, missing=3).words != state_of(done, locked=False, quiet=1, missing=0).words
    )
