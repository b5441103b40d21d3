"""Judge, generate, load and report, from Python."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from judge.comparison.run import Run
from judge.core.calls.limits import Batches, Engine, Finish, StructuredOutput
from judge.core.item_sequence import SequenceRule
from judge.judging.call_plan import CriteriaPlan, OrderPlan
from judge.judging.verdicts import InconsistentRule
from judge.python_api.arguments import OneOf, Within, allowances, checked
from judge.python_api.inputs import Source, as_file, named_files, scratch, source_names
from judge.python_api.progress_bar import reporter
from judge.stats.panels.scores import PanelRule
from judge.stats.win_rates.two_way import GeneralizeTo

if TYPE_CHECKING:
    from judge.core.calls.events import Event
    from judge.generation.generate import GeneratedRun
    from judge.reports.html.run_page import Written

Task: TypeAlias = Literal["open", "structured"]
Split: TypeAlias = Literal["train", "ood"]
CALLS: dict[str, Within | OneOf] = {  # what compare and generate both take for their calls
    "structured_output": OneOf(StructuredOutput),
    "temperature": Within(0),
    "max_tokens": Within(1),
    "concurrency": Within(1),
    "rpm": Within(0.1),
    "tpm": Within(1),
    "timeout": Within(1),
    "max_retries": Within(0),
    "max_reply_mb": Within(1),
    "max_cost": Within(0),
    "poll": Within(0.01),
    "calls_per_batch": Within(1),
    "finish": OneOf(Finish),
    "engine": OneOf(Engine),
}


@checked(
    limit=Within(1),
    pairs_per_item=Within(1),
    sequence=OneOf(SequenceRule),
    detect=Within(0.51, 0.99),
    criteria=OneOf(CriteriaPlan),
    orders=OneOf(OrderPlan),
    repeats=Within(1),
    inconsistent=OneOf(InconsistentRule),
    generalize_to=OneOf(GeneralizeTo),
    resamples=Within(100),
    quorum=Within(1),
    combine=OneOf(PanelRule),
    **CALLS,
)
def compare(
    *responses: Source | Mapping[str, Source],
    judge: str | Sequence[str] | None = None,
    base_url: str | Sequence[str] | None = None,
    panel: str | Path | Mapping[str, Any] | None = None,
    quorum: int | None = None,
    combine: PanelRule | None = None,
    values: Source | None = None,
    prompt: str | None = None,
    columns: Mapping[str, str] | None = None,
    questions: str | Path | None = None,
    reference: str | None = None,
    all_pairs: bool = False,
    pairs_per_item: int | None = None,
    out: str | Path | None = None,
    limit: int | None = None,
    sequence: SequenceRule | None = None,
    until_decided: str | None = None,
    detect: float = 0.6,
    allow: Sequence[str] = (),
    criteria: CriteriaPlan = "together",
    orders: OrderPlan = "both",
    repeats: int = 1,
    seed: int = 0,
    inconsistent: InconsistentRule = "mean",
    generalize_to: GeneralizeTo | None = None,
    resamples: int = 10_000,
    structured_output: StructuredOutput = "auto",
    temperature: float | None = None,
    max_tokens: int | None = None,
    model_seed: int | None = None,
    extra_body: Mapping[str, Any] | None = None,
    reuse: Sequence[Run | str | Path] = (),
    concurrency: int = 32,
    rpm: float | None = None,
    tpm: float | None = None,
    timeout: float = 120.0,
    max_retries: int = 6,
    max_wait: float = 600.0,
    follow_redirects: bool = False,
    max_reply_mb: int = 32,
    retry_failed: bool = True,
    max_cost: float | None = None,
    batch: bool = False,
    wait: bool = True,
    poll: float = 60.0,
    calls_per_batch: int | None = None,
    finish: Finish = "batch",
    engine: Engine = "own",
    prices: str | Path | None = None,
    refusals: str | None = None,
    refusals_base_url: str | Sequence[str] | None = None,
    refusals_extra_body: Mapping[str, Any] | None = None,
    expert: str | None = None,
    expert_base_url: str | Sequence[str] | None = None,
    expert_extra_body: Mapping[str, Any] | None = None,
    expert_share: float | Literal["auto"] = "auto",
    progress: bool | Callable[[Event], None] = True,
) -> Run:
    """Judge every pair of responses and compute win rates; what `judge compare` does.

    Makes the calls without asking for consent: set ``max_cost``. A rerun with the same arguments and ``out`` resumes;
    completed calls are never made again. Works inside a running event loop (Jupyter).

    Args:
        responses: Two or more sources of responses: paths, DataFrames with a column ``contestant``, or one mapping of
            contestant to path, DataFrame or list of records.
        judge: ``PROVIDER:MODEL``, such as ``openai:gpt-4.1``, or ``heuristic`` (fixed rules, offline, not an LLM).
            Required: without it the error lists the judges that can be used from here. Several: a panel, which decides
            together (``run.summary.panel``).
        base_url: An OpenAI-compatible server; several of one model, or a YAML file of them, are a fleet
            (docs/howto/fleet.md). Of a panel one for all, or one for each judge.
        panel: The judges with their own settings, as a YAML file or a mapping (docs/panels.md), in place of ``judge``.
        quorum: Of a panel: how many judges must have read a comparison in all orders [default: more than half].
        combine: Of a panel: ``mean`` of the judges' scores, vote of the ``majority``, or ``weighted`` mean.
        values: Ground truth (values.jsonl, or its rows), if the responses do not carry it.
        prompt: A prompt's name, or a .yaml file [default: persona-value; general for rows without persona and ground
            truth].
        columns: The column of each field, where files have other names: ``{"item_id": "id", "text": "output"}``.
        questions: A file with the question of each id, such as the requests of a batch.
        reference: The common opponent [default: the first contestant].
        all_pairs: Compare all contestants with one another instead: ``run.leaderboard()`` ranks them.
        pairs_per_item: The same for many contestants: compare so many pairs on each item, in a balanced design.
        out: Run directory [default: a new name under results/].
        limit: Judge a seeded sample of so many items, the first of ``sequence``.
        sequence: ``spread`` takes one item of every question first, then a second; ``uniform`` draws items whatever
            their question; None is as the run began, and spread in a new run.
        until_decided: A criterion: stop when it is decided whether each candidate's win rate under it is above or below
            .5, or after five looks (``run.summary.decision``). ``limit`` is then the most items.
        detect: With ``until_decided``: the win rate that is found with power .9.
        allow: Checks to switch off, as ``--allow`` names them.
        criteria: Decide all criteria in one call, or each in a call of its own.
        orders: Read each pair in both orders, in one drawn by the seed, or (``adaptive``) those of a pilot in both and
            the others as is cheaper (``run.summary.pilot_orders``).
        repeats: Calls per pair and order.
        seed: Seed of the plan and of the intervals.
        inconsistent: Score of a comparison whose orders disagree: their mean, half a win, or excluded.
        generalize_to: What intervals are about: other ``questions`` and these subgroups, or other subgroups, too
            (``questions+subgroups``); None is as the run's tables were last made, and ``questions`` in a new run.
        resamples: No effect: intervals of win rates need no resamples; kept for old scripts.
        structured_output: ``auto`` uses it where the endpoint supports it, ``schema`` requires it, ``text`` does
            without.
        temperature: Sent only if given.
        max_tokens: Sent only if given.
        model_seed: The model's sampling seed; sent only if given.
        extra_body: Fields that are added to the body of each request; part of what makes a run.
        reuse: Other runs whose results of the same calls are copied.
        concurrency: The most calls in flight.
        rpm: The most requests per minute.
        tpm: The most tokens per minute, by estimate.
        timeout: Seconds after which a request without a whole reply has failed.
        max_retries: Retries of a failed request; 0 also switches off those of rate limits.
        max_wait: Seconds to wait where the endpoint asks for a wait; for a longer one the run stops and names the time.
        follow_redirects: Send prompts (not the key) on where the server redirects to another host.
        max_reply_mb: The largest reply in MB, after decompression.
        retry_failed: Make calls again that failed in an earlier session.
        max_cost: The most money to spend over all sessions of the run, in the price file's currency.
        batch: Make calls by the provider's batch API: half the price, within a day.
        wait: With ``batch``: wait for results; otherwise call this again to collect them (``run.session.in_batches``).
        poll: With ``batch``: seconds between two looks, at most.
        calls_per_batch: With ``batch``: the most calls of a batch; None is as the provider allows.
        finish: With ``batch``: how calls that batches leave without a result are made: in a further batch, or live.
        engine: What makes the calls: this program (``own``), or Ray Data, on a cluster (``ray``, extra ``ray``).
        prices: Your own price file (YAML).
        refusals: Count responses that are refusals: by the ``rule``, the ``model`` (the judge), or another model by
            name; None leaves it to the flags in their files. The counts are in ``run.summary.refusals``.
        refusals_base_url: The server of a model that ``refusals`` names.
        refusals_extra_body: Fields of its requests; with ``"model"`` None is those of the judge.
        expert: A better judge that reads a random part of the comparisons; ``run.summary.expert`` has its win rates,
            estimated from both judges.
        expert_base_url: The expert's server.
        expert_extra_body: Fields of the expert's requests.
        expert_share: The part that it reads, or ``auto``: what pays, by the R2 of a pilot and the prices.
        progress: True shows a bar in a notebook or terminal; a function is called with each event.

    Returns:
        The run. Comparisons whose calls failed have outcome ``missing`` and no score; ``run.summary.counts`` says how
        many. After an interrupt the run holds what was completed (``run.session.interrupted``).

    Raises:
        InputError: A response or value row cannot be read, or unlike things would be compared.
        UsageError: Arguments that contradict each other; no judge is named, or there is no key for it.
        PromptError: The prompt file cannot be used.
        RunDirectoryError: ``out`` belongs to another configuration, or another process uses it.
        ProviderStop: Every further call would fail. What was completed is on disk.
        WriteError: The disk is full or read-only.

    Example:
        >>> import judge
        >>> files = ("base.jsonl", "ft.jsonl")
        >>> run = judge.compare(*files, values="values.jsonl", judge="heuristic", out="run", progress=False)
        >>> overall = run.win_rates().query("dimension == 'all' and criterion == 'overall'")
        >>> overall[["n", "missing"]].values.tolist()
        [[96, 0]]
    """
    from judge.comparison.fewer_calls.designed import compare_designed, refuse_with_rounds
    from judge.core.extra_body import extra_body as read_extra
    from judge.core.models.retry import RetryPolicy
    from judge.core.models.types import HttpLimits
    from judge.core.refusal_calls.choice import refusal_choice
    from judge.judging.expert.choice import expert_of, share_of
    from judge.judging.pairs.pairing import ALLOWANCES
    from judge.judging.panels.choice import judge_and_panel
    from judge.judging.settings import CompareSettings
    from judge.responses.find_columns import checked_columns

    model, several = judge_and_panel(
        [judge] if isinstance(judge, str) else list(judge or ()),
        [base_url] if isinstance(base_url, str) else list(base_url or ()),
        Path(panel) if isinstance(panel, str | Path) else panel,
        quorum=quorum,
        combine=combine,
        form='judge="{}"',
    )
    given = responses[0] if len(responses) == 1 and isinstance(responses[0], Mapping) else responses
    with scratch(source_names(given)) as folder:
        settings = CompareSettings(
            files=named_files(given, folder),  # type: ignore[arg-type]
            judge=model,
            panel=several,
            refusals=refusal_choice(
                refusals, refusals_base_url, model, read_extra(refusals_extra_body), read_extra(extra_body)
            ),
            expert=expert_of(expert, expert_base_url, read_extra(expert_extra_body)),
            expert_share=share_of(expert_share),
            prompt=prompt,
            columns=checked_columns(columns or {}),
            questions=None if questions is None else Path(questions),
            values=None if values is None else as_file(values, folder, "values"),
            reference=reference,
            all_pairs=all_pairs,
            pairs_per_item=pairs_per_item,
            out=None if out is None else Path(out),
            allow=allowances(allow, ALLOWANCES),
            criteria=criteria,
            orders=orders,
            repeats=repeats,
            limit=limit,
            sequence=sequence,
            seed=seed,
            structured_output=structured_output,
            temperature=temperature,
            max_tokens=max_tokens,
            model_seed=model_seed,
            extra_body=read_extra(extra_body),
            prices=None if prices is None else Path(prices),
            inconsistent=inconsistent,
            generalize_to=generalize_to,
            resamples=resamples,
            reuse=tuple(other.folder if isinstance(other, Run) else Path(other) for other in reuse),
            concurrency=concurrency,
            rpm=rpm,
            tpm=tpm,
            timeout=timeout,
            policy=RetryPolicy.of_retries(max_retries, max_wait),
            http=HttpLimits(follow_redirects=follow_redirects, reply_mb=max_reply_mb),
            retry_failed=retry_failed,
            max_cost=max_cost,
            batch=Batches(wait=wait, poll=poll, size=calls_per_batch, finish=finish) if batch else None,
            engine=engine,
        )
        if until_decided is None:
            run = compare_designed(settings, on_event=reporter(progress))
        else:
            from judge.comparison.stopping.decision import compare_until_decided
            from judge.stats.win_rates.early_decision import Design

            refuse_with_rounds(settings)
            run = compare_until_decided(
                settings, until_decided, design=Design(detect=detect), on_event=reporter(progress)
            )
    if run.session is not None and run.session.error is not None:
        raise run.session.error
    return run


def load_run(path: str | Path) -> Run:
    """Load a run from disk. Makes no call and writes nothing.

    Args:
        path: A run directory.

    Returns:
        The run. Where its journal has grown since results were last written, the numbers are computed again and
        ``run.summary.notes`` says so.

    Raises:
        RunDirectoryError: There is no run, or it is damaged.

    Example:
        >>> import judge
        >>> files = ("base.jsonl", "ft.jsonl")
        >>> _ = judge.compare(*files, values="values.jsonl", judge="heuristic", out="run", progress=False)
        >>> run = judge.load_run("run")
        >>> run.summary.counts.comparisons, len(run.judgments())
        (96, 192)
    """
    from judge.comparison.results import load_run as load

    return load(Path(path))


@checked(
    batch_size=Within(1),
    task=OneOf(Task),
    samples=Within(1),
    sample=Within(1),
    min_diversity=Within(0, 1),
    split=OneOf(Split),
    **CALLS,
)
def generate(
    values: Source,
    *,
    model: str,
    out: str | Path,
    base_url: str | Sequence[str] | None = None,
    adapter: str | Path | None = None,
    chat_template: str | Path | None = None,
    device: str = "auto",
    batch_size: int = 16,
    task: Task = "open",
    persona_prompt: str = "first_person",
    words: tuple[int, int] = (60, 180),
    samples: int = 1,
    temperature: float | None = None,
    max_tokens: int | None = None,
    model_seed: int | None = None,
    extra_body: Mapping[str, Any] | None = None,
    structured_output: StructuredOutput = "auto",
    sample: int | None = None,
    min_diversity: float | None = None,
    split: Split | None = None,
    split_file: str | Path | None = None,
    seed: int = 0,
    allow: Sequence[str] = (),
    concurrency: int = 32,
    rpm: float | None = None,
    tpm: float | None = None,
    timeout: float = 120.0,
    max_retries: int = 6,
    max_wait: float = 600.0,
    follow_redirects: bool = False,
    max_reply_mb: int = 32,
    retry_failed: bool = True,
    max_cost: float | None = None,
    batch: bool = False,
    wait: bool = True,
    poll: float = 60.0,
    calls_per_batch: int | None = None,
    finish: Finish = "batch",
    engine: Engine = "own",
    prices: str | Path | None = None,
    refusals: str = "rule",
    refusals_base_url: str | Sequence[str] | None = None,
    refusals_extra_body: Mapping[str, Any] | None = None,
    progress: bool | Callable[[Event], None] = True,
) -> GeneratedRun:
    """Generate one model's responses in the role of each subgroup; what `judge generate` does.

    Makes the calls without asking for consent: set ``max_cost``. A rerun with the same arguments resumes.

    Args:
        values: Ground truth: a values file or its rows.
        model: ``openai:MODEL``, ``anthropic:MODEL``, or ``hf:PATH`` (a local model).
        out: The file of responses to write (.jsonl or .csv); its run directory lies beside it.
        base_url: An OpenAI-compatible server; several of one model, or a YAML file of them, are a fleet
            (docs/howto/fleet.md).
        adapter: LoRA adapter of the local model.
        chat_template: Chat template (Jinja) of a local model that has none.
        device: Device of a local model.
        batch_size: Batch size of a local model.
        task: A free text, or the number of an answer option.
        persona_prompt: How the persona is worded: a prompt's name, or a .yaml file.
        words: Shortest and longest text that the prompt asks for, in words.
        samples: Responses per item.
        temperature: Sent only if given; 0 for numbers and for local models.
        max_tokens: Sent only if given; 512 for local models.
        model_seed: Sampling seed, to which the index of the response is added.
        extra_body: Fields that are added to the body of each request; part of what makes a run.
        structured_output: ``auto`` uses it where the endpoint supports it, ``schema`` requires it, ``text`` does
            without.
        sample: Sample so many items, with subgroups and categories in proportion.
        min_diversity: Only questions with at least this Modal Diversity Score.
        split: Only one side of the compositional split.
        split_file: split.json of `judge values split`.
        seed: Seed of ``sample``.
        allow: ``missing`` accepts calls that failed.
        concurrency: The most calls in flight.
        rpm: The most requests per minute.
        tpm: The most tokens per minute, by estimate.
        timeout: Seconds after which a request without a whole reply has failed.
        max_retries: Retries of a failed request; 0 also switches off those of rate limits.
        max_wait: Seconds to wait where the endpoint asks for a wait; for a longer one the run stops and names the time.
        follow_redirects: Send prompts (not the key) on where the server redirects to another host.
        max_reply_mb: The largest reply in MB, after decompression.
        retry_failed: Make calls again that failed in an earlier session.
        max_cost: The most money to spend over all sessions of the run.
        batch: Make calls by the provider's batch API: half the price, within a day.
        wait: With ``batch``: wait for results; otherwise call this again to collect them (``run.session.in_batches``).
        poll: With ``batch``: seconds between two looks, at most.
        calls_per_batch: With ``batch``: the most calls of a batch; None is as the provider allows.
        finish: With ``batch``: how calls that batches leave without a result are made: in a further batch, or live.
        engine: What makes the calls: this program (``own``), or Ray Data, on a cluster (``ray``, extra ``ray``).
        prices: Your own price file (YAML).
        refusals: Who says which open responses are refusals: the ``rule``, or a model by name.
        refusals_base_url: The server of that model.
        refusals_extra_body: Fields of its requests.
        progress: True shows a bar in a notebook or terminal; a function is called with each event.

    Returns:
        The run: ``out``, ``counts`` of answers, refusals and failures, ``session``.

    Raises:
        InputError: A value row cannot be read.
        UsageError: Arguments that contradict each other; no key; no package for a local model.
        RunDirectoryError: ``out`` belongs to another configuration.
        ProviderStop: Every further call would fail. What was completed is on disk.
        WriteError: The disk is full or read-only.

    Example:
        >>> import judge
        >>> run = judge.generate("values.jsonl", model="openai:my-model", base_url="http://localhost:8000/v1",
        ...                      out="responses.jsonl", sample=4, progress=False)
        >>> run.counts.planned, run.missing
        (4, 0)
    """
    from judge.core.calls.limits import ALLOW_MISSING
    from judge.core.extra_body import extra_body as read_extra
    from judge.core.models.retry import RetryPolicy
    from judge.core.models.types import HttpLimits
    from judge.core.refusal_calls.choice import model_of, refusal_choice
    from judge.generation.generate import generate as run_generation
    from judge.generation.several_models import planned

    with scratch() as folder:
        common = {
            "values": as_file(values, folder, "values"),
            "task": task,
            "persona_prompt": persona_prompt,
            "words": words,
            "samples": samples,
            "temperature": temperature,
            "max_tokens": max_tokens,
            "model_seed": model_seed,
            "extra_body": read_extra(extra_body),
            "structured_output": structured_output,
            "sample": sample,
            "min_diversity": min_diversity,
            "split": split,
            "split_file": None if split_file is None else Path(split_file),
            "seed": seed,
            "concurrency": concurrency,
            "batch_size": batch_size,
            "rpm": rpm,
            "tpm": tpm,
            "timeout": timeout,
            "policy": RetryPolicy.of_retries(max_retries, max_wait),
            "http": HttpLimits(follow_redirects=follow_redirects, reply_mb=max_reply_mb),
            "retry_failed": retry_failed,
            "max_cost": max_cost,
            "batch": Batches(wait=wait, poll=poll, size=calls_per_batch, finish=finish) if batch else None,
            "engine": engine,
            "prices": None if prices is None else Path(prices),
            "allow": allowances(allow, (ALLOW_MISSING,)),
            "refusals": model_of(refusal_choice(refusals, refusals_base_url, None, read_extra(refusals_extra_body))),
            "reuse": (),
        }
        local = {
            "base_url": base_url,
            "adapter": None if adapter is None else Path(adapter),
            "chat_template": None if chat_template is None else Path(chat_template),
            "device": device,
        }
        (settings,) = planned(model, None, Path(out), local, common)
        run = run_generation(settings, on_event=reporter(progress))
    if run.session.error is not None:
        raise run.session.error
    return run


def report(
    run: Run | str | Path,
    out: str | Path = "report.html",
    *,
    annotations: str | Path | None = None,
    structured: str | Path | None = None,
) -> Written:
    """Write the HTML report of one run; what `judge report` does. Makes no call.

    Args:
        run: A run.
        out: The page to write.
        annotations: Human labels of part of the run (annotations.jsonl).
        structured: summary.json of `judge values score`.

    Returns:
        What was written: ``path``, ``size`` in bytes, and the folder of a large run's further comparisons.

    Raises:
        RunDirectoryError: There is no run, or its verdicts are older than its journal.
        UsageError: ``out`` is one of the files read.

    Example:
        >>> import judge
        >>> files = ("base.jsonl", "ft.jsonl")
        >>> run = judge.compare(*files, values="values.jsonl", judge="heuristic", out="run", progress=False)
        >>> judge.report(run, "report.html").path.name
        'report.html'
    """
    from judge.reports.html.run_page import write_report

    folder = run.folder if isinstance(run, Run) else Path(run)
    return write_report(
        folder,
        Path(out),
        annotations=None if annotations is None else Path(annotations),
        structured=None if structured is None else Path(structured),
    )
