"""What the commands print: plans, states and accounts, as tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from judge.annotation.answers.agreement import agreement, ratings_per_person, with_oneself
from judge.annotation.answers.resolve import CATEGORIES, EXPECTED, Settled
from judge.annotation.answers.status import Status
from judge.annotation.campaign.campaign import Campaign
from judge.annotation.campaign.plan import Planned


def table(console: Console, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table: the first column is text, the others are numbers."""
    console.print()
    console.print(escape(title), style="bold", highlight=False)
    grid = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for index, column in enumerate(columns):
        grid.add_column(column, justify="left" if index == 0 else "right", overflow="fold")
    for row in rows:
        grid.add_row(*(escape(cell) for cell in row))
    console.print(grid)


def print_plan(planned: Planned, console: Console) -> None:
    """The sample, the load and the precision to expect."""
    campaign, load = planned.campaign, planned.load
    tasks = campaign.items + campaign.attention_checks + campaign.duplicates
    table(
        console,
        f"Sample: {campaign.items} comparisons in {planned.strata} strata, by the judge's {planned.criterion}",
        ("outcome", "in the run", "sampled"),
        [(name, str(there), str(taken)) for name, (there, taken) in planned.outcomes.items()],
    )
    console.print(
        f"\n{tasks} tasks: {campaign.items} comparisons, {campaign.attention_checks} attention checks, "
        f"{campaign.duplicates} duplicates. {load.ratings} answers in all; for each of {campaign.annotators} people "
        f"about {load.per_person:.0f} tasks, {load.hours:.1f} h (reading at 238 words a minute, 5 s a choice).",
        highlight=False,
    )
    if campaign.annotators == 1 or campaign.overlap == 1:
        console.print(
            "Each comparison is judged by one person: agreement between people will be undefined.", highlight=False
        )
    elif campaign.overlap > campaign.annotators:
        console.print(
            f"Overlap {campaign.overlap} is more than there are annotators: all {campaign.annotators} judge all.",
            highlight=False,
        )
    if campaign.overlap < campaign.annotators:
        console.print("Overlap is below the number of annotators: tasks go to whoever comes first.", highlight=False)
    if planned.familiar:
        console.print(
            f"{planned.familiar} attention checks are made of texts that other tasks show as well: the run has too few "
            "comparisons beside the sample. Fewer --items leave more.",
            highlight=False,
        )
    if min(campaign.overlap, campaign.annotators) > 1:
        _precision(planned, console)
    if planned.naming:
        console.print(
            f"Warning: {planned.naming} tasks show a response that names a contestant. Look at them before you push.",
            style="yellow",
            highlight=False,
        )


def _precision(planned: Planned, console: Console) -> None:
    table(
        console,
        "Expected precision of Krippendorff's alpha (nominal), for the sample as a whole",
        ("if alpha is", "95% within"),
        [
            (f"{one.alpha:.1f}", "undefined" if one.half_width is None else f"±{one.half_width:.2f}")
            for one in planned.precision
        ],
    )
    console.print("By simulation of 400 campaigns, items independent (docs/annotation.md).", style="dim")


def print_status(found: Status, console: Console, *, items: bool = False) -> None:
    """Who has done what, and how long the rest takes; with ``items``, how each task stands."""
    console.print(
        f"{found.done} of {found.wanted} answers, {found.skipped} skips, {found.left} answers left on "
        f"{len(found.tasks)} tasks.",
        highlight=False,
    )
    table(
        console, "People", ("annotator", "done", "skipped", "drafts", "left", "s per task", "per hour", "h left"),
        [(one.annotator, str(one.done), str(one.skipped), str(one.drafts), str(one.left), _number(one.seconds, 0),
          _number(one.per_hour, 0), _number(one.hours_left, 1)) for one in found.people],
    )  # fmt: skip
    table(
        console,
        "Tasks by number of answers",
        ("answers", "tasks"),
        [(str(answers), str(tasks)) for answers, tasks in found.items.items()],
    )
    if items:
        table(
            console,
            "Tasks in the order shown",
            ("comparison", "task", "answered by", "skipped by", "left"),
            [
                (
                    f"{one.comparison_id}{' (again)' if one.repeat else ''}",
                    str(one.number),
                    _people(one.done),
                    _people(one.skipped),
                    str(one.left),
                )
                for one in found.tasks
            ],
        )


def print_settled(settled: Settled, campaign: Campaign, console: Console) -> None:
    """What came, what was set aside and why, attention checks, and the first agreement table."""
    skipped = sum(one.skipped for one in settled.annotations)
    console.print(
        f"{settled.received} rows received: {len(settled.annotations) - skipped} annotations, {skipped} skips, "
        f"{len(settled.set_aside)} set aside.",
        highlight=False,
    )
    counts = Counter(one.category for one in settled.set_aside)
    if counts:
        rows = [(name, str(counts[name]), meaning) for name, meaning in CATEGORIES.items() if counts[name]]
        table(console, "Set aside", ("category", "rows", "meaning"), rows)
        for name in (name for name in CATEGORIES if counts[name] and name not in EXPECTED):
            places = [one.place for one in settled.set_aside if one.category == name and one.place]
            more = f" and {len(places) - 10} more" if len(places) > 10 else ""
            console.print(f"{name}: {', '.join(places[:10])}{more}", style="dim", highlight=False, markup=False)
    if settled.addresses:
        console.print(f"{settled.addresses} mail addresses were taken out of comments.", highlight=False)
    if settled.revised:
        console.print(f"{settled.revised} annotations were changed since the last pull.", highlight=False)
    if settled.gone:
        gone = ", ".join(f"{who}: {count}" for who, count in settled.gone.items())
        console.print(f"Gone since the last pull, as accepted: {gone}.", highlight=False)
    ratings = ratings_per_person(settled.annotations)
    checks = {one.annotator: one for one in settled.checks}
    skips = Counter(one.annotator for one in settled.annotations if one.skipped)
    table(
        console,
        "People",
        ("annotator", "ratings", "skipped", "checks answered", "checks failed"),
        [
            (
                who,
                str(ratings.get(who, 0)),
                str(skips[who]),
                str(checks[who].answered) if who in checks else "0",
                str(len(checks[who].failed)) if who in checks else "0",
            )
            for who in sorted(ratings.keys() | skips.keys() | checks.keys())
        ],
    )
    agreed = []
    for name in campaign.criteria:
        found = agreement(settled.annotations, name)
        same, pairs = with_oneself(settled.annotations, name)
        agreed.append(
            (
                name,
                str(found.units),
                str(found.ratings),
                str(found.raters),
                "undefined" if found.percent is None else f"{100 * found.percent:.1f}%",
                "undefined" if found.alpha is None else f"{found.alpha:.3f}",
                f"{same} of {pairs}" if pairs else "none",
            )
        )
        if found.undefined:
            console.print(f"{name}: undefined: {found.undefined}", style="dim", highlight=False)
    table(
        console,
        "Agreement on the better contestant (attention checks, skips and repeats left out)",
        ("criterion", "items", "ratings", "people", "agreement", "alpha", "same when repeated"),
        agreed,
    )


def _people(pseudonyms: Sequence[str]) -> str:
    """Pseudonyms in short: 01, 03."""
    return ", ".join(one.removeprefix("annotator-") for one in pseudonyms) or "-"


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
