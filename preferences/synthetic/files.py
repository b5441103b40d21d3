"""The synthetic survey as columns in memory, and as a CSV, SPSS or Stata file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from judge.core.errors import UsageError
from judge.core.files.outputs import check_begins, check_outputs, check_replaceable
from judge.preferences.survey.columns import Columns, Wanted, locate
from judge.preferences.survey.mapping import Mapping

if TYPE_CHECKING:
    import pandas as pd

ENDINGS = (".csv", ".sav", ".dta")
_MAKER = "Synthetic survey of persona-judge"
Labels = dict[int | float, str]

_MISSING: Labels = {-1: "Don't know", -2: "No answer", -4: "Not asked", -5: "Missing; Not available"}


def columns_of(frame: pd.DataFrame, wanted: Wanted) -> Columns:
    """The wanted columns of a survey in a data frame, as the readers of files return them."""
    own = locate(list(frame.columns), (*wanted.numbers, *wanted.texts))
    texts: dict[str, NDArray[np.str_]] = {
        name: frame[own[name]].astype("str").to_numpy(dtype="U") for name in wanted.texts if name in own
    }
    countries = texts.get(wanted.column or "", np.array([], dtype="U"))
    columns = Columns(
        numbers={name: frame[own[name]].to_numpy(dtype=np.float64) for name in wanted.numbers if name in own},
        texts=texts,
        lines=np.arange(1, len(frame) + 1, dtype=np.int64),
        countries=tuple(sorted(set(countries.tolist()))),
    )
    return columns if wanted.keep is None else columns.take(np.isin(countries, list(wanted.keep)))


def write_survey(frame: pd.DataFrame, mapping: Mapping, path: Path) -> None:
    """Write a survey as .csv, .sav or .dta, whole or not at all. SPSS and Stata files have value labels.

    Raises:
        UsageError: the file has another ending, cannot be written, or is there, and this program did not write it.
    """
    check_outputs([path])
    if path.suffix.lower() not in ENDINGS:
        raise UsageError(f"cannot write {path.name}", hint=f"end the name in {', '.join(ENDINGS)}")
    if path.suffix.lower() == ".csv":
        check_begins(path, ",".join(frame.columns) + "\n")
    else:
        check_replaceable(path, _MAKER)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.stem}.part{path.suffix.lower()}")
    try:
        if path.suffix.lower() == ".csv":
            frame.to_csv(draft, index=False, lineterminator="\n")
        else:
            _write_labelled(frame, mapping, draft)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _write_labelled(frame: pd.DataFrame, mapping: Mapping, path: Path) -> None:
    """Write an SPSS or Stata file with value labels."""
    import pyreadstat

    labels: dict[str, Labels] = {}
    for name, question in mapping.questions.items():
        labels[mapping.columns[name]] = _MISSING | dict(zip(question.scale.codes, question.scale.labels, strict=True))
    for attribute in mapping.attributes.values():
        labels[attribute.column] = _MISSING | dict(attribute.labels.items())
    labels = {name: found for name, found in labels.items() if name in frame.columns}
    about = f"{_MAKER}: invented respondents, not survey data"
    if path.suffix == ".sav":
        ranges: dict[str, Any] = {name: [{"lo": -5.0, "hi": -1.0}] for name in labels}
        pyreadstat.write_sav(frame, path, file_label=about, variable_value_labels=labels, missing_ranges=ranges)
    else:
        pyreadstat.write_dta(frame, path, file_label=about, variable_value_labels=labels)
