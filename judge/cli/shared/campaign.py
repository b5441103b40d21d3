"""What the commands of `judge annotate` share: options, the connection, how annotations are written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from judge.cli.shared.output import screen

if TYPE_CHECKING:
    from judge.annotation.answers.resolve import Settled
    from judge.annotation.campaign.campaign import Campaign, Key


CampaignFile = Annotated[Path, typer.Argument(help="The campaign file, with its key file beside it.")]
Url = Annotated[
    str | None,
    typer.Option(
        help="URL of the server [default: where the campaign was last pushed]. The token is read from "
        "LABEL_STUDIO_API_KEY, or asked for."
    ),
]
AnnotationsOut = Annotated[
    Path, typer.Option(help="The file to write; the account of what was set aside is written beside it.")
]
FormatOption = Annotated[Literal["csv", "potato"], typer.Option("--format", help="Format of the other tool.")]


def write_annotations(settled: Settled, path: Path, out: Path, campaign: Campaign, key: Key) -> None:
    """Write the annotations and the account of the pull; print both."""
    from judge.annotation.labelstudio.pull import write
    from judge.annotation.tables import print_settled

    account = write(settled, path, out, campaign, key)
    console = screen()
    print_settled(settled, campaign, console)
    console.print(f"\nWritten: {out} and {account}.", highlight=False, markup=False)


@contextmanager
def connected(url: str | None, key: Key) -> Iterator[tuple[str, Any]]:
    """Connect to the server at ``url``, or where the campaign was pushed last: its address, and the client."""
    import os

    from judge.annotation.labelstudio.client import TOKEN
    from judge.annotation.labelstudio.client import connected as connection
    from judge.core.errors import UsageError

    address = url or key.server
    if not address:
        raise UsageError("the campaign was not pushed yet", hint="name the server with --url")
    token = os.environ.get(TOKEN, "").strip() or _ask(TOKEN)
    address = address.rstrip("/")
    with connection(address, token) as client:
        yield address, client


def _ask(variable: str) -> str:
    import sys

    from judge.core.errors import UsageError

    if not sys.stdin.isatty():
        raise UsageError(
            f"no token: {variable} is not set", hint="take one from Account & Settings of the server, and set it"
        )
    return str(typer.prompt("Token of the server (from Account & Settings)", hide_input=True))
