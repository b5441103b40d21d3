"""Numbers in words: estimates with their intervals and marks, what was judged and failed, how intervals were made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from judge.stats.bootstrap import FEW_CLUSTERS, MIN_CLUSTERS
from judge.summary import EstimateRow, How, WinRateRow


class Marks:
    """Formats estimates, and collects what their table has to explain below: the method, and the marks used."""

    def __init__(self, how: How) -> None:
        self._how = how
        self._unit = how.clustered_by
        self._given = self._few = self._flat = self._undefined = False

    def cell(self, estimate: EstimateRow) -> str:
        """A value with its interval, like ``.661 [.609, .714]*``."""
        if estimate.value is None:
            return "undefined: n = 0"
        value = short(estimate.value)
        if estimate.low is None or estimate.high is None:
            self._undefined = True
            return f"{value} [undefined: {counted(estimate.clusters, self._unit)}]"
        mark = ""
        if "no variation" in estimate.note:
            self._flat, mark = True, "="
        if "few clusters" in estimate.note:
            self._few, mark = True, f"{mark}*"
        self._given = True
        return f"{value} [{short(estimate.low)}, {short(estimate.high)}]{mark}"

    def notes(self) -> list[str]:
        """One line for the method, if there is an interval at all, and one for each mark."""
        notes = [f"[ ]: {method(self._how)}."] if self._given else []
        if self._few:
            notes.append(f"* fewer than {FEW_CLUSTERS} {self._unit}s: the interval is likely too narrow.")
        if self._flat:
            notes.append(f"= no {self._unit} differs from another: no width, which is no sign of precision.")
        if self._undefined:
            notes.append(f"undefined: fewer than {MIN_CLUSTERS} {self._unit}s give no interval.")
        return notes


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


def counted(number: int, unit: str) -> str:
    """``1 question``, ``2 questions``."""
    return f"{number:,} {unit}{'' if number == 1 else 's'}"


def short(value: float) -> str:
    """Three decimals without the leading zero, as in the study's tables: .568, 1.000."""
    text = f"{value:.3f}"
    return text[1:] if text.startswith("0.") else text
