"""The addresses at which a model is served: one, or those of several servers, as options or in a YAML file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from urllib.parse import SplitResult, urlsplit, urlunsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from judge.core.errors import InputError, UsageError
from judge.core.files.yaml import read_yaml
from judge.core.redact import redact, shown_address

FLEET = "fleet"  # stands for the address, in keys and manifests, where a model is served at several
_AZURE = "https://RESOURCE.openai.azure.com/openai/v1"
_FORMAT = "docs/howto/fleet.md describes the file of endpoints"
_USUAL_PORT = {"http": 80, "https": 443}

BaseUrl = str | Sequence[str] | None


@dataclass(frozen=True)
class Address:
    """One of several servers of a model.

    Attributes:
        url: Its address.
        weight: How many calls it is given, relative to the others.
        key: The environment variable of its key; None where it is the provider's usual one.
        max_concurrency: The most calls in flight there; None leaves it to ``--concurrency``, which limits all together.
    """

    url: str
    weight: float = 1.0
    key: str | None = None
    max_concurrency: int | None = None

    @property
    def name(self) -> str:
        """The host and the port, and the path where it is not the usual one: how rows and messages name the server."""
        parts = urlsplit(self.url)
        return parts.netloc + ("" if parts.path == "/v1" else parts.path)


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    url: str
    weight: float = Field(default=1.0, gt=0, le=1000)
    key: str | None = Field(default=None, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    max_concurrency: int | None = Field(default=None, ge=1)


def _entry(value: object) -> object:
    """An address alone is an entry, too."""
    return {"url": value} if isinstance(value, str) else value


class _FleetFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    endpoints: list[Annotated[_Entry, BeforeValidator(_entry)]] = Field(min_length=1)


def is_fleet(base_url: BaseUrl) -> bool:
    """Whether what was given is several addresses, or a file of them, which may grow."""
    given = listed(base_url)
    return len(given) > 1 or any(map(_is_file, given))


def listed(base_url: BaseUrl) -> tuple[str, ...]:
    """What was given, one by one."""
    return (base_url,) if isinstance(base_url, str) else tuple(base_url or ())


def beside(base_url: BaseUrl, folder: Path) -> BaseUrl:
    """What a file in a folder gives: the paths in it are relative to it."""
    if isinstance(base_url, str):
        return str(folder / base_url) if _is_file(base_url) else base_url
    return None if base_url is None else tuple(str(beside(each, folder)) for each in base_url)


def read_fleet(base_url: BaseUrl, option: str, variable: str) -> tuple[Address, ...]:
    """Read several addresses, each a URL or a YAML file.

    Args:
        base_url: What was given.
        option: The option that gave it, for messages.
        variable: The environment variable of the usual key, for messages.

    Raises:
        UsageError: One is not an address, or two are the same server.
        InputError: A file cannot be read, or does not have the form.
    """
    found: list[Address] = []
    for each in listed(base_url):
        if not _is_file(each):
            found.append(Address(checked_address(each, option, variable)))
            continue
        path = Path(each)
        for entry in read_yaml(path, _FleetFile, hint=_FORMAT).endpoints:
            try:
                url = checked_address(entry.url, "url", entry.key or variable)
            except UsageError as error:
                raise InputError(error.message, path=path, hint=error.hint) from None
            found.append(Address(url, entry.weight, entry.key, entry.max_concurrency))
    places = [_place(address.url) for address in found]
    if twice := next((address for address in found if places.count(_place(address.url)) > 1), None):
        raise UsageError(
            f"{option} names {twice.url} twice",
            hint="give each server once; one that takes more calls than the others has a weight in a YAML file "
            "(docs/howto/fleet.md)",
        )
    return tuple(found)


def _is_file(text: str) -> bool:
    return text.lower().endswith((".yaml", ".yml")) and "://" not in text


def _place(url: str) -> tuple[str, str | None, int | None, str]:
    """What two addresses of the same server have in common."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or _USUAL_PORT.get(parts.scheme), parts.path


def checked_address(text: str, option: str, variable: str) -> str:
    """An address without its last slash; refused where it is not one, or has what must not be in the manifest.

    Raises:
        UsageError: It is not an address, or has credentials or a query.
    """
    parts = _parts(text)
    if parts is None:
        raise UsageError(f"{option} {shown_address(text)} is not an address", hint="like http://localhost:8000/v1")
    if "api-version" in parts.query.lower():
        raise UsageError(
            f"{option} has a query (api-version), which is not sent",
            hint=f"Azure's newer address needs none: {_AZURE}, with the deployment's name as the model "
            f"({variable} has the key)",
        )
    if "@" in parts.netloc or parts.query or redact(text) != text:
        raise UsageError(
            f"{option} {shown_address(text)} has credentials or a query, which would be written to the manifest",
            hint=f"give the key in {variable}, and the address without them",
        )
    return urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", ""))


def _parts(text: str) -> SplitResult | None:
    """The parts of an address; None for what is none."""
    try:
        parts = urlsplit(text)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # also of a port that is no number
        return None
    return parts if is_address else None
