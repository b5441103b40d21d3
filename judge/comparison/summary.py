"""The numbers of a run as one record, the source of tables, files, figures and the report."""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Literal

import numpy as np
from pydantic import Field

from judge.core.files.manifest import Decision, PilotOrders
from judge.core.records import Record, Verdict
from judge.judging.expert.rates import ExpertRates
from judge.judging.panels.rates import PanelRates
from judge.judging.stored_verdicts import require_subgroups
from judge.stats.estimate import Estimate
from judge.stats.leaderboard.all_pairs import OTHERS, against_others, all_together, leaderboards
from judge.stats.leaderboard.bradley_terry import Leaderboard
from judge.stats.win_rates.two_way import GeneralizeTo
from judge.stats.win_rates.verdict_table import (
    OUTCOMES,
    VerdictTable,
    has_subgroups,
    repeated_attributes,
    verdict_tables,
)
from judge.stats.win_rates.win_rates import WinRate, biases, mean_words, win_rates

ALL_PAIRS = "all pairs"  # the candidate of what is about all pairs together


class WinRateRow(Record):
    """Win rate of a candidate in one slice under one criterion.

    Where all pairs are compared, each contestant is a candidate, and the reference is ``the others``.

    ``planned`` counts comparisons and equals the sum of the five outcomes. ``calls`` counts the judge's calls on them;
    of these ``failed`` (by kind) and ``not_asked`` (not made) have no judgment.
    """

    reference: str
    candidate: str
    dimension: str
    value: str
    criterion: str
    planned: int
    calls: int
    failed: dict[str, int]
    not_asked: int
    win: int
    loss: int
    tie: int
    inconsistent: int
    missing: int
    win_rate: Estimate


class JudgeRow(Record):
    """Position bias, consistency and length preference of the judge, for one candidate under one criterion.

    Where all pairs are compared there is one row per criterion, of the candidate ``all pairs``.

    ``consistency`` of a panel is the share of comparisons in which all its judges say one thing in both orders; that of
    each judge is in :class:`~judge.judging.panels.rates.PanelRateRow`. ``longer_wins`` is by words;
    ``longer_wins_characters`` is null in summaries from before characters were counted.
    """

    reference: str
    candidate: str
    criterion: str
    first_shown: Estimate
    consistency: Estimate
    longer_wins: Estimate
    mean_words_reference: float
    mean_words_candidate: float
    longer_wins_characters: Estimate | None = None


class RefusalRow(Record):
    """Refusals among a contestant's responses, by ``rule``, by a model, or as the flags in its ``files`` say.

    ``failed`` counts the responses that are neither refusals nor answers, since their call failed (by kind) or was not
    made (``not_asked``).
    """

    contestant: str
    by: str
    responses: int
    refusals: int
    failed: dict[str, int] = Field(default_factory=dict)

    @property
    def unclassified(self) -> int:
        """Responses that are neither refusals nor answers."""
        return sum(self.failed.values())


class Counts(Record):
    """How much of the plan was judged.

    Attributes:
        comparisons: Comparisons to judge.
        calls: Calls for them.
        ok: Calls with a judgment.
        failed: Failed calls, by kind.
        reasons: The most frequent words of each kind of failure.
        examples: The comparison of a call that failed so, by kind.
        not_asked: Calls that were not made.
        on_disk: Calls with a result in the journal: more than are used where a later ``--limit`` is smaller.
        left_out_unpaired: Responses without a counterpart.
        left_out_empty: Comparisons with an empty response.
        left_out_no_response: Pairs that a study planned, of which a response is missing on one side or both.
    """

    comparisons: int
    calls: int
    ok: int
    failed: dict[str, int]
    not_asked: int
    on_disk: int
    left_out_unpaired: int = 0
    left_out_empty: int = 0
    left_out_no_response: int = 0
    reasons: dict[str, str] = Field(default_factory=dict)
    examples: dict[str, str] = Field(default_factory=dict)


class Spent(Record):
    """Requests, tokens and cost of all sessions of the run. ``cost`` is null where it is unknown.

    ``taken_over`` counts the replies reused from other runs, by the run's name; the other counts include them.
    ``left_out`` is the cost of each judge that a panel's run does not name any more; it is included, too.
    """

    requests: int
    replies: int
    input_tokens: int
    output_tokens: int
    cost: float | None
    replies_without_cost: int
    currency: str
    taken_over: dict[str, int] = Field(default_factory=dict)
    left_out: dict[str, float | None] = Field(default_factory=dict)


