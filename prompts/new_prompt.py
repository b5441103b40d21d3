"""A new prompt file for a judge with criteria of the user's: commented, and right as it is."""

from __future__ import annotations

import re
from pathlib import Path
from string import Template

from judge.core.errors import UsageError
from judge.core.files.outputs import write_new
from judge.prompts.loader import load_prompt

_TEMPLATE = Path(__file__).with_suffix(".txt")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def write_prompt(path: Path, criteria: tuple[str, ...]) -> Path:
    """Write a prompt file that asks which response is better under each criterion.

    Args:
        path: The file; without an ending it gets ``.yaml``. Its name is the prompt's.
        criteria: The names of the criteria.

    Returns:
        The path of the file.

    Raises:
        UsageError: There is no criterion, one is named twice or has a character that no name has, or the file is there.
        PromptError: The name of the file cannot be that of a prompt.
    """
    if not criteria:
        raise UsageError("no criterion is named", hint="for example --criteria clarity,tone")
    for name in criteria:
        if not _NAME.fullmatch(name):
            raise UsageError(f"{name!r} cannot name a criterion", hint="use letters, digits and _, such as plain_words")
        if criteria.count(name) > 1:
            raise UsageError(f"the criterion {name} is named twice", hint="name each once")
    path = path if path.suffix in (".yaml", ".yml") else path.with_name(f"{path.name}.yaml")
    write_new(path, _text(path, criteria))
    try:
        load_prompt(path)
    except Exception:
        path.unlink()
        raise
    return path


def _text(path: Path, criteria: tuple[str, ...]) -> str:
    plain = {name: name.replace("_", " ") for name in criteria}
    asked = {name: f"Which response is better in {words}?" for name, words in plain.items()}
    analyses = [f"{name}_analysis" for name in criteria]
    winners = [f"{name}_winner" for name in criteria]
    words = list(plain.values())
    return Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
        name=path.stem,
        file=path.name,
        words=" and ".join([", ".join(words[:-1])] * (len(words) > 1) + words[-1:]),
        criteria="\n".join(
            f"  {name}:\n    field: {name}_winner\n    description: {text}" for name, text in asked.items()
        ),
        questions="\n".join(f"  - {name}: {text}" for name, text in asked.items()),
        reply=", ".join(
            [f'"{name}": "..."' for name in analyses] + [f'"{name}": "A" or "B" or "tie"' for name in winners]
        ),
        properties=", ".join((*analyses, *winners)),
        schema="\n".join(
            [f"    {name}: {{type: string}}" for name in analyses]
            + [f"    {name}: {{type: string, enum: [A, B, tie]}}" for name in winners]
        ),
    )
