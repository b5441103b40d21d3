"""Draw intervals between 0 and 1 with characters."""

from __future__ import annotations

WIDTHS = (21, 15, 11)  # characters from 0 to 1, the widest first: one for each .05 to .1
ASCII_BARS = str.maketrans("●├┤─┊", "o||-:")


def axis(width: int = WIDTHS[0]) -> str:
    """The heading of a column of bars of this width: 0, .5 and 1 where they are."""
    return "0" + ".5".center(width - 2) + "1"


AXIS = axis()


class Bar(str):
    """A bar of the usual width, with its numbers, so that a narrow screen can draw it anew."""

    numbers: tuple[float | None, float | None, float | None]

    def at(self, width: int) -> str:
        """The same bar in ``width`` characters."""
        return _drawn(*self.numbers, width)


def interval_bar(value: float | None, low: float | None, high: float | None) -> Bar:
    """Draw a share and its interval on a line from 0 to 1, with a mark at .5: ``  ┊ ├─●─┤``.

    Args:
        value: The share; None draws only the mark.
        low: Lower end of its interval; None where there is none.
        high: Upper end.

    Returns:
        A text of the first of ``WIDTHS`` characters.
    """
    bar = Bar(_drawn(value, low, high, WIDTHS[0]))
    bar.numbers = (value, low, high)
    return bar


def _drawn(value: float | None, low: float | None, high: float | None, width: int) -> str:
    cells = [" "] * width
    cells[_place(0.5, width)] = "┊"
    if low is not None and high is not None:
        start, end = _place(low, width), _place(high, width)
        cells[start : end + 1] = "─" * (end + 1 - start)
        cells[start], cells[end] = "├", "┤"
    if value is not None:
        cells[_place(value, width)] = "●"
    return "".join(cells)


def _place(share: float, width: int) -> int:
    return round(min(max(share, 0.0), 1.0) * (width - 1))
