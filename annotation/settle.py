"""From raw rows to annotations: validated, one per person and item, un-blinded; what is set aside is counted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from annotation import page
from annotation.campaign import Campaign, Key, KeyItem
from annotation.raw import Raw
from judge.core.records import Annotation, Choice

CATEGORIES = {
    "foreign task": "a task that is not of this campaign",
    "no annotator": "nobody is named as its author",
    "draft": "begun, not submitted",
    "task changed": "the server showed another text than the campaign's",
    "edited by another": "changed by somebody else after it was submitted",
    "unknown criterion": "answers a question that the page does not ask",
    "unknown choice": "a choice that the page does not offer",
    "several choices": "more than one choice for a criterion",
    "missing criterion": "a criterion without a choice",
    "superseded": "the same person answered the same item again later",
}


@dataclass(frozen=True)
class SetAside:
    """One raw row that did not become an annotation, and why. ``annotator`` is a pseudonym."""

    category: str
    item: str | None
    annotator: str | None
    detail: str = ""


@dataclass(frozen=True)
class Check:
    """How one person answered the attention checks. ``failed`` lists the items that were not passed."""

    annotator: str
    answered: int
    failed: tuple[str, ...]


@dataclass(frozen=True)
class Settled:
    """The annotations, in the campaign's order, what was set aside, and the attention checks.

    Skips stand among the annotations, with ``skipped`` and no choice. ``received`` counts the raw rows: annotations and
    those set aside add up to it.
    """

    annotations: list[Annotation]
    set_aside: list[SetAside] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    received: int = 0


def settle(rows: Iterable[Raw], campaign: Campaign, key: Key, *, accept_edits: bool = False) -> Settled:
    """Sort the rows out. New people get their pseudonyms in ``key``, in the order of their addresses.

    A row is believed if it is of this campaign, submitted, by its author alone (or ``accept_edits``), and gives one
    known choice for each criterion, or is a skip. Of one person's believed rows for one item the last stands.
    """
    rows = list(rows)
    items = key.by_id()
    aside: list[SetAside] = []
    last: dict[tuple[str, str], tuple[Raw, dict[str, Choice]]] = {}
    ours = (row for row in rows if row.item in items and not row.draft)
    for identity in sorted({row.identity.strip().casefold() for row in ours if row.identity and row.identity.strip()}):
        key.pseudonym(identity)
    for row in sorted(rows, key=lambda row: row.at):
        who = None if not (row.identity or "").strip() else key.annotators.get(str(row.identity).strip().casefold())
        found = _examine(row, items, campaign, who, accept_edits=accept_edits)
        if isinstance(found, SetAside):
            aside.append(found)
            continue
        place = (str(row.item), str(who))
        if place in last:
            aside.append(SetAside("superseded", row.item, who))
        last[place] = (row, found)
    order = {item.id: index for index, item in enumerate(key.items)}
    standing = sorted(last.items(), key=lambda entry: (order[entry[0][0]], entry[0][1]))
    annotations = [_annotation(items[item], who, row, choices) for (item, who), (row, choices) in standing]
    checks = _checks([(items[item], who, choices, row.skipped) for (item, who), (row, choices) in standing])
    return Settled(annotations, aside, checks, len(rows))


def _examine(
    row: Raw, items: dict[str, KeyItem], campaign: Campaign, who: str | None, *, accept_edits: bool
) -> SetAside | dict[str, Choice]:
    def aside(category: str, detail: str = "") -> SetAside:
        return SetAside(category, row.item if row.item in items else None, who, detail or row.place)

    if row.item not in items:
        return aside("foreign task")
    if row.draft:
        return aside("draft")
    if who is None:
        return aside("no annotator")
    if row.data is not None and dict(row.data) != items[row.item].data:
        return aside("task changed")
    if row.edited_by_another and not accept_edits:
        return aside("edited by another")
    if row.skipped:
        return {}
    if unknown := row.answers.keys() - campaign.criteria.keys():
        return aside("unknown criterion", ", ".join(sorted(unknown)))
    choices: dict[str, Choice] = {}
    for criterion in campaign.criteria:
        given = row.answers.get(criterion, ())
        if not given:
            return aside("missing criterion", criterion)
        if len(given) > 1:
            return aside("several choices", f"{criterion}: {', '.join(given)}")
        if given[0] not in page.ALIASES:
            return aside("unknown choice", f"{criterion}: {given[0][:40]}")
        choices[criterion] = page.ALIASES[given[0]]
    return choices


def _annotation(item: KeyItem, who: str, row: Raw, choices: dict[str, Choice]) -> Annotation:
    return Annotation(
        comparison_id=item.comparison_id,
        annotator=who,
        repeat=item.repeat,
        order=item.order,
        choices=choices,
        seconds=row.seconds,
        comment=row.comment,
        skipped=row.skipped,
        attention_check=item.expected is not None,
        stratum=item.stratum,
        inclusion_probability=item.inclusion_probability,
    )


def _checks(standing: list[tuple[KeyItem, str, dict[str, Choice], bool]]) -> list[Check]:
    """Per person: a check is passed if the sound response was chosen on every criterion; skips do not count."""
    answered: dict[str, int] = {}
    failed: dict[str, list[str]] = {}
    for item, who, choices, skipped in standing:
        if item.expected is None or skipped:
            continue
        answered[who] = answered.get(who, 0) + 1
        if any(choice != item.expected for choice in choices.values()):
            failed.setdefault(who, []).append(item.comparison_id)
    return [Check(who, count, tuple(failed.get(who, ()))) for who, count in sorted(answered.items())]
