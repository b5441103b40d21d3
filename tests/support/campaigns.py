"""A small campaign, its key, and what annotators send in."""

from __future__ import annotations

from typing import Any

from judge.annotation.campaign.campaign import Campaign, Key, KeyItem, Question
from judge.annotation.labels.raw import RawAnnotation, ServerAccount
from judge.core.records import Comparison, Item, Order


def described(criteria: dict[str, str], shows: tuple[str, ...] = ("question",)) -> Campaign:
    fields: dict[str, Any] = {"id": "0" * 12, "title": "A title", "prompt": "p", "created": "now"}
    questions = {name: Question(question=text) for name, text in criteria.items()}
    return Campaign(**fields, items=1, annotators=1, overlap=1, shows=shows, criteria=questions, introduction="Read.")


CAMPAIGN = described({"persona": "Who?", "overall": "Which?"})
DATA = {"question": "Why?", "response_1": "one", "response_2": "two"}
ADA = ServerAccount("3 since then", "ada@example.com")
GOOD: dict[str, tuple[str, ...]] = {"persona": ("1",), "overall": ("tie",)}


def item(name: str, order: Order = "reference_first", **more: Any) -> KeyItem:
    return KeyItem(id=name, comparison_id=f"c-{name}", order=order, data=DATA, **more)


def key(*items: KeyItem) -> Key:
    return Key(campaign=CAMPAIGN.id, secret="00", seed=0, run=".", items=list(items))


def raw(name: str | None = "a", who: str | None = "ada@example.com", **more: Any) -> RawAnnotation:
    return RawAnnotation(
        item=name, identity=who, **({"answers": GOOD, "data": DATA, "at": ("2026-01-01T00:00:00Z", 1)} | more)
    )


def comparison(number: int, category: str = "c", subgroup: str = "s") -> Comparison:
    return Comparison(
        id=f"i{number}|0|a|b",
        item=Item(id=f"i{number}", question_id="q", category=category, subgroup=subgroup),
        sample=0,
        reference="a",
        candidate="b",
        reference_text="x",
        candidate_text="y",
        reference_sha256="",
        candidate_sha256="",
    )
