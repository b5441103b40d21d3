"""`judge convert`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from judge.cli.shared.options import ColumnNames, Questions
from judge.cli.shared.output import print_lines

if TYPE_CHECKING:
    from judge.judging.convert import Conversion

_LONGEST = 300  # characters of a field that are shown


def convert(
    file: Annotated[str, typer.Argument(help="A file of responses, as FILE or NAME=FILE. Formats: docs/formats.md.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the responses to this file (JSON Lines) [default: only show].")
    ] = None,
    columns: ColumnNames = None,
    questions: Questions = None,
) -> None:
    """Show what a file of responses is read as, and write it as this project's JSON Lines."""
    from judge.judging.convert import convert as run
    from judge.responses.find_columns import parse_columns

    print_lines(_lines(run(file, out, parse_columns(columns or ()), questions)))


def _lines(found: Conversion) -> list[str]:
    from judge.stats.formatting import counted

    words = found.read_as.in_words or f"read as {found.read_as.format}, with the fields of this project"
    makers = ", ".join(f"{name} {count:,}" for name, count in found.contestants.most_common(5))
    context = ", ".join(f"{name.replace('_', ' ')} in {count:,}" for name, count in found.given.items())
    lines = [
        f"{found.path}: {words}.",
        f"{counted(found.responses, 'response')} to {counted(found.items, 'item')}; by contestant: {makers}.",
        f"Of an item's context: {context or 'nothing'}. {counted(found.empty, 'response is', 'responses are')} empty.",
    ]
    if found.failures:
        kinds = ", ".join(f"{kind} {count:,}" for kind, count in found.failures.most_common())
        lines.append(f"{counted(found.failures.total(), 'row')} with a failed call, which is no response: {kinds}.")
    if found.first is not None:
        lines.append("The first response:")
        for name, value in found.first.model_dump(exclude_defaults=True).items():
            text = value if isinstance(value, str) else repr(value)
            lines.append(f"  {name}: {text if len(text) <= _LONGEST else text[:_LONGEST] + '...'}")
    lines.append(f"Written to {found.out}." if found.out is not None else "Nothing is written without --out.")
    return lines
