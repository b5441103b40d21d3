"""Options of a command from a YAML file, and the options that a command was given."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from judge.core.files.manifest import OptionValue

_UNSET = ("config", "help")  # these cannot stand in a file of options


def _read(context: typer.Context, path: Path | None) -> Path | None:
    """Take the options of a file as defaults: what the command line gives comes first.

    Raises:
        InputError: The file cannot be read, or has a key that is no option of the command (names the nearest).
    """
    if path is None or context.resilient_parsing:
        return path
    from judge.core.errors import InputError
    from judge.core.field_errors import unknown_key
    from judge.core.files.yaml import read_mapping

    options = {each.name: each for each in context.command.params if each.name not in _UNSET}
    hint = f"the keys are the options of `{context.command_path}`, and files"
    found = {name.replace("-", "_"): value for name, value in read_mapping(path, hint).items()}
    for name in found:
        if name not in options:
            problem = unknown_key(name, [str(each) for each in options])
            raise InputError(problem, path=path, hint=hint)
    several = {name for name, each in options.items() if getattr(each, "multiple", False) or each.nargs == -1}
    context.default_map = {
        name: _as_given(value, is_list=name in several) for name, value in found.items() if value is not None
    }
    return path


def _as_given(value: Any, *, is_list: bool) -> Any:
    """A value of YAML as the command line would have it: a mapping is JSON, or a list of NAME=VALUE."""
    if isinstance(value, dict):
        return [f"{name}={each}" for name, each in value.items()] if is_list else json.dumps(value)
    return [str(each) for each in value] if isinstance(value, list) else [str(value)] if is_list else value


def place_in_config(error: object) -> str | None:
    """Where a value that does not fit stands, if it is of the file of options: ``c.yaml: limit: many``."""
    context, option = getattr(error, "ctx", None), getattr(getattr(error, "param", None), "name", None)
    if context is None or option is None or option not in (context.default_map or {}):
        return None
    source = context.get_parameter_source(option)
    if source is None or source.name != "DEFAULT_MAP":
        return None
    return f"{context.params.get('config')}: {option}: {context.default_map[option]}"


def files_given(context: typer.Context, files: list[str] | None) -> list[str]:
    """The files of the command line, else those of the file of options.

    Raises:
        UsageError: Neither names any.
    """
    found = files or context.lookup_default("files")
    if not found and not context.resilient_parsing:
        from judge.core.errors import UsageError

        raise UsageError("no file is named", hint=f"`{context.command_path} --help` shows the usage")
    return list(found or [])


def given_options(context: typer.Context) -> dict[str, OptionValue]:
    """The arguments and options that the command line or a file gave; those at their defaults are left out."""
    found: dict[str, OptionValue] = {}
    for name, value in context.params.items():
        source = context.get_parameter_source(name)
        if name not in _UNSET and (name == "files" or (source is not None and source.name != "DEFAULT")):
            found[name] = tuple(map(str, value)) if isinstance(value, list | tuple) else _plain(value)
    return found


def _plain(value: Any) -> OptionValue:
    return value if isinstance(value, bool | int | float | None) else str(value)


Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        is_eager=True,
        callback=_read,
        help="A YAML file of options by name, such as `max_cost: 20`; the command line comes first.",
    ),
]
