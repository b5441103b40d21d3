"""Judge as the settings say: all pairs alike, or by a design that takes fewer calls."""

from __future__ import annotations

from collections.abc import Callable

from judge.comparison.compare import JudgingPreview, compare
from judge.comparison.fewer_calls.adaptive_orders import compare_adaptive
from judge.comparison.fewer_calls.expert_judge import compare_with_expert
from judge.comparison.run import Run
from judge.core.calls.cost_estimate import accept
from judge.core.calls.events import OnEvent, ignore
from judge.core.errors import UsageError
from judge.judging.settings import CompareSettings


def compare_designed(
    settings: CompareSettings, *, confirm: Callable[[JudgingPreview], bool] = accept, on_event: OnEvent = ignore
) -> Run:
    """Judge with the design of the settings; arguments, result and errors of the function that does it.

    Args:
        settings: An ``expert``: :func:`~.expert_judge.compare_with_expert`; ``orders`` adaptive:
            :func:`~.adaptive_orders.compare_adaptive`; else :func:`~judge.comparison.compare.compare`.
        confirm: Asked before each session that makes calls.
        on_event: Told of progress.

    Raises:
        UsageError: No calls are to be made, and the design decides on some of them after others.
    """
    if settings.expert is not None:
        return compare_with_expert(settings, confirm=confirm, on_event=on_event)
    if settings.orders == "adaptive":
        if settings.batch is not None:
            raise UsageError("--orders adaptive makes its pilot's calls live", hint="leave out --batch, or the orders")
        if settings.no_calls:
            raise UsageError(
                "--orders adaptive decides after its pilot, so that --no-calls cannot know all calls",
                hint="--orders both or --orders one with --no-calls",
            )
        return compare_adaptive(settings, confirm=confirm, on_event=on_event)
    return compare(settings, confirm=confirm, on_event=on_event)


def refuse_with_rounds(settings: CompareSettings) -> None:
    """Refuse the designs that judging in rounds until enough is known cannot have.

    Raises:
        UsageError: The orders are adaptive, there is an expert, or no calls are to be made.
    """
    if settings.batch is not None:
        raise UsageError(
            "judging in rounds would wait for a batch in every round",
            hint="leave out --batch, or --until-decided and --until-half-width",
        )
    if settings.no_calls:
        raise UsageError(
            "judging in rounds decides on some calls after others, so that --no-calls cannot know all calls",
            hint="leave out --until-decided and --until-half-width",
        )
    if settings.expert is not None:
        raise UsageError(
            "--expert reads a part of a plan whose size is known; rounds until enough is known have none",
            hint="leave out --expert, or --until-decided and --until-half-width",
        )
    if settings.orders == "adaptive":
        raise UsageError(
            "--orders adaptive decides once, after its pilot; rounds until enough is known have scores of one design",
            hint="--orders both or --orders one with --until-decided and --until-half-width",
        )
