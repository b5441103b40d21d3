"""Labels as shown: A for what stood first. Files of judges that read both orders often hold these."""

from __future__ import annotations

from dataclasses import replace

from judge.core.errors import UsageError
from judge.core.files.rows import named
from judge.labels.labels import LabelFile

SWAPPED = "candidate_first"  # this project's own name for the second order


def by_contestant(file: LabelFile, shown: tuple[str, ...], swapped: str | None) -> LabelFile:
    """The file with the two labels ``shown`` (what stood first, what stood second) exchanged in the order ``swapped``.

    Afterwards the first of them means the response that stood first in the other order, in all rows, so that labels of
    both orders can be compared. All other labels, and rows of another order or of none, stay as they are. Without
    ``swapped`` it is ``candidate_first``. Errors: annotations, whose choices are read so already; not two labels; no
    row has an order, or one of that name.
    """
    if file.annotations:
        raise UsageError("choices of annotations are read as shown already", hint="leave --as-shown out")
    if len(set(shown)) != 2 or len(shown) != 2:
        raise UsageError(
            f"--as-shown takes two labels, not {len(shown)}" if len(shown) != 2 else "--as-shown names one label twice",
            hint="the one of the response shown first, then the other's: --as-shown A,B",
        )
    orders = sorted({row.order for row in file.rows if row.order is not None})
    if not orders:
        raise UsageError("--as-shown needs a column with the order shown", hint="name it: --column order=NAME")
    name = SWAPPED if swapped is None else swapped
    if name not in orders:
        raise UsageError(
            f"no row has the order {name!r}; the orders are: {named(orders)}",
            hint=f"--swapped names the one in which {shown[0]} and {shown[1]} changed places",
        )
    other = {shown[0]: shown[1], shown[1]: shown[0]}
    rows = [
        replace(row, label=other.get(row.label, row.label)) if row.order == name and row.label is not None else row
        for row in file.rows
    ]
    return replace(file, rows=rows)
