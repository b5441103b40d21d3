"""Draw intervals between 0 and 1 with characters."""

from __future__ import annotations

WIDTH = 21  # characters from 0 to 1: one for each .05
AXIS = "0" + ".5".center(WIDTH - 2) + "1"
ASCII_BARS = str.maketrans("●├┤─┊", "o||-:")


def interval_bar(value: float | None, low: float | None, high: float | None) -> str:
    """Draw a share and its interval on a line from 0 to 1, with a mark at .5: ``  ┊ ├─●─┤``.

    Args:
        value: The share; None draws only the mark.
        low: Lower end of its interval; None where there is none.
        high: Upper end.

    Returns:
        A text of ``WIDTH`` characters.
    """
    cells = [" "] * WIDTH
    cells[_place(0.5)] = "┊"
    if low is not None and high is not None:
        start, end = _place(low), _place(high)
        cells[start : end + 1] = "─" * (end + 1 - start)
        cells[start], cells[end] = "├", "┤"
    if value is not None:
        cells[_place(value)] = "●"
    return "".join(cells)


def _place(share: float) -> int:
    return round(min(max(share, 0.0), 1.0) * (WIDTH - 1))
