"""Open a client for ``provider:model``, with its key from the environment."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, replace
from urllib.parse import urlsplit, urlunsplit

from judge.core.certificates import check_certificates
from judge.core.errors import UsageError
from judge.core.models.types import ChatError, ChatReply, ChatRequest, ErrorKind, HttpLimits, ModelClient
from judge.core.records import OFFLINE
from judge.core.redact import KEYS, redact, shown_address

_AZURE = "https://RESOURCE.openai.azure.com/openai/v1"
_ADDRESSES = {"openai": "OPENAI_BASE_URL", "anthropic": "ANTHROPIC_BASE_URL"}  # as the SDKs call them


@dataclass(frozen=True)
class ModelSpec:
    """A provider and a model's name, and where the model is served (None: the provider's own address)."""

    provider: str
    model: str
    base_url: str | None = None

    def __str__(self) -> str:
        return f"{self.provider}:{self.model}" if self.model else self.provider

    @property
    def is_offline(self) -> bool:
        """Whether this is the heuristic judge, which needs no endpoint and is not a language model."""
        return self.provider == OFFLINE


def parse_spec(text: str, base_url: str | None) -> ModelSpec:
    """Read ``openai:NAME``, ``anthropic:NAME`` or ``heuristic``.

    Without ``base_url`` the SDKs' own variables (OPENAI_BASE_URL, ANTHROPIC_BASE_URL) are used, as their users
    expect.

    Raises:
        UsageError: The provider is unknown, or the text names no model; lists what is known.
    """
    provider, _, model = text.partition(":")
    known = "openai:MODEL, anthropic:MODEL, or heuristic (offline, not an LLM)"
    if text == OFFLINE:
        if base_url is not None:
            raise UsageError("the heuristic judge has no endpoint", hint="leave out --base-url")
        return ModelSpec(OFFLINE, "")
    if provider not in KEYS:
        raise UsageError(f"unknown provider in {text!r}", hint=f"use {known}")
    if not model:
        raise UsageError(f"{text!r} names no model", hint=f"for example {provider}:NAME")
    option = "--base-url"
    if base_url is None:
        option = _ADDRESSES[provider]
        base_url = os.environ.get(option, "").strip() or None
    return ModelSpec(provider, model, None if base_url is None else _address(base_url, option, KEYS[provider]))


def _address(text: str, option: str, variable: str) -> str:
    """An address without its last slash; refused where it is not one, or has what must not be in the manifest."""
    try:
        parts = urlsplit(text)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # also of a port that is no number
        is_address = False
    if not is_address:
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


def api_key(spec: ModelSpec) -> str:
    """Read the provider's key from the environment; a placeholder for an endpoint of the user's that needs none.

    Raises:
        UsageError: There is no key, or it has a character that no key has.
    """
    variable = KEYS[spec.provider]
    key = os.environ.get(variable, "").strip()
    if key and not (key.isascii() and key.isprintable() and " " not in key):
        raise UsageError(
            f"{variable} has a character that no key has", hint="copy the key again, without quotes or blanks"
        )
    if key:
        return key
    if spec.base_url is not None:
        return "no-key-needed"
    raise UsageError(f"no key for {spec}", hint=f"set {variable} in the environment; keys are never written anywhere")


def open_model(spec: ModelSpec, *, concurrency: int, timeout: float, http: HttpLimits | None = None) -> ModelClient:
    """Open a client for a networked model; a reply that is not whole after ``timeout`` seconds is a timeout.

    The SDK is imported here, not before: it takes a second.

    Raises:
        UsageError: There is no key, or the environment names certificates that are not there.
    """
    key = api_key(spec)
    check_certificates()
    if spec.provider == "openai":
        from judge.core.models.openai import open_openai as opener
    else:
        from judge.core.models.anthropic import open_anthropic as opener
    client = opener(
        spec=str(spec),
        model=spec.model,
        api_key=key,
        base_url=spec.base_url,
        concurrency=concurrency,
        timeout=timeout,
        http=http or HttpLimits(),
    )

    async def ask(request: ChatRequest) -> ChatReply:
        # The transport's own time-outs start anew with every byte: a server that trickles would never end.
        try:
            async with asyncio.timeout(timeout):
                return await client.ask(request)
        except TimeoutError as error:
            raise ChatError(ErrorKind.TIMEOUT, f"no whole reply within {timeout:g} s") from error

    return replace(client, ask=ask)
