"""Make the item of a comparison from its rows: rows of one id must agree with each other and with the values file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from judge.core.errors import InputError
from judge.core.records import Item
from judge.core.survey.values import describe, fields_of_response, means_mode
from judge.judging.pairs.contestants import About, Contestant, Place

# Fields that must be equal in all rows of one id, and the value of --allow that permits differences.
FLAGS = {
    "persona": "differing-personas",
    "question": "differing-questions",
    "ground_truth": "differing-ground-truth",
    "question_id": "differing-questions",
    "category": "differing-questions",
    "stratum": "differing-subgroups",
    "subgroup": "differing-subgroups",
    "attributes": "differing-subgroups",
}
_SHOWN_TO_MODELS = ("persona", "question")  # models are judged by what they were shown
_ORDER = tuple(Item.model_fields)
_Fields = tuple[object, ...]  # a row's values in the order of FLAGS, None where one is missing


class Pair(NamedTuple):
    """The numbers of two responses of one item, the reference's and the candidate's."""

    reference: Contestant
    candidate: Contestant
    first: int
    second: int

    @property
    def places(self) -> tuple[Place, Place]:
        """Where the two rows are."""
        return self.reference.place(self.first), self.candidate.place(self.second)


class Context:
    """Makes the items of comparisons, and compares each row with earlier rows of its id.

    ``several`` says that an id may have more than one comparison: then the rows of all of them are remembered.

    Attributes:
        other_personas: The number of comparisons whose persona differs from that of the values file. This is a warning,
            not an error: the models may have been shown more than the file says.
    """

    def __init__(
        self, items: Mapping[str, Item] | None, *, allow: frozenset[str], values_path: Path | None, several: bool
    ) -> None:
        self._items = items
        self._allow = allow
        self._values_path = values_path
        self._several = several
        self._rows: dict[str, list[tuple[_Fields, Place]]] = {}
        self._same: dict[object, object] = {}  # equal values are kept once, since personas and questions recur
        self.other_personas = 0
        self._other_persona = ""

    def item(self, rows: tuple[About, About], pair: Pair) -> dict[str, Any]:
        """Make the fields of the item of two rows of one id: the first row's, the second's where the first has none.

        With a values file, the item is that file's, except for a persona and question that the rows give.

        Args:
            rows: What the reference's response and the candidate's say.
            pair: Where the two rows are.

        Raises:
            InputError: A row contradicts an earlier row of its id, or the values file.
        """
        first, second = rows
        alike = first == second
        if self._several or not alike:
            for row, place in zip(rows, pair.places, strict=True):
                self._check(row, place)
            if not self._several:
                self._rows.clear()
        if self._items is None:
            if not alike:
                gaps = {name: getattr(second, name) for name in FLAGS if not getattr(first, name)}
                first = first._replace(**{name: value for name, value in gaps.items() if value})
            return fields_of_response(first)
        known = self._items[first.item_id]
        for row, place in zip(rows, pair.places, strict=True):
            self._check_truth(known, row, place)
        shown = {name: getattr(first, name) or getattr(second, name) for name in _SHOWN_TO_MODELS}
        self._note_persona(known, shown["persona"], pair.places[0 if first.persona else 1])
        found = known.model_dump(exclude_defaults=True) | {name: text for name, text in shown.items() if text}
        return {name: found[name] for name in _ORDER if name in found}

    @property
    def warning(self) -> str | None:
        """A warning about personas that differ from the values file, or None."""
        if not self.other_personas:
            return None
        return (
            f"{self.other_personas:,} comparisons: the rows' persona differs from that of {self._values_path}, first "
            f"in {self._other_persona}. The judge is shown the rows' persona."
        )

    def _check(self, row: About, place: Place) -> None:
        fields = tuple(self._kept(getattr(row, name)) for name in FLAGS)
        if all(value is None for value in fields):
            return
        before = self._rows.setdefault(row.item_id, [])
        if any(fields == other for other, _ in before):
            return
        for other, where in before:
            for name, here, there in zip(FLAGS, fields, other, strict=True):
                if here is None or there is None or here == there or FLAGS[name] in self._allow:
                    continue
                if name == "ground_truth" and self._items is not None:
                    continue  # each row is compared with the values file instead
                words = name.replace("_", " ")
                raise InputError(
                    f"{words} differs from that in {where.path}:{where.line} ({_short(here)} here, {_short(there)} "
                    "there)",
                    path=place.path,
                    line=place.line,
                    row=row.item_id,
                    hint=f"make the rows with one {words}, or --allow {FLAGS[name]}",
                )
        before.append((fields, place))

    def _kept(self, value: object) -> object:
        hashable = tuple(sorted(value.items())) if isinstance(value, dict) else value
        return self._same.setdefault(hashable, hashable) if hashable not in ("", (), None) else None

    def _check_truth(self, known: Item, row: About, place: Place) -> None:
        """Refuse a row whose ground truth is not that of the values file."""
        if FLAGS["ground_truth"] in self._allow or not row.ground_truth or means_mode(row.ground_truth, known):
            return
        raise InputError(
            f"the row's ground truth {_short(row.ground_truth)} is not that of {self._values_path} ({_mode(known)})",
            path=place.path,
            line=place.line,
            row=known.id,
            hint="use the values file that the responses were made from, or --allow differing-ground-truth",
        )

    def _note_persona(self, known: Item, shown: str | None, place: Place) -> None:
        if not shown or known.persona in (None, shown, describe(known.attributes)):
            return
        if not self.other_personas:
            self._other_persona = (
                f"{place.path}:{place.line} (row id {known.id}: {_short(shown)}, not {_short(known.persona)})"
            )
        self.other_personas += 1


def _mode(item: Item) -> str:
    if item.scale is None or item.modal_code is None:
        return _short(item.ground_truth)
    return f"{_short(item.scale.labels[item.scale.codes.index(item.modal_code)])}, code {item.modal_code}"


def _short(value: object) -> str:
    text = repr(dict(value) if isinstance(value, tuple) else value)
    return text if len(text) <= 62 else text[:58] + "..." + text[0]
