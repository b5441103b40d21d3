"""Open a local model as a client, with the interface of a served one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from judge.core.models.types import ChatError, ChatReply, ChatRequest, ErrorKind, ModelClient
from judge.generation.local.batch_inference import Job, write_batch
from judge.generation.local.batcher import Batcher
from judge.generation.local.fingerprint import fingerprint
from judge.generation.local.loading import PACKAGES, load

DEFAULT_MAX_TOKENS = 512


def open_local(
    folder: Path,
    *,
    adapter: Path | None = None,
    chat_template: Path | None = None,
    device: str = "auto",
    batch_size: int,
) -> ModelClient:
    """Load a model and return its client.

    Defaults of a request: temperature 0, seed 0, a token limit of 512 or what the context window leaves.

    Args:
        folder: The model's directory.
        adapter: A LoRA adapter's directory.
        chat_template: A Jinja file in place of the model's own template.
        device: A torch device; ``auto`` takes cuda if there is one.
        batch_size: The largest number of texts generated at once.

    Raises:
        UsageError: The model, the template or the adapter cannot be used.
    """
    loaded = load(folder, adapter=adapter, chat_template=chat_template, device=device)
    content = fingerprint(folder) if adapter is None else f"{fingerprint(folder)}+{fingerprint(adapter)}"
    batcher: Batcher[Job, ChatReply] = Batcher(lambda jobs: write_batch(loaded, jobs, content), batch_size)

    async def ask(request: ChatRequest) -> ChatReply:
        ids = loaded.tokens(loaded.chat(request.system, request.user))
        limit = request.max_tokens or DEFAULT_MAX_TOKENS
        if loaded.context is not None:
            room = loaded.context - len(ids)
            if room < 1 or (request.max_tokens is not None and limit > room):
                raise ChatError(
                    ErrorKind.CONTEXT_LENGTH,
                    f"a prompt of {len(ids)} tokens and a reply of up to {limit} exceed the model's {loaded.context}",
                )
            limit = min(limit, room)
        request = as_sent(request)
        job = Job(ids, limit, request.temperature or 0.0, request.seed or 0, request.top_tokens)
        return replace(await batcher.submit(job, length=len(ids)), max_tokens=limit)

    return ModelClient(
        spec=f"hf:{loaded.name}",
        endpoint=f"this machine ({loaded.device})",
        ask=ask,
        close=batcher.close,
        packages=PACKAGES if adapter is not None else PACKAGES[:2],
        sent=as_sent,
        in_process=True,
    )


def as_sent(request: ChatRequest) -> ChatRequest:
    """Return the request with the defaults of local models filled in."""
    return replace(
        request,
        temperature=request.temperature or 0.0,
        seed=request.seed or 0,
        max_tokens=request.max_tokens or DEFAULT_MAX_TOKENS,
    )
