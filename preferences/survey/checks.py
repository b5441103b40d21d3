"""Checks of a survey file before its codes are interpreted: columns, countries, wave, respondents, weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from judge.core.errors import InputError
from judge.preferences.survey.columns import Columns
from judge.preferences.survey.mapping import Mapping

UNCHECKED = "not checked"


def check_columns(
    columns: Columns, mapping: Mapping, strata: dict[str, tuple[str, ...]], weighted: bool, path: Path
) -> None:
    """Check that the file has the country, the wave, the weight and all attributes, and at least one question.

    Args:
        columns: the file's columns.
        mapping: the survey.
        strata: the attributes of each stratum that is to be built.
        weighted: whether the weight is needed.
        path: the file's name in messages.

    Raises:
        InputError: names all missing columns, and the strata that can be built without them.
    """
    file = mapping.file
    if not any(columns.has(column) for column in mapping.columns.values()):
        raise InputError(
            f"none of the {len(mapping.columns)} questions has a column, so this is not a file of {file.name}",
            path=path,
            hint="give its cross-national or country file, or describe another survey with --mapping FILE",
        )
    needed = [file.country.column, file.wave.column if file.wave else None, file.weight if weighted else None]
    missing = [name for name in needed if name and not columns.has(name)]
    absent: dict[str, str] = {}
    for name in dict.fromkeys(name for names in strata.values() for name in names):
        attribute = mapping.attributes[name]
        if not (columns.has(attribute.column) or (attribute.fallback and columns.has(attribute.fallback.column))):
            absent[name] = attribute.column
    if not missing and not absent:
        return
    usable = [name for name, attributes in strata.items() if not absent.keys() & set(attributes)]
    hint = "use the file as downloaded, or describe its columns with --mapping FILE"
    if absent and not missing:
        named = f"{', '.join(absent)} {'is' if len(absent) == 1 else 'are'} needed by some strata only"
        others = f"build the others: --strata {','.join(usable)}" if usable else "choose other --strata"
        hint = f"{named}; {others}. Or {hint}"
    missing += absent.values()
    raise InputError(f"missing column{'s' if len(missing) > 1 else ''}: {', '.join(missing)}", path=path, hint=hint)


def present_countries(columns: Columns, mapping: Mapping) -> tuple[str, ...]:
    """Codes of the countries of the rows, sorted."""
    country = mapping.file.country
    if country.column is None:
        return (country.only or "",)
    return tuple(sorted(set(np.unique(columns.texts[country.column]).tolist()) - {""}))


def check_countries(columns: Columns, asked: frozenset[str] | None, path: Path) -> None:
    """Check that every country in ``asked`` has respondents; None asks for all.

    Raises:
        InputError: the file has no respondents, or none of a country that was asked for.
    """
    if asked is not None and (absent := sorted(asked - set(columns.countries))):
        raise InputError(
            f"no respondents of {', '.join(absent)}",
            path=path,
            hint=f"countries in this file: {', '.join(columns.countries) or 'none'}",
        )
    if not len(columns):
        raise InputError("the file has no respondents", path=path, hint="download it again")


def check_wave(columns: Columns, mapping: Mapping, path: Path | None) -> None:
    """Check that all respondents are of the mapping's wave.

    Raises:
        InputError: a respondent is of another wave; names the line.
    """
    wave = mapping.file.wave
    if wave is None:
        return
    values = columns.numbers[wave.column]
    if (other := values != wave.value).any():
        at = int(np.argmax(other))
        raise InputError(
            f"{wave.column} is {columns.cell(wave.column, at)}, not wave {wave.value} ({int(other.sum()):,} such rows)",
            path=path,
            line=int(columns.lines[at]),
            row=_respondent(columns, mapping, at),
            hint=f"give a file of wave {wave.value}: the questions of other waves have other numbers",
        )


def check_respondents(columns: Columns, mapping: Mapping, path: Path | None) -> str:
    """Check that no respondent of a country occurs twice, as when two files were concatenated.

    Args:
        columns: the respondents of one country.
        mapping: the survey.
        path: the file's name in messages.

    Returns:
        ``none``, or why duplicates were not looked for.

    Raises:
        InputError: a respondent occurs twice.
    """
    name = mapping.file.respondent
    if name is None:
        return "not looked for: the mapping has no `respondent`"
    if name not in columns.texts:
        return f"{UNCHECKED}: the file has no column {name}"
    ids = columns.texts[name]
    _, first, counts = np.unique(ids, return_index=True, return_counts=True)
    if (counts > 1).any():
        at = int(first[np.argmax(counts > 1)])
        again = int(np.flatnonzero(ids == ids[at])[1])
        raise InputError(
            f"the respondent is also in {columns.unit} {columns.lines[at]} "
            f"({int((counts > 1).sum()):,} respondents occur more than once)",
            path=path,
            line=int(columns.lines[again]),
            row=str(ids[at]) or None,
            hint="remove the duplicate rows; a mapping without `respondent` skips this check",
        )
    return "none"


def check_weights(columns: Columns, mapping: Mapping, path: Path | None) -> NDArray[np.float64]:
    """The weights (N,) of the respondents.

    Raises:
        InputError: the mapping has no weight; a weight is missing, negative or not finite (names the line); all are 0.
    """
    name = mapping.file.weight
    if name is None:
        raise InputError("the mapping has no `weight`", path=mapping.path, hint="add it, or omit --weighted")
    weights = columns.numbers[name]
    if (bad := ~np.isfinite(weights) | (weights < 0)).any():
        at = int(np.argmax(bad))
        raise InputError(
            f"{name} is {columns.cell(name, at)}, not a weight",
            path=path,
            line=int(columns.lines[at]),
            row=_respondent(columns, mapping, at),
            hint="correct the file, or omit --weighted",
        )
    if not weights.any():
        raise InputError(f"{name} is 0 for all respondents", path=path, hint="omit --weighted")
    return weights


def _respondent(columns: Columns, mapping: Mapping, at: int) -> str | None:
    """The id of a respondent, if the file has ids."""
    ids = columns.texts.get(mapping.file.respondent or "")
    return None if ids is None else str(ids[at]) or None
