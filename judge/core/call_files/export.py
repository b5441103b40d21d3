"""Write the calls of a run that have no result yet to a file, for whoever makes them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from judge.core.call_files.lines import LineError, Wire, call_line, key_of
from judge.core.calls.completed_calls import Completed, missing_calls
from judge.core.calls.limits import StructuredOutput
from judge.core.calls.task import Task
from judge.core.errors import UsageError
from judge.core.files.run_directory import replacing_bytes
from judge.core.models.open_client import ModelSpec
from judge.core.models.providers.named import provider_named


@dataclass(frozen=True)
class Exported:
    """A file of calls.

    Attributes:
        path: The file.
        calls: Its calls.
        completed: Calls of the plan that are not in it, since the run has their results.
        bytes: The size of the file.
        input_tokens: The estimated tokens of all prompts.
        mode: How structured output is asked for.
        wire: The format.
    """

    path: Path
    calls: int
    completed: int
    bytes: int
    input_tokens: int
    mode: str
    wire: Wire


def wire_of(spec: ModelSpec) -> Wire:
    """The format that a model's provider speaks."""
    return provider_named(spec.provider).wire


def limit_name_of(spec: ModelSpec) -> str:
    """The name of the token limit, as a live call starts with it in OpenAI's format.

    api.openai.com wants the newer name; most compatible servers know only the older one.
    """
    address = spec.place or provider_named(spec.provider).address
    return "max_tokens" if address else "max_completion_tokens"


def mode_of(structured_output: StructuredOutput, settled: str | None) -> str:
    """How calls in a file ask for structured output: as the endpoint was found to support it, else by JSON schema."""
    if structured_output == "text":
        return "text"
    return settled or "json_schema"


def export_calls(task: Task[Any, Any], completed: Completed, spec: ModelSpec, mode: str, out: Path) -> Exported:
    """Write the calls that have no result, one a line, each under its key.

    Args:
        task: The run's calls.
        completed: What its journal has.
        spec: The model.
        mode: How structured output is asked for, from :func:`mode_of`.
        out: The file. It is written whole or not at all, and replaced where it is there. Where no call is missing, no
            file is written.

    Raises:
        UsageError: The file is there, and is no file of calls.
        WriteError: The disk does not take it.
    """
    wire = wire_of(spec)
    if out.exists() and not _has_calls(out):
        raise UsageError(f"{out} is there, and is no file of calls", hint="give another --out")
    calls = size = tokens = 0
    missing = missing_calls(task, completed)
    if (first := next(missing, None)) is None:
        return Exported(out, 0, len(completed.ok), 0, 0, mode, wire)
    with replacing_bytes(out) as file:
        for call in chain((first,), missing):
            request = task.request(call, mode, task.max_tokens)
            line = call_line(wire, spec.model, call.key, request, limit_name=limit_name_of(spec))
            file.write(line)
            calls, size, tokens = calls + 1, size + len(line), tokens + task.tokens_in(call)
    return Exported(out, calls, len(completed.ok), size, tokens, mode, wire)


def _has_calls(path: Path) -> bool:
    with path.open("rb") as file:
        line = file.readline()
    try:
        return not line or bool(key_of(line))
    except LineError:
        return False
