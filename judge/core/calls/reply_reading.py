"""From a reply, or the failure to get one, to what it means and to its row in the journal."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from judge.core.calls.structured_output import ONLY_REASONING, only_reasoning
from judge.core.calls.task import C, Outcome, R, Reading, Task
from judge.core.errors import WriteError
from judge.core.files.journal import Journal
from judge.core.models.types import ChatError, ChatReply, ErrorKind, bug


def reading_of(task: Task[C, Any], call: C, outcome: ChatReply | ChatError) -> Reading:
    """Read what a call gave. Never raises: what cannot be read is a reading with its status."""
    if isinstance(outcome, ChatError):
        return failure(outcome)
    if outcome.refused:
        return Reading("refusal", "refusal", "the provider marked the reply as a refusal")
    try:
        found = task.read_cut(call, outcome.text) if outcome.truncated else task.read(call, outcome.text)
    except Exception as error:  # of this reply only
        return replace(failure(bug(error)), status="parse_error")
    problem = only_reasoning(outcome) if found.kind == "empty" and not outcome.truncated else None
    return found if problem is None else Reading("parse_error", ONLY_REASONING, problem)


def failure(error: ChatError) -> Reading:
    """Read an error as the failure of its call."""
    if error.kind is ErrorKind.CONTENT_FILTER:
        return Reading("refusal", error.kind.value, error.message)
    if error.kind is ErrorKind.TRUNCATED:
        return Reading("truncated", error.kind.value, error.message)
    return Reading("api_error", error.kind.value, error.message)


def written(task: Task[C, R], journal: Journal, call: C, outcome: Outcome) -> R:
    """Write the journal's row; where none can be made of the reply, one without its text.

    Raises:
        WriteError: The disk does not take it.
    """
    try:
        row = task.row(call, outcome)
        journal.append(row)
    except WriteError:
        raise
    except Exception as error:
        blank = None if outcome.reply is None else ChatReply("", None, None, usage=outcome.reply.usage)
        row = task.row(call, replace(outcome, reply=blank, reading=failure(bug(error))))
        journal.append(row)
    return row
