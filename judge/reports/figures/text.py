"""Numbers in the words of figures: cells, descriptions, names of columns and of files."""

from __future__ import annotations

import re
from collections.abc import Sequence

from judge.comparison.headline import NOT_AN_LLM, method
from judge.comparison.summary import How
from judge.reports.figures.drawing.figure import shortened
from judge.stats.estimate import COLUMNS, Estimate
from judge.stats.formatting import or_dash, plus_or_minus, short

HEURISTIC = "Judged by the offline heuristic, not an LLM: a demonstration, no evidence about any model."


def numbers(prefix: str) -> tuple[str, ...]:
    """Columns of an estimate: win_rate, win_rate_low, ..."""
    return tuple(prefix if part == "value" else f"{prefix}_{part}" for part in COLUMNS)


def estimate_cells(estimate: Estimate) -> tuple[object, ...]:
    """An estimate's cells beside a figure, unrounded; None where undefined."""
    return tuple(getattr(estimate, part) for part in COLUMNS)


def interval(estimate: Estimate, *, signed: bool = False) -> str:
    """An estimate in a cell of a figure: ``.719 [.648, .790]``; what is undefined is said to be."""
    if estimate.value is None:
        return "undefined"
    write = plus_or_minus if signed else short
    if estimate.low is None or estimate.high is None:
        return f"{write(estimate.value)} [no interval]"
    return f"{write(estimate.value)} [{write(estimate.low)}, {write(estimate.high)}]"


def or_undefined(value: float | None) -> str:
    """Return a number with three decimals, or "undefined"."""
    return or_dash(value, "undefined")


def found(estimate: Estimate, *, signed: bool = False) -> str:
    """An estimate in a description, with what weakens it."""
    if estimate.value is None:
        return estimate.note or "undefined"
    weak = f" ({estimate.note})" if estimate.low is None or "no_variation" in estimate.flags else ""
    return f"{interval(estimate, signed=signed)}, n {estimate.n:,}{weak}"


def how_made(how: How) -> str:
    """How a run's intervals were made, and who judged."""
    judged = f"Judge: {how.judge}." if how.is_llm else NOT_AN_LLM
    return f"Intervals: {method(how)}. {judged}"


def notes_of(*, is_llm: bool, more: tuple[str, ...] = ()) -> tuple[str, ...]:
    """What is written below a figure: first of all, that a heuristic judged."""
    return more if is_llm else (HEURISTIC, *more)


def slug(*names: str) -> str:
    """A file's stem of names: small letters, digits and hyphens."""
    parts = (re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40].strip("-") for name in names)
    return "-".join(part for part in parts if part)


def against(reference: str, criterion: str = "") -> str:
    """What an axis of win rates is called; long names are cut so that the words around them stay."""
    under = f", {shortened(criterion, 20)}" if criterion else ""
    return f"win rate against {shortened(reference, 24)}{under}"


def point(value: float | None) -> Estimate:
    """A number without an interval, as a mark takes it."""
    return Estimate(value, None, None, 0, 0)


def parted(subgroup: str, strata: Sequence[str]) -> tuple[str, str]:
    """A subgroup's id as its stratum and the rest; the longest stratum that fits, "" where none does."""
    fitting = [stratum for stratum in strata if subgroup.startswith(f"{stratum}_")]
    stratum = max(fitting, key=len, default="")
    return stratum, subgroup[len(stratum) + 1 :] if stratum else subgroup
