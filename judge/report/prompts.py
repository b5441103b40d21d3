"""The list of prompts on a terminal."""

from __future__ import annotations

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from prompts import DEFAULT, list_prompts


def print_prompts(console: Console) -> None:
    """Print name, version, criteria, required fields and hash of each prompt that ships."""
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for column in ("prompt", "version", "criteria", "requires", "sha256", "asks"):
        table.add_column(column, overflow="fold")
    for prompt in list_prompts():
        file = prompt.file
        name = f"{file.name} (default)" if file.name == DEFAULT else file.name
        table.add_row(
            *map(escape, (name, file.version, ", ".join(file.criteria), ", ".join(file.requires), prompt.sha256[:12])),
            escape(file.description),
        )
    console.print(table)
