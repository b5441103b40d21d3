"""What the commands of `judge annotate` share: options, the connection, and the printing of annotations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from judge.cli.shared.output import print_lines, screen

if TYPE_CHECKING:
    from judge.annotation.campaign.campaign import Key
    from judge.annotation.labels.summary import Written


CampaignFile = Annotated[Path, typer.Argument(help="The campaign file, with its key file beside it.")]
Url = Annotated[
    str | None,
    typer.Option(
        help="URL of the server [default: where the campaign was last pushed]. The token is read from "
        "LABEL_STUDIO_API_KEY, or asked for."
    ),
]
AnnotationsOut = Annotated[Path, typer.Option(help="The annotations file to write; its summary is written beside it.")]
FormatOption = Annotated[Literal["csv", "potato"], typer.Option("--format", help="Format of the other tool.")]


def print_annotations(written: Written) -> None:
    """Print what was received and set aside, the annotators, agreement, and the files."""
    from judge.annotation.tables import annotation_lines, annotation_tables
    from judge.core.screen.table_print import print_table

    print_lines(annotation_lines(written.resolved))
    for table in annotation_tables(written):
        print_table(table, screen())
    print_lines(["", f"Written: {written.annotations} and {written.summary}."])


@contextmanager
def connected(url: str | None, key: Key) -> Iterator[tuple[str, Any]]:
    """Connect to the server at ``url``, or where the campaign was pushed last: its address, and the client."""
    import os

    from judge.annotation.labelstudio.client import TOKEN
    from judge.annotation.labelstudio.client import connected as connection
    from judge.core.errors import UsageError

    address = url or key.server
    if not address:
        raise UsageError("the campaign was not pushed yet", hint="give the server with --url")
    token = os.environ.get(TOKEN, "").strip() or _ask(TOKEN)
    address = address.rstrip("/")
    with connection(address, token) as client:
        yield address, client


def _ask(variable: str) -> str:
    import sys

    from judge.core.errors import UsageError

    if not sys.stdin.isatty():
        raise UsageError(
            f"no token: {variable} is not set", hint="copy a token from Account & Settings on the server, and set it"
        )
    return str(typer.prompt("Token of the server (from Account & Settings)", hide_input=True))
