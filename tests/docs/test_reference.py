"""The reference is what the code is now: a command, option or field that is missing from it fails here."""

from __future__ import annotations

import re

from tests.support.command import Command
from tools.reference import commands, pages, record_classes


def test_the_reference_is_what_the_code_is_now() -> None:
    for path, text in pages().items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name}: make reference"


def test_every_command_that_help_lists_has_a_section(judge: Command) -> None:
    """Held against the command line itself, not against the walk that writes the page."""
    text = next(text for path, text in pages().items() if path.name == "commands.md")
    listed = set(re.findall(r"^  ([a-z][\w-]*)  ", judge("--help").stdout, re.MULTILINE))
    groups = {name.split()[0] for name in commands() if " " in name}
    assert groups < listed
    for group in groups:
        for name in re.findall(r"^  ([a-z][\w-]*)  ", judge(group, "--help").stdout, re.MULTILINE):
            assert f"\n## judge {group} {name}\n" in text
    for name in listed - groups:
        assert f"\n## judge {name}\n" in text
    (compare,) = re.findall(r"^## judge compare\n(.*?)^## ", text, re.DOTALL | re.MULTILINE)
    options = set(re.findall(r"^  (?:-\w, )?(--[\w-]+)", judge("compare", "--help").stdout, re.MULTILINE))
    assert len(options) > 20
    assert options == set(re.findall(r"^\* `(?:-\w, )?(--[\w-]+)", compare, re.MULTILINE))


def test_every_field_of_every_record_is_there_with_words() -> None:
    text = next(text for path, text in pages().items() if path.name == "records.md")
    for name, record in record_classes().items():
        section = re.search(rf"^## {name}\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
        assert section, name
        rows = [re.split(r"(?<!\\)\|", line) for line in section[1].splitlines() if line.startswith("| `")]
        assert [row[1].strip(" `") for row in rows] == list(record.model_fields)
        assert all(len(row) == 6 and row[4].strip() for row in rows)
