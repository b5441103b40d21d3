"""`judge values`: from survey microdata to ground truth, its description, split and training rows."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from judge.cli.options import parts
from judge.cli.scores import register

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Ground-truth values of subgroups, from survey microdata; what was built, its split, training rows.",
)


register(app)


class Side(StrEnum):
    """Which rows of the compositional split."""

    train = "train"
    ood = "ood"
    all = "all"


class RowFormat(StrEnum):
    """How training rows are written."""

    openai = "openai"
    trl = "trl"


class UnknownCodes(StrEnum):
    """What happens to answers whose code is unknown."""

    refuse = "refuse"
    missing = "missing"


Values = Annotated[Path, typer.Argument(help="A values file (values.jsonl).")]
Seed = Annotated[int, typer.Option(help="Seed of the bootstrap, and of the synthetic survey.")]
MappingFile = Annotated[
    Path | None, typer.Option("--mapping", help="Columns and codes of another survey (YAML; docs/values.md).")
]
StrataFile = Annotated[Path | None, typer.Option("--strata-file", help="Your own strata (YAML; docs/values.md).")]


@app.command()
def build(
    survey: Annotated[Path | None, typer.Argument(help="A survey: .csv, .sav, .dta, or a .zip of one.")] = None,
    out: Annotated[
        str, typer.Option(help="The file to write; or a folder (there, or ending in /), for values-COUNTRY.jsonl.")
    ] = "values.jsonl",
    country: Annotated[
        str | None, typer.Option(help="Code (SGP), codes (SGP,MYS) or all [default: the only one in the file].")
    ] = None,
    synthetic: Annotated[
        bool, typer.Option("--synthetic", help="Build from the bundled synthetic survey: invented respondents.")
    ] = False,
    mapping: MappingFile = None,
    strata: Annotated[
        str | None, typer.Option(help="Names of strata, like sex,education [default: the study's ten].")
    ] = None,
    strata_file: StrataFile = None,
    min_n: Annotated[int, typer.Option(min=1, help="Fewest respondents of a subgroup.")] = 30,
    weighted: Annotated[bool, typer.Option("--weighted", help="Weight answers by the survey's weight.")] = False,
    resamples: Annotated[int, typer.Option(min=0, help="Bootstrap samples for the stability; 0 for none.")] = 1000,
    min_stability: Annotated[
        float | None, typer.Option(min=0, max=1, help="Leave out rows whose mode is less stable.")
    ] = None,
    seed: Seed = 0,
    encoding: Annotated[str | None, typer.Option(help="The file's encoding [default: UTF-8].")] = None,
    unknown_codes: Annotated[
        UnknownCodes, typer.Option(help="Refuse codes that the catalogue does not know, or drop them.")
    ] = UnknownCodes.refuse,
) -> None:
    """Build the ground truth: what each subgroup answers to each question."""
    from rich.markup import escape

    from judge.core.errors import UsageError
    from judge.preferences.values.build import Result
    from judge.preferences.values.build import build as run
    from judge.preferences.values.settings import BuildSettings
    from judge.preferences.values.show import MANY, cautions
    from judge.preferences.values.truth import TruthSettings

    if (survey is None) != synthetic:
        raise UsageError("give a survey file, or --synthetic", hint="judge values build SURVEY.csv --country SGP")
    if min_stability is not None and not resamples:
        raise UsageError("--min-stability needs resamples", hint="leave --resamples 0 out")
    from judge.core.screen.console import screen

    console = screen()

    def report(result: Result) -> None:
        about = result.about
        console.print(
            f"{about['source']['country']}: {about['source']['respondents']:,} respondents, {about['questions']} "
            f"questions, {sum(about['subgroups'].values())} subgroups, {about['values']['rows']:,} rows; "
            f"{len(about['excluded_cells'])} cells too small.",
            highlight=False,
        )
        for caution in cautions(about, least=MANY):
            console.print(f"[yellow]Warning:[/yellow] {escape(caution)}", highlight=False)

    settings = BuildSettings(
        out=Path(out),
        into_folder=out.endswith("/"),
        source=survey,
        countries=_names(country),
        mapping=mapping,
        strata=_names(strata),
        strata_file=strata_file,
        weighted=weighted,
        encoding=encoding,
        unknown_codes_missing=unknown_codes is UnknownCodes.missing,
        truth=TruthSettings(min_n=min_n, min_stability=min_stability, resamples=resamples, seed=seed),
    )
    results = run(settings, report)
    shown = results[0].path if len(results) == 1 else out
    console.print(f"Source: {results[0].about['source']['name']}", highlight=False, markup=False)
    console.print(f"Written to {shown}. `judge values describe {results[0].path}` says what is in it.", highlight=False)


@app.command()
def describe(
    values: Values,
    top: Annotated[int, typer.Option(min=0, help="How many of the most divisive questions.")] = 10,
    out: Annotated[Path | None, typer.Option(help="Folder for the tables as CSV.")] = None,
    figure: Annotated[Path | None, typer.Option(help="Figure of diversity by category (.png, .pdf, .svg).")] = None,
) -> None:
    """Say what is in a values file: subgroups, what was left out and why, stability, diversity by category."""
    from judge.core.files.outputs import check_outputs
    from judge.preferences.values.describe import describe as run
    from judge.preferences.values.describe import outputs_of, write_tables
    from judge.preferences.values.show import print_description
    from judge.preferences.values.values_file import manifest_of

    check_outputs([*(outputs_of(out) if out else []), *([figure] if figure else [])], [values, manifest_of(values)])
    found = run(values, top=top)
    from judge.core.screen.console import screen

    console = screen()
    print_description(found, console)
    written = write_tables(found, out) if out else []
    if figure:
        from judge.preferences.values.figure import draw_diversity

        draw_diversity(list(found.categories), "; ".join(found.sources), figure)
        written.append(figure)
    if written:
        console.print(f"\nWritten: {', '.join(str(path) for path in written)}", highlight=False, markup=False)


@app.command()
def split(
    values: Values,
    out: Annotated[Path, typer.Option(help="Folder for train.jsonl, ood.jsonl and split.json.")],
    strata_file: StrataFile = None,
) -> None:
    """Make the study's compositional split: training strata, and held-out (OOD) combinations of their attributes."""
    from judge.preferences.values.split import split as run
    from judge.preferences.values.strata import load_strata

    found = run(values, load_strata(strata_file), out)
    from judge.core.screen.console import screen

    console = screen()
    for side, rows in found.rows.items():
        groups = found.subgroups[side]
        named = ", ".join(f"{name} {number}" for name, number in groups.items())
        console.print(f"{side}: {rows:,} rows, {sum(groups.values())} subgroups ({named})", highlight=False)
    if found.left_out:
        console.print(f"left out: {found.left_out:,} rows of strata on neither side", highlight=False)
    console.print(f"Written to {out}.", highlight=False, markup=False)


