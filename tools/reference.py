"""Writes the pages of docs/reference: every command with its options, every record with its fields.

usage: python -m tools.reference (`make reference`), after a change of the command line or of judge/core/records.py.

Commands and options: from the help of the command line. Fields: from tools/fields.yaml.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer.main
import yaml
from pydantic import BaseModel
from typer.cli import get_docs_for_click

from judge.cli.app import app
from judge.cli.shared.help_panels import PANELS, by_panel
from judge.core import records

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs" / "reference"
FIELDS = Path(__file__).with_name("fields.yaml")
_LONG_NAME = re.compile(r"--[a-z][\w-]*")
_MADE = "<!-- Written by `make reference` from the code: change it there. -->\n"


def commands() -> dict[str, Any]:
    """All commands by what one types after `judge`, in the order of `judge --help`."""

    def walk(group: Any, name: str) -> Iterator[tuple[str, Any]]:
        for part in group.list_commands(None):
            command = group.commands[part]
            inner = f"{name} {part}".strip()
            if hasattr(command, "commands"):
                yield from walk(command, inner)
            else:
                yield inner, command

    return dict(walk(typer.main.get_command(app), ""))


def record_classes() -> dict[str, type[BaseModel]]:
    """The records by name, in the order of their file."""
    return {
        name: found
        for name, found in vars(records).items()
        if inspect.isclass(found)
        and issubclass(found, BaseModel)
        and found.__module__ == records.__name__
        and found is not records.Record
    }


def commands_page() -> str:
    """docs/reference/commands.md, as `typer utils docs` describes each command."""
    parts = [
        _MADE,
        "# Commands\n",
        "Every command and option, as `judge COMMAND --help` prints them. `judge --debug COMMAND ...` shows a stack "
        "trace with errors. Exit codes: 0 done; 1 calls failed, or the run stopped early; 2 wrong usage or input; "
        "130 interrupted.\n",
    ]
    context = typer.Context(typer.main.get_command(app))
    for name, command in commands().items():
        text = get_docs_for_click(obj=command, ctx=context, indent=1, name=f"judge {name}", title=f"judge {name}")
        parts.append(in_panels(name, text) if name in PANELS else text)
    return "\n".join(parts).rstrip() + "\n"


def in_panels(name: str, text: str) -> str:
    """The page of a command with its options in the panels of its help, instead of in one list."""
    before, heading, after = text.partition("**Options**:\n\n")
    listed, blank, rest = after.partition("\n\n")
    lines = {_LONG_NAME.search(line)[0]: line for line in listed.splitlines()}  # type: ignore[index]
    panels = "\n\n".join(f"**{panel}**:\n\n" + "\n".join(found) for panel, found in by_panel(name, lines))
    return f"{before}{panels}{blank}{rest}" if heading else text


def records_page() -> str:
    """docs/reference/records.md. Errors: KeyError names a field without words in tools/fields.yaml."""
    words: dict[str, dict[str, str]] = yaml.safe_load(FIELDS.read_text(encoding="utf-8"))
    parts = [
        _MADE,
        "# Records\n",
        "The rows of every JSON Lines file, field by field, from `judge/core/records.py`. [Formats](../formats.md) "
        "shows a sample row of each and says what else is read.\n",
    ]
    for name, record in record_classes().items():
        extra = "ignored" if record.model_config.get("extra") == "ignore" else "refused"
        summary = (inspect.getdoc(record) or "").split("\n\n")[0].replace("``", "`").replace("\n", " ")
        parts.append(f"## {name}\n\n{summary} Unknown fields are {extra}.\n")
        parts.append("| field | type | default | meaning |\n|---|---|---|---|")
        schema = record.model_json_schema()["properties"]
        for field, info in record.model_fields.items():
            default = "required" if info.is_required() else _json(info.get_default(call_default_factory=True))
            cells = (f"`{field}`", _type(schema[field]), default, words[name][field])
            parts.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
        parts.append("")
    return "\n".join(parts).rstrip() + "\n"


def _json(value: object) -> str:
    shown = {None: "null", True: "true", False: "false"}.get(value) if isinstance(value, bool | None) else None
    return f"`{shown or ([] if value == () else value)}`"


def _type(schema: dict[str, Any]) -> str:
    """A field's JSON schema in words."""
    if "anyOf" in schema:
        return " or ".join(_type(part) for part in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(f"`{each}`" for each in schema["enum"])
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return f"[{name}](#{name.lower()})"
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}"
    if schema.get("type") == "object":
        inner = schema.get("additionalProperties")
        return f"object: text to {_type(inner)}" if isinstance(inner, dict) and inner else "object"
    return {"string": "text", "integer": "whole number", "boolean": "true or false"}.get(
        str(schema.get("type")), str(schema.get("type"))
    )


def pages() -> dict[Path, str]:
    """Both pages as they should stand."""
    return {FOLDER / "commands.md": commands_page(), FOLDER / "records.md": records_page()}


def main() -> None:
    """Write both."""
    FOLDER.mkdir(exist_ok=True)
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
        print(f"written: {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
