"""`judge compare`."""

from pathlib import Path
from typing import Annotated

import typer

from judge.cli.shared.compare_settings import compare_settings
from judge.cli.shared.config import Config, files_given, given_options
from judge.cli.shared.options import (
    Allow,
    AllPairs,
    BaseUrls,
    CallsPerBatch,
    ColumnNames,
    Combine,
    Concurrency,
    Criteria,
    EngineOption,
    Expert,
    ExpertBaseUrl,
    ExpertExtraBody,
    ExpertPart,
    ExtraBodyOption,
    Files,
    Finish,
    FittingPrompt,
    FollowRedirects,
    Full,
    Generalize,
    InBatches,
    Inconsistent,
    Judges,
    Limit,
    MaxReplyMb,
    MaxRetries,
    MaxTokens,
    MaxWait,
    ModelSeed,
    NoCalls,
    Orders,
    PairsPerItem,
    PanelFileOption,
    Poll,
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
    SequenceOption,
    StructuredOutput,
    Temperature,
    Timeout,
    UnusedResamples,
    Values,
    Wait,
    batches,
)
from judge.cli.shared.output import exit_with, screen


def compare(
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
    out: Annotated[Path | None, typer.Option(help="The run directory [default: a new one under results/].")] = None,
    limit: Limit = None,
    sequence: SequenceOption = None,
    allow: Allow = None,
    criteria: Criteria = "together",
    orders: Orders = "both",
    repeats: Repeats = 1,
    seed: Seed = 0,
    inconsistent: Inconsistent = "mean",
    generalize_to: Generalize = None,
    resamples: UnusedResamples = 10_000,
    structured_output: StructuredOutput = "auto",
    temperature: Temperature = None,
    max_tokens: MaxTokens = None,
    model_seed: ModelSeed = None,
    extra_body: ExtraBodyOption = None,
    reuse: Reuse = None,
    concurrency: Concurrency = 32,
    rpm: Annotated[float | None, typer.Option(min=0.1, help="Maximum requests per minute.")] = None,
    tpm: Annotated[float | None, typer.Option(min=1, help="Maximum tokens per minute.")] = None,
    timeout: Timeout = 120.0,
    max_retries: MaxRetries = 6,
    max_wait: MaxWait = 600.0,
    follow_redirects: FollowRedirects = False,
    max_reply_mb: MaxReplyMb = 32,
    retry_failed: Annotated[bool, typer.Option(help="Retry calls that failed in an earlier session.")] = True,
    max_cost: Annotated[float | None, typer.Option(min=0, help="Stop before the cost exceeds this amount.")] = None,
    prices: Prices = None,
    refusals: Refusals = None,
    refusals_base_url: RefusalsBaseUrl = None,
    refusals_extra_body: RefusalsExtraBody = None,
    batch: InBatches = False,
    wait: Wait = True,
    poll: Poll = 60.0,
    calls_per_batch: CallsPerBatch = None,
    engine: EngineOption = "own",
    finish: Finish = "batch",
    no_calls: NoCalls = False,
    expert: Expert = None,
    expert_base_url: ExpertBaseUrl = None,
    expert_extra_body: ExpertExtraBody = None,
    expert_share: ExpertPart = "auto",
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Do not ask for confirmation before calls are made.")
    ] = False,
    until_decided: Annotated[
        str | None,
        typer.Option(
            metavar="CRITERION",
            help="Stop when it is decided whether the win rate of this criterion is above or below .5.",
        ),
    ] = None,
    detect: Annotated[
        float,
        typer.Option(min=0.51, max=0.99, help="With --until-decided: the win rate that is found with power .9."),
    ] = 0.6,
    until_half_width: Annotated[
        float | None,
        typer.Option(
            min=0.001, max=0.5, help="Stop when the confidence sequence of the win rate is this narrow (half width)."
        ),
    ] = None,
    full: Full = False,
) -> None:
    """Judge every pair of responses and print win rates with confidence intervals. Rerun the command to resume."""
    settings = compare_settings(
        files=files_given(context, files),
        options=given_options(context),
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
        out=out,
        limit=limit,
        sequence=sequence,
        allow=allow,
        criteria=criteria,
        orders=orders,
        repeats=repeats,
        seed=seed,
        inconsistent=inconsistent,
        generalize_to=generalize_to,
        resamples=resamples,
        structured_output=structured_output,
        temperature=temperature,
        max_tokens=max_tokens,
        model_seed=model_seed,
        extra_body=extra_body,
        reuse=reuse,
        concurrency=concurrency,
        rpm=rpm,
        tpm=tpm,
        timeout=timeout,
        max_retries=max_retries,
        max_wait=max_wait,
        follow_redirects=follow_redirects,
        max_reply_mb=max_reply_mb,
        retry_failed=retry_failed,
        max_cost=max_cost,
        prices=prices,
        batch=batches(batch, wait, poll, calls_per_batch, finish),
        engine=engine,
        no_calls=no_calls,
        refusals=refusals,
        refusals_base_url=refusals_base_url,
        refusals_extra_body=refusals_extra_body,
        expert=expert,
        expert_base_url=expert_base_url,
        expert_extra_body=expert_extra_body,
        expert_share=expert_share,
    )
    from judge.cli.shared.comparison_output import print_run, print_sequential
    from judge.cli.shared.session_output import Consent, SessionOutput, exit_code

    console = screen()
    output, confirm = SessionOutput(console), Consent(console, yes=yes)
    if until_decided is not None or until_half_width is not None:
        from judge.comparison.fewer_calls.designed import refuse_with_rounds
        from judge.core.errors import EXIT_FAILURES_REMAIN, UsageError

        if until_decided is not None and until_half_width is not None:
            raise UsageError("--until-decided and --until-half-width stop at different places", hint="give one of them")
        if not yes and max_cost is None and not settings.judge.is_offline:
            option = "--until-half-width" if until_decided is None else "--until-decided"
            raise UsageError(f"{option} decides by itself how many calls to make", hint="give --yes, or --max-cost")
        refuse_with_rounds(settings)
    if until_decided is not None:
        from judge.comparison.stopping.decision import compare_until_decided
        from judge.stats.win_rates.early_decision import Design

        done = compare_until_decided(settings, until_decided, design=Design(detect=detect), on_event=output.rounds_only)
        print_run(done, console, retry_failed=retry_failed, full=full)
        decision = done.summary.decision
        is_decided = decision is not None and decision.is_decided
        exit_with(exit_code(done) if is_decided else exit_code(done) or EXIT_FAILURES_REMAIN)
        return
    if until_half_width is not None:
        from judge.comparison.stopping.half_width import compare_until

        found = compare_until(settings, until_half_width, on_event=output.rounds_only)
        print_sequential(found, console, retry_failed=retry_failed, full=full)
        code = exit_code(found.run)
        exit_with(code if found.stopped_by == "narrow" else code or EXIT_FAILURES_REMAIN)
        return
    from judge.comparison.fewer_calls.designed import compare_designed

    done = compare_designed(settings, confirm=confirm, on_event=output)
    if no_calls:
        output.say(f"The run is ready in {done.folder}. Its calls: judge calls export {done.folder} --out calls.jsonl")
        return
    print_run(done, console, retry_failed=retry_failed, full=full)
    exit_with(exit_code(done))
