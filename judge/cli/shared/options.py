"""Options that several commands share, and how lists in them are read."""

from __future__ import annotations

import csv
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer

Files = Annotated[list[str], typer.Argument(help="Response files (JSONL or CSV), as FILE or NAME=FILE; two or more.")]
Judge = Annotated[str, typer.Option("--judge", help="openai:MODEL, anthropic:MODEL, or heuristic (offline, no LLM).")]
BaseUrl = Annotated[
    str | None, typer.Option("--base-url", help="A compatible server, like http://localhost:8000/v1 (vLLM, Ollama).")
]
Values = Annotated[Path | None, typer.Option("--values", help="Ground truth (values.jsonl), if rows do not carry it.")]
Prompt = Annotated[str, typer.Option("--prompt", help="A prompt's name (see `judge prompts`), or your own .yaml file.")]
Reference = Annotated[str | None, typer.Option(help="The common opponent [default: the first file's contestant].")]
Limit = Annotated[
    int | None, typer.Option(min=1, help="Judge a seeded sample of so many items, alike for all contestants.")
]
Allow = Annotated[
    list[str] | None,
    typer.Option(
        help="Switch off a check: unpaired, empty, mixed-prompts, differing-personas, differing-questions, "
        "differing-subgroups, differing-ground-truth; missing: exit 0 though calls failed. May be repeated."
    ),
]
Temperature = Annotated[float | None, typer.Option(min=0, help="Sent only if given: some models reject it.")]
MaxTokens = Annotated[int | None, typer.Option(min=1, help="Sent only if given (Anthropic: 4096 by default).")]
ModelSeed = Annotated[int | None, typer.Option(help="The model's sampling seed; sent only if given.")]
Seed = Annotated[int, typer.Option(help="Seed of the plan and of the intervals.")]
TestSeed = Annotated[int, typer.Option("--seed", help="Seed of intervals and tests.")]
Repeats = Annotated[int, typer.Option(min=1, help="Ask each order so many times, each its own call.")]
OrdersOption = Annotated[
    Literal["both", "one"], typer.Option(help="Read each pair in both orders, or in one drawn by the seed.")
]
ReplyOption = Annotated[
    Literal["auto", "schema", "text"],
    typer.Option(help="Structured reply if the endpoint knows it (auto), always, or never."),
]
Annotations = Annotated[
    Path | None, typer.Option("--annotations", help="annotations.jsonl: human labels of part of the run.")
]
Structured = Annotated[Path | None, typer.Option("--structured", help="What `judge values score --out` wrote.")]
AllowSeveral = Annotated[
    list[str] | None,
    typer.Option("--allow", help="Of several runs: switch off a check, by the name it refuses with."),
]
Resamples = Annotated[int, typer.Option("--resamples", min=100, help="Bootstrap resamples behind each interval.")]
Concurrency = Annotated[int, typer.Option(min=1, help="Most calls in flight; backs off by itself when refused.")]
Timeout = Annotated[float, typer.Option(min=1, help="Seconds without an answer before a call is tried again.")]
MaxRetries = Annotated[
    int, typer.Option(min=0, help="Retries of a failed request, waits doubling (of a busy endpoint: 20, or none).")
]
Prices = Annotated[Path | None, typer.Option(help="Your own price file (YAML; see judge/core/calls/prices.yaml).")]
Reuse = Annotated[
    list[Path] | None,
    typer.Option(help="Another run: what it holds of the same calls is taken over, not asked. May be repeated."),
]
InconsistentOption = Annotated[
    Literal["mean", "half", "exclude"],
    typer.Option(help="What a comparison scores whose orders disagree: their mean (the study), .5, or left out."),
]
RunOrTable = Annotated[Path, typer.Argument(help="A run directory, or a table of judgments in two orders.")]
SummaryOut = Annotated[
    Path | None, typer.Option("--out", help="Write these numbers as JSON, and the tables beside it (.md).")
]
ValuesFile = Annotated[Path, typer.Argument(help="A values file (values.jsonl).")]
SurveySeed = Annotated[int, typer.Option("--seed", help="Seed of the bootstrap, and of the synthetic survey.")]
StrataFile = Annotated[Path | None, typer.Option("--strata-file", help="Your own strata (YAML; docs/values.md).")]


def parts(option: str | Sequence[str] | None) -> tuple[str, ...]:
    """What an option lists: a text with commas between, or several of them. Quotes keep a comma: 'a,"b, c"'."""
    texts = [option] if isinstance(option, str) else option or ()
    found = (part.strip() for row in csv.reader(texts, skipinitialspace=True) for part in row)
    return tuple(part for part in found if part)


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
