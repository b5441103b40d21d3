"""`judge values export`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from judge.cli.shared.options import StrataFile, ValuesFile
from judge.cli.shared.output import screen


def export(
    values: ValuesFile,
    out: Annotated[Path, typer.Option(help="The file to write (JSON Lines).")],
    side: Annotated[Literal["train", "ood", "all"], typer.Option("--split", help="Rows to write.")] = "train",
    form: Annotated[
        Literal["openai", "trl"],
        typer.Option("--format", help="OpenAI chat messages, or prompt and completion for TRL."),
    ] = ("openai"),
    prompt: Annotated[str, typer.Option(help="`structured`, or your own .yaml file.")] = "structured",
    strata_file: StrataFile = None,
) -> None:
    """Write chat rows for fine-tuning on structured preferences: persona and question in, `Answer: N` out."""
    from judge.preferences.values.export import export as run
    from judge.preferences.values.strata import load_strata

    number = run(values, load_strata(strata_file), side=side, form=form, out=out, prompt=prompt)
    screen().print(f"{number:,} rows ({side}, {form}) written to {out}.", highlight=False, markup=False)
