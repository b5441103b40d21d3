"""The list of commands: where each is defined, in which order `judge --help` names them; arguments in bytes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest

from judge.cli.app import COMMANDS, SECTIONS, command_tree
from judge.cli.shared.groups import first_sentence
from judge.cli.shared.help_panels import PANELS, WithPanels, by_panel, long_name
from judge.core.errors import UsageError
from judge.core.files.arguments import input_file, readable
from tools.reference import commands


def test_every_command_has_a_file_of_its_own() -> None:
    for name, command in commands().items():
        group, _, last = name.replace("-", "_").replace("import", "import_").rpartition(" ")
        folder, _, module = command.callback.__module__.rpartition(".")
        assert module.rstrip("_") == last.rstrip("_")
        expected = (group,) if group else ("", "calls", "formats", "training")
        assert folder in {f"judge.cli.{each}".rstrip(".") for each in expected}


def test_help_has_every_command_in_a_section_the_main_one_first() -> None:
    names = list(dict.fromkeys(name.split()[0] for name in commands()))
    assert names == [name for names in SECTIONS.values() for name in names]
    assert names[0] == "compare"
    described = [first_sentence(command) for command in command_tree().commands.values()]
    assert all(words.count(".") == 1 and "\n" not in words for words in described)
    assert {command.__name__ for command in COMMANDS} | {"annotate", "calls", "values", "prompts"} == set(names)


@pytest.mark.parametrize("name", PANELS)
def test_every_option_is_in_one_panel(name: str) -> None:
    command: Any = commands()[name]
    options = [long_name(each) for each in command.params if each.param_type_name == "option"]
    named = [each for names in PANELS[name].values() for each in names]
    assert sorted(named) == sorted(set(named))
    assert set(options) <= set(named)
    assert [panel for panel, _ in by_panel(name, dict.fromkeys(options))] == list(PANELS[name])
    assert isinstance(command, WithPanels)


@pytest.mark.parametrize("group", ["annotate", "calls", "values", "prompts"])
def test_groups_list_whole_sentences(group: str) -> None:
    command = command_tree().commands[group]
    listed = " ".join(command.get_help(click.Context(command, info_name=group)).split())
    assert all(first_sentence(each) in listed for each in command.commands.values())


@pytest.mark.parametrize(
    "arguments",
    [
        (b"compare", b"b\xe9.jsonl", b"ft.jsonl"),
        (b"compare", b"b=base.jsonl", b"\xff=ft.jsonl"),
        (b"show", b"run", b"--out=\xe9"),
        (b"agreement", b"k.csv", b"--column", b"item=\xe9"),
        (b"\xe9",),
    ],
)
def test_an_argument_that_is_not_utf_8_is_named(arguments: tuple[bytes, ...], tmp_path: Path) -> None:
    done = subprocess.run(
        [os.fsencode(sys.executable), b"-m", b"judge", *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    place = next(n for n, each in enumerate(arguments, start=1) if b"\xe9" in each or b"\xff" in each)
    shown = arguments[place - 1].replace(b"\xe9", b"\\xe9").replace(b"\xff", b"\\xff").decode()
    assert done.returncode == 2
    assert done.stderr.startswith(f"judge: argument {place} is not UTF-8: {shown}\n")
    assert not list(tmp_path.iterdir())


def test_a_path_of_the_python_api_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"b\\xe9\.jsonl: the name is not UTF-8"):
        input_file(str(tmp_path / "b\udce9.jsonl"))
    assert readable("a\ud83d é") == "a\\ud83d é"
