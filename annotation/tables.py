"""Tables and sentences about a plan, a campaign's progress, and the annotations received."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from judge.annotation.campaign.precision import CAMPAIGNS, SECONDS_PER_CHOICE, WORDS_PER_MINUTE
from judge.annotation.campaign.task_plan import Planned
from judge.annotation.labels.agreement import agreement, ratings_per_annotator, self_agreement
from judge.annotation.labels.categories import CATEGORIES, EXPECTED
from judge.annotation.labels.resolve import Resolved
from judge.annotation.labels.status import Status
from judge.annotation.labels.summary import Written
from judge.core.screen.tables import Table

_LISTED = 10  # places that a sentence names


def plan_tables(planned: Planned) -> list[Table]:
    """The sample by outcome and, with two annotators or more per comparison, the expected precision of alpha."""
    campaign = planned.campaign
    total = sum(there for there, _ in planned.outcomes.values())
    sample = Table(
        title=f"Sample by the judge's outcome on {planned.criterion}",
        head=f"{campaign.items} of {total} comparisons, in {planned.strata} strata",
        columns=("outcome", "in the run", "sampled"),
        rows=tuple((name, str(there), str(taken)) for name, (there, taken) in planned.outcomes.items()),
    )
    raters = min(campaign.overlap, campaign.annotators)
    if raters < 2:
        return [sample]
    precision = Table(
        title="Expected precision of Krippendorff's alpha (nominal)",
        head=f"{raters} annotators on {campaign.items} comparisons",
        columns=("if alpha is", "95 % within"),
        rows=tuple(
            (f"{one.alpha:.1f}", "undefined" if one.half_width is None else f"±{one.half_width:.2f}")
            for one in planned.precision
        ),
        notes=(f"Simulation of {CAMPAIGNS} campaigns with independent items (docs/annotation.md).",),
    )
    return [sample, precision]


def plan_lines(planned: Planned) -> list[str]:
    """The load, and what the numbers of annotators mean."""
    campaign, load = planned.campaign, planned.load
    tasks = campaign.items + campaign.attention_checks + campaign.duplicates
    lines = [
        f"{tasks} tasks: {campaign.items} comparisons, {campaign.attention_checks} attention checks, "
        f"{campaign.duplicates} duplicates.",
        f"{load.ratings} labels in total; about {load.per_annotator:.0f} tasks and {load.hours:.1f} h for each of "
        f"{campaign.annotators} annotators (reading at {WORDS_PER_MINUTE} words per minute, {SECONDS_PER_CHOICE} s per "
        "choice).",
    ]
    if campaign.annotators == 1 or campaign.overlap == 1:
        lines.append("Each comparison has one annotator: agreement between annotators will be undefined.")
    elif campaign.overlap > campaign.annotators:
        lines.append(
            f"Overlap {campaign.overlap} exceeds the number of annotators: all {campaign.annotators} label every task."
        )
    if campaign.overlap < campaign.annotators:
        lines.append("Overlap is below the number of annotators: each task goes to the first annotators who open it.")
    return lines


def plan_warnings(planned: Planned) -> list[str]:
    """What to look at before the push."""
    warnings = []
    if planned.familiar:
        warnings.append(
            f"{planned.familiar} attention checks show a response that another task shows too: the run has too few "
            "other comparisons. Give fewer --items."
        )
    if planned.naming:
        warnings.append(f"{planned.naming} tasks show a response that names a contestant. Read them before you push.")
    return warnings


def status_tables(found: Status, *, items: bool = False) -> list[Table]:
    """Progress per annotator and by number of labels; with ``items`` per task, too."""
    tables = [
        Table(
            title="Annotators",
            head=f"{found.done} of {found.wanted} labels submitted, {found.skipped} skipped, {found.left} left, on "
            f"{len(found.tasks)} tasks",
            columns=("annotator", "done", "skipped", "drafts", "left", "s per task", "per hour", "h left"),
            rows=tuple(
                (
                    one.annotator,
                    str(one.done),
                    str(one.skipped),
                    str(one.drafts),
                    str(one.left),
                    _number(one.seconds, 0),
                    _number(one.per_hour, 0),
                    _number(one.hours_left, 1),
                )
                for one in found.annotators
            ),
        ),
        Table(
            title="Tasks by number of labels",
            head=f"{len(found.tasks)} tasks",
            columns=("labels", "tasks"),
            rows=tuple((str(labels), str(tasks)) for labels, tasks in found.items.items()),
        ),
    ]
    if items:
        rows = (
            (
                f"{one.comparison_id}{' (repeat)' if one.repeat else ''}",
                str(one.number),
                _short(one.done),
                _short(one.skipped),
                str(one.left),
            )
            for one in found.tasks
        )
        columns = ("comparison", "task", "labelled by", "skipped by", "left")
        tables.append(Table("Tasks in the order shown", f"{len(found.tasks)} tasks", columns, tuple(rows)))
    return tables


def annotation_tables(written: Written) -> list[Table]:
    """Rows set aside, annotators, and agreement."""
    resolved = written.resolved
    tables = [_annotators(resolved), _agreement(resolved, tuple(written.campaign.criteria))]
    return [_set_aside(resolved), *tables] if resolved.set_aside else tables


def annotation_lines(resolved: Resolved) -> list[str]:
    """Changes since the last pull, and what was removed from comments."""
    lines = []
    if resolved.addresses:
        lines.append(f"Mail addresses removed from comments: {resolved.addresses}.")
    if resolved.revised:
        lines.append(f"Annotations changed since the last pull: {resolved.revised}.")
    if resolved.deleted:
        deleted = ", ".join(f"{who}: {count}" for who, count in resolved.deleted.items())
        lines.append(f"Annotations deleted since the last pull (accepted): {deleted}.")
    return lines


def _set_aside(resolved: Resolved) -> Table:
    counts = Counter(one.category for one in resolved.set_aside)
    notes = []
    for name in (name for name in CATEGORIES if counts[name] and name not in EXPECTED):
        places = [one.place for one in resolved.set_aside if one.category == name and one.place]
        notes.append(f"{name}: {listed(places)}")
    return Table(
        title="Set aside",
        head=f"{len(resolved.set_aside)} of {resolved.received} rows",
        columns=("category", "meaning", "rows"),
        rows=tuple((name, meaning, str(counts[name])) for name, meaning in CATEGORIES.items() if counts[name]),
        notes=tuple(notes),
        labels=2,
    )


def _annotators(resolved: Resolved) -> Table:
    ratings = ratings_per_annotator(resolved.annotations)
    checks = {one.annotator: one for one in resolved.checks}
    skips = Counter(one.annotator for one in resolved.annotations if one.skipped)
    return Table(
        title="Annotators",
        head=f"{resolved.received} rows received: {len(resolved.annotations) - skips.total()} annotations, "
        f"{skips.total()} skipped, {len(resolved.set_aside)} set aside",
        columns=("annotator", "ratings", "skipped", "checks answered", "checks failed"),
        rows=tuple(
            (
                who,
                str(ratings.get(who, 0)),
                str(skips[who]),
                str(checks[who].answered) if who in checks else "0",
                str(len(checks[who].failed)) if who in checks else "0",
            )
            for who in sorted(ratings.keys() | skips.keys() | checks.keys())
        ),
    )


def _agreement(resolved: Resolved, criteria: Sequence[str]) -> Table:
    rows, notes = [], []
    for name in criteria:
        found = agreement(resolved.annotations, name)
        same, pairs = self_agreement(resolved.annotations, name)
        rows.append(
            (
                name,
                str(found.units),
                str(found.ratings),
                str(found.raters),
                "undefined" if found.percent is None else f"{100 * found.percent:.1f} %",
                "undefined" if found.alpha is None else f"{found.alpha:.3f}",
                f"{same} of {pairs}" if pairs else "none",
            )
        )
        if found.undefined:
            notes.append(f"{name}: undefined: {found.undefined}")
    return Table(
        title="Agreement on the better contestant",
        head="Excludes attention checks, skips and repeats",
        columns=("criterion", "items", "ratings", "annotators", "agreement", "alpha", "same when repeated"),
        rows=tuple(rows),
        notes=tuple(notes),
    )


def listed(places: Sequence[object]) -> str:
    """The first ten places, and the number of others."""
    more = f" and {len(places) - _LISTED} more" if len(places) > _LISTED else ""
    return f"{', '.join(str(one) for one in places[:_LISTED])}{more}"


def _short(pseudonyms: Sequence[str]) -> str:
    """Pseudonyms without their common prefix: 01, 03."""
    return ", ".join(one.removeprefix("annotator-") for one in pseudonyms) or "-"


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