class How(Record):
    """The settings with which the numbers were computed. ``apart``: each criterion was decided in calls of its own.

    ``all_pairs``: contestants were compared with one another, on each item ``pairs_per_item`` of the pairs (null: all).
    ``generalize_to`` says what the intervals are about: other questions, or other subgroups, too. ``has_subgroups``:
    the comparisons have subgroups; plain answers have none.
    """

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
    clustered_by: str
    level: float
    resamples: int
    seed: int
    apart: bool = False
    all_pairs: bool = Field(default=False, exclude_if=operator.not_)
    pairs_per_item: int | None = Field(default=None, exclude_if=operator.not_)
    generalize_to: GeneralizeTo = Field(default="questions", exclude_if="questions".__eq__)
    has_subgroups: bool = Field(default=True, exclude_if=bool)

    @property
    def unit(self) -> str:
        """What ``clusters`` of an estimate counts, in the singular."""
        return "question"


class Summary(Record):
    """Everything that `judge show` prints.

    ``refusals_spent`` is what a model took to say which responses are refusals, beside ``spent``.
    ``repeated`` names the attributes whose tables would duplicate rows of those by subgroup and stratum. ``decision``
    is what `judge compare --until-decided` found, ``pilot_orders`` what the pilot of a run with adaptive orders showed.
    ``panel`` is what each judge of a panel says beside it. ``expert`` are the win rates by an expert judge that read a
    part, and ``expert_spent`` what it took. ``labels`` has each subgroup in words, by its id. ``notes`` say how these
    numbers were obtained just now; they are not written to the run directory. Version 1 lacks the methods and flags of
    estimates. Where all pairs are compared, ``win_rates`` are of each contestant against the others, ``pair_rates`` of
    each pair, and ``leaderboards`` has one per criterion.
    """

    schema_version: Literal[2]
    name: str
    counts: Counts
    spent: Spent
    how: How
    warnings: tuple[str, ...]
    win_rates: tuple[WinRateRow, ...]
    judge: tuple[JudgeRow, ...]
    repeated: tuple[str, ...] = ()
    pair_rates: tuple[WinRateRow, ...] = Field(default=(), exclude_if=operator.not_)
    leaderboards: tuple[Leaderboard, ...] = Field(default=(), exclude_if=operator.not_)
    refusals: tuple[RefusalRow, ...] = ()
    decision: Decision | None = None
    pilot_orders: PilotOrders | None = None
    refusals_spent: Spent | None = None
    labels: dict[str, str] = Field(default_factory=dict)
    panel: PanelRates | None = Field(default=None, exclude_if=operator.not_)
    expert: ExpertRates | None = None
    expert_spent: Spent | None = None
    notes: tuple[str, ...] = Field(default=(), exclude=True)

    @property
    def distinct(self) -> tuple[WinRateRow, ...]:
        """The rows in which each comparison is once per criterion: of each candidate, or of each pair."""
        return self.pair_rates or tuple(row for row in self.win_rates if row.dimension == "all")

    def label_of(self, row: WinRateRow) -> str:
        """The slice of a row in words."""
        return self.labels.get(row.value, row.value) if row.dimension == "subgroup" else row.value


