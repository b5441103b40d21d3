"""`judge calls`: calls as files, made by whoever can make them."""

import typer

from judge.cli.calls.export import export
from judge.cli.calls.import_ import import_
from judge.cli.shared.groups import WholeSentences

app = typer.Typer(
    cls=WholeSentences,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Calls as files: write what a run is missing, for a batch service or a cluster, and read the results.",
)
app.command()(export)
app.command("import")(import_)
