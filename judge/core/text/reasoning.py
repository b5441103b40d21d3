"""Separate a model's reasoning text from its reply.

Reasoning stands between ``<think>`` and ``</think>`` (or ``<thinking>``; a chat template may have eaten the first tag),
or in the channels of the harmony format, of which ``final`` holds the reply:
``<|channel|>analysis<|message|>...<|end|><|start|>assistant<|channel|>final<|message|>...<|return|>``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_OPEN = re.compile(r"<think(?:ing)?>", re.IGNORECASE)
_CLOSED = re.compile(r"</think(?:ing)?>", re.IGNORECASE)
# Only a reply that begins with a marker is in harmony format: elsewhere a marker may be quoted from a response.
_HARMONY = re.compile(r"\s*(?:<\|start\|>assistant)?<\|channel\|>")
_FINAL = re.compile(r"<\|channel\|>final(?:<\|constrain\|>\w+)?<\|message\|>")
_END = re.compile(r"<\|(?:end|return|start|call)\|>")


@dataclass(frozen=True, slots=True)
class Reply:
    """A model's text in two parts. ``text`` is None where the reply was cut off within its reasoning."""

    reasoning: str
    text: str | None


def split_reasoning(text: str) -> Reply:
    """Split a text after its last piece of reasoning; a text without any is all reply."""
    if _HARMONY.match(text):
        *before, rest = _FINAL.split(text)
        if not before:
            return Reply(text, None)
        return Reply("".join(before), _END.split(rest, maxsplit=1)[0])
    start = 0
    for closed in _CLOSED.finditer(text):
        start = closed.end()
    rest = text[start:]
    return Reply(text, None) if _OPEN.search(rest) else Reply(text[:start], rest)
