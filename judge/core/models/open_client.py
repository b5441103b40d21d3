"""Open a client for ``provider:model``, with the provider's address, and its key from the environment."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from dataclasses import dataclass, replace

from judge.core.certificates import check_certificates
from judge.core.errors import UsageError
from judge.core.extra_body import ExtraBody
from judge.core.models.providers.addresses import (
    FLEET,
    Address,
    BaseUrl,
    checked_address,
    is_fleet,
    listed,
    read_fleet,
)
from judge.core.models.providers.listed_models import advice_on_name
from judge.core.models.providers.named import provider_named, providers
from judge.core.models.types import ChatError, ChatReply, ChatRequest, ErrorKind, HttpLimits, ModelClient
from judge.core.records import OFFLINE
from judge.core.redact import remove_key_of

_NO_KEY = "no-key-needed"


@dataclass(frozen=True)
class ModelSpec:
    """A provider and a model's name, and where the model is served.

    Attributes:
        provider: The provider.
        model: The model's name.
        base_url: The address; None for the provider's own, and for a fleet.
        extra: Fields that are added to the body of each request, of an expert judge or a model that classifies; those
            of the judge are a setting of the run.
        fleet: The addresses of several servers of the model; None where there is one. They are no part of what
            identifies calls: servers may come and go between sessions. Empty where a manifest names a fleet.
        key: The environment variable of the key, where it is not the provider's usual one.
    """

    provider: str
    model: str
    base_url: str | None = None
    extra: ExtraBody | None = None
    fleet: tuple[Address, ...] | None = None
    key: str | None = None

    def __str__(self) -> str:
        return f"{self.provider}:{self.model}" if self.model else self.provider

    @property
    def place(self) -> str | None:
        """Where the model is served, as keys and manifests have it: its address, or ``fleet``; None: the provider's."""
        return self.base_url if self.fleet is None else FLEET

    @property
    def shown(self) -> str | None:
        """Where the model is served, for people; None: the provider's own address."""
        if self.fleet is None:
            return self.base_url
        servers = "1 server" if len(self.fleet) == 1 else f"{len(self.fleet)} servers"
        return f"{servers} ({', '.join(address.name for address in self.fleet)})"

    @property
    def is_offline(self) -> bool:
        """Whether this is the heuristic judge, which needs no endpoint and is not a language model."""
        return self.provider == OFFLINE


def parse_spec(text: str, base_url: BaseUrl) -> ModelSpec:
    """Read ``PROVIDER:MODEL``, such as ``openai:gpt-4.1``, or ``heuristic``.

    Without ``base_url`` the variables that the SDKs read (OPENAI_BASE_URL, ANTHROPIC_BASE_URL, AZURE_OPENAI_ENDPOINT)
    are used, as their users expect. The address of a local server (``vllm:``, ``ollama:``) is part of the result; that
    of a provider is not. Several addresses, and a YAML file of them, make a fleet.

    Raises:
        UsageError: The provider is unknown (lists those that are known), the text names no model, or the provider has
            no address of its own and none is given.
        InputError: A file of addresses cannot be read.
    """
    if text == OFFLINE:
        if listed(base_url):
            raise UsageError("the heuristic judge has no endpoint", hint="leave out --base-url")
        return ModelSpec(OFFLINE, "")
    name, colon, model = text.partition(":")
    if not colon and name not in providers():
        raise UsageError(f"unknown provider {name!r}", hint=f"give PROVIDER:MODEL, such as openai:{text}")
    provider = provider_named(name)
    if not model:
        raise UsageError(f"{text!r} names no model", hint=f"for example {name}:NAME")
    option, variable = "--base-url", provider.key or "the key"
    if is_fleet(base_url):
        return ModelSpec(name, model, fleet=read_fleet(base_url, option, variable))
    address = next(iter(listed(base_url)), None)
    if address is None:
        option = provider.address_from or option
        address = provider.given_address or (provider.address if provider.local else None)
        if address is None and provider.address is None and provider.address_path:
            raise UsageError(f"{name} has no address", hint=f"set {provider.address_from}, or give --base-url")
    return ModelSpec(name, model, None if address is None else checked_address(address, option, variable))


def spec_of_run(text: str, place: str | None) -> ModelSpec:
    """Read the model of a run from what its manifest says. Of a fleet it does not say the addresses.

    Raises:
        UsageError: As for :func:`parse_spec`.
    """
    if place != FLEET:
        return parse_spec(text, place)
    name, _, model = text.partition(":")
    return ModelSpec(name, model, fleet=())


def api_key(spec: ModelSpec) -> str:
    """Read the provider's key from the environment; a placeholder for an endpoint of the user's that needs none.

    Raises:
        UsageError: There is no key, or it has a character that no key has.
    """
    variable = spec.key or provider_named(spec.provider).key
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
    if spec.place is not None and spec.key is None:
        return _NO_KEY
    raise UsageError(f"no key for {spec}", hint=f"set {variable} in the environment; keys are never written anywhere")


def members(spec: ModelSpec) -> tuple[ModelSpec, ...]:
    """The model at each of its addresses: itself, where it has one."""
    if spec.fleet is None:
        return (spec,)
    return tuple(replace(spec, base_url=address.url, fleet=None, key=address.key) for address in spec.fleet)


def check_keys(spec: ModelSpec) -> None:
    """Check that there is a key for each address of a model that needs one.

    Raises:
        UsageError: There is none, or it has a character that no key has.
    """
    for member in members(spec):
        api_key(member)


def open_model(spec: ModelSpec, *, concurrency: int, timeout: float, http: HttpLimits | None = None) -> ModelClient:
    """Open a client for a networked model at one address (:func:`.open_served` opens a fleet too).

    A reply that is not whole after ``timeout`` seconds is a timeout. The SDK is imported here, not before: it takes a
    second.

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
