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
    split_file: Annotated[
        Path | None, typer.Option(help="The split.json of `judge values split` [default: the strata's own sides].")
    ] = None,
    form: Annotated[
        Literal["openai", "trl"],
        typer.Option("--format", help="OpenAI chat messages, or prompt and completion for TRL."),
    ] = "openai",
    persona_prompt: Annotated[
        str, typer.Option(help="The prompt, as for `judge generate`: first_person, ..., or your own .yaml file.")
    ] = "first_person",
    target: Annotated[
        Literal["mode", "distribution"],
        typer.Option(help="The answer: the modal code, or --draws rows with the shares of the distribution."),
    ] = "mode",
    draws: Annotated[int, typer.Option(min=1, help="Rows per item for --target distribution.")] = 10,
    sample: Annotated[
        int | None, typer.Option(min=1, help="Sample this many items, with subgroups and categories in proportion.")
    ] = None,
    shuffle: Annotated[bool, typer.Option(help="Put the rows into a random order.")] = False,
    dev: Annotated[Path | None, typer.Option(help="Write the rows of --dev-share of the questions here.")] = None,
    dev_share: Annotated[float, typer.Option(min=0, max=0.9, help="The share of questions to set apart.")] = 0.0,
    seed: Annotated[int, typer.Option(help="Seed of sample, dev questions, drawn answers and order.")] = 0,
    strata_file: StrataFile = None,
) -> None:
    """Write chat rows for fine-tuning on structured preferences: persona and question in, `Answer: N` out."""
    from judge.preferences.values.export import Selection
    from judge.preferences.values.export import export as run
    from judge.preferences.values.strata import load_strata
    from judge.stats.formatting import counted

    selection = Selection(side, split_file, sample, dev_share, target, draws, shuffle, seed)
    strata = load_strata(strata_file)
    rows, apart = run(values, strata, selection, form=form, out=out, dev=dev, persona_prompt=persona_prompt)
    screen().print(f"{counted(rows, 'row')} ({side}, {form}) written to {out}.", highlight=False, markup=False)
    if dev is not None:
        screen().print(f"{counted(apart, 'row')} of other questions written to {dev}.", highlight=False, markup=False)
