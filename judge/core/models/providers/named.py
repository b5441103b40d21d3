"""The providers of models by name: where each is, which format it speaks, which variable has its key."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, RootModel

from judge.core.errors import UsageError
from judge.core.field_errors import nearest
from judge.core.files.yaml import read_yaml

OWN_FILE = "PERSONA_JUDGE_PROVIDERS"
_BUNDLED = Path(__file__).with_name("providers.yaml")


class Provider(BaseModel):
    """A provider.

    Attributes:
        wire: The format of its requests and replies.
        address: Where its API is; None where the SDK knows it, or the user has to give it.
        address_from: An environment variable with another address.
        address_path: What is added to the address of that variable, where it is not there.
        key: The environment variable of its key; None where none is needed.
        local: Whether the server is the user's own.
        source: The page of the documentation that says so.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    wire: Literal["openai", "anthropic"] = "openai"
    address: str | None = None
    address_from: str | None = None
    address_path: str = ""
    key: str | None = None
    local: bool = False
    source: str = ""

    @property
    def given_address(self) -> str | None:
        """The address in the variable ``address_from``, completed; None where there is none."""
        text = os.environ.get(self.address_from, "").strip() if self.address_from else ""
        if not text:
            return None
        text = text.rstrip("/")
        return text if text.endswith(self.address_path) else text + self.address_path


class _File(RootModel[dict[str, Provider]]):
    pass


def providers() -> Mapping[str, Provider]:
    """Return the bundled providers, and those of the file that ``PERSONA_JUDGE_PROVIDERS`` names.

    Raises:
        InputError: The file cannot be read, or has a field that is not known.
    """
    return _read(os.environ.get(OWN_FILE, "").strip())


@cache
def _read(own: str) -> Mapping[str, Provider]:
    found = dict(read_yaml(_BUNDLED, _File).root)
    if own:
        found |= read_yaml(Path(own), _File, hint="docs/judging.md describes the file").root
    return found


def provider_named(name: str) -> Provider:
    """Return a provider.

    Raises:
        UsageError: There is none of this name; lists the names.
    """
    found = providers().get(name)
    if found is None:
        near = nearest(name, list(providers()))
        meant = f"did you mean {near[0]}? Else " if near else ""
        raise UsageError(
            f"unknown provider {name!r}",
            hint=f"{meant}use NAME:MODEL with one of {', '.join(providers())}, or openai:MODEL with --base-url",
        )
    return found
