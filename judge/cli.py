"""The `judge` command: parses and delegates. Each command imports what it needs when it runs."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from judge import __version__
from judge.cli_scores import register as register_scores
from judge.cli_stats import register as register_stats

if TYPE_CHECKING:
    from rich.console import Console

    from judge.settings import CompareSettings

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Did fine-tuning make a model speak for people as they are? Compare responses pair by pair with an LLM judge.",
)
values_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Ground-truth values of subgroups.")
register_scores(values_app)
app.add_typer(values_app, name="values")
register_stats(app)
_debug = False


class Orders(StrEnum):
    """Which orders each pair is read in."""

    both = "both"
    one = "one"


class Reply(StrEnum):
    """How the judge is asked for its JSON."""

    auto = "auto"
    schema = "schema"
    text = "text"


class Inconsistent(StrEnum):
    """What a comparison scores whose orders disagree."""

    mean = "mean"
    half = "half"
    exclude = "exclude"


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
    typer.Option(help="Switch off a check: unpaired, empty, mixed-prompts, differing-personas, differing-questions, "
                 "differing-subgroups, differing-ground-truth. May be repeated."),
]  # fmt: skip
Temperature = Annotated[float | None, typer.Option(min=0, help="Sent only if given: some models reject it.")]
MaxTokens = Annotated[int | None, typer.Option(min=1, help="Sent only if given (Anthropic: 4096 by default).")]
ModelSeed = Annotated[int | None, typer.Option(help="The model's sampling seed; sent only if given.")]
Seed = Annotated[int, typer.Option(help="Seed of the plan and of the intervals.")]
Repeats = Annotated[int, typer.Option(min=1, help="Ask each order so many times, each its own call.")]
OrdersOption = Annotated[Orders, typer.Option(help="Read each pair in both orders, or in one drawn by the seed.")]
ReplyOption = Annotated[Reply, typer.Option(help="Structured reply if the endpoint knows it (auto), always, or never.")]
Resamples = Annotated[int, typer.Option(min=100, help="Bootstrap resamples behind each interval.")]
Concurrency = Annotated[int, typer.Option(min=1, help="Most calls in flight; backs off by itself when refused.")]
Timeout = Annotated[float, typer.Option(min=1, help="Seconds without an answer before a call is tried again.")]
Prices = Annotated[Path | None, typer.Option(help="Your own price file (YAML; see judge/core/prices.yaml).")]
InconsistentOption = Annotated[
    Inconsistent,
    typer.Option(help="What a comparison scores whose orders disagree: their mean (the study), .5, or left out."),
]


@app.callback(invoke_without_command=True)
def main_options(
    debug: Annotated[bool, typer.Option("--debug", help="Show a stack trace with errors.")] = False,
    version: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)] = False,
) -> None:
    """Options of all commands."""
    global _debug
    _debug = debug
    if version:
        typer.echo(f"persona-judge {__version__}")
        raise typer.Exit


@app.command()
def compare(
    files: Files,
    judge: Judge = "heuristic",
    base_url: BaseUrl = None,
    values: Values = None,
    prompt: Prompt = "persona-value",
    reference: Reference = None,
    out: Annotated[Path | None, typer.Option(help="Run directory [default: under results/].")] = None,
    limit: Limit = None,
    allow: Allow = None,
    orders: OrdersOption = Orders.both,
    repeats: Repeats = 1,
    seed: Seed = 0,
    inconsistent: InconsistentOption = Inconsistent.mean,
    resamples: Resamples = 10_000,
    reply: ReplyOption = Reply.auto,
    temperature: Temperature = None,
    max_tokens: MaxTokens = None,
    model_seed: ModelSeed = None,
    concurrency: Concurrency = 32,
    rpm: Annotated[float | None, typer.Option(min=0.1, help="Most requests per minute.")] = None,
    tpm: Annotated[float | None, typer.Option(min=1, help="Most tokens per minute (estimated).")] = None,
    timeout: Timeout = 120.0,
    max_retries: Annotated[int, typer.Option(min=0, help="Retries of a failed request, waits doubling.")] = 6,
    retry_failed: Annotated[bool, typer.Option(help="Ask again what failed in an earlier session.")] = True,
    max_cost: Annotated[float | None, typer.Option(min=0, help="Stop before this much money is spent.")] = None,
    prices: Prices = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before calling.")] = False,
    until_half_width: Annotated[
        float | None, typer.Option(min=0.001, max=0.5, help="Stop when this run's own win rate is known so well.")
    ] = None,
) -> None:
    """Judge every pair of responses and print win rates with intervals. The same command goes on where it stopped."""
    options = locals()
    del options["until_half_width"]
    settings = _settings(**_given(options))
    if until_half_width is not None:
        from judge.until import compare_until

        _exit(compare_until(settings, until_half_width, _screen()))
        return
    from judge.compare import compare as run

    _exit(run(settings, _screen()))


@app.command()
def estimate(
    files: Files,
    judge: Judge = "heuristic",
    base_url: BaseUrl = None,
    values: Values = None,
    prompt: Prompt = "persona-value",
    reference: Reference = None,
    limit: Limit = None,
    allow: Allow = None,
    orders: OrdersOption = Orders.both,
    repeats: Repeats = 1,
    seed: Seed = 0,
    max_tokens: MaxTokens = None,
    concurrency: Concurrency = 32,
    prices: Prices = None,
) -> None:
    """Check the inputs and say what a run would take: calls, tokens, money, time. Sends nothing."""
    options = locals()
    from judge.compare import estimate_only

    _exit(estimate_only(_settings(**_given(options)), _screen()))


@app.command()
def show(
    run: Annotated[Path, typer.Argument(help="A run directory.")],
    inconsistent: Annotated[Inconsistent | None, typer.Option(help="Resolve again under this rule.")] = None,
    resamples: Annotated[int | None, typer.Option(min=100, help="Compute the intervals again, so often.")] = None,
    reparse: Annotated[bool, typer.Option("--reparse", help="Read the raw replies again.")] = False,
    write: Annotated[bool, typer.Option("--write", help="Replace the run's verdicts, summary and tables.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Print every slice, however many there are.")] = False,
) -> None:
    """Print a run's tables again, from disk: no call."""
    from judge.report.terminal import print_summary
    from judge.results import load_summary, resolve_again
    from judge.verdicts import INCONSISTENT_RULES

    if inconsistent is None and resamples is None and not reparse and not write:
        summary = load_summary(run)
    else:
        rule = next((rule for rule in INCONSISTENT_RULES if rule == inconsistent), None)
        summary = resolve_again(run, rule=rule, resamples=resamples, reparse=reparse, write=write)
    print_summary(summary, _screen(), everything=everything)


