"""From raw rows to annotations: validated, one per person and item, un-blinded; what is set aside is counted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from judge.annotation.answers import annotators as people
from judge.annotation.answers.display_check import ANOTHERS, CHANGED, SWAPPED, Texts, difference, known_texts
from judge.annotation.answers.history import MOVED
from judge.annotation.answers.raw import Raw
from judge.annotation.campaign import controls
from judge.annotation.campaign.campaign import Campaign, Key, KeyItem
from judge.core.errors import InputError
from judge.core.records import Annotation, Choice

REMOVED = "[address removed]"
# Wider than RFC 5321 on purpose: what merely looks like an address is removed too. `name (at) host.org` is not seen.
_ADDRESS = re.compile(r"[^\s@<>()\[\]\",;:]+@[^\s@<>()\[\]\",;:]*[^\W_]")


def without_addresses(text: str) -> tuple[str, int]:
    """The text with each mail address blanked out, and how many there were."""
    return _ADDRESS.subn(REMOVED, text)


NOT_ANSWERED, COMMENT_ONLY = "not answered", "comment only"
BOTH, UNCLEAR = "answered and skipped", "unclear skip"
TWICE = "answered twice"
NOBODY, SHARED = "no annotator", "shared address"
CATEGORIES = {
    "foreign task": "a task that is not of this campaign",
    "draft": "begun, not submitted",
    NOT_ANSWERED: "a task that nobody did",
    COMMENT_ONLY: "a comment, and neither an answer nor a skip",
    BOTH: "answers and a skip: it cannot be both",
    UNCLEAR: "skipped is neither yes nor no",
    NOBODY: "no author is named; on a server, the account was deleted",
    SHARED: "its mail address was two people's, one after the other: whose is it?",
    MOVED: "its author or its task is not what an earlier pull saw",
    SWAPPED: "left and right were shown the other way round",
    ANOTHERS: "the texts are those of another task: rows got mixed up",
    CHANGED: "another text was shown than the campaign's",
    "edited by another": "changed by somebody else after it was submitted",
    "unknown criterion": "answers a question that the page does not ask",
    "unknown choice": "a choice that the page does not offer",
    "several choices": "more than one choice for a criterion",
    "missing criterion": "a criterion without a choice",
    TWICE: "the same person answered the same item differently in other rows: which holds?",
    "superseded": "the same person answered the same item again later",
}
EXPECTED = {"foreign task", "draft", NOT_ANSWERED, "superseded"}  # happen in any campaign: counted, not named


@dataclass(frozen=True)
class SetAside:
    """One raw row that did not become an annotation, and why. ``annotator`` is a pseudonym.

    ``detail`` says what is wrong with it, ``place`` where it stands (a task of the server, a line of a file).
    """

    category: str
    item: str | None
    annotator: str | None
    detail: str = ""
    place: str = ""


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
    those set aside add up to it. ``addresses`` counts mail addresses that were taken out of comments, ``revised`` the
    annotations that were changed since an earlier pull saw them, ``gone`` those that are no longer there, per person.
    """

    annotations: list[Annotation]
    set_aside: list[SetAside] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    received: int = 0
    addresses: int = 0
    revised: int = 0
    gone: dict[str, int] = field(default_factory=dict)


