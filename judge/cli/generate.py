"""`judge generate`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from judge.cli.shared.config import Config
from judge.cli.shared.options import (
    BaseUrl,
    CallsPerBatch,
    EngineOption,
    ExtraBodyOption,
    Finish,
    FollowRedirects,
    InBatches,
    MaxReplyMb,
    MaxRetries,
    MaxWait,
    NoCalls,
    Poll,
    RefusalsBaseUrl,
    RefusalsExtraBody,
    Wait,
    allowances,
    batches,
)
from judge.cli.shared.output import exit_with, screen


def generate(
    values: Annotated[Path, typer.Argument(help="A values file (values.jsonl).")],
    out: Annotated[Path, typer.Option(help="The file to write (.jsonl or .csv); with --models, a folder.")],
    config: Config = None,  # noqa: ARG001 - read before the others
    model: Annotated[
        str | None, typer.Option(help="openai:MODEL, anthropic:MODEL, or hf:PATH (a local model).")
    ] = None,
    models: Annotated[
        Path | None, typer.Option(help="Several models, listed in a YAML file (docs/generation.md).")
    ] = None,
    base_url: BaseUrl = None,
    adapter: Annotated[Path | None, typer.Option(help="LoRA adapter of the local model (peft).")] = None,
    chat_template: Annotated[
        Path | None, typer.Option(help="Chat template (Jinja) of a local model that has none.")
    ] = None,
    trained: Annotated[
        Path | None, typer.Option(help="The --out of `judge finetune`, of a served model: its scores name what it saw.")
    ] = None,
    device: Annotated[str, typer.Option(help="Device of a local model: cpu, cuda, cuda:1, ...")] = "auto",
    batch_size: Annotated[int, typer.Option(min=1, help="Batch size of a local model.")] = 16,
    task: Annotated[
        Literal["open", "structured"], typer.Option(help="open: a text; structured: the number of an answer option.")
    ] = "open",
    persona_prompt: Annotated[
        str, typer.Option(help="first_person, third_person, interview, none, or your own .yaml file.")
    ] = "first_person",
    words: Annotated[str, typer.Option(help="Length of a text in words, as the prompt asks for it.")] = "60-180",
    samples: Annotated[int, typer.Option(min=1, help="Responses per item.")] = 1,
    temperature: Annotated[
        float | None,
        typer.Option(min=0, help="Sampling temperature [default: 0 for numbers and local models, else the server's]."),
    ] = None,
    max_tokens: Annotated[
        int | None, typer.Option(min=1, help="Maximum tokens of a response; sent only if given; 512 for local models.")
    ] = None,
    model_seed: Annotated[
        int | None,
        typer.Option(
            help="Seed: each call is sent one that follows from it, the prompt and the number of the sample; sent "
            "only if given; 0 for local models."
        ),
    ] = None,
    extra_body: ExtraBodyOption = None,
    structured_output: Annotated[
        Literal["auto", "schema", "text"],
        typer.Option(help="Structured output of a number: auto: if supported; schema: required; text: off."),
    ] = "auto",
    probabilities: Annotated[
        bool,
        typer.Option(help="With --task structured: the probabilities of the codes, from the tokens of one reply."),
    ] = False,
    sample: Annotated[
        int | None, typer.Option(min=1, help="Sample this many items, with subgroups and categories in proportion.")
    ] = None,
    min_diversity: Annotated[
        float | None, typer.Option(min=0, max=1, help="Only questions with at least this Modal Diversity Score.")
    ] = None,
    split: Annotated[
        Literal["train", "ood"] | None, typer.Option(help="Only one side of the compositional split.")
    ] = None,
    split_file: Annotated[
        Path | None,
        typer.Option(help="The split.json of `judge values split` [default: beside the values file, or in split/]."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Random seed of --sample.")] = 0,
    reuse: Annotated[
        list[Path] | None,
        typer.Option(help="Another file of responses: reuse the results of identical calls. Repeatable."),
    ] = None,
    concurrency: Annotated[int, typer.Option(min=1, help="Maximum concurrent calls to a server.")] = 32,
    rpm: Annotated[float | None, typer.Option(min=0.1, help="Maximum requests per minute.")] = None,
    tpm: Annotated[float | None, typer.Option(min=1, help="Maximum tokens per minute.")] = None,
    timeout: Annotated[
        float, typer.Option(min=1, help="Seconds to wait for a reply before a request is retried.")
    ] = 120.0,
    max_retries: MaxRetries = 6,
    max_wait: MaxWait = 600.0,
    follow_redirects: FollowRedirects = False,
    max_reply_mb: MaxReplyMb = 32,
    retry_failed: Annotated[bool, typer.Option(help="Retry calls that failed in an earlier session.")] = True,
    allow: Annotated[
        list[str] | None, typer.Option(help="missing: exit with 0 although calls failed; they are counted.")
    ] = None,
    max_cost: Annotated[
        float | None, typer.Option(min=0, help="Stop before the cost of a model exceeds this amount.")
    ] = None,
    prices: Annotated[
        Path | None, typer.Option(help="A price file of your own (YAML, like judge/core/calls/prices.yaml).")
    ] = None,
    refusals: Annotated[
        str,
        typer.Option(
            help="Who says which responses are refusals: the rule, or a model, like openai:gpt-4.1-mini (one call per "
            "distinct text)."
        ),
    ] = "rule",
    refusals_base_url: RefusalsBaseUrl = None,
    refusals_extra_body: RefusalsExtraBody = None,
    estimate: Annotated[
        bool, typer.Option("--estimate", help="Estimate calls, tokens, cost and time. Makes no calls.")
    ] = False,
    batch: InBatches = False,
    wait: Wait = True,
    poll: Poll = 60.0,
    calls_per_batch: CallsPerBatch = None,
    engine: EngineOption = "own",
    finish: Finish = "batch",
    no_calls: NoCalls = False,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Do not ask for confirmation before calls are made.")
    ] = False,
) -> None:
    """Generate responses of models in the role of each subgroup of a values file. Rerun the command to resume."""
    from judge.core.calls.limits import ALLOW_MISSING
    from judge.core.extra_body import extra_body as read_extra
    from judge.core.models.retry import RetryPolicy
    from judge.core.models.types import HttpLimits
    from judge.core.refusal_calls.choice import model_of, refusal_choice
    from judge.generation.open_run import journal_of
    from judge.generation.several_models import planned

    of_refusals = read_extra(refusals_extra_body, "--refusals-extra-body")
    common = {
        "values": values, "task": task, "persona_prompt": persona_prompt, "words": _range(words),
        "samples": samples, "temperature": temperature, "max_tokens": max_tokens, "model_seed": model_seed,
        "extra_body": read_extra(extra_body),
        "structured_output": structured_output, "sample": sample, "min_diversity": min_diversity,
        "split": split, "split_file": split_file, "seed": seed,
        "concurrency": concurrency, "batch_size": batch_size, "rpm": rpm, "tpm": tpm, "timeout": timeout,
        "policy": RetryPolicy.of_retries(max_retries, max_wait), "retry_failed": retry_failed, "max_cost": max_cost,
        "no_calls": no_calls, "batch": batches(batch, wait, poll, calls_per_batch, finish), "engine": engine,
        "http": HttpLimits(follow_redirects=follow_redirects, reply_mb=max_reply_mb),
        "trained": trained, "probabilities": probabilities,
        "prices": prices, "allow": allowances(allow, {ALLOW_MISSING}),
        "refusals": model_of(refusal_choice(refusals, refusals_base_url, None, of_refusals)),
        "reuse": tuple(journal_of(path) for path in reuse or ()),
    }  # fmt: skip
    one = {"base_url": base_url, "adapter": adapter, "chat_template": chat_template, "device": device}
    from judge.cli.shared.generation_output import estimate_models, generate_models

    runs = planned(model, models, out, one, common)
    exit_with(estimate_models(runs, screen()) if estimate else generate_models(runs, screen(), yes=yes))


def _range(text: str) -> tuple[int, int]:
    from judge.core.errors import UsageError

    first, _, last = text.partition("-")
    if not (first.isdecimal() and last.isdecimal() and 0 < int(first) <= int(last)):
        raise UsageError(f"--words {text} is not a range", hint="for example --words 60-180")
    return int(first), int(last)
