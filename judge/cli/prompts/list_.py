"""`judge prompts list`, and `judge prompts` alone."""


def list_() -> None:
    """List the bundled prompts with their versions and hashes."""
    from judge.core.screen.console import screen
    from judge.core.screen.table_print import print_table
    from judge.core.screen.tables import Table
    from judge.prompts import DEFAULT, list_prompts
    from judge.prompts.persona import list_speaking

    console = screen()
    judging = tuple(
        (
            f"{prompt.file.name} (default)" if prompt.file.name == DEFAULT else prompt.file.name,
            prompt.file.version,
            ", ".join(prompt.file.criteria),
            ", ".join(prompt.file.requires),
            prompt.sha256[:12],
            prompt.file.description,
        )
        for prompt in list_prompts()
    )
    heads = ("prompt", "version", "criteria", "requires", "sha256", "asks")
    print_table(Table("For judge compare", "", heads, judging, labels=6, prose=(2, 3, 5)), console)
    speaking = tuple((entry.name, entry.version, entry.description) for entry in list_speaking())
    table = Table("For judge generate", "", ("prompt", "version", "says"), speaking, labels=3, prose=(2,))
    print_table(table, console)
