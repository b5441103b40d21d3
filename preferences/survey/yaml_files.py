"""Reading YAML files that people edit: a key given twice is an error, and every error names the file and the place."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from judge.core.errors import InputError
from judge.core.files.rows import explain

Model = TypeVar("Model", bound=BaseModel)


class _Strict(yaml.SafeLoader):
    """SafeLoader keeps the last of two equal keys in silence; this one refuses them."""


def _mapping(loader: _Strict, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: set[Any] = set()
    for key, _ in node.value:
        name = loader.construct_object(key, deep=True)
        if not isinstance(name, str | int):
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {key.value!r} is neither text nor a whole number", key.start_mark
            )
        if name in seen:
            raise yaml.constructor.ConstructorError(None, None, f"{name} occurs twice", key.start_mark)
        seen.add(name)
    return loader.construct_mapping(node, deep=True)


_Strict.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping that a YAML file holds; its top-level keys are text.

    Errors: the file cannot be read, is not YAML or not UTF-8, holds no mapping, or gives a key twice (with the line).
    """
    try:
        content = yaml.load(path.read_bytes(), Loader=_Strict)  # noqa: S506 (a SafeLoader)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=path, hint="check the path") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise InputError(f"not usable YAML: {error.problem}", path=path, line=line) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"not YAML: {error}", path=path, hint="save it as UTF-8 text") from None
    if not isinstance(content, dict) or not all(isinstance(key, str) for key in content):
        raise InputError("not a mapping from names to values", path=path, hint="each line at the margin is `name: ...`")
    return content


def validated(model: type[Model], content: object, path: Path, row: str | None = None) -> Model:
    """The content as a record. Errors name the file, the row where given, and each field that is wrong."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise InputError(explain(error), path=path, row=row) from None
