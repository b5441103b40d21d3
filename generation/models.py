"""Open the model that responds: a served one, or one on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from judge.core.errors import UsageError
from judge.core.files.rows import file_sha256
from judge.core.models.fleet.open_served import open_served
from judge.core.models.open_client import ModelSpec, check_keys, parse_spec
from judge.core.models.providers.addresses import BaseUrl, listed
from judge.core.models.providers.named import providers
from judge.core.models.types import HttpLimits, ModelClient
from judge.core.records import OFFLINE

LOCAL = "hf"


@dataclass(frozen=True)
class ModelChoice:
    """A model. ``adapter``, ``chat_template`` and ``device`` are for local ones."""

    spec: ModelSpec
    adapter: Path | None = None
    chat_template: Path | None = None
    device: str = "auto"

    @property
    def local(self) -> bool:
        """Whether the model runs on this machine, at no price."""
        return self.spec.provider == LOCAL


def parse_model(
    text: str,
    base_url: BaseUrl = None,
    *,
    adapter: Path | None = None,
    chat_template: Path | None = None,
    device: str = "auto",
) -> ModelChoice:
    """Read ``PROVIDER:NAME``, such as ``openai:my-model``, or ``hf:PATH``.

    Raises:
        UsageError: The provider is unknown, an option does not apply to it, or the path is not a model's directory.
    """
    provider, _, path = text.partition(":")
    if provider != LOCAL:
        if text == OFFLINE or provider not in providers():
            raise UsageError(
                f"{text!r} is not a model that generates text",
                hint=f"hf:PATH, or NAME:MODEL with one of: {', '.join(providers())}",
            )
        for option, value in (("--adapter", adapter), ("--chat-template", chat_template)):
            if value is not None:
                hint = "a server offers an adapter under a name of its own: --model openai:NAME (docs/generation.md)"
                raise UsageError(f"{option} is for local models (hf:PATH)", hint=hint)
        return ModelChoice(parse_spec(text, base_url))
    if listed(base_url):
        raise UsageError("a local model has no endpoint", hint="leave out --base-url, or name a served model")
    _require(Path(path), "config.json", f"--model {text}", "a model's directory, such as `hf download` makes")
    if adapter is not None:
        _require(
            adapter, "adapter_config.json", f"--adapter {adapter}", "the directory that peft's save_pretrained wrote"
        )
    if chat_template is not None and not chat_template.is_file():
        raise UsageError(f"--chat-template {chat_template} is not there", hint="give a Jinja file")
    return ModelChoice(ModelSpec(LOCAL, path), adapter, chat_template, device)


def takes_seed(model: str) -> bool:
    """Whether a model (``PROVIDER:NAME``) can be given a sampling seed: Anthropic's API has no such parameter."""
    provider = providers().get(model.partition(":")[0])
    return provider is None or provider.wire != "anthropic"


def _require(folder: Path, name: str, option: str, what: str) -> None:
    if not (folder / name).is_file():
        raise UsageError(f"{option}: no {name} in {str(folder)!r}", hint=f"give {what}; nothing is downloaded here")


def identity(choice: ModelChoice) -> dict[str, Any]:
    """Identify a model, for configurations and keys. A local model is identified by its content."""
    if not choice.local:
        return {"model": str(choice.spec), "endpoint": choice.spec.place}
    from judge.generation.local.fingerprint import fingerprint

    template = choice.chat_template
    return {
        "model": f"{LOCAL}:{Path(choice.spec.model).resolve().name}",
        "weights": fingerprint(Path(choice.spec.model)),
        "adapter": None if choice.adapter is None else fingerprint(choice.adapter),
        "chat_template": None if template is None else file_sha256(template),
    }


def check_access(choice: ModelChoice) -> None:
    """Check for the key, or the packages of local models, before anything is made.

    Raises:
        UsageError: The key or a package is missing.
    """
    if not choice.local:
        check_keys(choice.spec)
        return
    from judge.generation.local.loading import require_packages

    require_packages(adapter=choice.adapter is not None)


def open_choice(
    choice: ModelChoice, *, concurrency: int, timeout: float, batch_size: int, http: HttpLimits | None = None
) -> ModelClient:
    """Open a client. A local model is loaded here, which takes a while."""
    if not choice.local:
        return open_served(choice.spec, concurrency=concurrency, timeout=timeout, http=http)
    from judge.generation.local.client import open_local

    return open_local(
        Path(choice.spec.model),
        adapter=choice.adapter,
        chat_template=choice.chat_template,
        device=choice.device,
        batch_size=batch_size,
    )
