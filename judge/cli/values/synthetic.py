"""`judge values synthetic`."""

from pathlib import Path
from typing import Annotated

import typer

from judge.cli.shared.options import SurveySeed
from judge.cli.shared.output import screen


def synthetic(
    out: Annotated[Path, typer.Option(help="The file to write: .csv, .sav or .dta.")],
    seed: SurveySeed = 0,
    effect: Annotated[
        float, typer.Option(min=0, help="Multiplies the differences between subgroups that are planted; 0: none.")
    ] = 1.0,
) -> None:
    """Write the bundled synthetic survey to a file: invented respondents with official column names and codes."""
    from judge.preferences.survey.mapping import load_mapping
    from judge.preferences.synthetic.files import write_survey
    from judge.preferences.synthetic.survey import synthetic_survey

    mapping = load_mapping()
    frame = synthetic_survey(mapping, seed=seed, effect=effect)
    write_survey(frame, mapping, out)
    console = screen()
    console.print(f"{len(frame):,} invented respondents written to {out}: not survey data.", highlight=False)
