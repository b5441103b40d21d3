"""Read YAML files that people edit into records: every error names the file, and the line where one is known."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from judge.core.errors import InputError
from judge.core.field_errors import explain

Model = TypeVar("Model", bound=BaseModel)
MOST_VALUES = 200_000  # with each alias counted in full; the largest file that ships has about 2,000
_MERGE = "tag:yaml.org,2002:merge"


class _Loader(yaml.SafeLoader):
    """SafeLoader keeps the last of two equal keys without a word; this one refuses them. It places errors of values."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        """Make the value of a node; a date that no calendar has, or a number that is too long, is an error there."""
        try:
            return super().construct_object(node, deep=deep)
        except (ValueError, OverflowError) as error:
            raise _problem(f"{str(node.value)[:40]!r} is no value: {error}; put text in quotes", node) from None


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    names: set[str | int] = set()
    for key, _ in node.value:
        if key.tag == _MERGE:
            continue
        name = loader.construct_object(key, deep=True)
        if isinstance(name, bool) or not isinstance(name, str | int):
            raise _problem(f"the key {key.value!r} is neither text nor a whole number; put it in quotes", key)
        if name in names:
            raise _problem(f"{name} occurs twice", key)
        names.add(name)
    return loader.construct_mapping(node, deep=True)


def _problem(words: str, node: yaml.Node) -> yaml.MarkedYAMLError:
    return yaml.constructor.ConstructorError(None, None, words, node.start_mark)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read_yaml(
    path: Path, model: type[Model], *, hint: str | None = None, raises: type[InputError] = InputError
) -> Model:
    """Read a YAML file into a record.

    Args:
        path: The file; its content is a mapping whose top-level keys are text.
        model: The record that the content must fit.
        hint: What to do about a file that does not fit: where its format is described.
        raises: The class of the error.

    Raises:
        InputError: The file cannot be read, is not UTF-8 or not YAML, gives a key twice, expands beyond
            ``MOST_VALUES`` values by aliases, or does not fit the record. A subclass where ``raises`` gives one.
    """
    return parse_yaml(_bytes(path, raises), model, path, hint=hint, raises=raises)


def parse_yaml(
    data: bytes, model: type[Model], path: Path, *, hint: str | None = None, raises: type[InputError] = InputError
) -> Model:
    """Read the bytes of a YAML file into a record, as :func:`read_yaml` does. ``path`` is for messages."""
    content, root = _load(data, path, hint, raises)
    try:
        return model.model_validate(content)
    except ValidationError as error:
        line = _line(root, error.errors(include_url=False, include_context=False)[0]["loc"])
        raise raises(explain(error, model), path=path, line=line, hint=hint) from None


def read_mapping(path: Path, hint: str | None = None) -> dict[str, Any]:
    """Read a YAML file into a mapping of plain values, to be checked by the caller.

    Raises:
        InputError: As for :func:`read_yaml`, but for the record.
    """
    return _load(_bytes(path, InputError), path, hint, InputError)[0]


def validated(model: type[Model], content: object, path: Path, row: str | None = None) -> Model:
    """Turn one entry of a YAML file into a record.

    Raises:
        InputError: Names the file, the entry (``row``) where given, and each field that is wrong.
    """
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise InputError(explain(error, model), path=path, row=row) from None


def _bytes(path: Path, raises: type[InputError]) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise raises(f"cannot be read: {error.strerror}", path=path, hint="check the path") from None


def _load(data: bytes, path: Path, hint: str | None, raises: type[InputError]) -> tuple[dict[str, Any], yaml.Node]:
    try:
        content, root = _parsed(data)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise raises(f"not usable as YAML: {error.problem}", path=path, line=line, hint=hint) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise raises(f"not YAML: {error}", path=path, hint="save it as UTF-8 text") from None
    except RecursionError:
        raise raises("not usable as YAML: nested too deeply", path=path, hint=hint) from None
    if root is None or not isinstance(content, dict) or not all(isinstance(key, str) for key in content):
        raise raises(
            "not a mapping from names to values",
            path=path,
            hint="write each line that is not indented as `name: ...`" + (f"; {hint}" if hint else ""),
        )
    return copy.deepcopy(content), root


@lru_cache(maxsize=32)
def _parsed(data: bytes) -> tuple[Any, yaml.Node | None]:
    """Parse a file's bytes: a study reads its prices and prompts at each stage, and a prompt takes 5 ms."""
    loader = _Loader(data)
    root = loader.get_single_node()
    if root is not None:
        _count_values(root, {})
    return (None if root is None else loader.construct_document(root)), root


def _count_values(node: yaml.Node, counted: dict[int, int | None]) -> int:
    """Count the values below a node, each alias in full; refuse more than ``MOST_VALUES``, and an endless one."""
    known = counted.get(id(node), 0)
    if known is None:
        raise _problem("an alias (*name) stands within the value that it repeats", node)
    if known:
        return known
    counted[id(node)] = None
    total = 1
    if isinstance(node, yaml.MappingNode | yaml.SequenceNode):
        for entry in node.value:
            total += sum(_count_values(part, counted) for part in (entry if isinstance(entry, tuple) else (entry,)))
            if total > MOST_VALUES:
                raise _problem(f"more than {MOST_VALUES:,} values, with each alias (*name) written out", node)
    counted[id(node)] = total
    return total


def _line(node: yaml.Node, place: Sequence[str | int]) -> int:
    """The line of the deepest value on a path of names and positions that the file has."""
    for part in place:
        if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
        elif isinstance(node, yaml.MappingNode):
            inner = [value for key, value in node.value if key.value == str(part)]
            if not inner:
                break
            node = inner[-1]
        else:
            break
    return int(node.start_mark.line) + 1
