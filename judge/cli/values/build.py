"""`judge values build`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from judge.cli.shared.options import StrataFile, SurveySeed, allowances, parts
from judge.cli.shared.output import exit_with, print_lines, print_warnings, screen


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
    category: Annotated[
        list[str] | None,
        typer.Option(help="Questions of this category alone; repeat it for several [default: all]."),
    ] = None,
    min_n: Annotated[int, typer.Option(min=1, help="Minimum number of respondents per subgroup and question.")] = 30,
    weighted: Annotated[bool, typer.Option("--weighted", help="Weight respondents by the survey weight.")] = False,
    resamples: Annotated[
        int, typer.Option(min=0, help="Bootstrap resamples of the stability of modes; 0 for none.")
    ] = 1000,
    min_stability: Annotated[
        float | None, typer.Option(min=0, max=1, help="Leave out rows whose mode has a lower bootstrap stability.")
    ] = None,
    seed: SurveySeed = 0,
    encoding: Annotated[str | None, typer.Option(help="Encoding of the file [default: UTF-8].")] = None,
    max_unpacked: Annotated[float, typer.Option(min=0.001, help="Maximum size of an unpacked survey, in GB.")] = 4.0,
    max_zip_ratio: Annotated[
        float,
        typer.Option(min=1, help="Maximum ratio of a survey's size to that of its zip (checked above 64 MB)."),
    ] = 200.0,
    unknown_codes: Annotated[
        Literal["refuse", "missing"],
        typer.Option(help="Answer codes that are not in the catalogue: stop with an error, or treat as missing."),
    ] = "refuse",
    allow: Annotated[
        list[str] | None,
        typer.Option(help="Switch off a check: partial (the file has no columns for some of the questions)."),
    ] = None,
) -> None:
    """Build the ground truth: the modal answer of each subgroup to each question."""
    from judge.core.errors import EXIT_FAILURES_REMAIN, UsageError
    from judge.core.files.formats.compression import UnpackBounds
    from judge.preferences.values.build import CountryValues
    from judge.preferences.values.build import build as run
    from judge.preferences.values.settings import ALLOWANCES, BuildSettings, TruthSettings
    from judge.preferences.values.tables import MANY, coverage, manifest_warnings
    from judge.stats.formatting import counted

    if (survey is None) != synthetic:
        raise UsageError("give a survey file, or --synthetic", hint="judge values build SURVEY.csv --country SGP")
    if min_stability is not None and not resamples:
        raise UsageError("--min-stability needs resamples", hint="omit --resamples 0")
    console = screen()

    def report(built: CountryValues) -> None:
        about = built.manifest
        console.print(
            f"{about['source']['country']}: {counted(about['source']['respondents'], 'respondent')}, "
            f"{coverage(about)}, {counted(sum(about['subgroups'].values()), 'subgroup')}, "
            f"{counted(about['values']['rows'], 'row')}; {counted(len(about['excluded_cells']), 'cell')} too small.",
            highlight=False,
        )
        print_warnings(manifest_warnings(about, least=MANY))

    settings = BuildSettings(
        out=Path(out),
        into_folder=out.endswith("/"),
        source=survey,
        countries=_names(country),
        mapping=mapping,
        strata=_names(strata),
        strata_file=strata_file,
        categories=tuple(dict.fromkeys(category)) if category else None,
        weighted=weighted,
        encoding=encoding,
        zip_bounds=UnpackBounds(max_unpacked, max_zip_ratio),
        unknown_codes_missing=unknown_codes == "missing",
        allow=allowances(allow, ALLOWANCES),
        truth=TruthSettings(min_n=min_n, min_stability=min_stability, resamples=resamples, seed=seed),
    )
    summary = run(settings, report)
    first = summary.files[0]
    shown = first.path if len(summary.files) == 1 and not summary.failures else out
    print_lines(
        [
            f"Source: {first.manifest['source']['name']}",
            f"Written to {shown}. `judge values describe {first.path}` describes it.",
        ]
    )
    if summary.failures:
        total = len(summary.files) + len(summary.failures)
        print_lines([f"Not built: {len(summary.failures)} of {total} countries."])
        print_warnings(f"{failure.country}: {failure.error}" for failure in summary.failures)
        exit_with(EXIT_FAILURES_REMAIN)


def _names(text: str | None) -> tuple[str, ...] | None:
    if text is None:
        return None
    return tuple(dict.fromkeys(parts(text))) or None
