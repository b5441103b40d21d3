"""The numbers of a run, as one record: what tables, files and later the report are drawn from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict

from judge.core.records import Verdict
from judge.stats.bootstrap import LEVEL, METHOD, Estimate
from judge.stats.rates import biases, mean_words, win_rates
from judge.stats.verdict_table import OUTCOMES, VerdictTable, verdict_tables


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class EstimateRow(_Row):
    """A value with its interval, and how sure it is; see :class:`judge.stats.bootstrap.Estimate`."""

    value: float | None
    low: float | None
    high: float | None
    n: int
    clusters: int
    note: str = ""


class WinRateRow(_Row):
    """Win rate of a candidate in one slice under one criterion. ``planned`` = the five outcomes together."""

    reference: str
    candidate: str
    dimension: str
    value: str
    criterion: str
    planned: int
    win: int
    loss: int
    tie: int
    inconsistent: int
    missing: int
    win_rate: EstimateRow


class JudgeRow(_Row):
    """How the judge behaved on one candidate under one criterion."""

    reference: str
    candidate: str
    criterion: str
    first_shown: EstimateRow
    consistency: EstimateRow
    longer_wins: EstimateRow
    mean_words_reference: float
    mean_words_candidate: float


class Counts(_Row):
    """How much of the plan there is. ``failed`` counts calls by the kind of their failure."""

    comparisons: int
    calls: int
    ok: int
    failed: dict[str, int]
    not_asked: int
    left_out_unpaired: int = 0
    left_out_empty: int = 0


class Spent(_Row):
    """What the whole run cost so far, all sessions and replies included. ``cost`` is null where it is unknown."""

    requests: int
    replies: int
    input_tokens: int
    output_tokens: int
    cost: float | None
    replies_without_cost: int
    currency: str


class How(_Row):
    """The settings that the numbers were computed with."""

    judge: str
    endpoint: str
    is_llm: bool
    models_returned: dict[str, int]
    prompt: str
    prompt_version: str
    prompt_sha256: str
    criteria: tuple[str, ...]
    orders: str
    repeats: int
    inconsistent: str
    interval: str
    level: float
    resamples: int
    seed: int


class Summary(_Row):
    """Everything that `judge show` prints."""

    name: str
    counts: Counts
    spent: Spent
    how: How
    warnings: tuple[str, ...]
    win_rates: tuple[WinRateRow, ...]
    judge: tuple[JudgeRow, ...]


@dataclass
class _Tally:
    """Counts calls while the verdicts stream by."""

    comparisons: int = 0
    missing: Counter[str] = field(default_factory=Counter)
    _seen: str | None = None

    def watch(self, verdicts: Iterable[Verdict]) -> Iterator[Verdict]:
        for row in verdicts:
            if row.comparison_id != self._seen:
                self._seen = row.comparison_id
                self.comparisons += 1
                self.missing.update(row.failures)
            yield row


def summarize(
    verdicts: Iterable[Verdict],
    *,
    name: str,
    how: How,
    spent: Spent,
    planned_calls: int,
    left_out: tuple[int, int] = (0, 0),
    warnings: tuple[str, ...] = (),
) -> Summary:
    """Compute a run's numbers from its verdicts, streamed in planned order."""
    tally = _Tally()
    tables = verdict_tables(tally.watch(verdicts), how.criteria)
    not_asked = tally.missing.pop("not_asked", 0)
    failed = sum(tally.missing.values())
    return Summary(
        name=name,
        counts=Counts(
            comparisons=tally.comparisons,
            calls=planned_calls,
            ok=planned_calls - failed - not_asked,
            failed=dict(sorted(tally.missing.items())),
            not_asked=not_asked,
            left_out_unpaired=left_out[0],
            left_out_empty=left_out[1],
        ),
        spent=spent,
        how=how,
        warnings=warnings,
        win_rates=tuple(row for table in tables for row in _rate_rows(table, how)),
        judge=tuple(row for table in tables for row in _judge_rows(table, how)),
    )


def interval_method(clusters: str = "question") -> str:
    """How the intervals are made, in words."""
    return f"{LEVEL:.0%} {METHOD} (by {clusters})"


def _rate_rows(table: VerdictTable, how: How) -> Iterator[WinRateRow]:
    for rate in win_rates(table, seed=how.seed, resamples=how.resamples):
        yield WinRateRow(
            reference=table.reference,
            candidate=table.candidate,
            dimension=rate.dimension,
            value=rate.value,
            criterion=rate.criterion,
            planned=rate.planned,
            win_rate=_estimate(rate.estimate),
            **{outcome: rate.outcomes[outcome] for outcome in OUTCOMES},
        )


def _judge_rows(table: VerdictTable, how: How) -> Iterator[JudgeRow]:
    words = mean_words(table)
    for bias in biases(table, seed=how.seed, resamples=how.resamples):
        yield JudgeRow(
            reference=table.reference,
            candidate=table.candidate,
            criterion=bias.criterion,
            first_shown=_estimate(bias.first_shown),
            consistency=_estimate(bias.consistency),
            longer_wins=_estimate(bias.longer_wins),
            mean_words_reference=words[0],
            mean_words_candidate=words[1],
        )


def _estimate(estimate: Estimate) -> EstimateRow:
    return EstimateRow(
        value=estimate.value,
        low=estimate.low,
        high=estimate.high,
        n=estimate.n,
        clusters=estimate.clusters,
        note=estimate.note,
    )
