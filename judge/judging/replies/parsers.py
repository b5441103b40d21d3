"""The parsers of a run's replies: one for all criteria, or one for each that has calls of its own."""

from __future__ import annotations

from judge.judging.replies.parser import ReplyParser
from judge.prompts import Prompt


class Parsers:
    """Makes the parser of a call when it is first needed.

    Args:
        prompt: The run's prompt.
    """

    def __init__(self, prompt: Prompt) -> None:
        self._prompt = prompt
        self._made: dict[str | None, ReplyParser] = {}

    def of(self, criterion: str | None) -> ReplyParser:
        """Return the parser of the calls that decide one criterion, or all (None)."""
        if criterion not in self._made:
            prompt = self._prompt if criterion is None else self._prompt.for_criterion(criterion)
            self._made[criterion] = ReplyParser(prompt)
        return self._made[criterion]
