"""Load prompts for training rows: a system, a user and an assistant text, as YAML with Jinja."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from jinja2 import TemplateError
from pydantic import BaseModel, ConfigDict

from judge.core.errors import PromptError
from judge.core.files.yaml import parse_yaml
from judge.core.records import PromptRef
from judge.prompts.templates import compile_template

FOLDER = Path(__file__).parent / "training"
ROLES = ("system", "user", "assistant")
FIELDS = ("persona", "question", "answer")


class TrainingPromptFile(BaseModel):
    """The content of a training prompt. Texts may use ``persona``, ``question`` and ``answer``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    version: str
    description: str
    system: str
    user: str
    assistant: str


@dataclass(frozen=True)
class TrainingPrompt:
    """A checked training prompt."""

    file: TrainingPromptFile
    ref: PromptRef

    @cached_property
    def _templates(self) -> dict[str, Callable[[Mapping[str, str]], str]]:
        return {role: compile_template(getattr(self.file, role)) for role in ROLES}

    def messages(self, *, persona: str, question: str, answer: str) -> list[dict[str, str]]:
        """Render the chat messages of one row, stripped of white space; an empty system text gives no message."""
        fields = {"persona": persona, "question": question, "answer": answer}
        texts = [(role, render(fields).strip()) for role, render in self._templates.items()]
        return [{"role": role, "content": text} for role, text in texts if text or role != "system"]


def load_training_prompt(source: str | Path = "structured") -> TrainingPrompt:
    """Load a training prompt by the name of a bundled one, or by the path of a file.

    Raises:
        PromptError: Names the file and what is wrong with it.
    """
    path = Path(source)
    if not path.suffix:
        path = FOLDER / f"{source}.yaml"
    try:
        data = path.read_bytes()
    except OSError as error:
        known = ", ".join(sorted(found.stem for found in FOLDER.glob("*.yaml")))
        raise PromptError(f"cannot be read: {error.strerror}", path=path, hint=f"bundled: {known}") from None
    file = parse_yaml(
        data, TrainingPromptFile, path, hint="prompts/training/structured.yaml shows the format", raises=PromptError
    )
    prompt = TrainingPrompt(
        file, PromptRef(name=file.name, version=file.version, sha256=hashlib.sha256(data).hexdigest())
    )
    try:
        shown = prompt.messages(persona="a persona", question="a question", answer="an answer")
    except TemplateError as error:
        raise PromptError(str(error), path=path, hint=f"known fields: {', '.join(FIELDS)}") from None
    if "an answer" not in shown[-1]["content"] or "a question" not in shown[-2]["content"]:
        raise PromptError("a row needs the question in `user` and the answer in `assistant`", path=path)
    return prompt
