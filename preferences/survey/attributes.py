"""Attributes of respondents from columns: codes with labels, and counts of respondents without one, by reason."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from judge.core.errors import InputError
from judge.preferences.survey.columns import Columns
from judge.preferences.survey.mapping import Attribute, Missing
from judge.preferences.survey.survey import Trait
from judge.stats.answers.modal import MISSING

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


def missing_codes(values: FloatArray, missing: Missing) -> BoolArray:
    """Mask (N,) of the values that are empty or a missing code of the survey."""
    found = np.isnan(values) | np.isin(values, missing.codes)
    return found if missing.below is None else found | (values < missing.below)


def index_of(values: FloatArray, codes: Sequence[int]) -> tuple[NDArray[np.int64], BoolArray]:
    """Index (N,) of each value in ascending codes, -1 for none; and a mask (N,) of other non-empty values."""
    if not codes:
        return np.full(len(values), MISSING, dtype=np.int64), ~np.isnan(values)
    known = np.asarray(codes, dtype=np.float64)
    place = np.minimum(np.searchsorted(known, np.nan_to_num(values, nan=np.inf)), len(known) - 1)
    hit = known[place] == values
    return np.where(hit, place, MISSING), ~hit & ~np.isnan(values)


def banded(values: FloatArray, bands: dict[int, tuple[int, int | None]]) -> FloatArray:
    """The code of the band of each value (N,), first and last inclusive; NaN outside every band."""
    coded = np.full(len(values), np.nan)
    for code, (first, last) in bands.items():
        coded[(values >= first) & (values <= (np.inf if last is None else last))] = code
    return coded


def trait(rows: Columns, name: str, attribute: Attribute, missing: Missing, path: Path | str) -> Trait:
    """One attribute of the respondents, from its column or, where that is absent, from the bands of another.

    Codes without a label in the mapping take the file's own label, such as ethnic groups of other countries.

    Args:
        rows: the respondents of one country.
        name: the attribute.
        attribute: its column, labels and bands.
        missing: the survey's missing codes.
        path: the file's name in messages.

    Raises:
        InputError: the file has neither column; two codes have labels that give their subgroups one id.
    """
    fallback = attribute.fallback
    outside = 0
    if attribute.column in rows.numbers:
        values = rows.numbers[attribute.column]
    elif fallback and fallback.column in rows.numbers:
        raw = rows.numbers[fallback.column]
        values = banded(raw, fallback.bands)
        outside = int((np.isnan(values) & ~missing_codes(raw, missing)).sum())
    else:
        raise InputError(
            f"the column {attribute.column} is missing", path=path, hint="choose strata without it: --strata"
        )
    lost = missing_codes(values, missing)
    labels = {**rows.labels.get(attribute.column, {}), **attribute.labels}
    present = {int(value) for value in np.unique(values[~lost])}
    codes = sorted(code for code in labels if code in present or code in attribute.labels)
    _check_distinct(name, {code: labels[code] for code in codes}, path)
    coded, unknown = index_of(values, codes)
    unknown &= ~lost
    found, counts = np.unique(values[unknown], return_counts=True)
    return Trait(
        codes=coded.astype(np.int16),
        labels=tuple(labels[code] for code in codes),
        values=tuple(codes),
        unlabelled={int(code): int(n) for code, n in zip(found, counts, strict=True)},
        no_answer=int(lost.sum()) - outside,
        outside=outside,
    )


def _check_distinct(name: str, labels: dict[int, str], path: Path | str) -> None:
    """Refuse two labels that are the same in ids."""
    codes: dict[str, int] = {}
    for code, label in labels.items():
        if (other := codes.setdefault(id_part(label), code)) != code:
            raise InputError(
                f"{name}: the codes {other} ({labels[other]!r}) and {code} ({label!r}) have labels that give their "
                f"subgroups one id, {id_part(label)}",
                path=path,
                hint="correct the file's value labels, or label the codes in your own --mapping FILE",
            )


def id_part(label: str) -> str:
    """A label as part of an id: ``65 and over`` -> ``65-and-over``."""
    return label.replace(" ", "-")
