"""Reading prompt files: YAML with Jinja text, checked before the first use.

A prompt says which criteria it decides, which fields it requires, which words name a winner, and which JSON object it
wants back. Criteria are data: nothing outside the file knows their names.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import fastjsonschema
import yaml
from jinja2 import Environment, StrictUndefined, TemplateError, meta, nodes
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from judge.core.errors import PromptError
from judge.core.jsonl import explain
from judge.core.records import Choice, PromptRef
from prompts.quoting import neutralizer, tags_of

FOLDER = Path(__file__).parent
DEFAULT = "persona-value"
FIELDS = ("persona", "question", "ground_truth", "response_a", "response_b")
QUOTED = ("response_a", "response_b")


class Criterion(BaseModel):
    """One thing that a prompt decides. ``field`` is the reply's property that names the winner."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    field: str
    description: str


class PromptFile(BaseModel):
    """The content of a prompt file, as written."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    version: str
    description: str
    requires: tuple[Literal["persona", "question", "ground_truth", "response_a", "response_b"], ...]
    criteria: dict[str, Criterion] = Field(min_length=1)
    winners: dict[Choice, tuple[str, ...]]
    system: str
    user: str
    reply: dict[str, Any]


@dataclass(frozen=True)
class Prompt:
    """A checked prompt. ``sha256`` is that of the file's bytes."""

    file: PromptFile
    path: Path
    sha256: str

    @property
    def ref(self) -> PromptRef:
        """Name, version and hash, as they stand in rows and manifests."""
        return PromptRef(name=self.file.name, version=self.file.version, sha256=self.sha256)

    @property
    def criteria(self) -> tuple[str, ...]:
        """Names of the criteria, in the file's order."""
        return tuple(self.file.criteria)

    @cached_property
    def words(self) -> dict[str, Choice]:
        """Every word for a winner, case-folded, with the choice that it means."""
        return {word.casefold(): choice for choice, words in self.file.winners.items() for word in words}

    @cached_property
    def neutralize(self) -> Callable[[str], str]:
        """Defuses imitations of this prompt's tags in a text that will be quoted."""
        return neutralizer(tags_of(self.file.system + self.file.user))

    @cached_property
    def _render(self) -> tuple[Callable[..., str], Callable[..., str]]:
        environment = _environment()
        return environment.from_string(self.file.system).render, environment.from_string(self.file.user).render

    def render(self, fields: Mapping[str, str]) -> tuple[str, str]:
        """Return (system, user) text. ``fields`` hold text that went through ``neutralize``.

        Errors: a field that the template uses is absent.
        """
        system, user = self._render
        try:
            return system(fields), user(fields)
        except TemplateError as error:
            raise PromptError(f"{self.path}: {error}", hint="add the field to `requires`") from None


def _environment() -> Environment:
    # No autoescape: the text goes to a model, and quoting is done by `neutralize`.
    return Environment(undefined=StrictUndefined, autoescape=False, trim_blocks=True)  # noqa: S701


def list_prompts() -> list[Prompt]:
    """All prompts that ship, by name."""
    return [load_prompt(path) for path in sorted(FOLDER.glob("*.yaml"))]


def load_prompt(source: str | Path) -> Prompt:
    """Load a prompt by the name of one that ships, or by a file's path.

    Errors: :class:`PromptError` names the file and what is wrong in it.
    """
    path = Path(source)
    if not path.suffix:
        path = FOLDER / f"{source}.yaml"
        if not path.exists():
            known = ", ".join(sorted(file.stem for file in FOLDER.glob("*.yaml")))
            raise PromptError(
                f"no prompt is called {source!r}", hint=f"known: {known}; a file of your own ends in .yaml"
            )
    try:
        data = path.read_bytes()
        content = yaml.safe_load(data)
    except OSError as error:
        raise PromptError(f"{path}: cannot be read: {error.strerror}", hint="check the path") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise PromptError(f"{path}: not YAML: {error}") from None
    try:
        file = PromptFile.model_validate(content)
    except ValidationError as error:
        raise PromptError(f"{path}: {explain(error)}", hint="docs/formats.md describes a prompt file") from None
    _check(file, path)
    return Prompt(file=file, path=path, sha256=hashlib.sha256(data).hexdigest())


