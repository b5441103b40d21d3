"""Read texts and counts leniently: compatible servers deviate from the format."""

from __future__ import annotations

import json
import math

from judge.core.records import Usage, encodable
from judge.core.redact import redact

_LONGEST_WORD = 200


def text_of(content: object) -> str:
    """Read a message's text: a string, a list of parts with text (others are skipped), or nothing.

    Anything else is paid for as well, and kept as JSON: it can be read, or is malformed like any other reply.
    """
    if content is None:
        return ""
    if isinstance(content, list):
        parts = [part.get("text") if isinstance(part, dict) else part for part in content]
        content = "".join(part for part in parts if isinstance(part, str))
    if not isinstance(content, str):
        content = json.dumps(content, ensure_ascii=False)
    return redact(encodable(content))


def word_of(value: object) -> str | None:
    """Read a model's name, a finish reason or a fingerprint, as a short text; None where the server gives none."""
    if value is None or value == "":
        return None
    return redact(encodable(str(value)))[:_LONGEST_WORD]


def usage_of(*, given: object, output: object, cached: object = 0) -> Usage | None:
    """Read token counts; None where the server gives none that is possible: a wrong count would be a wrong cost."""
    counts = [count_of(value) for value in (given, output, cached or 0)]
    if any(count is None for count in counts):
        return None
    prompt, completion, kept = (count or 0 for count in counts)
    return Usage(input=prompt, output=completion, cached=min(kept, prompt))


def count_of(value: object) -> int | None:
    """A count, or None for what cannot be one: negative, broken, or not a number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if math.isfinite(value) and value >= 0 and value == int(value) else None
