"""`judge prompts`: list, show and make judging prompts."""

import typer

from judge.cli.prompts.list_ import list_
from judge.cli.prompts.new import new
from judge.cli.prompts.show import show
from judge.cli.shared.groups import WholeSentences

app = typer.Typer(
    cls=WholeSentences,
    rich_markup_mode=None,
    invoke_without_command=True,
    help="List the bundled prompts; show one, or make one of your own.",
)
for command in (list_, show, new):
    app.command(command.__name__.rstrip("_"))(command)


@app.callback()
def without_a_command(context: typer.Context) -> None:
    """List the bundled prompts; show one, or make one of your own."""
    if context.invoked_subcommand is None:
        list_()
