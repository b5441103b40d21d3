"""One model of a models file, or of a study file."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class ModelEntry(BaseModel):
    """What it leaves out is as on the command line.

    ``draw`` numbers the independent draws of one model that goes by several names: 2 is asked on its own, although it
    is sent what 1 is sent.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    model: str
    base_url: str | None = None
    adapter: Path | None = None
    chat_template: Path | None = None
    device: str = "auto"
    temperature: float | None = Field(default=None, ge=0)
    max_tokens: int | None = Field(default=None, ge=1)
    model_seed: int | None = None
    draw: int = Field(default=1, ge=1)
    batch_size: int | None = Field(default=None, ge=1)
    concurrency: int | None = Field(default=None, ge=1)
