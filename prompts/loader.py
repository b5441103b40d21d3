"""Load prompt files for a judge: YAML with Jinja text, checked before the first use.

A prompt states its criteria, the fields it requires, the words for winners, and the JSON schema of the reply. Criteria
are data: their names occur nowhere else in the code.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from jinja2 import TemplateError

from judge.core.errors import PromptError
from judge.core.files.yaml import parse_yaml
from judge.core.records import Choice, PromptRef
from judge.prompts.checks import check, jinja
from judge.prompts.file import PromptFile
from judge.prompts.quoting import neutralizer, tags_of

FOLDER = Path(__file__).parent / "judge"
DEFAULT = "persona-value"


@dataclass(frozen=True)
class Prompt:
    """A checked prompt. ``sha256`` is of the file's bytes."""

    file: PromptFile
    path: Path
    sha256: str

    @property
    def ref(self) -> PromptRef:
        """Name, version and hash, as recorded in rows and manifests."""
        return PromptRef(name=self.file.name, version=self.file.version, sha256=self.sha256)

    @property
    def criteria(self) -> tuple[str, ...]:
        """The names of the criteria, in the file's order."""
        return tuple(self.file.criteria)

    @cached_property
    def words(self) -> dict[str, Choice]:
        """The choice that each word for a winner means; words are case-folded."""
        return {word.casefold(): choice for choice, words in self.file.winners.items() for word in words}

    @cached_property
    def neutralize(self) -> Callable[[str], str]:
        """A function that neutralises imitations of this prompt's tags in a text to be quoted."""
        return neutralizer(tags_of(self.file.system + self.file.user))

    @cached_property
    def _render(self) -> tuple[Callable[..., str], Callable[..., str]]:
        environment = jinja()
        return environment.from_string(self.file.system).render, environment.from_string(self.file.user).render

    def render(self, fields: Mapping[str, str]) -> tuple[str, str]:
        """Render the prompt.

        Args:
            fields: The text of each field, from :attr:`neutralize`.

        Returns:
            The system text and the user text.

        Raises:
            PromptError: A field that the template uses is missing.
        """
        system, user = self._render
        try:
            return system(fields), user(fields)
        except TemplateError as error:
            raise PromptError(str(error), path=self.path, hint="add the field to `requires`") from None


def list_prompts() -> list[Prompt]:
    """Load all bundled prompts, sorted by name."""
    return [load_prompt(path) for path in sorted(FOLDER.glob("*.yaml"))]


def load_prompt(source: str | Path) -> Prompt:
    """Load a prompt.

    Args:
        source: The name of a bundled prompt, or the path of a file.

    Raises:
        PromptError: Names the file and what is wrong with it.
    """
    path = Path(source)
    if not path.suffix:
        path = FOLDER / f"{source}.yaml"
        if not path.exists():
            known = ", ".join(sorted(file.stem for file in FOLDER.glob("*.yaml")))
            raise PromptError(
                f"no prompt is called {source!r}", hint=f"bundled: {known}; a file of your own ends in .yaml"
            )
    try:
        data = path.read_bytes()
    except OSError as error:
        raise PromptError(f"cannot be read: {error.strerror}", path=path, hint="check the path") from None
    file = parse_yaml(data, PromptFile, path, hint="docs/formats.md describes a prompt file", raises=PromptError)
    check(file, path)
    return Prompt(file=file, path=path, sha256=hashlib.sha256(data).hexdigest())
