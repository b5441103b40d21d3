"""Which judge is the expert and how much it reads: what ``--expert`` and ``--expert-share`` say."""

from __future__ import annotations

from judge.core.errors import UsageError
from judge.core.models.open_client import ModelSpec, parse_spec
from judge.judging.settings import ExpertShare


def expert_of(text: str | None, base_url: str | None) -> ModelSpec | None:
    """Read the name of the expert; None where none is named.

    Raises:
        UsageError: The name is none, or there is an address without a name.
    """
    if text is None:
        if base_url is not None:
            raise UsageError("--expert-base-url is for an expert", hint="give --expert openai:MODEL")
        return None
    return parse_spec(text, base_url)


def share_of(text: str | float) -> ExpertShare:
    """Read ``auto``, or a share above 0 and at most 1.

    Raises:
        UsageError: It is neither.
    """
    if text == "auto":
        return "auto"
    try:
        found = float(text)
    except ValueError:
        found = 0.0
    if not 0 < found <= 1:
        raise UsageError(f"--expert-share is {text}", hint="auto, or a share above 0 and at most 1, like 0.2")
    return found
