"""Generate replies for a batch of prompts; a reply does not depend on the other prompts of its batch."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from judge.core.errors import EXIT_FAILURES_REMAIN, ProviderStop
from judge.core.models.types import ChatReply, ChosenToken
from judge.core.records import Usage
from judge.generation.local.loading import Loaded


@dataclass(frozen=True, slots=True)
class Job:
    """One prompt as token ids, with its sampling parameters. ``temperature`` 0 takes the most likely token.

    ``top_tokens`` asks for the most likely tokens at each place, at temperature 1.
    """

    ids: list[int]
    max_tokens: int
    temperature: float
    seed: int
    top_tokens: int | None = None


def write_batch(loaded: Loaded, jobs: Sequence[Job], fingerprint: str | None) -> list[ChatReply]:
    """Generate replies for all jobs at once, left-padded.

    Sampling adds Gumbel noise to the scaled scores and takes the largest sum, which draws from the softmax (Gumbel,
    1954; Maddison et al., 2014). Each row draws its noise from a generator of its own, seeded by its seed and prompt,
    so its text does not depend on the other rows, up to the rounding of padded sums.

    Args:
        loaded: The model.
        jobs: The prompts.
        fingerprint: The model's fingerprint, which each reply carries.

    Raises:
        ProviderStop: The device has not enough memory for the batch.
    """
    import torch
    from transformers import GenerationConfig, LogitsProcessorList

    width = max(len(job.ids) for job in jobs)
    pad = loaded.tokenizer.pad_token_id or 0
    ids = torch.tensor([[pad] * (width - len(job.ids)) + job.ids for job in jobs], device=loaded.device)
    mask = torch.tensor([[0] * (width - len(job.ids)) + [1] * len(job.ids) for job in jobs], device=loaded.device)
    noise = [_Noise(jobs, loaded.device)] if any(job.temperature for job in jobs) else []
    most = max(job.max_tokens for job in jobs)
    config = GenerationConfig(
        do_sample=False,
        max_new_tokens=most,
        pad_token_id=pad,
        eos_token_id=sorted(loaded.ends) or None,
    )
    try:
        with torch.inference_mode():
            written = loaded.model.generate(
                input_ids=ids,
                attention_mask=mask,
                generation_config=config,
                logits_processor=LogitsProcessorList(noise),
                return_dict_in_generate=True,
                output_logits=any(job.top_tokens for job in jobs),
            )
    except torch.OutOfMemoryError as error:
        raise ProviderStop(
            f"{loaded.device} has not enough memory for {len(jobs)} texts of up to {width + most} tokens at once",
            hint="give a smaller --batch-size and rerun the command to resume",
            exit_code=EXIT_FAILURES_REMAIN,
        ) from error
    rows = written.sequences[:, width:].tolist()
    replies = [_reply(loaded, job, row, fingerprint) for job, row in zip(jobs, rows, strict=True)]
    for place, job in enumerate(jobs):
        if job.top_tokens is not None:
            tokens = _chosen(loaded, rows[place], [step[place] for step in written.logits], job.top_tokens)
            replies[place] = replace(replies[place], tokens=tokens)
    return replies


def _chosen(loaded: Loaded, row: list[int], logits: Sequence[Any], number: int) -> tuple[ChosenToken, ...]:
    """The tokens of a reply, with the most likely ones in each place; the one that ends it has no text."""
    import torch

    found = []
    for token, scores in zip(row, logits, strict=False):
        shares = torch.log_softmax(scores.float(), dim=-1)
        best = shares.topk(min(number, shares.shape[-1]))
        known = dict(zip(best.indices.tolist(), best.values.tolist(), strict=True)) | {token: float(shares[token])}
        texts = ((loaded.tokenizer.decode([each]), value) for each, value in known.items())
        if token in loaded.ends:
            found.append(ChosenToken("", tuple(texts)))
            break
        found.append(ChosenToken(loaded.tokenizer.decode([token]), tuple(texts)))
    return tuple(found)


class _Noise:
    """A logits processor that turns greedy decoding into seeded sampling, row by row."""

    def __init__(self, jobs: Sequence[Job], device: str) -> None:
        import torch

        self._cold = torch.tensor([[job.temperature == 0] for job in jobs], device=device)
        # A temperature of 0 is treated as 1 without noise: the largest score stays the largest.
        self._temperatures = torch.tensor([[job.temperature or 1.0] for job in jobs], device=device)
        self._generators = [torch.Generator(device=device).manual_seed(_seed(job)) for job in jobs]
        self._drawn: Any = None

    def __call__(self, input_ids: Any, scores: Any) -> Any:  # noqa: ARG002 - the interface of logits processors
        import torch

        if self._drawn is None:
            self._drawn = torch.empty(scores.shape, dtype=torch.float32, device=scores.device)
        for row, generator in zip(self._drawn, self._generators, strict=True):
            row.exponential_(generator=generator)
        # The negative logarithm of an exponential variable is a Gumbel one.
        noise = self._drawn.clamp_min(1e-30).log_().neg_().masked_fill_(self._cold, 0.0)
        return scores.float() / self._temperatures + noise


def _seed(job: Job) -> int:
    digest = hashlib.sha256(f"{job.seed}|{','.join(map(str, job.ids))}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def _reply(loaded: Loaded, job: Job, row: list[int], fingerprint: str | None) -> ChatReply:
    row = row[: job.max_tokens]
    end = next((place for place, token in enumerate(row) if token in loaded.ends), None)
    text = loaded.tokenizer.decode(row[:end], skip_special_tokens=True)
    return ChatReply(
        text=text.strip(),
        model=loaded.name,
        finish_reason="length" if end is None else "stop",
        truncated=end is None,
        fingerprint=fingerprint,
        usage=Usage(input=len(job.ids), output=len(row) if end is None else end + 1),
    )