def settle(rows: Iterable[Raw], campaign: Campaign, key: Key, *, accept_edits: bool = False) -> Settled:
    """Sort the rows out. New people get their pseudonyms in ``key``.

    A row is believed if it is of this campaign, submitted, by its author alone (or ``accept_edits``), about the texts
    that the key has for its item, and gives one known choice for each criterion, or is a skip. Of one person's believed
    rows for one item the last stands; where rows bear no time and differ, none does: their order may be that of a
    sorted table. A server's rows go through :func:`judge.annotation.answers.history.review` first.
    """
    rows = list(rows)
    items = key.by_id()
    known = known_texts(items)
    aside: list[SetAside] = []
    last: dict[tuple[str, str], tuple[Raw, dict[str, Choice]]] = {}
    unclear: set[tuple[str, str]] = set()
    people.name([row for row in rows if row.item in items and not row.draft], key)
    for row in sorted(rows, key=lambda row: row.at):
        who = people.known(row, key)
        try:
            nobody = SHARED if people.shared(row, key) else NOBODY
            choices = _choices(row, items, known, campaign, nobody if who is None else None, accept_edits=accept_edits)
        except _AsideError as error:
            item = row.item if row.item in items else None
            aside.append(SetAside(error.category, item, who, without_addresses(error.detail)[0][:100], row.place))
            continue
        place = (str(row.item), str(who))
        if place in last:
            earlier, before = last[place]
            if not row.at[0] and before != choices:
                unclear.add(place)
            aside.append(SetAside("superseded", row.item, who, f"by {row.place}", earlier.place))
        last[place] = (row, choices)
    aside = [
        replace(one, category=TWICE, detail="")
        if (one.item, one.annotator) in unclear and one.category == "superseded"
        else one
        for one in aside
    ]
    aside += [SetAside(TWICE, *place, place=last.pop(place)[0].place) for place in sorted(unclear)]
    order = {item.id: index for index, item in enumerate(key.items)}
    standing = sorted(last.items(), key=lambda entry: (order[entry[0][0]], entry[0][1]))
    annotations, addresses = [], 0
    for (item, who), (row, choices) in standing:
        comment, removed = without_addresses(row.comment or "")
        addresses += removed
        annotations.append(_annotation(items[item], who, row, choices, comment or None))
    checks = _checks([(items[item], who, choices, row.skipped) for (item, who), (row, choices) in standing])
    return Settled(annotations, aside, checks, len(rows), addresses)


def require_own(rows: Iterable[Raw], key: Key, path: Path) -> None:
    """Refuse a file of another campaign's rows: read, it would replace people's answers by nothing.

    Errors: :class:`InputError` if there are rows and none of them is about an item of the campaign.
    """
    rows, items = list(rows), key.by_id()
    if rows and not any(row.item in items for row in rows):
        raise InputError(
            f"none of its {len(rows)} rows is about a task of campaign {key.campaign}",
            path=path,
            hint="name the campaign that it was exported from",
        )


class _AsideError(Exception):
    """The row cannot be believed."""

    def __init__(self, category: str, detail: str = "") -> None:
        super().__init__(category)
        self.category, self.detail = category, detail


def _choices(
    row: Raw,
    items: dict[str, KeyItem],
    known: Mapping[Texts, str],
    campaign: Campaign,
    nobody: str | None,
    *,
    accept_edits: bool,
) -> dict[str, Choice]:
    """The row's choices, none for a skip. ``nobody`` says why nobody is known as its author.

    Errors: the row is to be set aside.
    """
    if row.item not in items:
        raise _AsideError("foreign task")
    if row.draft:
        raise _AsideError("draft")
    if row.problem is not None:
        raise _AsideError(row.problem)
    if nobody is not None:
        raise _AsideError(nobody)
    if (what := difference(row.data, items[row.item], known)) is not None:
        raise _AsideError(what)
    if row.edited_by_another and not accept_edits:
        raise _AsideError("edited by another")
    if row.skipped:
        return {}
    if unknown := row.answers.keys() - campaign.criteria.keys():
        raise _AsideError("unknown criterion", ", ".join(sorted(unknown)))
    choices: dict[str, Choice] = {}
    for criterion in campaign.criteria:
        given = row.answers.get(criterion, ())
        if not given:
            raise _AsideError("missing criterion", criterion)
        if len(given) > 1:
            raise _AsideError("several choices", f"{criterion}: {', '.join(given)}")
        if given[0] not in controls.ALIASES:
            raise _AsideError("unknown choice", f"{criterion}: {given[0]}")
        choices[criterion] = controls.ALIASES[given[0]]
    return choices


def _annotation(item: KeyItem, who: str, row: Raw, choices: dict[str, Choice], comment: str | None) -> Annotation:
    return Annotation(
        comparison_id=item.comparison_id,
        annotator=who,
        repeat=item.repeat,
        order=item.order,
        choices=choices,
        seconds=row.seconds,
        comment=comment,
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
