"""The prompt by which a model says whether a response is a refusal."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from judge.core.errors import PromptError
from judge.core.files.yaml import parse_yaml
from judge.core.records import PromptRef
from judge.prompts.imitations import Imitations
from judge.prompts.tags import tag_of
from judge.prompts.templates import compile_template

_FILE = Path(__file__).parent / "refusal" / "refusal.yaml"


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    version: str
    description: str
    system: str
    user: str
    reply: dict[str, Any]


@dataclass(frozen=True)
class RefusalPrompt:
    """The bundled prompt, ready to be rendered.

    Attributes:
        ref: Name, version and sha256 of the file.
        reply: The JSON schema of the reply.
    """

    ref: PromptRef
    reply: dict[str, Any]
    _system: Callable[[Mapping[str, Any]], str]
    _user: Callable[[Mapping[str, Any]], str]
    _imitations: Imitations

    def render(self, text: str) -> tuple[str, str]:
        """Return the system text and the user text for a response, which is quoted between tags that it cannot know."""
        shown = self._imitations.break_up(text)
        digest = hashlib.sha256(text.encode())
        while (tag := tag_of(digest.digest())) in text:
            digest.update(b"again")
        return self._system({"tag": tag}).strip(), self._user({"tag": tag, "response": shown}).strip()


@cache
def refusal_prompt() -> RefusalPrompt:
    """Load the prompt."""
    data = _FILE.read_bytes()
    file = parse_yaml(data, _File, _FILE, hint="restore the file", raises=PromptError)
    return RefusalPrompt(
        ref=PromptRef(name=file.name, version=file.version, sha256=hashlib.sha256(data).hexdigest()),
        reply=file.reply,
        _system=compile_template(file.system),
        _user=compile_template(file.user),
        _imitations=Imitations({"response"}),
    )
