"""Reading YAML: what is refused, and where the error says it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from judge.core.errors import InputError, PromptError
from judge.core.files.yaml import parse_yaml, read_mapping, read_yaml
from tests.support.paths import ROOT


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")

    size: int = 1
    names: list[str] = []


class File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    parts: list[Part] = []
    by_name: dict[str, Part] = {}


PATH = Path("file.yaml")


def refusal(text: str | bytes, raises: type[InputError] = InputError) -> InputError:
    data = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(raises) as caught:
        parse_yaml(data, File, PATH, hint="see the manual", raises=raises)
    assert caught.value.path == PATH
    return caught.value


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("name: a\nname: b\n", 2, "name occurs twice"),
        ("name: a\nparts:\n- size: 1\n  size: 2\n", 4, "size occurs twice"),
        ("name: a\nyes: b\n", 2, "'yes' is neither text nor a whole number"),
        ("name: a\n1.5: b\n", 2, "'1.5' is neither text nor a whole number"),
        ("name: a\nparts: [\n", 3, "not usable as YAML"),
        ("name: a\n\tparts: []\n", 2, "not usable as YAML"),
        ("name: [1]\n", 1, "name must be text"),
        ("name: a\nparts:\n- size: 1\n- names: []\n  size: x\n", 5, "parts.1.size"),
        (
            "name: a\nby_name:\n  one: {size: 1}\n  two:\n    sise: 1\n",
            5,
            "did you mean by_name.two.size?",
        ),
        ("parts:\n- size: 1\n", 1, "name is missing"),
        ("name: !!python/object:os.system x\n", 1, "could not determine a constructor"),
        ("name: a\nparts: 2026-02-31\n", 2, "'2026-02-31' is no value: day is out of range"),
        (f"name: {'9' * 5000}\n", 1, "is no value: Exceeds the limit"),
    ],
)
def test_an_error_names_the_line(text: str, line: int, words: str) -> None:
    error = refusal(text)
    assert error.line == line, error
    assert words in error.message
    assert error.hint == "see the manual"


@pytest.mark.parametrize("text", ["", "just text", "[1, 2]", "1: a"])
def test_a_file_without_names_is_refused(text: str) -> None:
    error = refusal(text)
    assert "not a mapping from names to values" in error.message
    assert "see the manual" in (error.hint or "")


@pytest.mark.parametrize("data", [b"name: caf\xe9", b"name: \x07"])
def test_a_file_that_is_not_text_is_refused(data: bytes) -> None:
    assert "not YAML" in refusal(data).message


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.yaml", tmp_path):
        with pytest.raises(InputError, match="cannot be read"):
            read_yaml(path, File)
        with pytest.raises(InputError, match="cannot be read"):
            read_mapping(path)


def test_the_callers_class_of_error_is_raised() -> None:
    assert isinstance(refusal("name: [", PromptError), PromptError)
    assert isinstance(refusal("names: a", PromptError), PromptError)


def test_aliases_and_merge_keys_are_read() -> None:
    text = "name: a\nparts:\n- &one {size: 2, names: [x]}\n- *one\n- {<<: *one, size: 3}\n"
    file = parse_yaml(text.encode(), File, PATH)
    assert [(part.size, part.names) for part in file.parts] == [(2, ["x"]), (2, ["x"]), (3, ["x"])]


@pytest.mark.parametrize("merge", [False, True])
def test_aliases_that_expand_without_bound_are_refused(merge: bool) -> None:
    rows = ["a0: &a0 {x: 1}" if merge else "a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for level in range(1, 10):
        tenfold = ", ".join([f"*a{level - 1}"] * 10)
        rows.append(f"a{level}: &a{level} " + (f"{{<<: [{tenfold}]}}" if merge else f"[{tenfold}]"))
    error = refusal("\n".join(rows))
    assert "more than 200,000 values" in error.message
    assert error.line is not None


def test_an_alias_within_itself_is_refused() -> None:
    error = refusal("name: a\nparts: &all\n- *all\n")
    assert "an alias (*name) stands within the value that it repeats" in error.message


def test_deep_nesting_is_refused() -> None:
    assert "nested too deeply" in refusal("name: " + "[" * 5000 + "]" * 5000).message


def test_there_is_one_reader_of_yaml() -> None:
    for folder in ("judge", "prompts", "generation", "annotation", "preferences"):
        for path in (ROOT / folder).rglob("*.py"):
            if path != ROOT / "judge" / "core" / "files" / "yaml.py":
                assert "safe_load" not in path.read_text(encoding="utf-8"), path