@app.command()
def export(
    values: Values,
    out: Annotated[Path, typer.Option(help="The file to write (JSON Lines).")],
    side: Annotated[Side, typer.Option("--split", help="Which rows.")] = Side.train,
    form: Annotated[RowFormat, typer.Option("--format", help="Chat messages, or TRL's prompt and completion.")] = (
        RowFormat.openai
    ),
    prompt: Annotated[str, typer.Option(help="`structured`, or your own .yaml file.")] = "structured",
    strata_file: StrataFile = None,
) -> None:
    """Write chat rows for fine-tuning on structured preferences: persona and question in, `Answer: N` out."""
    from judge.core.screen.console import screen
    from judge.preferences.values.export import export as run
    from judge.preferences.values.strata import load_strata

    number = run(values, load_strata(strata_file), side=side.value, form=form.value, out=out, prompt=prompt)
    screen().print(f"{number:,} rows ({side.value}, {form.value}) written to {out}.", highlight=False, markup=False)


@app.command()
def synthetic(
    out: Annotated[Path, typer.Option(help="The file to write: .csv, .sav or .dta.")],
    seed: Seed = 0,
) -> None:
    """Write the bundled synthetic survey as a file: invented respondents with official column names and codes."""
    from judge.preferences.survey.mapping import load_mapping
    from judge.preferences.synthetic.files import write_survey
    from judge.preferences.synthetic.survey import synthetic_survey

    mapping = load_mapping()
    frame = synthetic_survey(mapping, seed=seed)
    write_survey(frame, mapping, out)
    from judge.core.screen.console import screen

    console = screen()
    console.print(f"{len(frame):,} invented respondents written to {out}: not survey data.", highlight=False)


def _names(text: str | None) -> tuple[str, ...] | None:
    if text is None:
        return None
    return tuple(dict.fromkeys(parts(text))) or None
