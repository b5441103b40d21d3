"""`judge values build`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from judge.cli.shared.options import StrataFile, SurveySeed, parts
from judge.cli.shared.output import print_warnings, screen


def build(
    survey: Annotated[Path | None, typer.Argument(help="Survey microdata: .csv, .sav, .dta, or a .zip of one.")] = None,
    out: Annotated[
        str, typer.Option(help="The file to write; or a folder (existing, or ending in /), for values-COUNTRY.jsonl.")
    ] = "values.jsonl",
    country: Annotated[
        str | None,
        typer.Option(help="Country code (SGP), several (SGP,MYS), or all [default: the only one in the file]."),
    ] = None,
    synthetic: Annotated[
        bool, typer.Option("--synthetic", help="Use the bundled synthetic survey (invented respondents).")
    ] = False,
    mapping: Annotated[
        Path | None,
        typer.Option("--mapping", help="Mapping of the columns and codes of another survey (YAML; docs/values.md)."),
    ] = None,
    strata: Annotated[
        str | None,
        typer.Option(
            help="Names of strata, separated by commas, such as sex,education [default: the ten of the paper]."
        ),
    ] = None,
    strata_file: StrataFile = None,
    min_n: Annotated[int, typer.Option(min=1, help="Fewest respondents per subgroup and question.")] = 30,
    weighted: Annotated[bool, typer.Option("--weighted", help="Weight respondents by the survey weight.")] = False,
    resamples: Annotated[
        int, typer.Option(min=0, help="Bootstrap resamples of the stability of modes; 0 for none.")
    ] = 1000,
    min_stability: Annotated[
        float | None, typer.Option(min=0, max=1, help="Leave out rows whose mode has a lower bootstrap stability.")
    ] = None,
    seed: SurveySeed = 0,
    encoding: Annotated[str | None, typer.Option(help="Encoding of the file [default: UTF-8].")] = None,
    unknown_codes: Annotated[
        Literal["refuse", "missing"],
        typer.Option(help="Answer codes that are not in the catalogue: stop with an error, or treat as missing."),
    ] = "refuse",
) -> None:
    """Build the ground truth: the modal answer of each subgroup to each question."""
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
    console = screen()

    def report(result: Result) -> None:
        about = result.about
        console.print(
            f"{about['source']['country']}: {about['source']['respondents']:,} respondents, {about['questions']} "
            f"questions, {sum(about['subgroups'].values())} subgroups, {about['values']['rows']:,} rows; "
            f"{len(about['excluded_cells'])} cells too small.",
            highlight=False,
        )
        print_warnings(cautions(about, least=MANY))

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
        unknown_codes_missing=unknown_codes == "missing",
        truth=TruthSettings(min_n=min_n, min_stability=min_stability, resamples=resamples, seed=seed),
    )
    results = run(settings, report)
    shown = results[0].path if len(results) == 1 else out
    console.print(f"Source: {results[0].about['source']['name']}", highlight=False, markup=False)
    console.print(f"Written to {shown}. `judge values describe {results[0].path}` says what is in it.", highlight=False)


def _names(text: str | None) -> tuple[str, ...] | None:
    if text is None:
        return None
    return tuple(dict.fromkeys(parts(text))) or None
