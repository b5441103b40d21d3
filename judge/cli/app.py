"""The `judge` command: the list of commands, and how errors become messages and exit codes."""

import errno
import functools
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from judge import __version__
from judge.cli.agreement import agreement
from judge.cli.analyze import analyze
from judge.cli.annotate import app as annotate
from judge.cli.calls import app as calls
from judge.cli.calls.batches import batches
from judge.cli.compare import compare
from judge.cli.correct import correct
from judge.cli.doctor import doctor
from judge.cli.estimate import estimate
from judge.cli.figures import figures
from judge.cli.formats.convert import convert
from judge.cli.formats.export import export
from judge.cli.generate import generate
from judge.cli.init import init
from judge.cli.plan import plan
from judge.cli.prompts import app as prompts
from judge.cli.report import report
from judge.cli.run import run
from judge.cli.shared.config import place_in_config
from judge.cli.shared.groups import first_sentence
from judge.cli.shared.help_panels import PANELS, WithPanels
from judge.cli.show import show
from judge.cli.training.finetune import finetune
from judge.cli.values import app as values
from judge.cli.view import view

# The sections of `judge --help`, in this order.
SECTIONS = {
    "Start here": ("compare", "view", "show", "report", "doctor", "init"),
    "Judge": ("estimate", "convert", "prompts", "batches", "calls"),
    "People": ("annotate", "agreement", "correct", "plan"),
    "Values and models": ("run", "values", "finetune", "generate"),
    "Results": ("analyze", "figures", "export"),
}
ORDER = [name for names in SECTIONS.values() for name in names]


class MainPathFirst(TyperGroup):
    """Lists commands in sections, in the order of `SECTIONS`; typer would put groups last."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The names of all commands."""
        return sorted(super().list_commands(ctx), key=ORDER.index)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the commands with their first sentences, by section."""
        for section, names in SECTIONS.items():
            with formatter.section(section):
                formatter.write_dl([(name, first_sentence(self.get_command(ctx, name))) for name in names])


RENAMED = {"reply": "structured-output"}  # options under their former names, which help does not list

app = typer.Typer(
    cls=MainPathFirst,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "max_content_width": 120,
        "token_normalize_func": lambda name: RENAMED.get(name, name),
    },
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Does fine-tuning make a language model speak for population subgroups? Pairwise comparison by an LLM judge.",
)
COMMANDS = (
    compare,
    estimate,
    show,
    view,
    analyze,
    report,
    figures,
    export,
    agreement,
    correct,
    plan,
    finetune,
    generate,
    run,
    batches,
    convert,
    doctor,
    init,
)
for command in COMMANDS:
    app.command(cls=WithPanels if command.__name__ in PANELS else None)(command)
app.add_typer(annotate, name="annotate")
app.add_typer(calls, name="calls")
app.add_typer(values, name="values")
app.add_typer(prompts, name="prompts")
_OF_OUTPUT = (errno.ENOSPC, errno.EIO, errno.EFBIG, errno.EDQUOT, errno.EBADF)  # where an error names no file
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


@functools.cache
def command_tree() -> Any:
    """Build the command with its subcommands, once per process: to read the options of all of them takes 15 ms."""
    return typer.main.get_command(app)


def main() -> None:
    """Run the command; turn errors into messages and exit codes."""
    from judge.core.errors import EXIT_FAILURES_REMAIN, EXIT_INTERRUPTED, EXIT_USAGE, Declined, PersonaJudgeError
    from judge.core.text.printable import printable

    _refuse_undecodable(sys.argv[1:])
    try:
        sys.exit(command_tree()(standalone_mode=False) or 0)
    except Declined as error:
        print(printable(str(error)))
        sys.exit(error.exit_code)
    except PersonaJudgeError as error:
        _fail(str(error), error.exit_code, error)
    except BrokenPipeError:  # the reader has what it wanted
        sys.stderr.close()
        sys.exit(EXIT_FAILURES_REMAIN)
    except OSError as error:
        named = error.filename or ("standard output" if error.errno in _OF_OUTPUT else None)
        place = f"{named}: " if named else f"{type(error).__name__} without a path: "
        _fail(
            f"{place}{error.strerror or error}\n  what to do: check the path, its permissions and the disk space",
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
            if (of_file := place_in_config(error)) is not None:
                print(f"  in {printable(of_file)}", file=sys.stderr)
            sys.exit(EXIT_USAGE)
        if isinstance(error, UnicodeEncodeError) and "surrogates" in error.reason:
            from judge.core.files.arguments import readable

            hint = "rename the file, or correct the text, so that it is UTF-8"
            _fail(f"not UTF-8: {readable(str(error.object))[:200]}\n  what to do: {hint}", EXIT_USAGE, error)
        hint = "this is a bug; please report it with the output of --debug"
        _fail(f"{type(error).__name__}: {error}\n  what to do: {hint}", EXIT_FAILURES_REMAIN, error)


def _refuse_undecodable(arguments: list[str]) -> None:
    """Refuse arguments that are not UTF-8: no file of this program could name them."""
    from judge.core.errors import EXIT_USAGE

    if "".join(arguments).isascii():  # the rule, and then nothing heavy is loaded
        return
    from judge.core.files.arguments import readable

    for number, text in enumerate(arguments, start=1):
        if (shown := readable(text)) != text:
            hint = "rename the file, or write the name in UTF-8 (see the settings of the terminal)"
            _fail(f"argument {number} is not UTF-8: {shown}\n  what to do: {hint}", EXIT_USAGE, None)


def _fail(message: str, code: int, error: Exception | None) -> None:
    from judge.core.redact import redact
    from judge.core.text.printable import printable

    if _debug and error is not None:
        import traceback

        print(printable(redact("".join(traceback.format_exception(error)))), file=sys.stderr)
    print(f"judge: {printable(redact(message))}", file=sys.stderr)
    sys.exit(code)
