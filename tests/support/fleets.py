"""`judge compare` of the bundled pairs with a judge on several servers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from judge.comparison.compare import compare
from judge.comparison.run import Run
from judge.core.calls.events import OnEvent, ignore
from judge.core.models.open_client import ModelSpec, parse_spec
from judge.core.models.retry import RetryPolicy
from judge.judging.settings import CompareSettings
from tests.support.loopback import Loopback
from tests.support.paths import EXAMPLES
from tests.support.runs import journal

CALLS = 192  # of the bundled pairs


def named(name: str) -> Callable[[dict[str, Any]], None]:
    """Let a server answer as a model of this name."""

    def change(answer: dict[str, Any]) -> None:
        answer["model"] = name

    return change


@contextmanager
def loopbacks(*each: dict[str, Any]) -> Iterator[list[Loopback]]:
    """Servers, one for each set of options."""
    with ExitStack() as stack:
        yield [stack.enter_context(Loopback(**options)) for options in each]


def fleet_run(
    out: Path, urls: Sequence[str] | str | ModelSpec, *, on_event: OnEvent = ignore, retries: int = 0, **more: Any
) -> Run:
    """Judge the bundled pairs at several addresses."""
    return compare(
        CompareSettings(
            files=(str(EXAMPLES / "base.jsonl"), str(EXAMPLES / "ft.jsonl")),
            judge=urls if isinstance(urls, ModelSpec) else parse_spec("openai:m", urls),
            prompt="persona-value",
            values=EXAMPLES / "values.jsonl",
            out=out,
            resamples=100,
            policy=RetryPolicy.of_retries(retries),
            **more,
        ),
        on_event=on_event,
    )


def answered_by(out: Path) -> Counter[str | None]:
    """How many rows of a run's journal each server gave."""
    return Counter(row.endpoint for row in journal(out))


def name_of(server: Loopback) -> str:
    """How a fleet names a server."""
    return server.root.removeprefix("http://")
