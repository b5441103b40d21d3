"""Is this the survey file that it is taken for? Checks that come before any code is read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from judge.core.errors import InputError
from judge.preferences.survey.columns import Columns
from judge.preferences.survey.mapping import Mapping

UNCHECKED = "not checked"


def check_columns(columns: Columns, mapping: Mapping, attributes: tuple[str, ...], weighted: bool, path: Path) -> None:
    """Errors: the file lacks the country, the wave, the weight or an attribute (all named), or has no question."""
    file = mapping.file
    if not any(columns.has(column) for column in mapping.columns.values()):
        raise InputError(
            f"none of the {len(mapping.columns)} questions has a column: this is no file of {file.name}",
            path=path,
            hint="give its cross-national or country file, or describe another survey with --mapping FILE",
        )
    needed = [file.country.column, file.wave.column if file.wave else None, file.weight if weighted else None]
    needed += [
        attribute.column
        for attribute in (mapping.attributes[name] for name in attributes)
        if not (attribute.fallback and columns.has(attribute.fallback.column))
    ]
    if missing := [name for name in needed if name and not columns.has(name)]:
        raise InputError(
            f"missing column{'s' if len(missing) > 1 else ''}: {', '.join(missing)}",
            path=path,
            hint="take the file as it was downloaded, or describe its columns with --mapping FILE",
        )


def present_countries(columns: Columns, mapping: Mapping) -> tuple[str, ...]:
    """Codes of the countries among the rows."""
    country = mapping.file.country
    if country.column is None:
        return (country.only or "",)
    return tuple(sorted(set(np.unique(columns.texts[country.column]).tolist()) - {""}))


def check_countries(columns: Columns, asked: frozenset[str] | None, path: Path) -> None:
    """Errors: the file has no respondent, or none of a country that was asked for."""
    if asked is not None and (absent := sorted(asked - set(columns.seen))):
        raise InputError(
            f"no respondent of {', '.join(absent)}",
            path=path,
            hint=f"countries in this file: {', '.join(columns.seen) or 'none'}",
        )
    if not len(columns):
        raise InputError("the file has no respondents", path=path, hint="download it again")


def check_wave(columns: Columns, mapping: Mapping, path: Path | None) -> None:
    """Errors: a respondent of another wave, with the line."""
    wave = mapping.file.wave
    if wave is None:
        return
    values = columns.numbers[wave.column]
    if (other := values != wave.value).any():
        at = int(np.argmax(other))
        raise InputError(
            f"{wave.column} is {values[at]:g}, where wave {wave.value} is expected ({int(other.sum()):,} such rows)",
            path=path,
            line=int(columns.lines[at]),
            row=_respondent(columns, mapping, at),
            hint=f"give a file of wave {wave.value}: other waves number their questions otherwise",
        )


def check_respondents(columns: Columns, mapping: Mapping, path: Path | None) -> str:
    """Say that nobody occurs twice (``none``), or why that cannot be told.

    Errors: a respondent occurs twice in a country (two files put together count people twice).
    """
    name, country = mapping.file.respondent, mapping.file.country.column
    if name is None:
        return "not looked for: the mapping names no respondent"
    if name not in columns.texts:
        return f"{UNCHECKED}: the file has no column {name}"
    ids = columns.texts[name]
    keys = ids if country is None else np.char.add(np.char.add(columns.texts[country], " "), ids)
    _, first, counts = np.unique(keys, return_index=True, return_counts=True)
    if (counts > 1).any():
        at = int(first[np.argmax(counts > 1)])
        again = int(np.flatnonzero(keys == keys[at])[1])
        raise InputError(
            f"the respondent occurs before, in {columns.unit} {columns.lines[at]} "
            f"({int((counts > 1).sum()):,} respondents occur more than once)",
            path=path,
            line=int(columns.lines[again]),
            row=str(ids[at]) or None,
            hint="do not put files together that share respondents; a mapping without `respondent` skips this check",
        )
    return "none"


def check_weights(columns: Columns, mapping: Mapping, path: Path | None) -> NDArray[np.float64]:
    """The weights (N,). Errors: one is missing, negative or not finite, with the line; all are 0."""
    name = mapping.file.weight
    if name is None:
        raise InputError("the mapping names no weight", path=mapping.path, hint="add `weight`, or leave --weighted out")
    weights = columns.numbers[name]
    if (bad := ~np.isfinite(weights) | (weights < 0)).any():
        at = int(np.argmax(bad))
        raise InputError(
            f"{name} is {weights[at]:g}, not a weight",
            path=path,
            line=int(columns.lines[at]),
            row=_respondent(columns, mapping, at),
            hint="leave --weighted out, or correct the file",
        )
    if not weights.any():
        raise InputError(f"{name} is 0 for everybody", path=path, hint="leave --weighted out")
    return weights


def _respondent(columns: Columns, mapping: Mapping, at: int) -> str | None:
    ids = columns.texts.get(mapping.file.respondent or "")
    return None if ids is None else str(ids[at]) or None
