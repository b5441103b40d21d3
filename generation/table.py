"""The closing table: what each model gave."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table

from generation.counts import Tally
from generation.quality import FLAGS

_LONGEST = 240  # of an error that is shown


def print_counts(tallies: Mapping[str, Tally], console: Console) -> None:
    """One line per file of responses, and one per kind of failure. Failed and missing calls have no row in the file."""
    table = Table(title="Responses", title_justify="left", box=None, pad_edge=False)
    table.add_column("file", overflow="fold")
    for name in ("planned", "answered", *FLAGS, "failed", "missing"):
        table.add_column(name, justify="right")
    table.add_column("words (quartiles)", justify="right")
    for name, tally in tallies.items():
        quartiles = tally.quartiles()
        table.add_row(
            name,
            *(f"{count:,}" for count in (tally.planned, tally.answered, *(tally.flags[flag] for flag in FLAGS))),
            f"{tally.failed.total():,}",
            f"{tally.missing:,}",
            "none" if quartiles is None else " ".join(map(str, quartiles)),
        )
    console.print(table)
    for name, tally in tallies.items():
        for kind, count in tally.failed.most_common():
            said = " ".join(tally.said.get(kind, "").split())
            why = f" ({said if len(said) <= _LONGEST else said[:_LONGEST] + '...'})" if said else ""
            console.print(f"{name}: {count:,} failed: {kind}{why}", highlight=False, markup=False)
