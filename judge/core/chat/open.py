"""From ``provider:model`` to a client, with its key from the environment."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from judge.core.chat.types import ModelClient
from judge.core.errors import UsageError

_KEYS = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY"}
_KEY_SHAPE = re.compile(r"\b(?:sk|pk|rk)-[A-Za-z0-9_\-*]{8,}")


@dataclass(frozen=True)
class ModelSpec:
    """A provider and a model's name, and where the model is served (None: the provider's own address)."""

    provider: str
    model: str
    base_url: str | None = None

    def __str__(self) -> str:
        return f"{self.provider}:{self.model}" if self.model else self.provider


def parse_spec(text: str, base_url: str | None) -> ModelSpec:
    """Read ``openai:NAME``, ``anthropic:NAME`` or ``heuristic``. Errors: :class:`UsageError` says what is known."""
    provider, _, model = text.partition(":")
    known = "openai:MODEL, anthropic:MODEL, or heuristic (offline, not an LLM)"
    if text == "heuristic":
        if base_url is not None:
            raise UsageError("the heuristic judge has no endpoint", hint="leave out --base-url")
        return ModelSpec("heuristic", "")
    if provider not in _KEYS:
        raise UsageError(f"unknown provider in {text!r}", hint=f"use {known}")
    if not model:
        raise UsageError(f"{text!r} names no model", hint=f"for example {provider}:NAME")
    if base_url is not None:
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError(f"--base-url {redact(base_url)} is not an address", hint="like http://localhost:8000/v1")
        if parts.username or parts.password or parts.query:
            raise UsageError(
                "--base-url holds credentials or a query, which would end up in the manifest",
                hint=f"give the key in {_KEYS[provider]}",
            )
        base_url = urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", ""))
    return ModelSpec(provider, model, base_url)


def api_key(spec: ModelSpec) -> str:
    """The provider's key from the environment; a placeholder for an endpoint of the user's own that needs none."""
    variable = _KEYS[spec.provider]
    key = os.environ.get(variable, "").strip()
    if key:
        return key
    if spec.base_url is not None:
        return "no-key-needed"
    raise UsageError(f"no key for {spec}", hint=f"set {variable} in the environment; keys are never written anywhere")


def redact(text: str) -> str:
    """Blank out the keys in the environment, and whatever looks like one, wherever a provider echoes it."""
    for variable in _KEYS.values():
        if len(key := os.environ.get(variable, "").strip()) >= 4:
            text = text.replace(key, "[key removed]")
    return _KEY_SHAPE.sub("[key removed]", text)


def open_model(spec: ModelSpec, *, concurrency: int, timeout: float) -> ModelClient:
    """Open a client for a networked model. The SDK is imported here, not before: it takes a second."""
    key = api_key(spec)
    if spec.provider == "openai":
        from judge.core.chat.openai_chat import open_openai as opener
    else:
        from judge.core.chat.anthropic_chat import open_anthropic as opener
    return opener(
        spec=str(spec),
        model=spec.model,
        api_key=key,
        base_url=spec.base_url,
        concurrency=concurrency,
        timeout=timeout,
    )
