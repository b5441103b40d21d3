"""What a batch may hold at each provider, from a YAML file."""

from __future__ import annotations

import functools
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, RootModel

from judge.core.call_files.lines import Wire
from judge.core.files.yaml import read_yaml

_FILE = Path(__file__).with_name("limits.yaml")


class BatchLimits(BaseModel):
    """What a batch may hold, how many are sent at once, and how long they may take, and usually take."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    requests: int = Field(ge=1)
    megabytes: int = Field(ge=1)
    at_once: int = Field(ge=1)
    hours: float = Field(gt=0)
    usual_hours: float | None = Field(default=None, gt=0)

    @property
    def bytes(self) -> int:
        """The largest file of calls, in bytes."""
        return self.megabytes * 1_000_000


class _File(RootModel[dict[Wire, BatchLimits]]):
    pass


@functools.cache
def _limits() -> dict[Wire, BatchLimits]:
    return read_yaml(_FILE, _File, hint="judge/core/batches/limits.yaml is part of the program").root


def limits_of(wire: Wire) -> BatchLimits:
    """The limits of the providers that speak a format."""
    return _limits()[wire]
