"""A folder in which a study begins: a study file, a prompt, and a page with the next commands."""

from __future__ import annotations

import re
from pathlib import Path
from string import Template

from judge.core.errors import UsageError
from judge.core.files.outputs import write_new
from judge.prompts import DEFAULT, load_prompt

_TEMPLATES = Path(__file__).with_name("new_study")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_PROMPT_NOTE = "# A copy of the bundled prompt {name}, to be changed. Raise the version with each change.\n"


def write_study(folder: Path) -> tuple[Path, ...]:
    """Write the files of a new study; its name is that of the folder.

    Args:
        folder: A folder that is not there yet, or has none of the files.

    Returns:
        The paths of the files.

    Raises:
        UsageError: One of the files is there, or the folder's name cannot be that of a study.
    """
    name = folder.resolve().name
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} cannot name a study", hint="use letters, digits, '.', '_' and '-', such as my-study"
        )
    texts = {
        each: Template((_TEMPLATES / each).read_text(encoding="utf-8")).substitute(name=name)
        for each in ("study.yaml", "README.md")
    }
    texts["prompt.yaml"] = _prompt(name)
    if there := [each for each in texts if (folder / each).exists()]:
        raise UsageError(f"{folder} has {', '.join(there)} already", hint="give another folder")
    for each, text in texts.items():
        write_new(folder / each, text)
    return tuple(folder / each for each in texts)


def _prompt(name: str) -> str:
    """The default prompt under the study's name, as version 1."""
    prompt = load_prompt(DEFAULT)
    text = prompt.path.read_text(encoding="utf-8")
    text = re.sub(r"^name: .*$", f"name: {name}", text, count=1, flags=re.MULTILINE)
    text = re.sub(r"^version: .*$", 'version: "1"', text, count=1, flags=re.MULTILINE)
    return _PROMPT_NOTE.format(name=f"{prompt.file.name} {prompt.file.version}") + text
