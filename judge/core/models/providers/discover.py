"""The judges that can be used from here: keys in the environment, servers on the usual local ports."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import httpx

from judge.core.errors import UsageError
from judge.core.models.providers.named import Provider, providers
from judge.core.records import OFFLINE

_SECONDS = 0.5  # for a server on this machine to answer
_MOST_MODELS = 5


@dataclass(frozen=True)
class Found:
    """A provider that can be used.

    Attributes:
        name: Its name, for ``--judge NAME:MODEL``.
        reason: What was found: the variable of its key, or the address that answered.
        models: The models that a local server lists, at most five; empty for a hosted provider.
    """

    name: str
    reason: str
    models: tuple[str, ...] = ()


def find_judges() -> list[Found]:
    """Return the hosted providers whose key is set, then the local servers that answer with a list of models.

    Only addresses of this machine are asked, for half a second; no hosted provider is.

    Raises:
        InputError: The user's file of providers cannot be read.
    """
    known = providers()
    found = [
        Found(name, f"{provider.key} is set")
        for name, provider in known.items()
        if not provider.local and provider.key and os.environ.get(provider.key, "").strip()
    ]
    servers = {name: provider for name, provider in known.items() if provider.local}
    with ThreadPoolExecutor(max_workers=len(servers) or 1) as pool:
        answers = pool.map(_models, servers.values())
    for (name, provider), models in zip(servers.items(), answers, strict=True):
        if models is not None:
            found.append(Found(name, f"{provider.address} answers", models))
    return found


def judge_choices(form: str = "--judge {}") -> list[str]:
    """Return one line for each judge that can be used from here, the offline one last.

    Args:
        form: How a judge is named in this place, with ``{}`` for its name.

    Raises:
        InputError: The user's file of providers cannot be read.
    """
    found = find_judges()
    lines = [f"{form.format(f'{each.name}:{model}')}    {each.reason}" for each in found for model in _named(each)]
    if not lines:
        keys = [f"{provider.key} ({name}:MODEL)" for name, provider in providers().items() if _has_key(provider)]
        local = ", ".join(name for name, provider in providers().items() if provider.local)
        lines = [
            "No judge was found: no provider's key is set, and no server on this machine answers. Either",
            f"set a key: {', '.join(keys)}; or",
            f"start a server ({local}), or give --base-url.",
        ]
    return [*lines, f"{form.format(OFFLINE)}    offline, for demonstrations: it is not an LLM"]


def named_judge(judge: str | None, form: str = "--judge {}") -> str:
    """Return the judge that is named; there is no default, since each costs money or is not a language model.

    Args:
        judge: What the user gave.
        form: As for :func:`judge_choices`.

    Raises:
        UsageError: None is named; lists those that can be used from here.
    """
    if judge is not None:
        return judge
    lines = "".join(f"\n    {line}" for line in judge_choices(form))
    raise UsageError("no judge is named", hint=f"name the model that judges:{lines}")


def _has_key(provider: Provider) -> bool:
    return provider.key is not None and not provider.local


def _named(found: Found) -> tuple[str, ...]:
    return found.models or ("MODEL",)


def _models(provider: Provider) -> tuple[str, ...] | None:
    """The models that a server lists; None where no server of this format answers."""
    key = os.environ.get(provider.key or "", "").strip()
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        with httpx.Client(timeout=_SECONDS, trust_env=False) as client:
            listed = client.get(f"{provider.address}/models", headers=headers).json()["data"]
        return tuple(str(model["id"]) for model in listed[:_MOST_MODELS])
    except (httpx.HTTPError, ValueError, KeyError, TypeError, AttributeError):
        return None
