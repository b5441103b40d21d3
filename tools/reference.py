"""Writes the pages of docs/reference: every command with its options, every record with its fields.

usage: python -m tools.reference (`make reference`), after a change of the command line or of judge/core/records.py.

The words for commands and options are the command line's own help; those for fields stand in tools/fields.yaml.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import typer.main
import yaml
from pydantic import BaseModel

from judge.cli.app import app
from judge.core import records

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs" / "reference"
FIELDS = Path(__file__).with_name("fields.yaml")
_MADE = "<!-- Written by `make reference` from the code: change it there. -->\n"
_NAMES = {"str": "text", "int": "whole number", "float": "number", "Path": "path", "bool": ""}


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
    """docs/reference/commands.md."""
    parts = [
        _MADE,
        "# Commands\n",
        "Every command and option, as `judge COMMAND --help` prints them. `judge --debug COMMAND ...` shows a stack "
        "trace with errors. Exit codes: 0 done; 1 finished with failures that remain, or stopped on the way; 2 bad "
        "usage or input; 130 interrupted.\n",
    ]
    for name, command in commands().items():
        arguments = [_argument(param) for param in command.params if not _is_option(param)]
        usage = " ".join(["judge", name, *arguments, "[OPTIONS]"])
        parts.append(f"## judge {name}\n\n{_prose(command.help)}\n\n```text\n{usage}\n```\n")
        rows = [_row(param) for param in command.params if not getattr(param, "hidden", False)]
        if rows:
            parts.append("| option | value | default | meaning |\n|---|---|---|---|\n" + "\n".join(rows) + "\n")
    return "\n".join(parts)


def _is_option(param: Any) -> bool:
    return str(param.opts[0]).startswith("-")


def _argument(param: Any) -> str:
    name = str(param.name).upper() + ("..." if param.nargs == -1 else "")
    return name if param.required else f"[{name}]"


def _row(param: Any) -> str:
    shown = [*param.opts, *param.secondary_opts] if _is_option(param) else [_argument(param)]
    help_text = _prose(param.help or "")
    found = re.search(r" \[default: (.*?)\]", help_text)
    default = "required" if param.required else _value(param.default)
    if found:
        default, help_text = found[1], help_text.replace(found[0], "")
    cells = (" ".join(f"`{each}`" for each in shown), _kind(param), default, help_text)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _kind(param: Any) -> str:
    """What a value may be: the choices, or its type in words. A switch has none."""
    annotation = param.type_descriptor.annotation
    inner = [part for part in getattr(annotation, "__args__", ()) if part is not type(None)] or [annotation]
    choices = annotation if get_origin(annotation) is Literal else inner[0]
    if get_origin(choices) is Literal:
        return ", ".join(f"`{choice}`" for choice in get_args(choices))
    name = getattr(inner[0], "__name__", str(inner[0]))
    low, high = getattr(param, "min", None), getattr(param, "max", None)
    bounds = f", {low} to {high}" if None not in (low, high) else f", at least {low}" if low is not None else ""
    return _NAMES.get(name, name) + bounds


def _value(default: object) -> str:
    if default is None or default is False or callable(default):
        return ""
    if default is True:
        return "on"
    return f"`{default}`"


def _prose(text: str | None) -> str:
    return re.sub(r"\s+", " ", inspect.cleandoc(text or "")).replace("<", "&lt;")


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
