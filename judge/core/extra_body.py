"""Fields that the user adds to the body of each request."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from judge.core.errors import UsageError
from judge.core.redact import redact

# Fields that the client writes, by the option that decides them; None where none does.
_OWN: dict[str, str | None] = {
    "model": "--judge or --model",
    "messages": None,
    "system": None,
    "stream": None,
    "n": "--repeats or --samples",
    "temperature": "--temperature",
    "max_tokens": "--max-tokens",
    "max_completion_tokens": "--max-tokens",
    "seed": "--model-seed",
    "response_format": "--structured-output",
    "output_config": "--structured-output",
    "tools": "--structured-output",
    "tool_choice": "--structured-output",
}


@dataclass(frozen=True)
class ExtraBody:
    """The fields, as canonical JSON: equal where they mean the same."""

    text: str

    @cached_property
    def fields(self) -> dict[str, Any]:
        """The fields by name."""
        return dict(json.loads(self.text))


def extra_body(given: str | Mapping[str, Any] | None, option: str = "--extra-body") -> ExtraBody | None:
    """Read the fields from JSON text or a mapping; None where there are none. ``option`` is for messages.

    Raises:
        UsageError: It is no JSON object, has a field that the client writes itself, or has a key, which would be
            written to the manifest.
    """
    if given is None:
        return None
    hint = f"""like {option} '{{"enable_thinking": false}}'"""
    try:
        fields = json.loads(given) if isinstance(given, str) else dict(given)
        text = json.dumps(fields, sort_keys=True, allow_nan=False)
    except (ValueError, TypeError, RecursionError) as error:
        raise UsageError(f"{option} is not JSON: {error}", hint=hint) from None
    if not isinstance(fields, dict):
        raise UsageError(f"{option} is no JSON object", hint=hint)
    for name in fields:
        if name in _OWN:
            own = _OWN[name]
            raise UsageError(
                f"{option} has {name}, which the client writes itself",
                hint="leave it out" if own is None else f"leave it out, and give {own}",
            )
    if redact(text) != text:
        raise UsageError(f"{option} has a key, which would be written to the manifest", hint="leave it out")
    return ExtraBody(text) if fields else None
