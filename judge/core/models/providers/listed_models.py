"""The models that an endpoint lists, for a name that it does not know."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

from judge.core.field_errors import nearest

LIST_SECONDS = 5.0  # to wait for a list, which takes an endpoint no work
_MOST = 5

ListModels = Callable[[], Awaitable[tuple[str, ...]]]


async def lists_none() -> tuple[str, ...]:
    """List no model: the default of a client."""
    return ()


def names_in(content: bytes) -> tuple[str, ...]:
    """Return the names in a list of models, as OpenAI and Anthropic send it; none where it is something else."""
    try:
        return tuple(str(model["id"]) for model in json.loads(content)["data"])
    except (ValueError, LookupError, TypeError, RecursionError):
        return ()


def advice_on_name(model: str, listed: tuple[str, ...]) -> str | None:
    """Name the models that resemble one that is not there, or else the first ones; None where the list is no help."""
    if not listed or model in listed:
        return None
    if near := nearest(model, listed, _MOST):
        return f"no such model here: check the name. The server lists {', '.join(near)}"
    more = f" and {len(listed) - _MOST} more" if len(listed) > _MOST else ""
    return f"no such model here: check the name. The server lists {', '.join(listed[:_MOST])}{more}"
