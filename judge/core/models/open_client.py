"""Open a client for ``provider:model``, with the provider's address, and its key from the environment."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from dataclasses import dataclass, replace
from urllib.parse import urlsplit, urlunsplit

from judge.core.certificates import check_certificates
from judge.core.errors import UsageError
from judge.core.extra_body import ExtraBody
from judge.core.models.providers.listed_models import advice_on_name
from judge.core.models.providers.named import provider_named, providers
from judge.core.models.types import ChatError, ChatReply, ChatRequest, ErrorKind, HttpLimits, ModelClient
from judge.core.records import OFFLINE
from judge.core.redact import redact, remove_key_of, shown_address

_AZURE = "https://RESOURCE.openai.azure.com/openai/v1"
_NO_KEY = "no-key-needed"


@dataclass(frozen=True)
class ModelSpec:
    """A provider and a model's name, and where the model is served (None: the provider's own address).

    ``extra`` are fields that are added to the body of each request, of an expert judge or a model that classifies;
    those of the judge are a setting of the run.
    """

    provider: str
    model: str
    base_url: str | None = None
    extra: ExtraBody | None = None

    def __str__(self) -> str:
        return f"{self.provider}:{self.model}" if self.model else self.provider

    @property
    def is_offline(self) -> bool:
        """Whether this is the heuristic judge, which needs no endpoint and is not a language model."""
        return self.provider == OFFLINE


def parse_spec(text: str, base_url: str | None) -> ModelSpec:
    """Read ``PROVIDER:MODEL``, such as ``openai:gpt-4.1``, or ``heuristic``.

    Without ``base_url`` the variables that the SDKs read (OPENAI_BASE_URL, ANTHROPIC_BASE_URL, AZURE_OPENAI_ENDPOINT)
    are used, as their users expect. The address of a local server (``vllm:``, ``ollama:``) is part of the result; that
    of a provider is not.

    Raises:
        UsageError: The provider is unknown (lists those that are known), the text names no model, or the provider has
            no address of its own and none is given.
    """
    if text == OFFLINE:
        if base_url is not None:
            raise UsageError("the heuristic judge has no endpoint", hint="leave out --base-url")
        return ModelSpec(OFFLINE, "")
    name, colon, model = text.partition(":")
    if not colon and name not in providers():
        raise UsageError(f"unknown provider {name!r}", hint=f"give PROVIDER:MODEL, such as openai:{text}")
    provider = provider_named(name)
    if not model:
        raise UsageError(f"{text!r} names no model", hint=f"for example {name}:NAME")
    option = "--base-url"
    if base_url is None:
        option = provider.address_from or option
        base_url = provider.given_address or (provider.address if provider.local else None)
        if base_url is None and provider.address is None and provider.address_path:
            raise UsageError(f"{name} has no address", hint=f"set {provider.address_from}, or give --base-url")
    return ModelSpec(name, model, None if base_url is None else _address(base_url, option, provider.key or "the key"))


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
    provider = provider_named(spec.provider)
    variable = provider.key
    if variable is None:
        return _NO_KEY
    remove_key_of(variable)
    key = os.environ.get(variable, "").strip()
    if key and not (key.isascii() and key.isprintable() and " " not in key):
        raise UsageError(
            f"{variable} has a character that no key has", hint="copy the key again, without quotes or blanks"
        )
    if key:
        return key
    if spec.base_url is not None:
        return _NO_KEY
    raise UsageError(f"no key for {spec}", hint=f"set {variable} in the environment; keys are never written anywhere")


def open_model(spec: ModelSpec, *, concurrency: int, timeout: float, http: HttpLimits | None = None) -> ModelClient:
    """Open a client for a networked model; a reply that is not whole after ``timeout`` seconds is a timeout.

    The SDK is imported here, not before: it takes a second.

    Raises:
        UsageError: There is no key, or the environment names certificates that are not there.
    """
    key = api_key(spec)
    check_certificates()
    provider = provider_named(spec.provider)
    if provider.wire == "openai":
        from judge.core.models.openai import open_openai as opener
    else:
        from judge.core.models.anthropic import open_anthropic as opener
    client = opener(
        spec=str(spec),
        model=spec.model,
        api_key=key,
        base_url=spec.base_url or provider.address,
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
        except ChatError as error:
            if error.kind is ErrorKind.NOT_FOUND and error.advice is None:
                with suppress(Exception):  # the list is a help, and nothing depends on it
                    error.advice = advice_on_name(spec.model, await client.list_models())
            raise

    return replace(client, ask=ask)
