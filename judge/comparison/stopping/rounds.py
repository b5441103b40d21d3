"""One round of judging: a session, and a second one for the calls that failed in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from judge.comparison.compare import JudgingPreview, compare
from judge.comparison.run import Run
from judge.core.calls.events import OnEvent
from judge.core.errors import UsageError
from judge.judging.settings import CompareSettings


def refuse_all_pairs(settings: CompareSettings) -> None:
    """Refuse a run of all pairs: what is decided is the win rate of each candidate against one reference.

    Raises:
        UsageError: The settings compare all pairs.
    """
    if settings.among_all:
        raise UsageError(
            "stopping early is about candidates against one reference", hint="leave out --all-pairs, or give --limit"
        )


def judge_round(
    settings: CompareSettings,
    *,
    confirm: Callable[[JudgingPreview], bool],
    on_event: OnEvent,
    spent: float = 0.0,
) -> tuple[Run, int]:
    """Judge what ``settings.limit`` takes, then ask once more for what failed, unless ``retry_failed`` is off.

    So a failure that passes does not count against what is known at the end of the round. Failures of earlier rounds
    are asked again with it. ``spent`` is as for :func:`~judge.comparison.compare.compare`.

    Returns:
        The run after the last session, and the calls made in both.
    """
    run = compare(replace(settings, retry_failed=False), confirm=confirm, on_event=on_event, spent=spent)
    assert run.session is not None
    calls = run.session.calls
    if not settings.retry_failed or run.session.ended_by != "done" or not run.missing:
        return run, calls
    run = compare(settings, confirm=confirm, on_event=on_event, spent=spent)
    assert run.session is not None
    return run, calls + run.session.calls
