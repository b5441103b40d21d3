"""From a survey file to values.jsonl: read once, encode, build, write whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from judge.core.errors import InputError, UsageError
from judge.core.files.outputs import check_outputs
from judge.core.files.rows import file_sha256
from judge.core.files.run_directory import replacing, sync_folder, write_json
from judge.preferences.survey.checks import check_columns, check_countries
from judge.preferences.survey.columns import Columns
from judge.preferences.survey.encode import Encoder, wanted_columns
from judge.preferences.survey.files import read_columns
from judge.preferences.survey.mapping import Mapping, load_mapping
from judge.preferences.survey.survey import Survey
from judge.preferences.synthetic.files import columns_of
from judge.preferences.values.manifest import manifest
from judge.preferences.values.settings import BuildSettings
from judge.preferences.values.strata import Strata, check_attributes, load_strata
from judge.preferences.values.truth import Built, ground_truth
from judge.preferences.values.values_file import manifest_of

ALL = "all"


@dataclass(frozen=True)
class Result:
    """One values file that was written, with its manifest's content."""

    path: Path
    about: dict[str, Any]


def build(settings: BuildSettings, report: Callable[[Result], None]) -> list[Result]:
    """Build the values of each country, and put them in place together at the end.

    One country is written to the file ``out``, or to ``values-SGP.jsonl`` in the folder ``out``; several, or all,
    always to such files in a folder. The manifest stands beside each. A file of any size is read once. ``report`` is
    told of each country as it is done (its file is not in place yet).
    Errors: :class:`InputError` says what is wrong with the survey, and where; :class:`UsageError` that ``out`` is read
    as well, or cannot be written. Then nothing was written.
    """
    started = time.monotonic()
    mapping = load_mapping(settings.mapping)
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
    check_columns(columns, mapping, strata.attributes, settings.weighted, place)
    check_countries(columns, keep if mapping.file.country.column else None, place)
    encoder = Encoder(
        columns,
        mapping,
        attributes=strata.attributes,
        weighted=settings.weighted,
        path=settings.source,
        sha256=sha256,
        unknown_codes_missing=settings.unknown_codes_missing,
    )
    if not several and len(encoder.countries) > 1:
        raise UsageError(
            f"the file has {len(encoder.countries)} countries: {', '.join(encoder.countries)}",
            hint="choose with --country CODE, or --country all for one file each",
        )
    folder = settings.out if in_folder else settings.out.parent
    names = {code: f"values-{code}.jsonl" if in_folder else settings.out.name for code in encoder.countries}
    _check_outputs(settings, [folder / name for name in names.values()])
    folder.mkdir(parents=True, exist_ok=True)
    results: list[Result] = []
    with tempfile.TemporaryDirectory(prefix=".values-", dir=folder) as drafts:
        for survey in encoder.surveys():
            name = names[survey.country]
            draft = Path(drafts) / name
            built = _write(survey, strata, mapping, settings, draft, allow_empty=several)
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
            results.append(Result(folder / name, about))
            report(results[-1])
        for result in results:
            for path in (result.path, manifest_of(result.path)):
                shutil.move(Path(drafts) / path.name, path)
    sync_folder(folder)
    return results


def _check_outputs(settings: BuildSettings, files: Iterable[Path]) -> None:
    outputs = [each for file in files for each in (file, manifest_of(file))]
    check_outputs(outputs, (settings.source, settings.mapping, settings.strata_file))


def _read(
    settings: BuildSettings, mapping: Mapping, strata: Strata, keep: frozenset[str] | None
) -> tuple[Columns, str | None]:
    wanted = wanted_columns(mapping, strata.attributes, keep)
    if settings.source is None:
        from judge.preferences.synthetic.survey import synthetic_survey

        return columns_of(synthetic_survey(mapping, seed=settings.truth.seed), wanted), None
    columns = read_columns(settings.source, wanted, encoding=settings.encoding)
    return columns, file_sha256(settings.source)


def _write(
    survey: Survey, strata: Strata, mapping: Mapping, settings: BuildSettings, draft: Path, *, allow_empty: bool
) -> Built:
    built = Built()
    with replacing(draft) as file:
        for row in ground_truth(survey, strata, mapping.file.words, settings.truth, built):
            file.write(row.model_dump_json() + "\n")
    if (empty := [name for name, groups in built.subgroups.items() if not groups]) and not allow_empty:
        sizes = [cell.n for cell in built.small_cells if cell.stratum == empty[0]]
        most = f"the largest has {max(sizes)}" if sizes else "nobody's attributes are known"
        least = settings.truth.min_n
        known = ",".join(name for name, groups in built.subgroups.items() if groups)
        raise InputError(
            f"the stratum {empty[0]} is empty in {survey.country}: no cell has {least} respondents, {most}",
            path=settings.source or "the synthetic survey",
            hint=f"leave it out: --strata {known}" if known else "lower --min-n, or choose other --strata",
        )
    if not built.rows and not allow_empty:
        raise InputError(
            f"no row is left in {survey.country}",
            path=settings.source or "the synthetic survey",
            hint="lower --min-stability",
        )
    return built
