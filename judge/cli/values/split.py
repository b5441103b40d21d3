"""`judge values split`."""

from pathlib import Path
from typing import Annotated

import typer

from judge.cli.shared.options import StrataFile, ValuesFile
from judge.cli.shared.output import screen


def split(
    values: ValuesFile,
    out: Annotated[Path, typer.Option(help="Folder for train.jsonl, ood.jsonl and split.json.")],
    strata_file: StrataFile = None,
) -> None:
    """Make the compositional split of the paper: training strata, and held-out (OOD) combinations."""
    from judge.preferences.values.split import split as run
    from judge.preferences.values.strata import load_strata
    from judge.stats.formatting import counted

    found = run(values, load_strata(strata_file), out)
    console = screen()
    for side, rows in found.rows.items():
        groups = found.subgroups[side]
        named = ", ".join(f"{name} {number}" for name, number in groups.items())
        console.print(
            f"{side}: {counted(rows, 'row')}, {counted(sum(groups.values()), 'subgroup')} ({named})", highlight=False
        )
    if found.left_out:
        console.print(f"left out: {counted(found.left_out, 'row')} of strata in neither split", highlight=False)
    console.print(f"Written to {out}.", highlight=False, markup=False)
