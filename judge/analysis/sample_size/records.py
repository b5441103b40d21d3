"""Settings and results of `judge plan`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from judge.core.records import Record
from judge.judging.verdicts import InconsistentRule
from judge.stats.win_rates.variance_components import Components


@dataclass(frozen=True)
class SampleSizeSettings:
    """Settings of `judge plan`.

    Attributes:
        half_width: The wanted half-width of a 95 % interval.
        pilot: A run, or a table of judgments in two orders (:mod:`judge.judging.judgment_table`).
        annotations: Label file of the pilot.
        unweighted: Whether to treat the labelled comparisons as a simple random sample.
        inconsistent: How orders that differ are scored, in a table of judgments; None: their mean. A run has its own.
        seed: Seed of the bootstrap.
        question_cost: What a further question costs, in comparisons.
        judge_correlation: Correlation of two judges' scores of a comparison; None: that of a pilot by a panel.
    """

    half_width: float
    pilot: Path | None = None
    annotations: Path | None = None
    unweighted: bool = False
    inconsistent: InconsistentRule | None = None
    seed: int = 0
    question_cost: float = 1.0
    judge_correlation: float | None = None


class Spread(Record):
    """How many comparisons of each question pay: from a pilot's variance components.

    Attributes:
        correlation: Correlation rho of two comparisons of one question.
        best_per_question: Comparisons per question with the least variance for the money; None: as many as there are,
            since comparisons of a question do not correlate.
        best_questions: Number of questions needed for the wanted half-width with so many comparisons each.
        full_questions: Number of questions of the pilot's pool.
        full_per_question: Its comparisons per question.
        full_half_width: Half-width if the whole pool is judged.
        enough_per_question: The fewest comparisons per question whose half-width is at most 5 % wider than that.
        saved: Share of the pool's comparisons that these save.
    """

    correlation: float
    best_per_question: float | None
    best_questions: int
    full_questions: int
    full_per_question: float
    full_half_width: float
    enough_per_question: int
    saved: float


class Option(Record):
    """One way to increase precision.

    Attributes:
        what: The option in words.
        half_width: Expected half-width of a 95 % interval.
        calls: Total number of judge calls, including the pilot.
    """

    what: str
    half_width: float
    calls: int


class PilotRow(Record):
    """A pilot's variance components under one criterion, and the questions needed.

    Attributes:
        reference: The reference.
        candidate: The candidate.
        criterion: The criterion.
        components: Variance components; None where undefined.
        half_width: Half-width with the pilot's questions and comparisons.
        questions_needed: Number of questions needed for the wanted half-width.
        options: Ways to increase precision.
        spread: How many comparisons of each question pay; None where no question has two scores.
        pool: Number of planned comparisons of the pilot.
        drawn: Number of its comparisons so far.
        sequence: Confidence sequence of the pilot's own pool so far (low, high). None for a pilot that is not a run:
            its rows have no planned order; None also for part of a pool that is spread over questions, which is no
            uniform draw.
        stopped_at: Number of comparisons after which the sequence was narrow enough; None if it is not yet.
        note: Why there are no components.
    """

    reference: str
    candidate: str
    criterion: str
    components: Components | None
    half_width: float | None
    questions_needed: int | None
    options: tuple[Option, ...]
    spread: Spread | None
    pool: int
    drawn: int
    sequence: tuple[float, float] | None
    stopped_at: int | None
    note: str = ""


class JudgeOption(Record):
    """One way to increase the precision of a panel's win rate.

    Attributes:
        what: The option in words.
        judges: Number of judges.
        comparisons: Number of comparisons in all.
        half_width: Expected half-width of a 95 % interval.
        calls: Calls in all, the pilot's among them.
        cost: Cost in all, if a judge's comparison costs what those of the pilot did on average; None where unknown.
    """

    what: str
    judges: int
    comparisons: int
    half_width: float
    calls: int
    cost: float | None


class JudgesRow(Record):
    """What another judge buys beside more comparisons, for the mean of the judges' scores under one criterion.

    Attributes:
        reference: The reference.
        candidate: The candidate.
        criterion: The criterion.
        judges: Number of judges of the pilot.
        given: Whether the correlation was given.
        correlation: Correlation of two judges' scores of a comparison; None where unknown.
        options: Ways to increase precision.
        least: Half-width of the pilot's comparisons by any number of judges like these.
        currency: Currency of the costs; None where they are unknown.
        note: Why there are no options.
    """

    reference: str
    candidate: str
    criterion: str
    judges: int
    given: bool
    correlation: float | None
    options: tuple[JudgeOption, ...]
    least: float | None
    currency: str | None
    note: str = ""


class LabelRow(Record):
    """Number of human labels needed for the wanted half-width of a corrected win rate, from the pilot's annotations.

    ``needed`` is the number in all, ``further`` what is needed beside the ``labelled`` ones. More than the pilot's
    ``comparisons`` need further comparisons, too.
    """

    reference: str
    candidate: str
    criterion: str
    comparisons: int
    labelled: int
    half_width: float | None
    needed: int | None
    further: int | None
    note: str = ""


class SampleSizeSummary(Record):
    """Everything that `judge plan` prints, and its settings.

    ``assumed`` maps "share, comparisons per question" to the number of questions needed without a pilot, and
    ``assumed_judges``, where a correlation of judges is given, "judges, comparisons per question" likewise.
    """

    version: str
    wanted: float
    pilot: str | None
    verdicts_sha256: str | None
    annotations: str | None
    seed: int
    question_cost: float
    assumed: dict[str, int]
    rows: tuple[PilotRow, ...]
    labels: tuple[LabelRow, ...]
    warnings: tuple[str, ...] = ()
    judge_correlation: float | None = None
    assumed_judges: dict[str, int] = Field(default_factory=dict)
    judges: tuple[JudgesRow, ...] = ()
