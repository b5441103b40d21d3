"""Rows of results as a pandas DataFrame."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from judge.core.errors import UsageError
from judge.stats.estimate import Estimate

if TYPE_CHECKING:
    import pandas as pd
    from pydantic import BaseModel


def frame(rows: Iterable[BaseModel]) -> pd.DataFrame:
    """Put the rows of a result into a DataFrame: ``judge.frame(judge.analyze(run).slices)``.

    Args:
        rows: Records of one kind: ``slices`` or ``contestants`` of `judge.analyze`, ``rows`` of `judge.correct`,
            ``criteria`` of `judge.agreement`, ``scores`` of `judge.score`, and so on.

    Returns:
        One row per record. An estimate called ``NAME`` becomes the columns ``NAME``, ``NAME_low``, ``NAME_high`` and
        ``NAME_n``; a field of a nested record or mapping becomes ``OUTER_INNER``. Undefined numbers are NaN. Without
        rows the frame is empty.

    Raises:
        UsageError: ``rows`` is not an iterable of records.

    Example:
        >>> import judge
        >>> files = ("base.jsonl", "ft.jsonl")
        >>> run = judge.compare(*files, values="values.jsonl", judge="heuristic", progress=False)
        >>> slices = judge.frame(judge.analyze(run, by="category").slices)
        >>> slices.query("dimension == 'all' and criterion == 'overall'")["estimate_n"].tolist()
        [96]
    """
    import pandas as pd
    from pydantic import BaseModel

    if isinstance(rows, BaseModel) or not isinstance(rows, Iterable):
        raise UsageError(f"{type(rows).__name__} is not a list of rows", hint="give one of its fields, such as .slices")
    found = []
    for row in rows:
        if not isinstance(row, BaseModel):
            raise UsageError(f"a row is a {type(row).__name__}", hint="give rows of a result, such as .slices")
        found.append(dict(_cells("", row)))
    return pd.DataFrame(found)


def _cells(name: str, value: object) -> Iterator[tuple[str, Any]]:
    """The columns of one field."""
    if isinstance(value, Estimate):
        yield name, _number(value.value)
        yield f"{name}_low", _number(value.low)
        yield f"{name}_high", _number(value.high)
        yield f"{name}_n", value.n
        return
    fields = value if isinstance(value, Mapping) else getattr(value, "__dict__", None)
    if fields is None:
        yield name, value
        return
    for key, inner in fields.items():
        yield from _cells(f"{name}_{key}" if name else str(key), inner)


def _number(value: float | None) -> float:
    return float("nan") if value is None else value
