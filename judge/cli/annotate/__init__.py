"""`judge annotate`: campaigns in which annotators judge the same pairs, in Label Studio or another tool."""

import typer

from judge.cli.annotate.export import export
from judge.cli.annotate.import_ import import_
from judge.cli.annotate.plan import plan
from judge.cli.annotate.pull import pull
from judge.cli.annotate.push import push
from judge.cli.annotate.serve import serve
from judge.cli.annotate.status import status
from judge.cli.shared.groups import WholeSentences

app = typer.Typer(
    cls=WholeSentences,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Human labels of the same pairs, blinded: plan a campaign, push it to Label Studio, pull the labels.",
)
for command in (plan, serve, push, status, pull, export):
    app.command()(command)
app.command("import")(import_)
