"""What a reader of another tool's rows is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

Row = dict[str, object]
Rows = Iterator[tuple[int, Row]]


@dataclass(frozen=True)
class Failure:
    """A row that holds no response since its call failed. It is counted by kind, and is no response.

    Attributes:
        kind: As the tool names it: ``expired``, ``status 500``.
        contestant: The row's contestant, None where it names none.
    """

    kind: str
    contestant: str | None = None


Read = Iterator[tuple[int, "Row | Failure"]]  # with the number of the row that each comes from


@dataclass(frozen=True)
class Shape:
    """The rows that one tool writes.

    Attributes:
        name: The tool and its file, for messages.
        fits: Whether a file's first row is of this tool.
        read: From the tool's rows to rows whose fields are those of :class:`judge.core.records.Response`.
        taken: What each of our fields is read from.
    """

    name: str
    fits: Callable[[Row], bool]
    read: Callable[[Rows], Read]
    taken: Mapping[str, str]


def inside(value: object, *names: str | int) -> object:
    """The value at a path through objects and lists, None where there is none."""
    for name in names:
        if isinstance(name, int):
            if not isinstance(value, list) or len(value) <= name:
                return None
            value = value[name]
        else:
            if not isinstance(value, dict):
                return None
            value = value.get(name)
    return value
