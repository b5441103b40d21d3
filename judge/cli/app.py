"""The `judge` command: parses and delegates. Each command imports what it needs when it runs."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from judge import __version__
from judge.cli.analysis import register as register_stats
from judge.cli.annotate import app as annotate_app
from judge.cli.figures import register as register_figures
from judge.cli.generate import app as generate_app
from judge.cli.options import (
    Allow,
    BaseUrl,
    Concurrency,
    Files,
    Inconsistent,
    InconsistentOption,
    Judge,
    Limit,
    MaxRetries,
    MaxTokens,
    ModelSeed,
    Orders,
    OrdersOption,
    Prices,
    Prompt,
    Reference,
    Repeats,
    Reply,
    ReplyOption,
    Resamples,
    Reuse,
    Seed,
    Temperature,
    Timeout,
    Values,
)
from judge.cli.report import register as register_report
from judge.cli.values import app as values_app

if TYPE_CHECKING:
    from rich.console import Console

    from judge.judging.settings import CompareSettings

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Did fine-tuning make a model speak for people as they are? Compare responses pair by pair with an LLM judge.",
)
app.add_typer(annotate_app, name="annotate")
app.add_typer(values_app, name="values")
app.add_typer(generate_app)
register_stats(app)
register_report(app)
register_figures(app)
_debug = False


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
    reuse: Reuse = None,
    concurrency: Concurrency = 32,
    rpm: Annotated[float | None, typer.Option(min=0.1, help="Most requests per minute.")] = None,
    tpm: Annotated[float | None, typer.Option(min=1, help="Most tokens per minute (estimated).")] = None,
    timeout: Timeout = 120.0,
    max_retries: MaxRetries = 6,
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
        from judge.comparison.sequential_stopping import compare_until

        _exit(compare_until(settings, until_half_width, _screen()))
        return
    from judge.comparison.compare import compare as run

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
    reply: ReplyOption = Reply.auto,
    temperature: Temperature = None,
    max_tokens: MaxTokens = None,
    model_seed: ModelSeed = None,
    reuse: Reuse = None,
    concurrency: Concurrency = 32,
    prices: Prices = None,
) -> None:
    """Check the inputs and say what a run would take: calls, tokens, money, time. Sends nothing.

    Given one study file (.yaml), it says what is left of the study, as `judge run --plan` does.
    """
    options = locals()
    if len(files) == 1 and files[0].endswith((".yaml", ".yml")):
        from judge.study.run import plan_study

        _exit(plan_study(Path(files[0]), _screen()))
        return
    from judge.comparison.compare import estimate_only

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
    from judge.comparison.results import load_summary, resolve_again
    from judge.comparison.terminal import print_summary
    from judge.judging.verdicts import INCONSISTENT_RULES

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
    from judge.comparison.doctor import doctor as run
    from judge.core.models.open import parse_spec

    _exit(run(parse_spec(judge, base_url), prompt=prompt, prices=prices, timeout=timeout, console=_screen()))


@app.command()
def prompts() -> None:
    """List the prompts that ship, with their versions and hashes."""
    from judge.cli.prompts import print_prompts

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
        place = error.filename or "standard output"
        _fail(
            f"{place}: {error.strerror or error}\n  what to do: check the place and its space",
            EXIT_FAILURES_REMAIN,
            error,
        )
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
    from judge.core.screen.console import screen

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
    reuse: list[Path] | None = None,
    **rest: Any,
) -> CompareSettings:
    from judge.core.errors import UsageError
    from judge.core.models.open import parse_spec
    from judge.core.models.retry import RetryPolicy
    from judge.judging.pairing import ALLOWANCES
    from judge.judging.settings import CompareSettings

    allowed = frozenset(part.strip() for entry in allow or () for part in entry.split(","))
    if unknown := allowed - set(ALLOWANCES):
        raise UsageError(f"--allow does not know {', '.join(sorted(unknown))}", hint=f"known: {', '.join(ALLOWANCES)}")
    return CompareSettings(
        files=tuple(files),
        judge=parse_spec(judge, base_url),
        allow=allowed,
        reuse=tuple(reuse or ()),
        policy=RetryPolicy(retries=max_retries, rate_limit_retries=20 if max_retries else 0),
        **rest,
    )
