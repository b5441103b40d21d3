"""Groups of commands, whose lists have the first sentence of each command as a whole."""

from typing import Any

from typer.core import TyperGroup


class WholeSentences(TyperGroup):
    """Lists commands with their first sentences; click would cut these at the width of one line."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the commands with their first sentences."""
        with formatter.section("Commands"):
            names = self.list_commands(ctx)
            formatter.write_dl([(name, first_sentence(self.get_command(ctx, name))) for name in names])


def first_sentence(command: Any) -> str:
    """What a command does, in the one sentence that lists of commands show."""
    sentence, _, _ = " ".join((command.help or "").split()).partition(". ")
    return sentence.rstrip(".") + "."
