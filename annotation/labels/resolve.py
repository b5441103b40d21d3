"""Validate raw rows, keep one per annotator and item, and un-blind them. Rows that fail are set aside and counted."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from judge.annotation.campaign import controls
from judge.annotation.campaign.campaign import Campaign, Key, KeyItem
from judge.annotation.labels.annotators import assign_pseudonyms, has_shared_address, pseudonym_of
from judge.annotation.labels.categories import Category
from judge.annotation.labels.display_check import Texts, display_problem, normalized_texts
from judge.annotation.labels.raw import RawAnnotation
from judge.core.errors import InputError
from judge.core.records import Annotation, Choice

REMOVED = "[address removed]"
# Wider than RFC 5321 on purpose: text that only looks like an address is removed too. `name (at) host.org` is missed.
_ADDRESS = re.compile(r"[^\s@<>()\[\]\",;:]+@[^\s@<>()\[\]\",;:]*[^\W_]")


@dataclass(frozen=True)
class SetAside:
    """A raw row that did not become an annotation.

    ``annotator`` is a pseudonym, ``detail`` what is wrong, ``place`` where the row is found (a task of the server, a
    line of a file).
    """

    category: Category
    item: str | None
    annotator: str | None
    detail: str = ""
    place: str = ""


@dataclass(frozen=True)
class AttentionChecks:
    """One annotator's attention checks: how many were answered, and the comparison ids of those failed."""

    annotator: str
    answered: int
    failed: tuple[str, ...]


@dataclass(frozen=True)
class Resolved:
    """The raw rows after validation.

    Attributes:
        annotations: In the campaign's order. A skip is an annotation with ``skipped`` and no choice.
        set_aside: The other rows.
        checks: Attention checks per annotator.
        received: Number of raw rows: annotations plus rows set aside.
        addresses: Mail addresses removed from comments.
        revised: Annotations whose answers changed since the last pull.
        deleted: Annotations deleted on the server since the last pull, by pseudonym.
    """

    annotations: list[Annotation]
    set_aside: list[SetAside] = field(default_factory=list)
    checks: list[AttentionChecks] = field(default_factory=list)
    received: int = 0
    addresses: int = 0
    revised: int = 0
    deleted: dict[str, int] = field(default_factory=dict)


def resolve_annotations(
    rows: Iterable[RawAnnotation], campaign: Campaign, key: Key, *, accept_edits: bool = False
) -> Resolved:
    """Turn raw rows into annotations. New annotators get pseudonyms in ``key``.

    A row is valid if it is of this campaign, submitted, by its author alone (or ``accept_edits``), shows the texts that
    the key has for its item, and has one known choice for each criterion or is a skip. Of an annotator's valid rows for
    an item the last counts. If the rows have no time and differ, none counts: their order may be that of a sorted
    table. A server's rows go through :func:`judge.annotation.labels.history.compare_with_history` first.
    """
    rows, items = list(rows), key.by_id()
    known = {normalized_texts(item.data) for item in key.items}
    aside: list[SetAside] = []
    last: dict[tuple[str, str], tuple[RawAnnotation, dict[str, Choice]]] = {}
    unclear: set[tuple[str, str]] = set()
    assign_pseudonyms([row for row in rows if row.item in items and not row.draft], key)
    for row in sorted(rows, key=lambda row: row.at):
        who = pseudonym_of(row, key)
        try:
            item, by = _require_valid(row, who, key, items, known, accept_edits=accept_edits)
            choices = {} if row.skipped else _choices(row, campaign)
        except _AsideError as error:
            name = row.item if row.item in items else None
            aside.append(SetAside(error.category, name, who, without_addresses(error.detail)[0][:100], row.place))
            continue
        if (item, by) in last:
            earlier, before = last[item, by]
            if not row.at[0] and before != choices:
                unclear.add((item, by))
            aside.append(SetAside("superseded", item, who, f"by {row.place}", earlier.place))
        last[item, by] = (row, choices)
    aside = [
        replace(one, category="answered twice", detail="")
        if (one.item, one.annotator) in unclear and one.category == "superseded"
        else one
        for one in aside
    ]
    aside += [SetAside("answered twice", *which, place=last.pop(which)[0].place) for which in sorted(unclear)]
    order = {item.id: index for index, item in enumerate(key.items)}
    annotations, addresses = [], 0
    valid = [
        (items[item], by, row, choices)
        for (item, by), (row, choices) in sorted(last.items(), key=lambda entry: (order[entry[0][0]], entry[0][1]))
    ]
    for entry, by, row, choices in valid:
        comment, removed = without_addresses(row.comment or "")
        addresses += removed
        annotations.append(_annotation(entry, by, row, choices, comment or None))
    return Resolved(annotations, aside, _attention_checks(valid), len(rows), addresses)


def require_campaign_rows(rows: Iterable[RawAnnotation], key: Key, path: Path) -> None:
    """Refuse a file of another campaign: it would replace the annotations by none.

    Raises:
        InputError: There are rows and none is about an item of the campaign.
    """
    rows, items = list(rows), key.by_id()
    if rows and not any(row.item in items for row in rows):
        raise InputError(
            f"none of its {len(rows)} rows is about a task of campaign {key.campaign}",
            path=path,
            hint="name the campaign that it was exported from",
        )


def without_addresses(text: str) -> tuple[str, int]:
    """Replace each mail address in a text; return the text and the number of addresses."""
    return _ADDRESS.subn(REMOVED, text)


class _AsideError(Exception):
    """The row is to be set aside."""

    def __init__(self, category: Category, detail: str = "") -> None:
        super().__init__(category)
        self.category, self.detail = category, detail


def _require_valid(
    row: RawAnnotation,
    who: str | None,
    key: Key,
    items: Mapping[str, KeyItem],
    known: Container[Texts],
    *,
    accept_edits: bool,
) -> tuple[str, str]:
    """Check all but the answers; return the item's id and the annotator's pseudonym."""
    if row.item is None or row.item not in items:
        raise _AsideError("foreign task")
    if row.draft:
        raise _AsideError("draft")
    if row.problem is not None:
        raise _AsideError(row.problem)
    if who is None:
        raise _AsideError("shared address" if has_shared_address(row, key) else "no annotator")
    if (problem := display_problem(row.data, items[row.item], known)) is not None:
        raise _AsideError(problem)
    if row.edited_by_another and not accept_edits:
        raise _AsideError("edited by another")
    return row.item, who


def _choices(row: RawAnnotation, campaign: Campaign) -> dict[str, Choice]:
    """The row's choice on each criterion."""
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


def _annotation(
    item: KeyItem, who: str, row: RawAnnotation, choices: dict[str, Choice], comment: str | None
) -> Annotation:
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


def _attention_checks(
    valid: Iterable[tuple[KeyItem, str, RawAnnotation, dict[str, Choice]]],
) -> list[AttentionChecks]:
    """Per annotator. A check is passed if the intact response was chosen on every criterion; skips do not count."""
    answered: dict[str, int] = {}
    failed: dict[str, list[str]] = {}
    for item, who, row, choices in valid:
        if item.expected is None or row.skipped:
            continue
        answered[who] = answered.get(who, 0) + 1
        if any(choice != item.expected for choice in choices.values()):
            failed.setdefault(who, []).append(item.comparison_id)
    return [AttentionChecks(who, count, tuple(failed.get(who, ()))) for who, count in sorted(answered.items())]
