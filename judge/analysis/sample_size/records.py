"""Settings and results of `judge plan`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from judge.core.records import Record
from judge.stats.win_rates.variance_components import Components


@dataclass(frozen=True)
class SampleSizeSettings:
    """The wanted half-width of a 95 % interval; a pilot, and its annotations, where there are any.

    The pilot is a run, or a table of judgments in two orders (:mod:`judge.judging.two_orders`).
    """

    half_width: float
    pilot: Path | None = None
    annotations: Path | None = None
    seed: int = 0


class Option(Record):
    """One way to spend more: the half-width it leads to, and the judge's calls it takes in all."""

    what: str
    half_width: float
    calls: int


class PilotRow(Record):
    """A pilot's variance components under one criterion, the questions that the wanted half-width takes, and options.

    ``note`` says why there are no components. ``sequence`` is the confidence sequence of the pilot's own pool so far
    (low, high), ``stopped_at`` the number of comparisons after which it was narrow enough; None for a pilot that is no
    run, whose rows have no planned order. ``pool`` and ``drawn`` count comparisons.
    """

    reference: str
    candidate: str
    criterion: str
    components: Components | None
    half_width: float | None
    questions_needed: int | None
    options: tuple[Option, ...]
    pool: int
    drawn: int
    sequence: tuple[float, float] | None
    stopped_at: int | None
    note: str = ""


class LabelRow(Record):
    """Human labels that the wanted half-width of a corrected win rate takes, by the pilot's annotations."""

    reference: str
    candidate: str
    criterion: str
    labelled: int
    half_width: float | None
    needed: int | None
    note: str = ""


class SampleSizeSummary(Record):
    """Everything that `judge plan` prints, and its settings.

    ``assumed`` maps "share, per question" to questions, without a pilot.
    """

    version: str
    wanted: float
    pilot: str | None
    verdicts_sha256: str | None
    annotations: str | None
    seed: int
    assumed: dict[str, int]
    rows: tuple[PilotRow, ...]
    labels: tuple[LabelRow, ...]
    warnings: tuple[str, ...] = ()
