"""The main result: one sentence per criterion and a headline, generated from the win rates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from judge.comparison.headline import design, in_orders
from judge.comparison.summary import Summary, WinRateRow
from judge.judging.expert.rates import ExpertRates
from judge.reports.report_data import ReportData
from judge.stats.estimate import FEW_CLUSTERS, MIN_CLUSTERS, Estimate
from judge.stats.formatting import counted, plain_cell, short

PARITY = 0.5
Standing = Literal["better", "worse", "open", "unknown"]
WORDS: dict[Standing, str] = {
    "better": "better",
    "worse": "worse",
    "open": "inconclusive",
    "unknown": "no interval",
}


@dataclass(frozen=True)
class Claim:
    """The result under one criterion.

    Attributes:
        criterion: Its name.
        standing: Where the interval of the judge's win rate lies.
        word: The standing as shown.
        sentence: The result in words.
        counts: The outcomes in words.
        value: The judge's win rate; None where nothing was scored.
        low: Lower end of its interval.
        high: Upper end of its interval.
        corrected: The win rate corrected with human labels; None without labels of this criterion.
        meaning: The question that the prompt asks the judge.
    """

    criterion: str
    standing: Standing
    word: str
    sentence: str
    counts: str
    value: float | None
    low: float | None
    high: float | None
    corrected: Estimate | None = None
    meaning: str = ""

    @property
    def corrected_standing(self) -> Standing:
        """Where the interval of the corrected win rate lies; ``unknown`` where there is none."""
        return "unknown" if self.corrected is None else standing(self.corrected)

    @property
    def corrected_word(self) -> str:
        """The standing of the corrected win rate as shown; empty where there is none."""
        return "" if self.corrected is None else WORDS[self.corrected_standing]

    @property
    def corrected_sentence(self) -> str:
        """The corrected win rate in words; empty where there is none."""
        return _corrected(self.corrected)


@dataclass(frozen=True)
class Answer:
    """The result of one candidate against the reference.

    ``headline`` has the judge's result in one line, ``corrected_headline`` the one corrected with human labels (empty
    without labels), ``claims`` one result per criterion.
    """

    reference: str
    candidate: str
    headline: str
    claims: tuple[Claim, ...]
    corrected_headline: str = ""


def standing(estimate: Estimate) -> Standing:
    """Compare a win rate's interval with parity.

    Returns:
        ``better`` where all of it lies above .5, ``worse`` where all of it lies below, ``open`` where it covers .5,
        its ends included, and ``unknown`` where there is no interval.
    """
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return "unknown"
    return "better" if estimate.low > PARITY else "worse" if estimate.high < PARITY else "open"


def answers(data: ReportData) -> tuple[Answer, ...]:
    """Return the result of each candidate, in the run's order."""
    corrected = {
        (row.reference, row.candidate, row.criterion): row.corrected
        for row in (data.correction.rows if data.correction else ())
        if row.dimension == "all"
    }
    kept = []
    for reference, candidate in data.pairs:
        claims = tuple(
            _claim(data, row, corrected.get((reference, candidate, row.criterion)))
            for row in whole(data.summary, reference, candidate)
        )
        line = headline(claims)
        after = corrected_headline(claims)
        whose = "judge alone" if after else ""
        if not after and data.summary.expert is not None:
            after = expert_headline(data.summary.expert, reference, candidate)
            whose = "cheap judge alone" if after else ""
        if not data.summary.how.is_llm:
            whose = f"in this demonstration, {whose}" if whose else "in this demonstration"
        if whose:
            line = f"{whose[:1].upper()}{whose[1:]}: {line[:1].lower()}{line[1:]}"
        kept.append(Answer(reference, candidate, line, claims, after))
    return tuple(kept)


def board_lines(summary: Summary) -> tuple[str, ...]:
    """Say who may be the best under each criterion: the contestants whose ranks include 1."""
    lines = []
    for board in summary.leaderboards:
        best = [each.contestant for each in board.standings if each.rank_low == 1]
        if board.groups:
            lines.append(f"On {board.criterion}: no ranks, since no chain of comparisons joins all contestants.")
        elif not best:
            lines.append(f"On {board.criterion}: {board.standings[0].contestant} is first, without intervals.")
        elif len(best) == 1:
            lines.append(f"On {board.criterion}: {best[0]} is the best.")
        else:
            number = "all contestants" if len(best) == len(board.standings) else listed(best)
            lines.append(f"On {board.criterion}: the best is not told apart among {number}.")
    return tuple(lines)


def expert_headline(expert: ExpertRates, reference: str, candidate: str) -> str:
    """Summarise the win rates by the expert in one line; empty where there are none."""
    names = reference, candidate, "all"
    rows = [row for row in expert.rows if (row.reference, row.candidate, row.dimension) == names]
    parts = [
        f"{WORDS[each]} on {listed(found)}"
        for each in WORDS
        if (found := [row.criterion for row in rows if standing(row.win_rate) == each])
    ]
    if not parts:
        return ""
    return f"By the expert {expert.judge}, of the {rows[0].read:,} comparisons that it read: {'; '.join(parts)}."


def whole(summary: Summary, reference: str, candidate: str) -> list[WinRateRow]:
    """Return the rows over all comparisons of one candidate, one per criterion."""
    names = reference, candidate, "all"
    return [row for row in summary.win_rates if (row.reference, row.candidate, row.dimension) == names]


