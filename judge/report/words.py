"""A run in words: what was judged and failed, how intervals were made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from judge.stats.words import Marks
from judge.summary import How, WinRateRow


def marks_of(how: How) -> Marks:
    """Marks for a table of this run."""
    return Marks(how.clustered_by, method(how))


def method(how: How) -> str:
    """How the intervals were made, on one line of a terminal."""
    return f"{how.level:.0%} {how.interval} by {how.clustered_by}, {how.resamples:,} resamples, seed {how.seed}"


def coverage(rows: Iterable[WinRateRow]) -> str:
    """What was judged, failed and is missing. The rows are of one criterion, and no comparison is in two of them."""
    rows = list(rows)
    planned, missing, calls, not_asked = (
        sum(getattr(row, name) for row in rows) for name in ("planned", "missing", "calls", "not_asked")
    )
    failed: Counter[str] = Counter()
    for row in rows:
        failed.update(row.failed)
    return (
        f"{planned - missing:,} of {planned:,} comparisons judged, {missing:,} missing; of {calls:,} calls "
        f"{failures(failed)}, {not_asked:,} not asked."
    )


def failures(failed: dict[str, int]) -> str:
    """How many calls failed, by kind: ``3 failed (refusal 1, timeout 2)``."""
    kinds = ", ".join(f"{kind} {number:,}" for kind, number in sorted(failed.items()))
    return f"{sum(failed.values()):,} failed" + (f" ({kinds})" if kinds else "")
