"""Reasons for which a received row is set aside, and what each means."""

from __future__ import annotations

from typing import Literal

Category = Literal[
    "foreign task",
    "draft",
    "not answered",
    "comment only",
    "answered and skipped",
    "unclear skip",
    "no annotator",
    "shared address",
    "moved",
    "sides swapped",
    "another item's texts",
    "task changed",
    "edited by another",
    "unknown criterion",
    "unknown choice",
    "several choices",
    "missing criterion",
    "answered twice",
    "superseded",
]
CATEGORIES: dict[Category, str] = {
    "foreign task": "a task of another campaign",
    "draft": "saved but not submitted",
    "not answered": "a task without an answer",
    "comment only": "a comment without an answer or a skip",
    "answered and skipped": "both answered and skipped",
    "unclear skip": "the cell `skipped` is neither yes nor no",
    "no annotator": "no author is named; on a server, the account was deleted",
    "shared address": "two annotators used its mail address, so its author is unknown",
    "moved": "its author or task differs from what an earlier pull found",
    "sides swapped": "left and right were swapped",
    "another item's texts": "shows the texts of another task: rows got mixed up",
    "task changed": "shows texts that differ from the campaign's",
    "edited by another": "changed by another user after it was submitted",
    "unknown criterion": "answers a question that the page does not ask",
    "unknown choice": "a choice that the page does not offer",
    "several choices": "more than one choice for a criterion",
    "missing criterion": "no choice for a criterion",
    "answered twice": "this annotator answered the item differently in another row",
    "superseded": "this annotator answered the item again later",
}
EXPECTED: frozenset[Category] = frozenset({"foreign task", "draft", "not answered", "superseded"})  # in any campaign
