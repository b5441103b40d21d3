"""How the labelled items of a file were drawn: each one's sampling stratum and inclusion probability."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from judge.core.errors import InputError
from judge.label_cells import MISSING, canonical, plain

CHANCE, STRATUM = "inclusion_probability", "stratum"
Draw = tuple[str | None, float | None]  # stratum, inclusion probability; None where it is not said


def note_draw(drawn: dict[str, Draw], item: str, draw: Draw, path: Path, line: int) -> None:
    """Add an item's draw. Errors: an earlier row says otherwise of this item."""
    if drawn.setdefault(item, draw) != draw:
        raise InputError(
            f"another {STRATUM} or {CHANCE} than in an earlier row of this item", path=path, line=line, row=item,
            hint="one comparison is drawn once",
        )  # fmt: skip


def draw_of(row: Mapping[str, object], item: str, path: Path, line: int) -> Draw:
    """The draw that a row of a table names. Errors: a cell that is none; a probability outside (0, 1]."""
    try:
        stratum, cell = plain(row.get(STRATUM)), plain(row.get(CHANCE))
    except ValueError as error:
        raise InputError(str(error), path=path, line=line, hint="one name or number to a cell") from None
    if canonical(cell) in MISSING:
        return stratum or None, None
    try:
        chance = float(cell)
    except ValueError:
        chance = float("nan")
    if not 0 < chance <= 1:
        raise InputError(f"{CHANCE} {cell!r} is none", path=path, line=line, row=item, hint="above 0, at most 1")
    return stratum or None, chance
