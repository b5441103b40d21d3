"""What annotators see of a comparison, and its opaque id: nothing that reveals the contestants."""

from __future__ import annotations

import hashlib
import hmac
import random
import secrets

from judge.core.records import Choice, Comparison, Order
from judge.prompts.survey_answer import survey_answer

LEFT, RIGHT = "response_1", "response_2"
EMPTY = "(This response is empty.)"
CHECK_WORDS = 8  # a shorter response may still make sense when its words are shuffled
_FLIP: dict[Choice, Choice] = {"A": "B", "B": "A", "tie": "tie"}


def new_secret() -> str:
    """Draw a campaign's secret: 256 random bits in hex, independent of the seed."""
    return secrets.token_hex(32)


def opaque_id(secret: str, *parts: str) -> str:
    """Compute the HMAC-SHA256 of the parts under the campaign's secret, truncated to 96 bits, in hex."""
    return hmac.new(bytes.fromhex(secret), "\x1f".join(parts).encode(), hashlib.sha256).hexdigest()[:24]


def draw_orders(count: int, generator: random.Random) -> list[Order]:
    """Draw which contestant is on the left of each item: each is in half of them (if odd, one in one more)."""
    orders: list[Order] = ["reference_first", "candidate_first"]
    generator.shuffle(orders)
    drawn = [orders[index % 2] for index in range(count)]
    generator.shuffle(drawn)
    return drawn


def shown(comparison: Comparison, order: Order, fields: tuple[str, ...]) -> dict[str, str]:
    """Build a task's data without its id: the item's ``fields`` and both responses, the left one first."""
    left, right = comparison.reference_text, comparison.candidate_text
    if order == "candidate_first":
        left, right = right, left
    return context(comparison, fields) | {LEFT: left.strip() or EMPTY, RIGHT: right.strip() or EMPTY}


def context(comparison: Comparison, fields: tuple[str, ...]) -> dict[str, str]:
    """Build the fields above the responses. The group's answer is told in the sentence that a judge reads."""
    item = comparison.item
    known = {"persona": item.persona, "question": item.question, "ground_truth": survey_answer(item)}
    return {field: known[field] or "" for field in fields}


def check(
    comparison: Comparison, expected: Choice, fields: tuple[str, ...], generator: random.Random
) -> dict[str, str]:
    """Build an attention check: the longer response of a comparison against its own words in random order.

    The intact response is on the side of ``expected`` (A is left).
    """
    intact = max(
        comparison.reference_text.strip(), comparison.candidate_text.strip(), key=lambda text: len(text.split())
    )
    words = intact.split()
    generator.shuffle(words)
    left, right = (intact, " ".join(words)) if expected == "A" else (" ".join(words), intact)
    return context(comparison, fields) | {LEFT: left, RIGHT: right}


def can_check(comparison: Comparison) -> bool:
    """Tell whether a response of the comparison is long enough for an attention check."""
    return max(len(comparison.reference_text.split()), len(comparison.candidate_text.split())) >= CHECK_WORDS


def contestant_chosen(choice: Choice, order: Order) -> str:
    """Un-blind a choice: ``reference``, ``candidate`` or ``tie``."""
    named = choice if order == "reference_first" else _FLIP[choice]
    return {"A": "reference", "B": "candidate", "tie": "tie"}[named]
