"""Refuse what an engine cannot do, before anything is made."""

from __future__ import annotations

from judge.core.calls.limits import Limits
from judge.core.errors import UsageError
from judge.core.models.open_client import ModelSpec
from judge.core.models.providers.named import provider_named


def check_engine(spec: ModelSpec, limits: Limits, *, several: bool = False) -> None:
    """Refuse calls that the engine of a session cannot make. This program's own makes all.

    Args:
        spec: The model.
        limits: The limits of the session, which name the engine.
        several: Whether there are several judges.

    Raises:
        UsageError: Ray is not installed; there are several judges or servers; the model does not speak OpenAI's format;
            a rate limit is given.
    """
    if limits.engine == "own":
        return
    if spec.is_offline or provider_named(spec.provider).wire != "openai":
        raise UsageError(
            f"--engine ray asks servers that speak OpenAI's format, and {spec} does not", hint="leave out --engine ray"
        )
    if several or spec.fleet is not None:
        raise UsageError("--engine ray asks one server for one model", hint="give one model and one --base-url")
    if limits.rpm is not None or limits.tpm is not None:
        raise UsageError("--rpm and --tpm: the workers of --engine ray do not share a rate", hint="leave them out")
    if limits.batch is not None:
        raise UsageError("--batch and --engine ray are two ways to make calls", hint="give one of them")
    try:
        import ray.data  # noqa: F401
    except ImportError:
        raise UsageError(
            "--engine ray needs Ray, which is not installed", hint="pip install 'persona-judge[ray]'"
        ) from None
