"""`judge estimate`."""

from pathlib import Path

import typer

from judge.cli.shared.compare_settings import compare_settings
from judge.cli.shared.config import Config, files_given
from judge.cli.shared.options import (
    Allow,
    AllPairs,
    BaseUrls,
    CallsPerBatch,
    ColumnNames,
    Combine,
    Concurrency,
    Criteria,
    Expert,
    ExpertBaseUrl,
    ExpertExtraBody,
    ExpertPart,
    ExtraBodyOption,
    Files,
    FittingPrompt,
    InBatches,
    Judges,
    Limit,
    MaxTokens,
    ModelSeed,
    Orders,
    PairsPerItem,
    PanelFileOption,
    Prices,
    Questions,
    Quorum,
    Reference,
    Refusals,
    RefusalsBaseUrl,
    RefusalsExtraBody,
    Repeats,
    Reuse,
    Seed,
    StructuredOutput,
    Temperature,
    Values,
    batches,
)
from judge.cli.shared.output import print_lines, screen


def estimate(
    context: typer.Context,
    files: Files = None,
    config: Config = None,  # noqa: ARG001 - read before the others
    judge: Judges = None,
    base_url: BaseUrls = None,
    panel: PanelFileOption = None,
    quorum: Quorum = None,
    combine: Combine = None,
    values: Values = None,
    prompt: FittingPrompt = None,
    columns: ColumnNames = None,
    questions: Questions = None,
    reference: Reference = None,
    all_pairs: AllPairs = False,
    pairs_per_item: PairsPerItem = None,
    limit: Limit = None,
    allow: Allow = None,
    criteria: Criteria = "together",
    orders: Orders = "both",
    repeats: Repeats = 1,
    seed: Seed = 0,
    structured_output: StructuredOutput = "auto",
    temperature: Temperature = None,
    max_tokens: MaxTokens = None,
    model_seed: ModelSeed = None,
    extra_body: ExtraBodyOption = None,
    reuse: Reuse = None,
    concurrency: Concurrency = 32,
    prices: Prices = None,
    batch: InBatches = False,
    calls_per_batch: CallsPerBatch = None,
    refusals: Refusals = None,
    refusals_base_url: RefusalsBaseUrl = None,
    refusals_extra_body: RefusalsExtraBody = None,
    expert: Expert = None,
    expert_base_url: ExpertBaseUrl = None,
    expert_extra_body: ExpertExtraBody = None,
    expert_share: ExpertPart = "auto",
) -> None:
    """Check the inputs and estimate a run's calls, tokens, cost and time. Makes no calls.

    Says what live calls and batches take, where the price file has a price for both; with --batch, wherever batches can
    be. For a study file (.yaml): show the stages and the cost estimate of the rest, like `judge run --plan`.
    """
    files = files_given(context, files)
    if len(files) == 1 and files[0].endswith((".yaml", ".yml")):
        from judge.cli.shared.study_output import StudyOutput
        from judge.study.run import plan_study

        plan_study(Path(files[0]), on_event=StudyOutput(screen()))
        return
    from judge.cli.shared.session_output import estimate_lines
    from judge.comparison.compare import preview_comparison

    settings = compare_settings(
        files=files,
        judge=judge,
        base_url=base_url,
        panel=panel,
        quorum=quorum,
        combine=combine,
        values=values,
        prompt=prompt,
        columns=columns,
        questions=questions,
        reference=reference,
        all_pairs=all_pairs,
        pairs_per_item=pairs_per_item,
        limit=limit,
        allow=allow,
        criteria=criteria,
        orders=orders,
        repeats=repeats,
        seed=seed,
        structured_output=structured_output,
        temperature=temperature,
        max_tokens=max_tokens,
        model_seed=model_seed,
        extra_body=extra_body,
        reuse=reuse,
        concurrency=concurrency,
        prices=prices,
        batch=batches(batch, size=calls_per_batch),
        refusals=refusals,
        refusals_base_url=refusals_base_url,
        refusals_extra_body=refusals_extra_body,
        expert=expert,
        expert_base_url=expert_base_url,
        expert_extra_body=expert_extra_body,
        expert_share=expert_share,
    )
    print_lines(estimate_lines(preview_comparison(settings)))
