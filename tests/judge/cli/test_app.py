"""The list of commands: where each is defined, and in which order `judge --help` names them."""

from __future__ import annotations

from tests.conftest import Command
from tools.reference import commands


def test_every_command_has_a_file_of_its_own() -> None:
    for name, command in commands().items():
        module = "judge.cli." + name.replace(" ", ".").replace("-", "_").replace("import", "import_")
        assert command.callback.__module__ == module


def test_help_names_the_main_path_first(judge: Command) -> None:
    names = [line.split()[0] for line in judge("--help").stdout.partition("Commands:")[2].splitlines() if line.strip()]
    assert names[:3] == ["compare", "estimate", "show"]
    assert len(names) == 15
