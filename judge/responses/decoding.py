"""How the rows of a file say that their texts were decoded: temperature, and text or schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

DIFFERING_DECODING = "differing-decoding"  # the --allow name that accepts contestants with different decoding
HINT = (
    "decode all contestants alike (--temperature; for numbers --structured-output, too), or "
    f"--allow {DIFFERING_DECODING}"
)


class RowDecoding(NamedTuple):
    """The decoding of one row. ``temperature`` None is the endpoint's default; ``schema``: a schema restrains the text.

    A text at another temperature, or without a schema, differs for that reason alone: a schema leaves no room for a
    refusal.
    """

    temperature: float | None
    schema: bool

    def __str__(self) -> str:
        degree = (
            "the endpoint's default temperature" if self.temperature is None else f"temperature {self.temperature:g}"
        )
        return f"{degree}, {'a schema' if self.schema else 'plain text'}"


def decoding_in(parameters: Mapping[str, object] | None) -> RowDecoding | None:
    """Read the decoding in the field ``parameters`` of a row of `judge generate`; None where it is not stated."""
    if not parameters or "temperature" not in parameters:
        return None
    temperature = parameters["temperature"]
    if temperature is not None and not isinstance(temperature, (int, float)):
        return None
    return RowDecoding(None if temperature is None else float(temperature), parameters.get("reply", "text") != "text")
