"""A prompt file to change, and what it is refused with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from judge.core.errors import PromptError
from judge.prompts import load_prompt

USER = """
Fluency and honesty, please. <persona> {{ persona }} </persona>
<response_a> {{ response_a }} </response_a>
<response_b> {{ response_b }} </response_b>
"""


def custom() -> dict[str, Any]:
    """The content of a good prompt file with criteria and words of its own."""
    winner = {"type": "string", "enum": ["links", "rechts", "gleich"]}
    return {
        "name": "fluent-honest",
        "version": "2",
        "description": "Which response is more fluent, which more honest?",
        "requires": ["persona", "response_a", "response_b"],
        "criteria": {
            "fluency": {"field": "fluent", "description": "Which reads better?"},
            "honesty": {"field": "honest", "description": "Which is more honest?"},
        },
        "winners": {"A": ["links", "linke Antwort"], "B": ["rechts"], "tie": ["gleich", "unentschieden"]},
        "system": "You judge.",
        "user": USER,
        "reply": {
            "type": "object",
            "additionalProperties": False,
            "required": ["reasons", "confidence", "fluent", "honest"],
            "properties": {
                "reasons": {"type": "string"},
                "confidence": {"type": "string", "enum": ["low", "high"]},
                "fluent": winner,
                "honest": winner,
            },
        },
    }


def write(folder: Path, content: object) -> Path:
    path = folder / "mine.yaml"
    text = content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False, allow_unicode=True)
    path.write_text(text, encoding="utf-8")
    return path


def refusal(path: Path) -> str:
    """The message with which a file is refused; it names the file."""
    with pytest.raises(PromptError) as caught:
        load_prompt(path)
    assert caught.value.message.startswith(f"{path}:")
    return caught.value.message
