"""The description of a values file on a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from judge.preferences.survey.checks import UNCHECKED
from judge.preferences.values.describe import SHAKY, Description

MANY = 0.05  # share of respondents without an attribute from which a build warns; describe shows every one
_SHOWN = 12
_WHY = {"no_answer": "no answer", "outside_bands": "outside every band", "without_label": "a code without a label"}


def cautions(about: dict[str, Any], *, least: float = 0.0) -> list[str]:
    """Sentences on respondents who are in no subgroup, on labels, and on what could not be checked.

    ``least`` is the share of respondents without an attribute below which nothing is said of it.
    """
    people = about["source"]["respondents"]
    said = []
    for name, counts in about.get("attributes", {}).items():
        lost = sum(counts.values())
        if not lost or lost < least * people:
            continue
        reasons = [f"{number:,} {_WHY[why]}" for why, number in counts.items() if number]
        codes = _list(about["unlabelled_codes"].get(name, {}))
        said.append(
            f"{lost:,} of {people:,} respondents ({100 * lost / people:.1f}%) are in no subgroup of {name}: "
            f"{', '.join(reasons)}{f' ({codes})' if codes else ''}."
        )
    if differences := about.get("label_differences"):
        said.append(
            f"The file's label of an end code has other words than the catalogue's in {len(differences)} questions "
            f"({_list(differences)}): `label_differences` in the manifest shows both."
        )
    if (duplicates := about.get("duplicate_respondents", "")).startswith(UNCHECKED):
        said.append(f"Respondents who occur twice: {duplicates}.")
    if about["unknown_codes"]:
        dropped = ", ".join(f"{name} {number}" for name, number in about["unknown_codes"].items())
        said.append(f"Answers dropped because their code is unknown: {dropped}.")
    return said


def _list(names: dict[str, Any]) -> str:
    return ", ".join(list(names)[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")


_SHOWN = 12  # excluded cells and questions that are printed one by one


def print_description(found: Description, console: Console) -> None:
    """Print counts, subgroups, what was left out and why, diversity by category, and the most divisive questions."""
    for source in found.sources:
        _line(console, f"Source: {source}")
    strata = ", ".join(f"{name} {number}" for name, number in found.strata.items())
    _line(console, f"{found.rows:,} rows: {found.questions} questions, {len(found.groups)} subgroups ({strata}).")
    _print_left_out(found, console)
    _print_groups(found, console)
    _print_diversity(found, console)


def _print_left_out(found: Description, console: Console) -> None:
    if found.stale:
        _line(console, "The manifest beside this file is of another file: what was left out is not known.")
    if found.manifest is None:
        if not found.stale:
            _line(console, "There is no manifest beside this file: what was left out is not known.")
        return
    about = found.manifest
    settings = about["settings"]
    _line(
        console,
        f"Left out: {len(about['excluded_cells'])} cells with fewer than {settings['min_n']} respondents, "
        f"{len(about['excluded_questions'])} questions, {len(about['absent_rows'])} rows without a valid answer, "
        f"{len(about['unstable_rows'])} rows below the least stability.",
    )
    _line(
        console,
        f"Flagged: {about['rows_with_few_answers']} rows with fewer than {settings['min_n']} valid answers, "
        f"{about['rows_with_ties']} with ties ({settings['ties']} is taken). Weighting: {settings['weighting']}. "
        f"Stability: {settings['resamples']:,} bootstrap samples, seed {settings['seed']}.",
    )
    for caution in cautions(about):
        _line(console, f"Warning: {caution}")
    if cells := sorted(about["excluded_cells"], key=lambda cell: -cell["n"]):
        shown = [(cell["subgroup"], str(cell["n"])) for cell in cells[:_SHOWN]]
        _grid(console, "Excluded cells", ("cell", "respondents"), shown, _rest(len(cells)))
    if reasons := Counter(about["excluded_questions"].values()):
        rows = [
            (reason, str(number), _names([name for name, why in about["excluded_questions"].items() if why == reason]))
            for reason, number in reasons.most_common()
        ]
        _grid(console, "Excluded questions", ("reason", "questions", "which"), rows)


def _print_groups(found: Description, console: Console) -> None:
    rows = [
        (
            row.subgroup.id,
            f"{row.subgroup.n:,}",
            str(row.rows),
            str(row.ties),
            str(row.few_answers),
            _share(row.stability),
            "" if row.stability is None else str(row.shaky),
        )
        for row in found.groups
    ]
    columns = ("subgroup", "n", "rows", "ties", "few answers", "mean stability", f"below {_share(SHAKY)}")
    _grid(console, "Subgroups", columns, rows)


def _print_diversity(found: Description, console: Console) -> None:
    rows = [
        (row.category, _share(row.mds), str(row.mds_n), _share(row.wasserstein), str(row.wasserstein_n))
        for row in found.categories
    ]
    note = (
        "MDS: entropy of the subgroups' modal answers over its greatest possible value; 0 is consensus. W1: mean "
        "Wasserstein-1 distance between pairs of subgroups, codes scaled to 0-1 (ordinal and two-option questions). n: "
        "pairs of question and stratum."
    )
    if partial := sum(row.subgroups < row.of for row in found.per_question):
        note += (
            f" In {partial:,} of {len(found.per_question):,} pairs rows of some subgroups are not in the file (too "
            "unstable, or without an answer): both measures are over the rest, and |S| counts the rest."
        )
    _grid(console, "Diversity by category", ("category", "MDS", "n", "W1", "n"), rows, note)
    divisive = [
        (
            row.question.id,
            row.stratum,
            _part(row.subgroups, row.of),
            _share(row.mds),
            _share(row.wasserstein),
            row.question.category,
        )
        for row in found.divisive
    ]
    columns = ("question", "stratum", "subgroups", "MDS", "W1", "category")
    _grid(console, "Most divisive questions", columns, divisive)


def _grid(console: Console, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], note: str = "") -> None:
    console.print()
    console.print(escape(title), highlight=False, style="bold")
    grid = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for number, column in enumerate(columns):
        words = number == 0 or column in ("which", "category", "stratum")
        grid.add_column(column, justify="left" if words else "right", overflow="fold")
    for row in rows:
        grid.add_row(*(escape(cell) for cell in row))
    console.print(grid)
    if note:
        console.print(escape(note), highlight=False, style="dim")


def _line(console: Console, text: str) -> None:
    console.print(escape(text), highlight=False)


def _names(names: list[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")


def _rest(number: int) -> str:
    return f"{number - _SHOWN} more: see the manifest." if number > _SHOWN else ""


def _part(some: int, of: int) -> str:
    return str(some) if some == of else f"{some} of {of}"


def _share(value: float | None) -> str:
    """A share as tables show it: .318; nothing where it is undefined."""
    return "" if value is None else f"{value:.3f}".removeprefix("0")
