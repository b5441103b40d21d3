"""`judge values`: ground truth from survey microdata, and scores of structured answers against it."""

import typer

from judge.cli.shared.groups import WholeSentences
from judge.cli.shared.help_panels import PANELS, WithPanels
from judge.cli.values.build import build
from judge.cli.values.compare_to_chance import compare_to_chance
from judge.cli.values.describe import describe
from judge.cli.values.export import export
from judge.cli.values.score import score
from judge.cli.values.split import split
from judge.cli.values.synthetic import synthetic

app = typer.Typer(
    cls=WholeSentences,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Ground truth of subgroups from survey microdata; scores of structured answers against it.",
)
for command in (build, describe, split, export, score, compare_to_chance, synthetic):
    app.command(cls=WithPanels if f"values {command.__name__}" in PANELS else None)(command)
