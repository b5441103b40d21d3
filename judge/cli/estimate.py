"""`judge estimate`."""

from pathlib import Path

from judge.cli.shared.compare_settings import compare_settings
from judge.cli.shared.options import (
    Allow,
    BaseUrl,
    Concurrency,
    Files,
    Judge,
    Limit,
    MaxTokens,
    ModelSeed,
    Orders,
    Prices,
    Prompt,
    Reference,
    Repeats,
    Reuse,
    Seed,
    StructuredOutput,
    Temperature,
    Values,
)
from judge.cli.shared.output import exit_with, screen


def estimate(
    files: Files,
    judge: Judge = "heuristic",
    base_url: BaseUrl = None,
    values: Values = None,
    prompt: Prompt = "persona-value",
    reference: Reference = None,
    limit: Limit = None,
    allow: Allow = None,
    orders: Orders = "both",
    repeats: Repeats = 1,
    seed: Seed = 0,
    structured_output: StructuredOutput = "auto",
    temperature: Temperature = None,
    max_tokens: MaxTokens = None,
    model_seed: ModelSeed = None,
    reuse: Reuse = None,
    concurrency: Concurrency = 32,
    prices: Prices = None,
) -> None:
    """Check the inputs and estimate a run's calls, tokens, cost and time. Makes no calls.

    For a study file (.yaml): show the stages and the cost estimate of the rest, like `judge run --plan`.
    """
    if len(files) == 1 and files[0].endswith((".yaml", ".yml")):
        from judge.study.run import plan_study

        exit_with(plan_study(Path(files[0]), screen()))
        return
    from judge.comparison.compare import estimate_only

    settings = compare_settings(
        files=files,
        judge=judge,
        base_url=base_url,
        values=values,
        prompt=prompt,
        reference=reference,
        limit=limit,
        allow=allow,
        orders=orders,
        repeats=repeats,
        seed=seed,
        reply=structured_output,
        temperature=temperature,
        max_tokens=max_tokens,
        model_seed=model_seed,
        reuse=reuse,
        concurrency=concurrency,
        prices=prices,
    )
    exit_with(estimate_only(settings, screen()))
