"""Labelled sentences, and how often the rule for refusals errs on them.

`python -m tests.judge.core.text.refusal_table` prints the figures and the errors. Each row of `refusal_sentences.jsonl`
says of a text whether it is a refusal as an answer to a question with codes, as an open response and as a judge's
reply, where that can be said. `written` tells the parts apart: `before` the rule for
responses was written (split in two by the sha256 of the text: even: the rule was tuned on them; odd: held out, no error
among them was mended), `after` it (it was mended with them), `audit` (an earlier rule failed on them), `examples`,
`replies` (to a question with codes), `judges`, and `contexts` (what one sentence is in each of the three). The rules
for answers and judgments were written with all of these in view: no part is held out for them.

`second` are responses in four languages, written before the phrases of an assistant were; `third` were written
afterwards, to be unlike these. The rule was mended with both. `fourth` are responses in the words of several
assistants, written when the rule had been mended with all others: only their totals were looked at, and the rule was
changed after them with the other parts alone.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from scipy.stats import binomtest

from judge.core.text.refusal_rule import Context, is_refusal

ROWS: list[dict[str, Any]] = [
    json.loads(line)
    for line in Path(__file__).with_name("refusal_sentences.jsonl").read_text(encoding="utf-8").splitlines()
]
CONTEXTS: tuple[Context, ...] = get_args(Context)
HELD_OUT = "fourth"
PARTS = (
    *("tuned", "held out", "after", "audit", "examples", "replies", "judges", "contexts"),
    *("second", "third", HELD_OUT),
)


@dataclass(frozen=True)
class Errors:
    """Refusals that were missed, and others that were called refusals."""

    missed: int
    refusals: int
    flagged: int
    others: int

    @property
    def found(self) -> int:
        return self.refusals - self.missed

    @property
    def told(self) -> str:
        """Precision and recall with their exact 95 % intervals (Clopper and Pearson 1934)."""
        precision = _share(self.found, self.found + self.flagged)
        return f"precision {precision}, recall {_share(self.found, self.refusals)}"

    @property
    def precision(self) -> float:
        return self.found / (self.found + self.flagged)

    @property
    def recall(self) -> float:
        return 1 - self.missed / self.refusals


def labelled(context: Context, parts: Iterable[str] = PARTS) -> list[tuple[str, bool]]:
    """The sentences that have a label in this context."""
    return [(row["text"], row[context]) for row in ROWS if context in row and _part(row) in set(parts)]


def _part(row: dict[str, Any]) -> str:
    if row["written"] != "before":
        return str(row["written"])
    return "held out" if int(hashlib.sha256(row["text"].encode()).hexdigest(), 16) % 2 else "tuned"


def measure(context: Context, parts: Iterable[str] = PARTS) -> Errors:
    rows = labelled(context, parts)
    return Errors(
        missed=sum(refusal and not is_refusal(text, context) for text, refusal in rows),
        refusals=sum(refusal for _, refusal in rows),
        flagged=sum(not refusal and is_refusal(text, context) for text, refusal in rows),
        others=sum(not refusal for _, refusal in rows),
    )


def lines() -> list[str]:
    """The rows of the table in docs/generation.md."""
    found = []
    for context in CONTEXTS:
        for part in PARTS:
            if labelled(context, [part]):
                each = measure(context, [part])
                found.append(_line(context, part, each, shares=part == HELD_OUT))
        found.append(_line(context, "all", measure(context), shares=False))
    return found


def _share(found: int, of: int) -> str:
    low, high = binomtest(found, of).proportion_ci()
    return re.sub(r"\b0\.", ".", f"{found / of:.3f} [{low:.3f}, {high:.3f}]")


def _line(context: Context, part: str, errors: Errors, *, shares: bool) -> str:
    told = f" ({errors.told})" if shares else ""
    counts = f"{errors.missed} of {errors.refusals} | {errors.flagged} of {errors.others}"
    return f"| {context} | {part} | {counts}{told} |"


if __name__ == "__main__":
    print("\n".join(lines()))
    for context in CONTEXTS:
        for text, refusal in labelled(context, [part for part in PARTS if part != HELD_OUT]):
            if is_refusal(text, context) is not refusal:
                print(f"{context}: {'missed' if refusal else 'flagged'}: {text}")