def headline(claims: Sequence[Claim]) -> str:
    """Summarise the judge's result in one line: "Better on persona and overall; inconclusive on value."."""
    by: dict[Standing, list[str]] = {}
    for claim in claims:
        by.setdefault(claim.standing, []).append(claim.criterion)
    parts = [f"{WORDS[each]} on {listed(by[each])}" for each in WORDS if each in by]
    if list(by) == ["open"]:
        parts = ["inconclusive: on every criterion the interval covers parity"]
    if list(by) == ["unknown"]:
        parts = ["no result: no criterion has an interval"]
    line = "; ".join(parts)
    return line[:1].upper() + line[1:] + "."


def corrected_headline(claims: Sequence[Claim]) -> str:
    """Summarise the corrected win rates in one line, with their intervals; empty where there are none."""
    by: dict[Standing, list[str]] = {}
    for claim in claims:
        if claim.corrected is not None:
            by.setdefault(standing(claim.corrected), []).append(f"{claim.criterion} ({plain_cell(claim.corrected)})")
    parts = [f"{WORDS[each]} on {listed(by[each])}" for each in WORDS if each in by]
    return f"Corrected with human labels: {'; '.join(parts)}." if parts else ""


def listed(names: Sequence[str]) -> str:
    """Join names: a, b and c."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def explanation(data: ReportData) -> str:
    """Explain what was compared and how to read a win rate."""
    if not data.pairs:
        return ""
    reference, candidates = data.pairs[0][0], [candidate for _, candidate in data.pairs]
    if data.summary.how.all_pairs:
        return _of_all_pairs(data)
    role = ", both written as the same persona" if "persona" in data.prompt.file.requires else ""
    seen = in_orders(
        data.summary,
        both="compares every pair twice, once in each order,",
        one="compares every pair once",
        pilot="compares every pair once, and those of a pilot in both orders,",
    )
    one = candidates[0] if len(candidates) == 1 else "the other"
    return (
        f"Each comparison pairs a response of {_made_by(data, reference)} with one of "
        f"{' or '.join(_made_by(data, name) for name in candidates)} to the same question{role}. The judge {seen} "
        f"and names the better response or a tie. Win rate: the share of comparisons that {one} wins, ties counted as "
        f"half; .5 (parity) means that neither is better."
    )


def _of_all_pairs(data: ReportData) -> str:
    summary = data.summary
    seen = in_orders(
        summary,
        both="reads every pair twice, once in each order,",
        one="reads every pair once",
        pilot="reads every pair once, and those of a pilot in both orders,",
    )
    names = listed([_made_by(data, name) for _, name in data.pairs])
    return (
        f"Each comparison pairs the responses of two contestants to the same question: {names}. {design(summary)} The "
        f"judge {seen} and names the better response or a tie. Win rate: the share of a contestant's comparisons that "
        "it wins against the others, ties counted as half; .5 (parity) is that of an average contestant."
    )


def _made_by(data: ReportData, name: str) -> str:
    models = [model for model in data.manifest.contestants[name].models if model != name]
    return f"{name} (model {listed(models)})" if models else name


def _claim(data: ReportData, row: WinRateRow, corrected: Estimate | None) -> Claim:
    rate, summary = row.win_rate, data.summary
    asked = data.prompt.file.criteria.get(row.criterion)
    kind = standing(rate)
    return Claim(
        criterion=row.criterion,
        standing=kind,
        word=WORDS[kind],
        sentence=_sentence(summary, row, kind),
        counts=f"{row.win:,} won, {row.loss:,} lost, {row.tie:,} tied, {row.inconsistent:,} inconsistent, "
        f"{row.missing:,} missing, of {row.planned:,} comparisons over "
        f"{counted(rate.clusters, summary.how.unit)}.",
        value=rate.value,
        low=rate.low,
        high=rate.high,
        corrected=None if corrected is None or corrected.value is None else corrected,
        meaning=asked.description if asked else "",
    )


def _sentence(summary: Summary, row: WinRateRow, kind: Standing) -> str:
    rate, how = row.win_rate, summary.how
    if rate.value is None:
        return f"No comparison was scored on {row.criterion}."
    who = f"{row.candidate} has a win rate of {short(rate.value)} against {row.reference}"
    if rate.low is None or rate.high is None:
        return (
            f"On {row.criterion}, {who}, without an interval: it rests on {counted(rate.clusters, how.unit)}, "
            f"and an interval needs at least {MIN_CLUSTERS}."
        )
    interval = f"the {how.level:.0%} interval [{short(rate.low)}, {short(rate.high)}]"
    place = {
        "better": f"{interval} lies above parity (.5): {row.candidate} is judged better",
        "worse": f"{interval} lies below parity (.5): {row.candidate} is judged worse",
        "open": f"{interval} covers parity (.5): no difference is shown",
    }[kind]
    return f"On {row.criterion}, {who}; {place}.{weakness(rate, how.unit)}"


def weakness(estimate: Estimate, unit: str) -> str:
    """Say what weakens an interval; empty where nothing does."""
    if estimate.clusters < FEW_CLUSTERS:
        return f" It rests on only {counted(estimate.clusters, unit)}."
    return ""


def _corrected(estimate: Estimate | None) -> str:
    if estimate is None or estimate.value is None:
        return ""
    if estimate.low is None or estimate.high is None:
        return f"Corrected with human labels: {short(estimate.value)}, without an interval."
    place = {"better": "above parity", "worse": "below parity", "open": "which covers parity", "unknown": ""}[
        standing(estimate)
    ]
    return (
        f"Corrected with human labels: {short(estimate.value)} [{short(estimate.low)}, {short(estimate.high)}], "
        f"{place}."
    )
