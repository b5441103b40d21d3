"""`judge prompts`."""


def prompts() -> None:
    """List the bundled prompts with their versions and hashes."""
    from rich.box import SIMPLE_HEAD
    from rich.markup import escape
    from rich.table import Table

    from judge.core.screen.console import screen
    from judge.prompts import DEFAULT, list_prompts
    from judge.prompts.persona import list_speaking

    console = screen()
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for column in ("prompt", "version", "criteria", "requires", "sha256", "asks"):
        table.add_column(column, overflow="fold")
    for prompt in list_prompts():
        file = prompt.file
        name = f"{file.name} (default)" if file.name == DEFAULT else file.name
        table.add_row(
            *map(escape, (name, file.version, ", ".join(file.criteria), ", ".join(file.requires), prompt.sha256[:12])),
            escape(file.description),
        )
    console.print(table)
    speaking = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for column in ("for judge generate", "version", "says"):
        speaking.add_column(column, overflow="fold")
    for entry in list_speaking():
        speaking.add_row(*map(escape, (entry.name, entry.version, entry.description)))
    console.print()
    console.print(speaking)
