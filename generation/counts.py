"""Count the results of a run: answers, refusals, flags, failures, lengths."""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass, field
from statistics import quantiles

from judge.core.files.manifest import GenerationResults
from judge.core.records import Usage
from judge.core.tokens import count_words
from judge.generation.quality import FLAGS, REFUSED, UNREADABLE
from judge.generation.task import ANSWERS, Generation


@dataclass
class ResponseCounts:
    """Counts over the planned rows of one model. Lengths are in words, of the answered texts.

    Attributes:
        planned: All rows.
        answered: Texts that are neither empty, refused nor unreadable.
        missing: Rows whose call was never made.
        replies: Rows in the file; where a number was requested, failed ones whose text gives none are among them.
        flags: Replies by flag.
        failed: Rows without an answer, by the kind of failure.
        errors: The first error of each kind.
        lengths: Words of the answered texts, reasoning apart.
        reasoning: Replies with reasoning text.
        tokens_in: Input tokens of all replies.
        tokens_out: Output tokens of all replies.
        cost: Of all replies.
        models: Replies by the model that the provider named.
        taken_over: Rows of the journal that were copied from other runs, by name; their tokens and cost count here too.
        refusals_by: The model that said which texts are refusals; None: the rule.
        refusals_spent: Requests, replies, tokens and cost of that, beside the other numbers.
        unclassified: Texts of which the model did not say it, by the kind of failure.
    """

    planned: int = 0
    answered: int = 0
    missing: int = 0
    replies: int = 0
    flags: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    errors: dict[str, str] = field(default_factory=dict)
    lengths: array[int] = field(default_factory=lambda: array("L"))
    reasoning: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0
    models: Counter[str] = field(default_factory=Counter)
    taken_over: Counter[str] = field(default_factory=Counter)
    refusals_by: str | None = None
    refusals_spent: dict[str, float | None] = field(default_factory=dict)
    unclassified: Counter[str] = field(default_factory=Counter)

    def plan(self, row: Generation | None) -> None:
        """Count one planned row and its last reply."""
        self.planned += 1
        if row is None:
            self.missing += 1
        elif row.status not in ANSWERS:
            kind = row.error_kind or row.status
            self.failed[kind] += 1
            if row.error:
                self.errors.setdefault(kind, row.error)

    def add(
        self, text: str, flags: tuple[str, ...], *, reasoning: bool = False, unclassified: str | None = None
    ) -> None:
        """Count one reply: its text without reasoning, its flags, and whether it had reasoning text.

        A text that is ``unclassified``, for the reason given, is neither a refusal nor an answer.
        """
        self.replies += 1
        if unclassified is not None:
            self.unclassified[unclassified] += 1
        self.reasoning += reasoning
        self.flags.update(flags)
        words = count_words(text)
        if words and REFUSED not in flags and UNREADABLE not in flags and unclassified is None:
            self.answered += 1
            self.lengths.append(words)

    def spend(self, row: Generation) -> None:
        """Count the cost of one row of the journal, replaced by a later row or not."""
        usage = row.usage or Usage(input=0, output=0)
        self.tokens_in += usage.input
        self.tokens_out += usage.output
        self.cost += row.cost or 0.0
        if row.model:
            self.models[row.model] += 1
        if row.taken_from:
            self.taken_over[row.taken_from] += 1

    @property
    def complete(self) -> bool:
        """Whether every planned row has an answer, and each text is known to be a refusal or not."""
        return not self.unanswered and not self.unclassified

    @property
    def unanswered(self) -> int:
        """Planned rows without an answer: failed, or never requested."""
        return self.missing + self.failed.total()

    def quartiles(self) -> tuple[int, int, int] | None:
        """Compute the first quartile, median and third quartile of the lengths in words; None without a text."""
        if not self.lengths:
            return None
        if len(self.lengths) == 1:
            return self.lengths[0], self.lengths[0], self.lengths[0]
        first, middle, third = quantiles(self.lengths, n=4, method="inclusive")
        return round(first), round(middle), round(third)

    def results(self) -> GenerationResults:
        """Return the counts as the manifest has them."""
        return GenerationResults(
            planned=self.planned,
            rows=self.replies,
            answered=self.answered,
            flags={name: self.flags[name] for name in FLAGS},
            failed=dict(self.failed),
            missing=self.missing,
            length_quartiles_words=self.quartiles(),
            tokens={"input": self.tokens_in, "output": self.tokens_out},
            cost=self.cost,
            models_returned=dict(self.models),
            complete=self.complete,
            **({"refusals_spent": self.refusals_spent} if self.refusals_spent else {}),
            **({"unclassified": dict(self.unclassified)} if self.unclassified else {}),
        )
