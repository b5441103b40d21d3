"""`judge generate`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from judge.cli.shared.options import allowances
from judge.cli.shared.output import exit_with, screen


def generate(
    values: Annotated[Path, typer.Argument(help="A values file (values.jsonl).")],
    out: Annotated[Path, typer.Option(help="The file to write (.jsonl or .csv); with --models a folder.")],
    model: Annotated[
        str | None, typer.Option(help="openai:MODEL, anthropic:MODEL, or hf:PATH (a local model).")
    ] = None,
    models: Annotated[Path | None, typer.Option(help="Several models, from a YAML file (docs/generation.md).")] = None,
    base_url: Annotated[
        str | None, typer.Option("--base-url", help="A compatible server, like http://localhost:8000/v1 (vLLM).")
    ] = None,
    adapter: Annotated[Path | None, typer.Option(help="A LoRA adapter for the local model (peft).")] = None,
    chat_template: Annotated[
        Path | None, typer.Option(help="Chat template (Jinja) of a local model without one.")
    ] = None,
    device: Annotated[str, typer.Option(help="Where a local model runs: cpu, cuda, cuda:1, ...")] = "auto",
    batch_size: Annotated[int, typer.Option(min=1, help="Texts that a local model writes at once.")] = 16,
    task: Annotated[Literal["open", "structured"], typer.Option(help="A free answer, or one number.")] = "open",
    persona_prompt: Annotated[
        str, typer.Option(help="first_person, third_person, interview, none, or your own .yaml file.")
    ] = "first_person",
    words: Annotated[str, typer.Option(help="Range of words asked of a free answer.")] = "60-180",
    samples: Annotated[int, typer.Option(min=1, help="Answers per item.")] = 1,
    temperature: Annotated[float | None, typer.Option(min=0, help="Sent only if given; 0 for local models.")] = None,
    max_tokens: Annotated[
        int | None, typer.Option(min=1, help="Sent only if given; at most 512 for local models.")
    ] = None,
    model_seed: Annotated[
        int | None,
        typer.Option(help="Sampling seed (plus the sample's index); sent only if given; 0 for local models."),
    ] = None,
    reply: Annotated[
        Literal["auto", "schema", "text"],
        typer.Option(help="A number by schema if the server knows it (auto), always, or as text."),
    ] = "auto",
    sample: Annotated[
        int | None, typer.Option(min=1, help="So many items, subgroups and categories in proportion.")
    ] = None,
    min_diversity: Annotated[
        float | None, typer.Option(min=0, max=1, help="Only questions with this Modal Diversity Score or more.")
    ] = None,
    split: Annotated[
        Literal["train", "ood"] | None, typer.Option(help="Only one side of the compositional split.")
    ] = None,
    split_file: Annotated[
        Path | None, typer.Option(help="split.json of `judge values split` [default: beside the values, or in split/].")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of --sample.")] = 0,
    reuse: Annotated[
        list[Path] | None,
        typer.Option(help="Another file of responses: what its run holds of the same calls is not asked. Repeatable."),
    ] = None,
    concurrency: Annotated[int, typer.Option(min=1, help="Most calls in flight to a server.")] = 32,
    rpm: Annotated[float | None, typer.Option(min=0.1, help="Most requests per minute.")] = None,
    tpm: Annotated[float | None, typer.Option(min=1, help="Most tokens per minute (estimated).")] = None,
    timeout: Annotated[
        float, typer.Option(min=1, help="Seconds without an answer before a call is tried again.")
    ] = 120.0,
    max_retries: Annotated[int, typer.Option(min=0, help="Retries of a failed request, waits doubling.")] = 6,
    retry_failed: Annotated[bool, typer.Option(help="Ask again what failed in an earlier session.")] = True,
    allow: Annotated[
        list[str] | None, typer.Option(help="missing: end well although calls got no answer (they are counted).")
    ] = None,
    max_cost: Annotated[
        float | None, typer.Option(min=0, help="Stop before this much money is spent, per model.")
    ] = None,
    prices: Annotated[
        Path | None, typer.Option(help="Your own price file (YAML; see judge/core/calls/prices.yaml).")
    ] = None,
    estimate: Annotated[bool, typer.Option("--estimate", help="Say what it would take, and send nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before calling.")] = False,
) -> None:
    """Have models answer as the subgroups of a values file would. The same command goes on where it stopped."""
    from judge.core.calls.resume import MISSING
    from judge.core.models.retry import RetryPolicy
    from judge.generation.run import journal_of
    from judge.generation.several import generate_all, planned

    common = {
        "values": values, "task": task, "persona_prompt": persona_prompt, "words": _range(words),
        "samples": samples, "temperature": temperature, "max_tokens": max_tokens, "model_seed": model_seed,
        "reply": reply, "sample": sample, "min_diversity": min_diversity,
        "split": split, "split_file": split_file, "seed": seed,
        "concurrency": concurrency, "batch_size": batch_size, "rpm": rpm, "tpm": tpm, "timeout": timeout,
        "policy": RetryPolicy(retries=max_retries), "retry_failed": retry_failed, "max_cost": max_cost,
        "prices": prices, "yes": yes, "allow": allowances(allow, {MISSING}),
        "reuse": tuple(journal_of(path) for path in reuse or ()),
    }  # fmt: skip
    one = {"base_url": base_url, "adapter": adapter, "chat_template": chat_template, "device": device}
    exit_with(generate_all(planned(model, models, out, one, common), screen(), estimate=estimate))


def _range(text: str) -> tuple[int, int]:
    from judge.core.errors import UsageError

    first, _, last = text.partition("-")
    if not (first.isdecimal() and last.isdecimal() and 0 < int(first) <= int(last)):
        raise UsageError(f"--words {text} is no range", hint="like --words 60-180")
    return int(first), int(last)
