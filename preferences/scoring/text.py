"""Words and cells that the tables of a structured evaluation share."""

from __future__ import annotations

from collections.abc import Sequence

from judge.preferences.scoring.metrics import METRICS, Metric
from judge.preferences.scoring.records import Answers, ScoreSummary

NONE = "-"
Pair = tuple[str | None, str | None]


def heads(answers: Sequence[Answers]) -> str:
    """How every contestant's replies were read: what each table starts with. Equal counts are said once."""
    alike: dict[str, list[str]] = {}
    for row in answers:
        counts = (
            f"{row.answered:,} answered, {row.refused:,} refused, {row.out_of_scale:,} out of scale, "
            f"{row.unreadable:,} unreadable, {row.missing:,} missing"
        )
        alike.setdefault(counts, []).append(row.contestant)
    return "; ".join(
        f"{', '.join(names)}: {'each ' if len(names) > 1 else ''}{counts}" for counts, names in alike.items()
    )


def metrics_of(summary: ScoreSummary) -> tuple[Metric, ...]:
    """The metrics of the summary's target."""
    return METRICS["mode" if summary.how.target == "mode" else "distribution"]


def words(summary: ScoreSummary) -> tuple[str, str]:
    """What the two columns of a pair are called: as in the study's table, or chance and model."""
    return ("chance", "model") if any(row.baseline for row in summary.answers) else ("base", "SFT")


def columns(summary: ScoreSummary) -> list[Pair]:
    """The pairs; a contestant that is in none stands alone, in the base's column."""
    paired = {name for pair in summary.pairs for name in pair}
    return [*((row.contestant, None) for row in summary.answers if row.contestant not in paired), *summary.pairs]


def label(summary: ScoreSummary, pair: Pair) -> str:
    """A pair's name in a table: the candidate's, with the base's where there are several bases."""
    base, candidate = pair
    if base is None or candidate is None:
        return base or candidate or ""
    return candidate if len({first for first, _ in summary.pairs}) == 1 else f"{candidate} / {base}"


def overall(summary: ScoreSummary) -> list[tuple[str, str]]:
    """The slices of the main tables: all and the splits. Where all rows are of one split, that alone."""
    sizes = {(row.dimension, row.value): row.items for row in summary.scores if row.dimension in ("all", "split")}
    whole = sizes["all", "all"]
    covered = any(dimension == "split" and items == whole for (dimension, _), items in sizes.items())
    return [key for key in sizes if key[0] == "split" or not covered]


def interval(summary: ScoreSummary) -> str:
    """How the intervals were made."""
    how = summary.how
    return f"In brackets: {how.interval}, {how.resamples:,} resamples, seed {how.seed}."
