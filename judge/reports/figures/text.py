"""Text of figures: cells, descriptions, names of columns and of files."""

from __future__ import annotations

import re
from collections.abc import Sequence

from judge.comparison.headline import NOT_AN_LLM, method
from judge.comparison.summary import How
from judge.reports.figures.drawing.figure import shortened
from judge.stats.estimate import COLUMNS, Estimate
from judge.stats.formatting import or_dash, plus_or_minus, short

HEURISTIC = "Judged by the offline heuristic, not an LLM: a demonstration, not evidence about any model."


def numbers(prefix: str) -> tuple[str, ...]:
    """Return the CSV columns of an estimate: win_rate, win_rate_low, ..."""
    return tuple(prefix if part == "value" else f"{prefix}_{part}" for part in COLUMNS)


def estimate_cells(estimate: Estimate) -> tuple[object, ...]:
    """Return the CSV cells of an estimate, unrounded; None where undefined."""
    return tuple(getattr(estimate, part) for part in COLUMNS)


def interval(estimate: Estimate, *, signed: bool = False) -> str:
    """Format an estimate for a figure: ``.719 [.648, .790]``, ``.719 [no interval]`` or ``undefined``."""
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
    """Format an estimate for a description, with n and what weakens it."""
    if estimate.value is None:
        return estimate.note or "undefined"
    weak = f" ({estimate.note})" if estimate.low is None or "no_variation" in estimate.flags else ""
    return f"{interval(estimate, signed=signed)}, n {estimate.n:,}{weak}"


def how_made(how: How) -> str:
    """Say how a run's intervals were computed, and name the judge."""
    judged = f"Judge: {how.judge}." if how.is_llm else NOT_AN_LLM
    return f"Intervals: {method(how)}. {judged}"


def notes_of(*, is_llm: bool, more: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the notes below a figure, first the one on the heuristic judge."""
    return more if is_llm else (HEURISTIC, *more)


def slug(*names: str) -> str:
    """Make a file's stem from names: lower-case letters, digits and hyphens."""
    parts = (re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40].strip("-") for name in names)
    return "-".join(part for part in parts if part)


def against(reference: str, criterion: str = "") -> str:
    """Return the label of an axis of win rates. Long names are shortened."""
    under = f", {shortened(criterion, 20)}" if criterion else ""
    return f"win rate against {shortened(reference, 24)}{under}"


def point(value: float | None) -> Estimate:
    """Wrap a number without an interval as an estimate."""
    return Estimate(value, None, None, 0, 0)


def parted(subgroup: str, strata: Sequence[str]) -> tuple[str, str]:
    """Split a subgroup's id into its stratum (the longest that fits, "" where none does) and the rest."""
    fitting = [stratum for stratum in strata if subgroup.startswith(f"{stratum}_")]
    stratum = max(fitting, key=len, default="")
    return stratum, subgroup[len(stratum) + 1 :] if stratum else subgroup
