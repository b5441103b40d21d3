"""Format numbers as text: estimates with intervals, p-values, and the footnotes of a table."""

from __future__ import annotations

from judge.stats.estimate import FEW_CLUSTERS, MIN_CLUSTERS, Estimate, Method

DASH = "-"
COVERS: frozenset[Method] = frozenset({"logit_t", "bonferroni_logit_t", "exact"})  # with few clusters, too


class EstimateFormatter:
    """Format the estimates of one table and collect the footnotes that they require.

    Args:
        unit: Name of a cluster, in the singular.
        method: How the intervals were computed, on one line.
        brief: The same for a screen that has room for the main results only.
    """

    def __init__(self, unit: str = "question", method: str | None = None, *, brief: str | None = None) -> None:
        self._unit = unit
        self._method = method
        self._brief = method if brief is None else brief
        self._given = self._few = self._flat = self._undefined = False
        self._few_t: set[str] = set()
        self._uneven_t: set[str] = set()

    def cell(self, estimate: Estimate, *, signed: bool = False) -> str:
        """Return a value with its interval and markers, like ``.661 [.609, .714]*``.

        Args:
            estimate: What to format.
            signed: Write the plus sign of a difference.
        """
        if estimate.value is not None and estimate.low is None and estimate.clusters < MIN_CLUSTERS:
            self._undefined = True
            return f"{_write(estimate.value, signed)} [undefined: {counted(estimate.clusters, self._unit)}]"
        text = plain_cell(estimate, signed=signed)
        if estimate.value is None or estimate.low is None:
            return text
        self._given = True
        mark = ""
        if "no_variation" in estimate.flags and estimate.method != "exact":
            self._flat, mark = True, "="
        if is_few_t(estimate):
            names = self._few_t if "few_clusters" in estimate.flags else self._uneven_t
            names.add("CR2" if estimate.method == "t" else "jackknife")
            mark = f"{mark}t"
        elif "few_clusters" in estimate.flags and estimate.method not in COVERS:
            self._few, mark = True, f"{mark}*"
        return f"{text}{mark}"

    def notes(self, *, brief: bool = False) -> list[str]:
        """Return the footnotes: the method if there is an interval at all, and one for each marker used."""
        method = self._brief if brief else self._method
        notes = [f"[ ]: {method}."] if self._given and method else []
        if self._few_t:
            notes.append(f"t: fewer than {FEW_CLUSTERS} {self._unit}s; {_either(self._few_t)} t interval.")
        if self._uneven_t:
            notes.append(
                f"t: effective number of {self._unit}s below {FEW_CLUSTERS} (unequal sizes); "
                f"{_either(self._uneven_t)} t interval."
            )
        if self._few:
            notes.append(f"*: fewer than {FEW_CLUSTERS} {self._unit}s; the interval is likely too narrow.")
        if self._flat:
            notes.append(f"=: no variation between {self._unit}s; the zero-width interval does not indicate precision.")
        if self._undefined:
            notes.append(f"undefined: an interval needs at least {MIN_CLUSTERS} {self._unit}s.")
        return notes


def is_few_t(estimate: Estimate) -> bool:
    """Return whether the interval is a t interval because its clusters are few or uneven."""
    return estimate.method in ("t", "jackknife_t") and bool(estimate.flags & {"few_clusters", "uneven_clusters"})


def plain_cell(estimate: Estimate, *, signed: bool = False) -> str:
    """Return a value with its interval and without markers, like ``.661 [.609, .714]``.

    Where the value or the interval is undefined, the text gives the reason.
    """
    if estimate.value is None:
        known = estimate.note and "nothing_scored" not in estimate.flags
        return estimate.note if known else "undefined: n = 0"
    value = _write(estimate.value, signed)
    if estimate.low is None or estimate.high is None:
        return f"{value} [{estimate.note or 'no interval'}]"
    return f"{value} [{_write(estimate.low, signed)}, {_write(estimate.high, signed)}]"


def interval_line(
    interval: str, clustered_by: str, resamples: int, seed: int, level: float = 0.95, *, subgroups: bool = True
) -> str:
    """State on one line how the intervals of a table were computed, and what they are about (:func:`about`).

    Resamples and seed stand there only where there are any.
    """
    drawn = f", {resamples:,} resamples, seed {seed}" if "bootstrap" in interval else ""
    return f"{level:.0%} {interval}, by {clustered_by}{about(clustered_by, subgroups=subgroups)}{drawn}"


def brief_interval_line(clustered_by: str, level: float = 0.95, *, subgroups: bool = True) -> str:
    """State what the intervals of a table are about, where there is no room for how they were computed."""
    return f"{level:.0%} interval, by {clustered_by}{about(clustered_by, subgroups=subgroups)}"


def about(clustered_by: str, *, subgroups: bool = True) -> str:
    """Say what intervals are about, in brackets; empty where that is not known.

    Clustered by question they are about other questions and the same subgroups, which are not a sample of others;
    clustered by both, about other subgroups, too.

    Args:
        clustered_by: What they are clustered by.
        subgroups: Whether the comparisons have subgroups; plain answers have none.
    """
    if clustered_by == "question":
        return " (for other questions, these subgroups)" if subgroups else " (for other questions)"
    return " (for other questions and other subgroups)" if clustered_by == "question and subgroup" else ""


def p_cell(value: float | None) -> str:
    """Return a p-value with three decimals: ``.034``, ``<.001``; a dash where there is none."""
    return DASH if value is None else "<.001" if value < 0.001 else short(value)


def or_dash(value: float | None, dash: str = DASH) -> str:
    """Return a number with three decimals, or a dash where there is none."""
    return dash if value is None else short(value)


def counted(number: int, unit: str, plural: str | None = None) -> str:
    """Return a number with its unit: ``1 question``, ``2 questions``.

    Args:
        number: The number.
        unit: The unit, in the singular.
        plural: Its plural, where that is not the singular with an s.
    """
    return f"{number:,} {unit if number == 1 else plural or f'{unit}s'}"


def short(value: float) -> str:
    """Return three decimals without the leading zero, as in the study's tables: .568, 1.000, -.013."""
    text = f"{value:.3f}"
    if text == "-0.000":
        return ".000"
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def plus_or_minus(value: float) -> str:
    """Return three decimals with their sign: +.171, -.002, .000."""
    text = short(abs(value))
    return text if text == ".000" else f"{'+' if value > 0 else '-'}{text}"


def _either(names: set[str]) -> str:
    return " or ".join(sorted(names))


def _write(value: float, signed: bool) -> str:
    return plus_or_minus(value) if signed else short(value)
