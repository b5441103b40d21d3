"""Reading columns of a survey from SPSS (.sav) and Stata (.dta) files, with their value labels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from judge.core.errors import InputError
from judge.preferences.survey.columns import Columns, Wanted, locate, numbers_of


def read_stat(file: Path, path: Path, wanted: Wanted, *, encoding: str | None = None) -> Columns:
    """Read the wanted columns. User-defined missing values are read as empty cells.

    Args:
        file: the data file, .sav or .dta.
        path: its name in messages (that of the zip, if it was in one).
        wanted: what to read.
        encoding: the file's encoding, where it does not name the right one itself.

    Raises:
        InputError: the file is damaged, or of another kind than its name says.
    """
    import pyreadstat

    reader = pyreadstat.read_sav if file.suffix.lower() == ".sav" else pyreadstat.read_dta
    options: dict[str, Any] = {"encoding": encoding} if encoding else {}
    try:
        _, about = reader(str(file), metadataonly=True, **options)
        own = locate(about.column_names, (*wanted.numbers, *wanted.texts))
        data, about = reader(
            str(file),
            usecols=sorted(set(own.values())),
            output_format="dict",
            disable_datetime_conversion=True,
            **options,
        )
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, UnicodeDecodeError, ValueError) as error:
        raise InputError(
            f"cannot be read as a {file.suffix.lower()} file: {error}",
            path=path,
            hint="download it again, or give its --encoding",
        ) from None
    rows = next((len(column) for column in data.values()), 0)
    numbers: dict[str, NDArray[np.float64]] = {}
    unreadable: dict[str, dict[int, str]] = {}
    for name in (name for name in wanted.numbers if name in own):
        numbers[name], bad = numbers_of(_plain(data[own[name]]), wanted.codes.get(name, {}))
        if bad:
            unreadable[name] = {at + 1: text for at, text in bad.items()}
    columns = Columns(
        numbers=numbers,
        texts={name: _texts(data[own[name]]) for name in wanted.texts if name in own},
        lines=np.arange(1, rows + 1, dtype=np.int64),
        labels={name: _labels(about.variable_value_labels.get(own[name], {})) for name in own},
        unreadable=unreadable,
    )
    if wanted.column not in columns.texts:
        return columns
    values = wanted.values_of(columns.texts[wanted.column])
    columns = replace(columns, texts=columns.texts | {wanted.column: values})
    kept = columns if wanted.keep is None else columns.take(np.isin(values, list(wanted.keep)))
    return replace(kept, countries=tuple(sorted(set(np.unique(values).tolist()) - {""})))


def _plain(values: Any) -> list[object]:
    """Cells as Python objects: numbers, text, None."""
    return list(values.tolist() if isinstance(values, np.ndarray) else values)


def _texts(values: Any) -> NDArray[np.str_]:
    """Cells as text, whole numbers without a decimal point."""

    def text(value: object) -> str:
        if isinstance(value, float):
            return str(int(value)) if value.is_integer() else "" if np.isnan(value) else str(value)
        return "" if value is None else str(value).strip()

    return np.array([text(value) for value in np.asarray(values, dtype=object)], dtype="U")


def _labels(labels: dict[Any, str]) -> dict[int, str]:
    """Value labels of whole-number codes."""
    return {int(code): label for code, label in labels.items() if isinstance(code, int | float) and code == int(code)}
