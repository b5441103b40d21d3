"""Load prompt files for a judge: YAML with Jinja text, checked before the first use.

A prompt states its criteria, the fields it requires, the words for winners, and the JSON schema of the reply. Criteria
are data: their names occur nowhere else in the code.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from jinja2 import TemplateError

from judge.core.errors import PromptError, UsageError
from judge.core.field_errors import nearest
from judge.core.files.yaml import parse_yaml
from judge.core.records import Choice, Item, PromptRef
from judge.prompts.checks import check
from judge.prompts.file import PromptFile
from judge.prompts.imitations import Imitations
from judge.prompts.quoting import neutralizer, tags_of
from judge.prompts.survey_answer import scale_points, survey_answer
from judge.prompts.templates import compile_template

FOLDER = Path(__file__).parent / "judge"
EARLIER = FOLDER / "earlier"
DEFAULT = "persona-value"  # the file in the folder `default`
_TAGGED = re.compile(r"</?([A-Za-z][\w-]*)-\{\{\s*tag\s*\}\}>")
# Prompts by their bytes: a command needs the same one several times, and to check its templates takes 20 ms.
_CHECKED: dict[bytes, Prompt] = {}
_VERDICT = "verdict"  # the tag around a verdict in a reply without structured output


@dataclass(frozen=True)
class Prompt:
    """A checked prompt.

    Attributes:
        sha256: Of the file's bytes.
        criterion: The one criterion that the prompt decides, where each has a call of its own; else empty.
    """

    file: PromptFile
    path: Path
    sha256: str
    criterion: str = ""

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

    @property
    def is_tagged(self) -> bool:
        """Whether the prompt's tags hold the tag of the call, which no response can know."""
        return _TAGGED.search(self.file.user) is not None

    @cached_property
    def neutralize(self) -> Callable[[str], str]:
        """A function that breaks up what imitates this prompt in a text to be quoted.

        A prompt with fixed tags keeps the rule of its time, so that its calls stay the same: it breaks up imitations of
        its tags alone. With tags of the call, the tokens of chat templates are broken up too.
        """
        return self.imitations.break_up if self.is_tagged else neutralizer(tags_of(self.file.system + self.file.user))

    @cached_property
    def imitations(self) -> Imitations:
        """What finds and breaks up imitations of this prompt."""
        text = self.file.system + self.file.user
        return Imitations({*_TAGGED.findall(text), _VERDICT} if self.is_tagged else tags_of(text))

    @property
    def decides_apart(self) -> bool:
        """Whether each criterion can be decided in a call of its own."""
        return all(criterion.reasons for criterion in self.file.criteria.values())

    def for_criterion(self, name: str) -> Prompt:
        """Return the prompt of the calls that decide one criterion: it asks for that winner and its reasons alone.

        Raises:
            UsageError: The prompt decides all criteria in one call.
        """
        if not self.decides_apart:
            raise UsageError(
                f"the prompt {self.file.name} decides all criteria in one call",
                hint="--criteria together; or list the `reasons` of each criterion, as prompts/judge/study.yaml does",
            )
        criterion = self.file.criteria[name]
        properties = self.file.reply["properties"]
        wanted = [*criterion.reasons, criterion.field]
        reply = self.file.reply | {"required": wanted, "properties": {each: properties[each] for each in wanted}}
        file = self.file.model_copy(update={"criteria": {name: criterion}, "reply": reply})
        return Prompt(file=file, path=self.path, sha256=self.sha256, criterion=name)

    def fields(self, item: Item) -> dict[str, str]:
        """Return the fields of an item, ready to be quoted; unknown ones are empty."""
        known = {
            "persona": item.persona,
            "question": item.question,
            "ground_truth": item.ground_truth,
            "structured": item.structured,
            "scale": scale_points(item),
            "survey_answer": survey_answer(item),
        }
        return {name: self.neutralize(text or "") for name, text in known.items()}

    @cached_property
    def _render(self) -> tuple[Callable[[Mapping[str, str]], str], Callable[[Mapping[str, str]], str]]:
        return compile_template(self.file.system), compile_template(self.file.user)

    def render(self, fields: Mapping[str, str], tag: str) -> tuple[str, str]:
        """Render the prompt.

        Args:
            fields: The text of each field, from :attr:`neutralize`.
            tag: The tag of the call.

        Returns:
            The system text and the user text.

        Raises:
            PromptError: A field that the template uses is missing.
        """
        system, user = self._render
        try:
            shown = {**fields, "tag": tag, "criterion": self.criterion}
            return system(shown), user(shown)
        except TemplateError as error:
            raise PromptError(str(error), path=self.path, hint="add the field to `requires`") from None


