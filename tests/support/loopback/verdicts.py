"""What the stand-in judge says: a function of the two quoted responses alone."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

_RESPONSES = re.compile(r"<response_([ab])(?:-\w+)?>\n(.*?)\n</response_\1(?:-\w+)?>", re.DOTALL)


def strength(text: str, criterion: str) -> int:
    """A response's strength from 0 to 5 under a criterion: arbitrary, but always the same."""
    return hashlib.sha256(f"{criterion}|{text}".encode()).digest()[0] % 6


def verdict(prompt: str, properties: Mapping[str, Any], *, bias: float = 0.0) -> dict[str, str]:
    """Fill the reply's properties: the stronger response wins. ``bias`` is the share won by the first, whatever."""
    texts = dict(_RESPONSES.findall(prompt))
    reply: dict[str, str] = {}
    for name, schema in properties.items():
        if "enum" not in schema:
            reply[name] = "The first is like this, the second like that."
            continue
        a, b = (strength(texts.get(side, ""), name) for side in "ab")
        reply[name] = "tie" if a == b else "A" if a > b else "B"
        if hashlib.sha256(f"bias|{name}|{prompt}".encode()).digest()[1] / 256 < bias:
            reply[name] = "A"
    return reply


def text_of(reply: Mapping[str, str], fault: str | None) -> str:
    """The reply as the model writes it, with the slips that a fault stands for."""
    text = json.dumps(reply)
    if fault == "prose":
        return f"Let me think about {{both}} of them.\n\n{text}\n\nI hope that this helps."
    if fault == "fenced":
        return f"```json\n{json.dumps(reply, indent=2)[:-2]},\n}}\n```"
    if fault == "malformed":
        return "Both are fine, I would say the first one, perhaps."
    if fault == "empty":
        return ""
    if fault == "truncated":
        return text[: len(text) // 2]
    if fault == "refusal":
        return "I'm sorry, but I can't compare these responses."
    return text
