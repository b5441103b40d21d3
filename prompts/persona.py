"""Load prompts for generation: a persona phrasing (the system text) and a task (the user text)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from jinja2 import TemplateError
from pydantic import BaseModel, ConfigDict, Field

from judge.core.errors import PromptError
from judge.core.files.yaml import parse_yaml
from judge.core.records import PromptRef
from judge.prompts.templates import compile_template
from judge.prompts.wording import Described, words_version

FOLDER = Path(__file__).parent
PHRASINGS = ("first_person", "third_person", "interview", "none")
TASKS = ("open", "structured")
_SHOWN = Described("a persona", (("a question?", "an answer."),))


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    version: str
    description: str


class PersonaFile(_File):
    """A phrasing. ``system`` may use ``persona`` (a noun phrase) and ``facts`` (pairs of question and answer)."""

    system: str


class TaskFile(_File):
    """A task. ``user`` uses ``question`` and may use ``fewest_words``, ``most_words`` and ``json``."""

    user: str


@dataclass(frozen=True)
class SpeakingPrompt:
    """A checked phrasing and task.

    Attributes:
        ref: Names both; its hash covers both files and the words of the personas.
        texts: The files' content, by the name under which a run keeps them.
    """

    persona: PersonaFile
    task: TaskFile
    ref: PromptRef
    texts: dict[str, str]

    @property
    def tells_persona(self) -> bool:
        """Whether the system text depends on the persona."""
        return self.system(_SHOWN) != self.system(Described("", ()))

    def system(self, who: Described) -> str:
        """Render the system text for a subgroup."""
        return self._system({"persona": who.persona, "facts": who.facts}).strip()

    def user(self, question: str, *, words: tuple[int, int], json: bool) -> str:
        """Render the user text for a question.

        Args:
            question: The question's wording.
            words: The range of the length of an open response, in words.
            json: Ask for a JSON object.
        """
        fewest, most = words
        fields = {"question": question, "fewest_words": fewest, "most_words": most, "json": json}
        return self._user(fields).strip()

    @cached_property
    def _system(self) -> Callable[[Mapping[str, object]], str]:
        return compile_template(self.persona.system)

    @cached_property
    def _user(self) -> Callable[[Mapping[str, object]], str]:
        return compile_template(self.task.user)


def load_speaking(persona: str, task: str) -> SpeakingPrompt:
    """Load a phrasing and a task, each by the name of a bundled one or by the path of a file (.yaml).

    Raises:
        PromptError: Names the file and what is wrong with it.
    """
    (persona_path, persona_data), (task_path, task_data) = _read("persona", persona), _read("task", task)
    who = _checked(PersonaFile, persona_path, persona_data)
    what = _checked(TaskFile, task_path, task_data)
    version, words_sha256 = words_version()
    shas = [hashlib.sha256(persona_data).hexdigest(), hashlib.sha256(task_data).hexdigest(), words_sha256]
    prompt = SpeakingPrompt(
        persona=who,
        task=what,
        ref=PromptRef(
            name=f"{who.name}+{what.name}",
            version=f"{who.version}+{what.version}, words {version}",
            sha256=hashlib.sha256("\n".join(shas).encode()).hexdigest(),
        ),
        texts={"persona.yaml": persona_data.decode(), "task.yaml": task_data.decode()},
    )
    path = persona_path
    try:
        prompt.system(_SHOWN)
        path = task_path
        text = prompt.user("a question", words=(1, 2), json=False)
    except TemplateError as error:
        raise PromptError(str(error), path=path, hint="docs/generation.md lists the fields of a prompt") from None
    if "a question" not in text:
        raise PromptError("`user` never shows the question", path=path, hint="write {{ question }}")
    return prompt


def list_speaking() -> list[PersonaFile | TaskFile]:
    """Load all bundled phrasings and tasks."""
    personas = [_checked(PersonaFile, *_read("persona", name)) for name in PHRASINGS]
    return [*personas, *(_checked(TaskFile, *_read("task", name)) for name in TASKS)]


def _read(kind: str, source: str) -> tuple[Path, bytes]:
    path = Path(source)
    if path.suffix not in (".yaml", ".yml"):
        path = FOLDER / kind / f"{source}.yaml"
        known = PHRASINGS if kind == "persona" else TASKS
        if source not in known:
            raise PromptError(
                f"no {kind} prompt is called {source!r}",
                hint=f"bundled: {', '.join(known)}; a file of your own ends in .yaml",
            )
    try:
        return path, path.read_bytes()
    except OSError as error:
        raise PromptError(f"cannot be read: {error.strerror}", path=path, hint="check the path") from None


F = TypeVar("F", bound="_File")


def _checked(kind: type[F], path: Path, data: bytes) -> F:
    return parse_yaml(data, kind, path, hint="prompts/persona and prompts/task show the format", raises=PromptError)
