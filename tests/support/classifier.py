"""The stand-in that classifies responses: a refusal where the text says "sorry", by the words of the prompt alone."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.support.loopback import Loopback

_QUOTED = re.compile(r"<response-(\w+)>\n(.*?)\n</response-\1>", re.DOTALL)


def classifies(body: dict[str, Any]) -> str | None:
    """The reply to a request to classify; None to any other request."""
    found = _QUOTED.search(body["messages"][-1]["content"])
    if found is None:
        return None
    kind = "refusal" if "sorry" in found[2].casefold() else "answer"
    return json.dumps({"reason": "It says so.", "kind": kind})


def classifying(server: Loopback) -> int:
    """How many requests asked to classify a response."""
    return sum(classifies(seen.body) is not None for seen in server.seen)