def summarize(
    verdicts: Iterable[Verdict],
    *,
    name: str,
    how: How,
    spent: Spent,
    on_disk: int,
    contestants: Iterable[str] = (),
    left_out: Mapping[str, int] | None = None,
    reasons: Mapping[str, tuple[str, str]] | None = None,
) -> Summary:
    """Compute a run's numbers from its verdicts.

    Args:
        verdicts: All verdicts in planned order. They are read once.
        name: The run's name.
        how: The settings to compute with.
        spent: Requests, tokens and cost so far.
        on_disk: The number of calls with a result in the journal.
        contestants: The order of the candidates.
        left_out: What was excluded before judging, by reason: ``unpaired``, ``empty``, ``no_response``.
        reasons: The most frequent words of each kind of failure, with an example.

    Returns:
        The summary, without warnings and notes.
    """
    place = {name: number for number, name in enumerate(contestants)}
    pairs = verdict_tables(verdicts, how.criteria)
    how = how.model_copy(update={"has_subgroups": has_subgroups(pairs)})
    tables = sorted(pairs, key=lambda table: place.get(table.candidate, len(place)))
    pair_rates: tuple[WinRateRow, ...] = ()
    if how.all_pairs:
        pairs.sort(key=lambda table: (place.get(table.reference, len(place)), place.get(table.candidate, len(place))))
        pair_rates = tuple(row for table in pairs for row in _rate_rows(_without_slices(table), how))
        tables = against_others(pairs, [name for name in place if any(name in _names(table) for table in pairs)])
    if pairs and how.generalize_to != "questions":
        require_subgroups(pairs)
    rates = tuple(row for table in tables for row in _rate_rows(table, how))
    every = [row for row in pair_rates or rates if row.dimension == "all"]
    first = [row for row in every if row.criterion == how.criteria[0]]
    whole = every if how.apart else first
    failed: Counter[str] = Counter()
    for row in whole:
        failed.update(row.failed)
    calls, not_asked = sum(row.calls for row in whole), sum(row.not_asked for row in whole)
    repeated = [set(repeated_attributes(table)) for table in tables]
    return Summary(
        schema_version=2,
        name=name,
        counts=Counts(
            comparisons=sum(row.planned for row in first),
            calls=calls,
            ok=calls - failed.total() - not_asked,
            failed=dict(sorted(failed.items())),
            not_asked=not_asked,
            on_disk=on_disk,
            reasons={kind: text for kind, (text, _) in (reasons or {}).items() if kind in failed},
            examples={kind: example for kind, (_, example) in (reasons or {}).items() if kind in failed},
            **{f"left_out_{name}": number for name, number in (left_out or {}).items()},
        ),
        spent=spent,
        how=how,
        warnings=(),
        win_rates=rates,
        judge=tuple(row for table in ([_pooled(pairs)] if pair_rates else tables) for row in _judge_rows(table, how)),
        repeated=tuple(sorted(set.intersection(*repeated))) if repeated else (),
        pair_rates=pair_rates,
        leaderboards=leaderboards(pairs, [table.candidate for table in tables], to=how.generalize_to, seed=how.seed)
        if pair_rates
        else (),
        labels={subgroup: label for table in tables for subgroup, label in table.subgroup_labels.items()},
    )


def _names(table: VerdictTable) -> tuple[str, str]:
    return table.reference, table.candidate


def _without_slices(table: VerdictTable) -> VerdictTable:
    return replace(table, slices={key: rows for key, rows in table.slices.items() if key[0] == "all"})


def _pooled(pairs: list[VerdictTable]) -> VerdictTable:
    """All pairs as one table, for the judge's behaviour."""
    return replace(all_together(pairs), reference=OTHERS, candidate=ALL_PAIRS)


def _rate_rows(table: VerdictTable, how: How) -> Iterator[WinRateRow]:
    usual = how.repeats * (1 if how.orders == "one" else 2)
    of_rows = np.where(table.calls < 0, usual, table.calls)
    place = {criterion: column for column, criterion in enumerate(table.criteria)}

    def calls(rate: WinRate) -> int:
        return int(of_rows[table.slices[rate.dimension, rate.value], place[rate.criterion]].sum())

    for rate in win_rates(table, how.generalize_to):
        failed = dict(rate.failures)
        yield WinRateRow(
            reference=table.reference,
            candidate=table.candidate,
            dimension=rate.dimension,
            value=rate.value,
            criterion=rate.criterion,
            planned=rate.planned,
            calls=calls(rate),
            not_asked=failed.pop("not_asked", 0),
            failed=failed,
            win_rate=rate.estimate,
            **{outcome: rate.outcomes[outcome] for outcome in OUTCOMES},
        )


def _judge_rows(table: VerdictTable, how: How) -> Iterator[JudgeRow]:
    words = mean_words(table)
    for bias in biases(table, how.generalize_to):
        yield JudgeRow(
            reference=table.reference,
            candidate=table.candidate,
            criterion=bias.criterion,
            first_shown=bias.first_shown,
            consistency=bias.consistency,
            longer_wins=bias.longer_wins,
            mean_words_reference=words[0],
            mean_words_candidate=words[1],
            longer_wins_characters=bias.longer_wins_characters,
        )