def list_prompts() -> list[Prompt]:
    """Load all bundled prompts, sorted by name."""
    return [load_prompt(path) for _, path in sorted(_bundled_files().items())]


def prompt_of_run(source: str, made_with: PromptRef | None) -> Prompt:
    """Load the prompt of a run: where no version is asked for, that of the version which the run was made with.

    Args:
        source: As for :func:`load_prompt`.
        made_with: The prompt of the run, or None for a new run.
    """
    if made_with is not None and source == made_with.name and (earlier := earlier_version(made_with)) is not None:
        return earlier
    return load_prompt(source)


def earlier_version(ref: PromptRef) -> Prompt | None:
    """Load the earlier version of a bundled prompt that a run was made with; None if it is none."""
    path = EARLIER / f"{ref.name}-{ref.version}.yaml"
    if not path.exists():
        return None
    prompt = load_prompt(path)
    return prompt if prompt.ref == ref else None


def load_prompt(source: str | Path) -> Prompt:
    """Load a prompt.

    Args:
        source: The name of a bundled prompt (``persona-value@2`` is its version 2), or the path of a file.

    Raises:
        PromptError: Names the file and what is wrong with it.
    """
    path = Path(source)
    if not path.suffix:
        path = _bundled(str(source))
        if not path.exists():
            known = ", ".join(sorted(_bundled_files()))
            older = ", ".join(sorted("@".join(file.stem.rsplit("-", 1)) for file in EARLIER.glob("*.yaml")))
            near = nearest(str(source), sorted(_bundled_files()))
            meant = f"did you mean {near[0]}? Else " if near else ""
            if Path(f"{source}.yaml").exists():
                meant = f"the file here is {source}.yaml, with its ending; "
            raise PromptError(
                f"no prompt is called {str(source)!r}",
                hint=f"{meant}bundled: {known}; of earlier versions: {older}; a file of your own ends in .yaml",
            )
    try:
        data = path.read_bytes()
    except OSError as error:
        raise PromptError(f"cannot be read: {error.strerror}", path=path, hint="check the path") from None
    if data not in _CHECKED:
        _CHECKED[data] = _checked(data, path)
    prompt = _CHECKED[data]
    return prompt if prompt.path == path else replace(prompt, path=path)


def _checked(data: bytes, path: Path) -> Prompt:
    file = parse_yaml(data, PromptFile, path, hint="docs/formats.md describes a prompt file", raises=PromptError)
    check(file, path)
    return Prompt(file=file, path=path, sha256=hashlib.sha256(data).hexdigest())


def _bundled_files() -> dict[str, Path]:
    """The files of the bundled prompts in their newest versions, by name: the default one and the others."""
    return {path.stem: path for folder in (FOLDER / "default", FOLDER) for path in folder.glob("*.yaml")}


def _bundled(name: str) -> Path:
    """The file of a bundled prompt by its name, or by name and version."""
    plain, at, version = name.partition("@")
    current = _bundled_files().get(plain, FOLDER / f"{plain}.yaml")
    if not at:
        return current
    older = EARLIER / f"{plain}-{version}.yaml"
    return older if older.exists() or not current.exists() or load_prompt(current).file.version != version else current