@app.command()
def doctor(
    judge: Judge,
    base_url: BaseUrl = None,
    prompt: Prompt = "persona-value",
    prices: Prices = None,
    timeout: Timeout = 30.0,
) -> None:
    """Make one tiny call: are the key, the endpoint, the model and the schema mode all right?"""
    from judge.core.chat.open import parse_spec
    from judge.doctor import doctor as run

    _exit(run(parse_spec(judge, base_url), prompt=prompt, prices=prices, timeout=timeout, console=_screen()))


@app.command()
def prompts() -> None:
    """List the prompts that ship, with their versions and hashes."""
    from judge.report.prompts import print_prompts

    print_prompts(_screen())


def main() -> None:
    """Run the command; turn errors into messages and exit codes."""
    from judge.core.errors import EXIT_FAILURES_REMAIN, EXIT_INTERRUPTED, EXIT_USAGE, PersonaJudgeError

    try:
        sys.exit(app(standalone_mode=False) or 0)
    except PersonaJudgeError as error:
        _fail(str(error), error.exit_code, error)
    except BrokenPipeError:  # the reader has what it wanted
        sys.stderr.close()
        sys.exit(EXIT_FAILURES_REMAIN)
    except OSError as error:
        _fail(f"{error.filename or 'a file'}: {error.strerror or error}", EXIT_FAILURES_REMAIN, error)
    except KeyboardInterrupt:
        _fail("Interrupted.", EXIT_INTERRUPTED, None)
    except typer.Abort:
        _fail("Aborted.", EXIT_INTERRUPTED, None)
    except Exception as error:
        show_usage = getattr(error, "show", None)  # the command-line library's own errors, whose class is private
        if callable(show_usage):
            show_usage()
            sys.exit(EXIT_USAGE)
        hint = "this is a bug; please report it with what --debug prints"
        _fail(f"{type(error).__name__}: {error}\n  what to do: {hint}", EXIT_FAILURES_REMAIN, error)


def _fail(message: str, code: int, error: Exception | None) -> None:
    from judge.core.redact import redact

    if _debug and error is not None:
        import traceback

        print(redact("".join(traceback.format_exception(error))), file=sys.stderr)
    print(f"judge: {redact(message)}", file=sys.stderr)
    sys.exit(code)


def _screen() -> Console:
    from judge.core.screen import screen

    return screen()


def _exit(code: int) -> None:
    if code:
        raise typer.Exit(code)


def _given(options: dict[str, Any]) -> dict[str, Any]:
    return {name: option.value if isinstance(option, StrEnum) else option for name, option in options.items()}


def _settings(
    files: list[str],
    judge: str,
    base_url: str | None,
    allow: list[str] | None,
    max_retries: int = 6,
    **rest: Any,
) -> CompareSettings:
    from judge.core.chat.open import parse_spec
    from judge.core.chat.retry import RetryPolicy
    from judge.core.errors import UsageError
    from judge.pairing import ALLOWANCES
    from judge.settings import CompareSettings

    allowed = frozenset(part.strip() for entry in allow or () for part in entry.split(","))
    if unknown := allowed - set(ALLOWANCES):
        raise UsageError(f"--allow does not know {', '.join(sorted(unknown))}", hint=f"known: {', '.join(ALLOWANCES)}")
    return CompareSettings(
        files=tuple(files),
        judge=parse_spec(judge, base_url),
        allow=allowed,
        policy=RetryPolicy(retries=max_retries),
        **rest,
    )
