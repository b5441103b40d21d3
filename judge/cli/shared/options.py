"""Options that several commands share, and how lists in them are read."""

from __future__ import annotations

import csv
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from judge.core.calls.limits import Batches

Files = Annotated[
    list[str] | None,
    typer.Argument(
        show_default=False, help="Files of responses, as FILE or NAME=FILE; two or more. Formats: docs/formats.md."
    ),
]
JUDGE = typer.Option(
    "--judge",
    help="PROVIDER:MODEL, such as openai:gpt-4.1, google:... or ollama:... (`judge doctor` lists what there is), or "
    "heuristic (offline, not an LLM). Required.",
)
Judge = Annotated[str | None, JUDGE]
BaseUrl = Annotated[
    list[str] | None,
    typer.Option(
        "--base-url",
        help="URL of an OpenAI- or Anthropic-compatible server, such as http://localhost:8000/v1 (vLLM, Ollama). "
        "Repeatable, or a YAML file of several: a fleet of servers of one model (docs/howto/fleet.md).",
    ),
]
Judges = Annotated[
    list[str] | None,
    typer.Option(
        "--judge",
        help="PROVIDER:MODEL, such as openai:gpt-4.1, google:... or ollama:... (`judge doctor` lists what there is), "
        "or heuristic (offline, not an LLM). Required. Several: a panel, which decides together.",
    ),
]
BaseUrls = Annotated[
    list[str] | None,
    typer.Option(
        "--base-url",
        help="URL of an OpenAI- or Anthropic-compatible server, such as http://localhost:8000/v1 (vLLM, Ollama). "
        "Repeatable, or a YAML file of several: a fleet of servers of one model (docs/howto/fleet.md). Of a panel: one "
        "for all, or one for each judge ('-' is the provider's own).",
    ),
]
PanelFileOption = Annotated[
    Path | None,
    typer.Option("--panel", help="The judges of a panel with their own settings, as YAML (docs/panels.md)."),
]
Quorum = Annotated[
    int | None,
    typer.Option(
        "--quorum",
        min=1,
        help="Of a panel: how many judges must have read a comparison in both orders [default: more than half].",
    ),
]
Combine = Annotated[
    Literal["mean", "majority", "weighted"] | None,
    typer.Option(
        "--combine",
        help="Of a panel: the mean of the judges' scores, the vote of the majority, or their mean by weights "
        "[default: mean].",
    ),
]
Values = Annotated[
    Path | None, typer.Option("--values", help="Ground truth (values.jsonl), unless the responses carry it.")
]
Prompt = Annotated[str, typer.Option("--prompt", help="A prompt's name (see `judge prompts`), or your own .yaml file.")]
Questions = Annotated[
    Path | None,
    typer.Option("--questions", help="A file with the question of each id, such as the requests of a batch."),
]
FittingPrompt = Annotated[
    str | None,
    typer.Option(
        "--prompt",
        help="A prompt's name (see `judge prompts`), or your own .yaml file [default: persona-value; general for rows "
        "without persona and ground truth].",
    ),
]
ColumnNames = Annotated[
    list[str] | None,
    typer.Option(
        "--columns",
        help="Columns of other names: item_id=id,text=output,question=prompt; several texts (text=a,text=b) are those "
        "of several contestants. Repeatable.",
    ),
]
Reference = Annotated[
    str | None,
    typer.Option(help="The contestant that all others are compared with [default: the one in the first file]."),
]
AllPairs = Annotated[
    bool,
    typer.Option("--all-pairs", help="Compare all contestants with one another, and rank them on a leaderboard."),
]
PairsPerItem = Annotated[
    int | None,
    typer.Option(
        "--pairs-per-item",
        min=1,
        help="--all-pairs for many contestants: compare so many pairs on each item, in a balanced design "
        "(`judge estimate` shows what each number costs).",
    ),
]
Limit = Annotated[
    int | None,
    typer.Option(
        min=1, help="Judge a random sample of this many items, spread over questions, the same for all contestants."
    ),
]
SequenceOption = Annotated[
    Literal["spread", "uniform"] | None,
    typer.Option(
        "--sequence",
        help="Take one item of every question first, then a second (spread), or draw items whatever their question "
        "(uniform) [default: as the run began; spread].",
    ),
]
Allow = Annotated[
    list[str] | None,
    typer.Option(
        help="Switch off a check: unpaired, empty, mixed-prompts, differing-decoding, differing-personas, "
        "differing-questions, differing-subgroups, differing-ground-truth; missing: exit with 0 although calls failed. "
        "Repeatable."
    ),
]
Temperature = Annotated[
    float | None,
    typer.Option(min=0, help="Sampling temperature of the judge; sent only if given, since some models reject it."),
]
MaxTokens = Annotated[
    int | None, typer.Option(min=1, help="Maximum tokens of a reply; sent only if given (Anthropic: 4096 by default).")
]
ModelSeed = Annotated[int | None, typer.Option(help="Sampling seed of the model; sent only if given.")]
ExtraBodyOption = Annotated[
    str | None,
    typer.Option(
        "--extra-body",
        metavar="JSON",
        help="Fields to add to the body of each request, such as '{\"enable_thinking\": false}'; they identify a run.",
    ),
]
Seed = Annotated[int, typer.Option(help="Random seed of the sample, the orders and the intervals.")]
TestSeed = Annotated[int, typer.Option("--seed", help="Random seed of intervals and tests.")]
Repeats = Annotated[int, typer.Option(min=1, help="Calls per comparison and order.")]
Orders = Annotated[
    Literal["both", "one", "adaptive"],
    typer.Option(
        help="Present each pair in both orders, in one random order, or (adaptive) a pilot in both and the rest as is "
        "cheaper."
    ),
]
Criteria = Annotated[
    Literal["together", "apart"],
    typer.Option(help="Decide all criteria in one call, or each in a call of its own (which costs more)."),
]
StructuredOutput = Annotated[
    Literal["auto", "schema", "text"],
    typer.Option(help="Structured output (JSON schema or tool call): auto: if supported; schema: required; text: off."),
]
Annotations = Annotated[
    Path | None, typer.Option("--annotations", help="Human labels of part of the run (annotations.jsonl).")
]
Structured = Annotated[
    Path | None, typer.Option("--structured", help="The folder that `judge values score --out` wrote.")
]
AllowSeveral = Annotated[
    list[str] | None,
    typer.Option(
        "--allow", help="Switch off a check of several runs, by the name that its error message gives. Repeatable."
    ),
]
UnusedResamples = Annotated[
    int,
    typer.Option(
        "--resamples", min=100, help="No effect: these intervals need no resamples; kept for old command lines."
    ),
]
Full = Annotated[bool, typer.Option("--full", help="Print all tables and rows [default: what fits on one screen].")]
Concurrency = Annotated[
    int, typer.Option(min=1, help="Maximum concurrent calls; lowered automatically when the endpoint rejects requests.")
]
Timeout = Annotated[float, typer.Option(min=1, help="Seconds to wait for a reply before a request is retried.")]
MaxRetries = Annotated[
    int,
    typer.Option(
        min=0, help="Retries of a failed request, with exponential backoff (rate limits: 20 retries; 0 turns both off)."
    ),
]
MaxWait = Annotated[
    float,
    typer.Option(
        min=0,
        help="Seconds to wait where the endpoint asks for a wait; for a longer one the run stops and names the time.",
    ),
]
FollowRedirects = Annotated[
    bool,
    typer.Option("--follow-redirects", help="Follow redirects to other hosts, with the prompts and without the key."),
]
MaxReplyMb = Annotated[int, typer.Option(min=1, help="The largest reply in MB, after decompression.")]
Prices = Annotated[
    Path | None, typer.Option(help="A price file of your own (YAML, like judge/core/calls/prices.yaml).")
]
InBatches = Annotated[
    bool,
    typer.Option(
        "--batch", help="Make calls by the provider's batch API (OpenAI, Anthropic): half the price, within a day."
    ),
]
Wait = Annotated[
    bool, typer.Option(help="With --batch: wait for results; otherwise rerun the command to collect them.")
]
Poll = Annotated[float, typer.Option(min=0.01, help="With --batch: seconds between two looks, at most.")]
CallsPerBatch = Annotated[
    int | None, typer.Option(min=1, help="With --batch: the most calls of a batch [default: as the provider allows].")
]
EngineOption = Annotated[
    Literal["own", "ray"],
    typer.Option("--engine", help="What makes the calls: this program, or Ray Data, on a cluster (extra `ray`)."),
]
Finish = Annotated[
    Literal["batch", "live"],
    typer.Option(
        help="With --batch: how calls that batches leave without a result are made: in a further batch, or live at the "
        "full price."
    ),
]
NoCalls = Annotated[
    bool,
    typer.Option("--no-calls", help="Make the run ready and no call; `judge calls export` writes its calls."),
]
Reuse = Annotated[
    list[Path] | None,
    typer.Option(help="Another run directory: reuse the results of identical calls. Repeatable."),
]
Refusals = Annotated[
    str | None,
    typer.Option(
        help="Count responses that are refusals: by the rule, the model (the judge), or another model, like "
        "openai:gpt-4.1-mini; one call per distinct text [default: as the files flag them]."
    ),
]
RefusalsBaseUrl = Annotated[
    list[str] | None,
    typer.Option("--refusals-base-url", help="URL of the server of a model that --refusals names (as --base-url)."),
]
RefusalsExtraBody = Annotated[
    str | None,
    typer.Option(
        "--refusals-extra-body",
        metavar="JSON",
        help="Fields to add to the body of each request of the model that --refusals names [default: none; with "
        "--refusals model those of the judge].",
    ),
]
Expert = Annotated[
    str | None,
    typer.Option(
        "--expert",
        help="A better judge, PROVIDER:MODEL, that reads a random part of the comparisons; its win rates are estimated "
        "from both.",
    ),
]
ExpertBaseUrl = Annotated[
    list[str] | None, typer.Option("--expert-base-url", help="URL of the expert's server (as --base-url).")
]
ExpertExtraBody = Annotated[
    str | None,
    typer.Option(
        "--expert-extra-body", metavar="JSON", help="Fields to add to the body of each request to the expert."
    ),
]
ExpertPart = Annotated[
    str,
    typer.Option(
        "--expert-share",
        help="The part that the expert reads, like 0.2, or auto: what pays, by the R2 of a pilot and the prices.",
    ),
]
Inconsistent = Annotated[
    Literal["mean", "half", "winner", "exclude"],
    typer.Option(
        help="Score of a comparison whose two orders disagree: their mean (as in the paper), .5, that of the only "
        "winner beside a tie (else .5), or none."
    ),
]
RunOrTable = Annotated[
    Path,
    typer.Argument(
        help="A run directory; or a file from elsewhere: a table of judgments, annotations of alpaca_eval, or grades "
        "(item_id, contestant, score)."
    ),
]
TableRule = Annotated[
    Literal["mean", "half", "winner", "exclude"] | None,
    typer.Option(
        "--inconsistent",
        help="In a table of judgments: score of a comparison whose two orders disagree, as in `judge compare` "
        "[default: mean].",
    ),
]
SummaryOut = Annotated[
    Path | None,
    typer.Option("--out", help="Write all numbers to this JSON file, and the tables to a Markdown file beside it."),
]
GENERALIZE_TO = typer.Option(
    "--generalize-to",
    help="What intervals are about: other questions and these subgroups, or other subgroups, too (clustered by both) "
    "[default: as the run's tables; questions].",
)
Generalize = Annotated[Literal["questions", "questions+subgroups"] | None, GENERALIZE_TO]
PopulationWeights = Annotated[
    Path | None,
    typer.Option(
        "--population-weights",
        help="Sizes of the subgroups in the population, for win rates by their shares: a table of subgroup,weight, or "
        "the values file.",
    ),
]
ValuesFile = Annotated[Path, typer.Argument(help="A values file (values.jsonl).")]
SurveySeed = Annotated[int, typer.Option("--seed", help="Random seed of the bootstrap, and of the synthetic survey.")]
StrataFile = Annotated[Path | None, typer.Option("--strata-file", help="Strata of your own (YAML; docs/values.md).")]


def parts(option: str | Sequence[str] | None) -> tuple[str, ...]:
    """What an option lists: a text with commas between, or several of them. Quotes keep a comma: 'a,"b, c"'."""
    texts = [option] if isinstance(option, str) else option or ()
    found = (part.strip() for row in csv.reader(texts, skipinitialspace=True) for part in row)
    return tuple(part for part in found if part)


def batches(
    batch: bool,
    wait: bool = True,
    poll: float = 60.0,
    size: int | None = None,
    finish: Literal["batch", "live"] = "batch",
) -> Batches | None:
    """Convert the options of --batch; None without it."""
    from judge.core.calls.limits import Batches as Settings

    return Settings(wait=wait, poll=poll, size=size, finish=finish) if batch else None


def allowances(option: Sequence[str] | None, known: Collection[str]) -> frozenset[str]:
    """The checks that `--allow` switches off.

    Raises:
        UsageError: A name is not among ``known``.
    """
    allowed = frozenset(parts(option))
    if unknown := allowed - set(known):
        from judge.core.errors import UsageError

        raise UsageError(f"--allow does not know {', '.join(sorted(unknown))}", hint=f"known: {', '.join(known)}")
    return allowed
