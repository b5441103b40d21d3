"""Reading columns of a survey from SPSS (.sav) and Stata (.dta) files, with their value labels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from judge.core.errors import InputError
from judge.preferences.survey.columns import Columns, Wanted, locate


def read_stat(file: Path, path: Path, wanted: Wanted, *, encoding: str | None = None) -> Columns:
    """Read the wanted columns. ``file`` is where the data lies, ``path`` how messages call it (a zip's name).

    User-defined missing values are read as empty. Errors: the file is damaged, or of another kind than its name says.
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
    columns = Columns(
        numbers={name: _floats(data[own[name]], name, path) for name in wanted.numbers if name in own},
        texts={name: _texts(data[own[name]]) for name in wanted.texts if name in own},
        lines=np.arange(1, rows + 1, dtype=np.int64),
        labels={name: _labels(about.variable_value_labels.get(own[name], {})) for name in own},
    )
    if wanted.column not in columns.texts:
        return columns
    values = columns.texts[wanted.column]
    seen = tuple(sorted(set(np.unique(values).tolist()) - {""}))
    kept = columns if wanted.keep is None else columns.take(np.isin(values, list(wanted.keep)))
    return Columns(kept.numbers, kept.texts, kept.lines, kept.labels, seen)


def _floats(values: Any, name: str, path: Path) -> NDArray[np.float64]:
    try:
        return np.asarray([np.nan if value is None else value for value in values], dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(
            f"{name} holds text, not codes", path=path, hint="take the file with codes, not with labels"
        ) from None


def _texts(values: Any) -> NDArray[np.str_]:
    def text(value: object) -> str:
        if isinstance(value, float):
            return str(int(value)) if value.is_integer() else "" if np.isnan(value) else str(value)
        return "" if value is None else str(value).strip()

    return np.array([text(value) for value in np.asarray(values, dtype=object)], dtype="U")


def _labels(labels: dict[Any, str]) -> dict[int, str]:
    return {int(code): label for code, label in labels.items() if isinstance(code, int | float) and code == int(code)}
