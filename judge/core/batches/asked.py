"""The calls of one model that are to be made in batches, and where their session starts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from judge.core.calls.cost_estimate import Start
from judge.core.calls.limits import Limits
from judge.core.calls.task import Task
from judge.core.files.run_directory import RunDirectory
from judge.core.models.open_client import ModelSpec
from judge.core.models.types import ModelClient


@dataclass(frozen=True)
class InBatches:
    """The calls of one model that are to be made in batches.

    Attributes:
        task: Which calls there are.
        store: The run on disk.
        limits: ``limits.batch`` says whether to wait, how often to look, and how what is missing is asked for.
        spec: The model.
        open_client: Opens the client for live calls.
        start: The completed calls, the budget and the estimate.
        reload: Reads them anew from disk.
        details: What else the session's entry in the manifest has.
    """

    task: Task[Any, Any]
    store: RunDirectory[Any]
    limits: Limits
    spec: ModelSpec
    open_client: Callable[[], ModelClient]
    start: Start
    reload: Callable[[], Start]
    details: Mapping[str, Any] = field(default_factory=dict)
