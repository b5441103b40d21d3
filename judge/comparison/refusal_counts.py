"""Count the responses that are refusals, by contestant: by the rule, by a model, or as their files say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from judge.comparison.summary import RefusalRow, Spent
from judge.core.files.manifest import JudgingManifest
from judge.core.records import Comparison
from judge.core.refusal_calls.calls import read_refusals
from judge.core.refusal_calls.choice import RULE
from judge.core.text.refusal_rule import is_refusal
from judge.judging.pairs.responses_seen import ResponsesSeen

FILES = "files"  # the flag that `judge generate` writes beside each response


class RefusalCounts:
    """Counts over the comparisons of a run. A response that occurs in several comparisons counts once."""

    def __init__(self, folder: Path, manifest: JudgingManifest) -> None:
        made = manifest.refusals
        self._manifest = manifest
        self._by = None if made is None else made.by
        self._classes = None if made is None or made.by == RULE else read_refusals(folder, made)
        self._seen = ResponsesSeen(len(manifest.contestants))
        self._refusals: Counter[str] = Counter()
        self._failed: dict[str, Counter[str]] = {}

    def add(self, comparison: Comparison) -> None:
        """Look at both responses of a comparison."""
        if self._by is None:
            return
        for name, text in self._seen.new(comparison):
            self._count(name, text)

    def _count(self, name: str, text: str) -> None:
        if self._classes is None:
            self._refusals[name] += is_refusal(text, "response")
        elif (refuses := self._classes.get(text)) is not None:
            self._refusals[name] += refuses
        else:
            self._failed.setdefault(name, Counter())[self._classes.failure(text)] += 1

    def rows(self) -> tuple[RefusalRow, ...]:
        """The counts of each contestant; by the flags of its file unless the rule or a model classified it."""
        return tuple(self._rows())

    @property
    def spent(self) -> Spent | None:
        """What a model took to classify the responses; None where none did."""
        if self._classes is None:
            return None
        return Spent(**asdict(self._classes.spent), currency=self._manifest.prices.currency)

    def _rows(self) -> Iterator[RefusalRow]:
        for name, entry in self._manifest.contestants.items():
            if self._by is None and entry.flagged:
                yield RefusalRow(contestant=name, by=FILES, responses=entry.flagged, refusals=entry.refusals)
            elif self._by is not None:
                yield RefusalRow(
                    contestant=name,
                    by=self._by,
                    responses=self._seen.numbers[name],
                    refusals=self._refusals[name],
                    failed=dict(self._failed.get(name, {})),
                )
