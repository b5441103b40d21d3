"""From a survey file to values.jsonl: read the columns, encode each country, build its rows, write the files."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from judge.core.errors import InputError, UsageError
from judge.core.files.outputs import check_begins, check_kind, check_outputs
from judge.core.files.rows import file_sha256
from judge.core.files.run_directory import replacing, sync_folder, write_json
from judge.preferences.survey.checks import check_columns, check_countries
from judge.preferences.survey.columns import Columns
from judge.preferences.survey.encode import Encoder, wanted_columns
from judge.preferences.survey.files import read_columns
from judge.preferences.survey.mapping import Mapping, load_mapping
from judge.preferences.survey.survey import Survey
from judge.preferences.synthetic.files import columns_of
from judge.preferences.values.ground_truth import Built, ground_truth
from judge.preferences.values.manifest import MANIFEST_BEGINS, manifest
from judge.preferences.values.settings import BuildSettings
from judge.preferences.values.strata import Strata, check_attributes, load_strata
from judge.preferences.values.values_file import is_values_row, manifest_of

ALL = "all"


@dataclass(frozen=True)
class CountryValues:
    """The values file of one country, and the content of its manifest."""

    path: Path
    manifest: dict[str, Any]


@dataclass(frozen=True)
class CountryFailure:
    """A country whose values could not be built, and why."""

    country: str
    error: InputError


@dataclass(frozen=True)
class BuildSummary:
    """The values files that were written (at least one), and the countries that failed (only if several were asked)."""

    files: tuple[CountryValues, ...]
    failures: tuple[CountryFailure, ...] = ()


def build(settings: BuildSettings, on_country: Callable[[CountryValues], None] | None = None) -> BuildSummary:
    """Build the values of each country, and put the files in place together at the end.

    One country is written to the file ``out``, or to ``values-SGP.jsonl`` in the folder ``out``; several, or all, are
    always written to such files in a folder. The manifest is written beside each. The survey file is read once.

    Of several countries, those that can be built are written, and the others are in ``failures``; if none can be
    built, nothing is written.

    Args:
        settings: what to build.
        on_country: called with each country when it is built (its file is not in place yet).

    Returns:
        The files and the failures.

    Raises:
        InputError: the survey, the mapping or the strata file is wrong; names the place. Nothing is written.
        UsageError: ``out`` is an input or cannot be written; a category is unknown; or the file has
            several countries and none was chosen.
    """
    started = time.monotonic()
    mapping = load_mapping(settings.mapping)
    if settings.categories is not None:
        mapping = mapping.of_categories(settings.categories)
    strata = load_strata(settings.strata_file).chosen(settings.strata)
    check_attributes(strata, tuple(mapping.attributes))
    everything = settings.countries == (ALL,)
    keep = None if everything or settings.countries is None else frozenset(settings.countries)
    several = everything or (keep is not None and len(keep) > 1)
    in_folder = several or settings.into_folder or settings.out.is_dir()
    if several and settings.out.is_file():
        raise UsageError(f"{settings.out} is a file", hint="several countries are written to a folder: another --out")
    _check_outputs(settings, [settings.out / "values.jsonl" if in_folder else settings.out])
    columns, sha256 = _read(settings, mapping, strata, keep)
    place = settings.source or Path("the synthetic survey")
    attributes = {name: stratum.attributes for name, stratum in strata.by_name.items()}
    check_columns(columns, mapping, attributes, settings.weighted, place)
    check_countries(columns, keep if mapping.file.country.column else None, place)
    encoder = Encoder(
        columns,
        mapping,
        attributes=strata.attributes,
        weighted=settings.weighted,
        path=settings.source,
        sha256=sha256,
        unknown_codes_missing=settings.unknown_codes_missing,
        partial="partial" in settings.allow,
    )
    if not several and len(encoder.countries) > 1:
        raise UsageError(
            f"the file has {len(encoder.countries)} countries: {', '.join(encoder.countries)}",
            hint="choose with --country CODE, or --country all for one file each",
        )
    folder = settings.out if in_folder else settings.out.parent
    names = {code: f"values-{code}.jsonl" if in_folder else settings.out.name for code in encoder.countries}
    _check_outputs(settings, [folder / name for name in names.values()])
    files: list[CountryValues] = []
    failures: list[CountryFailure] = []
    # Until a country is built nothing is made at the place of the files, not even their folder.
    nearest = next(path for path in (folder, *folder.parents) if path.is_dir())
    with tempfile.TemporaryDirectory(prefix=".values-", dir=nearest) as drafts:
        for country, name in names.items():
            draft = Path(drafts) / name
            try:
                survey = encoder.survey(country)
                built = _write(survey, strata, mapping, settings, draft, allow_empty=several)
            except InputError as error:
                if not several:
                    raise
                failures.append(CountryFailure(country, error))
                continue
            about = manifest(
                settings,
                mapping,
                strata,
                survey,
                built,
                values=name,
                values_sha256=file_sha256(draft),
                seconds=time.monotonic() - started,
            )
            write_json(manifest_of(draft), about)
            files.append(CountryValues(folder / name, about))
            if on_country is not None:
                on_country(files[-1])
        if not files:
            raise _all_failed(failures)
        folder.mkdir(parents=True, exist_ok=True)
        for found in files:
            for path in (found.path, manifest_of(found.path)):
                shutil.move(Path(drafts) / path.name, path)
    sync_folder(folder)
    return BuildSummary(tuple(files), tuple(failures))


def _all_failed(failures: list[CountryFailure]) -> InputError:
    """The error where no country could be built."""
    first = failures[0]
    if len(failures) == 1:
        return first.error
    return InputError(
        f"none of the {len(failures)} countries could be built; the first, {first.country}: {first.error.message}",
        hint=first.error.hint,
    )


def _check_outputs(settings: BuildSettings, files: Iterable[Path]) -> None:
    """Refuse values files or manifests that are inputs, cannot be written, or would replace other files."""
    files = list(files)
    outputs = [each for file in files for each in (file, manifest_of(file))]
    check_outputs(outputs, (settings.source, settings.mapping, settings.strata_file))
    for file in files:
        check_kind(file, is_values_row)
        check_begins(manifest_of(file), MANIFEST_BEGINS)


def _read(
    settings: BuildSettings, mapping: Mapping, strata: Strata, keep: frozenset[str] | None
) -> tuple[Columns, str | None]:
    """The columns of the survey, and its sha256 if it is a file."""
    wanted = wanted_columns(mapping, strata.attributes, keep)
    if settings.source is None:
        from judge.preferences.synthetic.survey import synthetic_survey

        return columns_of(synthetic_survey(mapping, seed=settings.truth.seed), wanted), None
    columns = read_columns(settings.source, wanted, encoding=settings.encoding, bounds=settings.zip_bounds)
    return columns, file_sha256(settings.source)


def _write(
    survey: Survey, strata: Strata, mapping: Mapping, settings: BuildSettings, draft: Path, *, allow_empty: bool
) -> Built:
    """Write the rows of one country to ``draft``; ``allow_empty`` accepts strata without a subgroup."""
    built = Built()
    with replacing(draft) as file:
        for row in ground_truth(survey, strata, mapping.file.words, settings.truth, built):
            file.write(row.model_dump_json() + "\n")
    if (empty := [name for name, groups in built.subgroups.items() if not groups]) and not allow_empty:
        sizes = [cell.n for cell in built.small_cells if cell.stratum == empty[0]]
        most = f"the largest has {max(sizes)}" if sizes else "no respondent has the attributes"
        least = settings.truth.min_n
        known = ",".join(name for name, groups in built.subgroups.items() if groups)
        raise InputError(
            f"the stratum {empty[0]} has no subgroup in {survey.country}: none has {least} respondents, {most}",
            path=settings.source or "the synthetic survey",
            hint=f"omit it: --strata {known}" if known else "lower --min-n, or choose other --strata",
        )
    if not built.rows:
        raise InputError(
            f"no row is left in {survey.country}",
            path=settings.source or "the synthetic survey",
            hint="lower --min-n or --min-stability",
        )
    return built
