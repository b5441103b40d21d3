"""Open the batch API of a model's provider."""

from __future__ import annotations

from judge.core.batches.service import BatchService, ServiceError, UndecidedError
from judge.core.call_files.export import wire_of
from judge.core.errors import ProviderStop, UsageError
from judge.core.models.open_client import ModelSpec, api_key


def open_service(spec: ModelSpec, timeout: float) -> BatchService:
    """Open the batch API of a model's provider. The SDK is imported here, which takes a second.

    Raises:
        UsageError: There is no key, or the model is served by a fleet.
    """
    refuse_fleet(spec)
    key = api_key(spec)
    if wire_of(spec) == "anthropic":
        from judge.core.batches.anthropic_batches import AnthropicBatches

        return AnthropicBatches(spec, key, timeout)
    from judge.core.batches.openai_batches import OpenAIBatches

    return OpenAIBatches(spec, key, timeout)


def refuse_fleet(spec: ModelSpec) -> None:
    """Refuse a model that is served at several addresses.

    Raises:
        UsageError: It is.
    """
    if spec.fleet is not None:
        raise UsageError("a fleet takes no batches: they belong to one address", hint="leave out --batch")


def stop(spec: ModelSpec, error: ServiceError) -> ProviderStop:
    """The error that ends a session where a batch API cannot be used."""
    if error.gone:
        return ProviderStop(
            f"{spec} does not have what was asked for: {error}",
            hint="check the key and the address; without a batch API there, leave out --batch. If results of a batch "
            "were deleted: `judge batches cancel RUN`, and rerun the command with --batch",
            exit_code=1,
        )
    if isinstance(error, UndecidedError):
        return ProviderStop(f"{spec}: {error}", hint="rerun the command later", exit_code=1)
    what = "does not answer as it should" if error.passing else "refuses batches"
    return ProviderStop(
        f"{spec} {what}: {error}",
        hint="rerun the command: nothing is sent twice" if error.passing else "leave out --batch, or check the account",
        exit_code=1,
    )
