"""Remove API keys from text that comes from a server or goes to a screen or a file."""

from __future__ import annotations

import os
import re

KEYS = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY"}
_HEADERS = ("OPENAI_CUSTOM_HEADERS", "ANTHROPIC_CUSTOM_HEADERS", "ANTHROPIC_AUTH_TOKEN")  # the SDKs read these
_OTHERS = ("LABEL_STUDIO_API_KEY",)  # of servers other than model providers
_KEY_SHAPE = re.compile(r"\b(?:sk|pk|rk)-[A-Za-z0-9_\-*]{8,}")


def redact(text: str) -> str:
    """Replace the keys in the environment, and whatever looks like a key, by ``[key removed]``."""
    for variable in (*KEYS.values(), *_OTHERS):
        if len(key := os.environ.get(variable, "").strip()) >= 4:
            text = text.replace(key, "[key removed]")
    for variable in _HEADERS:
        for word in os.environ.get(variable, "").split():
            if len(word) >= 8 and not word.endswith(":"):
                text = text.replace(word, "[key removed]")
    return _KEY_SHAPE.sub("[key removed]", text) if "k-" in text else text
