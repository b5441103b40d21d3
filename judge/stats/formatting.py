"""Estimates in words: a value with its interval on a few characters, and what its marks mean."""

from __future__ import annotations

from typing import Protocol

from judge.stats.estimate import FEW_CLUSTERS, MIN_CLUSTERS, NOTHING, T_INTERVAL, UNEVEN


class Estimated(Protocol):
    """A value with its interval: what :class:`judge.stats.estimate.Estimate` and the rows made of it share."""

    @property
    def value(self) -> float | None: ...  # noqa: D102
    @property
    def low(self) -> float | None: ...  # noqa: D102
    @property
    def high(self) -> float | None: ...  # noqa: D102
    @property
    def n(self) -> int: ...  # noqa: D102
    @property
    def clusters(self) -> int: ...  # noqa: D102
    @property
    def note(self) -> str: ...  # noqa: D102


class Marks:
    """Formats estimates, and collects what their table has to explain below: the method, and the marks used.

    ``unit`` is what a cluster is called; ``method`` says how the intervals were made, on one line.
    """

    def __init__(self, unit: str = "question", method: str | None = None) -> None:
        self._unit = unit
        self._method = method
        self._given = self._few = self._t = self._uneven = self._flat = self._undefined = False

    def cell(self, estimate: Estimated, *, signed: bool = False) -> str:
        """A value with its interval, like ``.661 [.609, .714]*``; ``signed`` writes the plus of a difference."""
        if estimate.value is None:
            known = estimate.note and (estimate.n or estimate.note != NOTHING)
            return estimate.note if known else "undefined: n = 0"
        write = plus_or_minus if signed else short
        value = write(estimate.value)
        if estimate.low is None or estimate.high is None:
            if estimate.clusters >= MIN_CLUSTERS:
                return f"{value} [{estimate.note}]"
            self._undefined = True
            return f"{value} [undefined: {counted(estimate.clusters, self._unit)}]"
        mark = ""
        if "no variation" in estimate.note:
            self._flat, mark = True, "="
        if T_INTERVAL in estimate.note:
            mark = f"{mark}t"
            if UNEVEN in estimate.note:
                self._uneven = True
            else:
                self._t = True
        elif "few clusters" in estimate.note:
            self._few, mark = True, f"{mark}*"
        self._given = True
        return f"{value} [{write(estimate.low)}, {write(estimate.high)}]{mark}"

    def notes(self) -> list[str]:
        """One line for the method, if there is an interval at all, and one for each mark."""
        notes = [f"[ ]: {self._method}."] if self._given and self._method else []
        if self._t:
            notes.append(f"t fewer than {FEW_CLUSTERS} {self._unit}s: a cluster-robust t interval.")
        if self._uneven:
            notes.append(
                f"{'t or' if self._t else 't'} {self._unit}s so uneven that they are worth fewer than {FEW_CLUSTERS} "
                "even ones: likewise a cluster-robust t interval."
            )
        if self._few:
            notes.append(f"* fewer than {FEW_CLUSTERS} {self._unit}s: the interval is likely too narrow.")
        if self._flat:
            notes.append(f"= no {self._unit} differs from another: no width, which is no sign of precision.")
        if self._undefined:
            notes.append(f"undefined: fewer than {MIN_CLUSTERS} {self._unit}s give no interval.")
        return notes


def counted(number: int, unit: str) -> str:
    """``1 question``, ``2 questions``."""
    return f"{number:,} {unit}{'' if number == 1 else 's'}"


def short(value: float) -> str:
    """Three decimals without the leading zero, as in the study's tables: .568, 1.000, -.013."""
    text = f"{value:.3f}"
    if text == "-0.000":
        return ".000"
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def plus_or_minus(value: float) -> str:
    """Three decimals with their sign: +.171, -.002, .000."""
    text = short(abs(value))
    return text if text == ".000" else f"{'+' if value > 0 else '-'}{text}"