def _check(file: PromptFile, path: Path) -> None:
    def refuse(problem: str, hint: str) -> None:
        raise PromptError(f"{path}: {problem}", hint=hint)

    environment = _environment()
    used: set[str] = set()
    names: list[str] = []
    for part in ("system", "user"):
        try:
            parsed = environment.parse(getattr(file, part))
            used |= meta.find_undeclared_variables(parsed)
            names += [node.name for node in parsed.find_all(nodes.Name)]
        except TemplateError as error:
            refuse(f"{part}: not a Jinja template: {error}", "check the braces")
    if unknown := used - set(FIELDS):
        refuse(f"undefined name {', '.join(sorted(unknown))} in the text", f"known fields: {', '.join(FIELDS)}")
    if missing := used - set(file.requires):
        refuse(f"the text uses {', '.join(sorted(missing))}, which `requires` does not list", "add it to `requires`")
    for name in QUOTED:
        if name not in used:
            refuse(f"the text never shows {name}", "a pairwise prompt shows both responses")
        quoted = [_count_quoted(text, name) for text in (file.system, file.user)]
        if None in quoted or sum(filter(None, quoted)) < names.count(name):
            refuse(
                f"{name} is not quoted",
                f"write <{name}> {{{{ {name} }}}} </{name}>: text in a response must not pass for the prompt's own",
            )
    for part in ("system", "user"):
        try:
            environment.from_string(getattr(file, part)).render(dict.fromkeys(FIELDS, "text"))
        except Exception as error:  # an expression may raise anything
            refuse(f"{part}: cannot be rendered: {error}", "each field is a plain text")
    _check_reply(file, refuse)
    _check_words(file, refuse)


def _count_quoted(text: str, name: str) -> int | None:
    """How many places show the field; None if one does not lie between the field's own opening and closing tag."""
    places = list(re.finditer(r"\{\{[^}]*\b" + name + r"\b[^}]*\}\}", text))
    for place in places:
        before, after = text[: place.start()], text[place.end() :]
        if before.rfind(f"<{name}>") <= before.rfind(f"</{name}>") or f"</{name}>" not in after:
            return None
    return len(places)


def _check_reply(file: PromptFile, refuse: Callable[[str, str], None]) -> None:
    properties = file.reply.get("properties")
    required = file.reply.get("required")
    if file.reply.get("type") != "object" or not isinstance(properties, dict) or not isinstance(required, list):
        refuse("`reply` is not the schema of an object with properties and required", "see prompts/persona-value.yaml")
        return
    fields = [criterion.field for criterion in file.criteria.values()]
    for field in fields:
        if field not in properties or field not in required:
            refuse(f"the reply has no required property {field!r}", "each criterion's field must be one")
    try:
        fastjsonschema.compile(file.reply)
    except (fastjsonschema.JsonSchemaDefinitionException, re.error) as error:
        refuse(f"`reply` is not a JSON schema: {error}", "see prompts/persona-value.yaml")
    if len(set(fields)) != len(fields):
        refuse("two criteria share a field", "give each criterion a field of its own")
    order = list(properties)
    first_winner = min(order.index(field) for field in fields)
    if first_winner == 0 or any(name not in fields for name in order[first_winner:]):
        refuse(
            "a winner stands before the reasoning",
            "list the analyses first in `reply.properties`: a judge that decides first only rationalises afterwards",
        )


def _check_words(file: PromptFile, refuse: Callable[[str, str], None]) -> None:
    if set(file.winners) != {"A", "B", "tie"}:
        refuse("`winners` must list the words for A, B and tie", "see prompts/persona-value.yaml")
    seen: dict[str, str] = {}
    for choice, words in file.winners.items():
        if not words:
            refuse(f"`winners` has no word for {choice}", "give at least one")
        for word in words:
            if not word.strip():
                refuse(f"`winners` has an empty word for {choice}", "remove it")
            if seen.setdefault(word.casefold(), choice) != choice:
                refuse(f"the word {word!r} means both {seen[word.casefold()]} and {choice}", "give it to one of them")
    for criterion in file.criteria.values():
        asked = file.reply["properties"][criterion.field].get("enum", ())
        if unknown := [word for word in asked if str(word).casefold() not in seen]:
            refuse(
                f"{criterion.field} allows {unknown[0]!r}, which `winners` does not list", "add it to a choice's words"
            )
