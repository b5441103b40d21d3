"""Is the candidate better? One sentence per criterion, generated from the numbers, and what speaks against them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from judge.comparison.summary import Summary, WinRateRow
from judge.reports.evidence import Gathered
from judge.stats.estimate import FEW_CLUSTERS, MIN_CLUSTERS, Estimate
from judge.stats.formatting import counted, short

PARITY = 0.5
Standing = Literal["better", "worse", "open", "unknown"]
WORDS: dict[Standing, str] = {
    "better": "better",
    "worse": "worse",
    "open": "not settled",
    "unknown": "no answer",
}


@dataclass(frozen=True)
class Claim:
    """What the run says of one criterion, with the numbers to draw.

    ``corrected`` is the sentence with human labels; ``meaning`` the question that the prompt puts to the judge.
    """

    criterion: str
    standing: Standing
    word: str
    sentence: str
    counts: str
    value: float | None
    low: float | None
    high: float | None
    corrected: str = ""
    meaning: str = ""


@dataclass(frozen=True)
class Answer:
    """One candidate against the reference: the answer in one line, a claim per criterion."""

    reference: str
    candidate: str
    headline: str
    claims: tuple[Claim, ...]


def standing(estimate: Estimate) -> Standing:
    """Where a win rate's interval lies: above parity, below it, over it; unknown where there is none."""
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return "unknown"
    return "better" if estimate.low > PARITY else "worse" if estimate.high < PARITY else "open"


def answers(found: Gathered) -> tuple[Answer, ...]:
    """The answer for each candidate, in the run's order."""
    corrected = {
        (row.reference, row.candidate, row.criterion): row.corrected
        for row in (found.evidence.correction.rows if found.evidence.correction else ())
        if row.dimension == "all"
    }
    kept = []
    for reference, candidate in found.pairs:
        claims = tuple(
            _claim(found, row, corrected.get((reference, candidate, row.criterion)))
            for row in whole(found.summary, reference, candidate)
        )
        line = headline(claims)
        if not found.summary.how.is_llm:
            line = f"In this demonstration: {line[:1].lower()}{line[1:]}"
        kept.append(Answer(reference, candidate, line, claims))
    return tuple(kept)


def whole(summary: Summary, reference: str, candidate: str) -> list[WinRateRow]:
    """The rows over all comparisons of one candidate, a criterion each."""
    names = reference, candidate, "all"
    return [row for row in summary.win_rates if (row.reference, row.candidate, row.dimension) == names]


def headline(claims: Sequence[Claim]) -> str:
    """All criteria in one line, like: Better on persona and overall; not settled on value."""
    by: dict[Standing, list[str]] = {}
    for claim in claims:
        by.setdefault(claim.standing, []).append(claim.criterion)
    parts = [f"{WORDS[each]} on {listed(by[each])}" for each in WORDS if each in by]
    if list(by) == ["open"]:
        parts = ["not settled: no criterion's interval lies on one side of parity"]
    if list(by) == ["unknown"]:
        parts = ["no answer: there is no criterion with an interval"]
    line = "; ".join(parts)
    return line[:1].upper() + line[1:] + "."


def listed(names: Sequence[str]) -> str:
    """Names in a sentence: a, b and c."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def explanation(found: Gathered) -> str:
    """What was compared, and how to read a win rate, for somebody who has never seen such a page."""
    how = found.summary.how
    if not found.pairs:
        return ""
    reference, candidates = found.pairs[0][0], [candidate for _, candidate in found.pairs]
    role = ", both written in the role of the same persona" if "persona" in found.prompt.file.requires else ""
    seen = "sees every pair twice, in both orders" if how.orders == "both" else "sees every pair once"
    one = candidates[0] if len(candidates) == 1 else "the other"
    return (
        f"Each comparison sets a response of {_made_by(found, reference)} beside one of "
        f"{' or '.join(_made_by(found, name) for name in candidates)} to the same question{role}. The judge {seen}, "
        f"and names the better response or a tie. Win rate: the share of comparisons that {one} wins, where a tie "
        f"counts half: 1 is always, 0 never, and .5 (parity) means that neither is better."
    )


def _made_by(found: Gathered, name: str) -> str:
    models = [model for model in found.manifest.contestants[name].models if model != name]
    return f"{name} (model {listed(models)})" if models else name


def _claim(found: Gathered, row: WinRateRow, corrected: Estimate | None) -> Claim:
    rate, summary = row.win_rate, found.summary
    asked = found.prompt.file.criteria.get(row.criterion)
    kind = standing(rate)
    return Claim(
        criterion=row.criterion,
        standing=kind,
        word=WORDS[kind],
        sentence=_sentence(summary, row, kind),
        counts=f"{row.win:,} won, {row.loss:,} lost, {row.tie:,} tied, {row.inconsistent:,} with contradicting "
        f"readings, {row.missing:,} missing, of {row.planned:,} comparisons over "
        f"{counted(rate.clusters, summary.how.clustered_by)}.",
        value=rate.value,
        low=rate.low,
        high=rate.high,
        corrected=_corrected(corrected),
        meaning=asked.description if asked else "",
    )


def _sentence(summary: Summary, row: WinRateRow, kind: Standing) -> str:
    rate, how = row.win_rate, summary.how
    if rate.value is None:
        return f"Nothing was scored on {row.criterion}, so that nothing can be said."
    who = f"{row.candidate} has a win rate of {short(rate.value)} against {row.reference}"
    if rate.low is None or rate.high is None:
        few = f"{counted(rate.clusters, how.clustered_by)} {'gives' if rate.clusters == 1 else 'give'}"
        return (
            f"On {row.criterion}, {who}; how sure that is cannot be said: {few} no interval, {MIN_CLUSTERS} are needed."
        )
    interval = f"its {how.level:.0%} interval [{short(rate.low)}, {short(rate.high)}]"
    place = {
        "better": f"{interval} lies above parity (.5), so that {row.candidate} is judged better",
        "worse": f"{interval} lies below parity (.5), so that {row.candidate} is judged worse",
        "open": f"{interval} covers parity (.5), so that neither is shown to be better",
    }[kind]
    return f"On {row.criterion}, {who}; {place}.{weakness(rate, how.clustered_by)}"


def weakness(estimate: Estimate, unit: str) -> str:
    """What weakens an interval, as a sentence; nothing where nothing does."""
    if "no_variation" in estimate.flags:
        return f" No {unit} differs from another: an interval without width is no sign of precision."
    if estimate.clusters < FEW_CLUSTERS:
        return f" It rests on {counted(estimate.clusters, unit)} only."
    return ""


def _corrected(estimate: Estimate | None) -> str:
    if estimate is None or estimate.value is None:
        return ""
    if estimate.low is None or estimate.high is None:
        return f"Corrected with human labels: {short(estimate.value)}, without an interval."
    place = {"better": "above parity", "worse": "below parity", "open": "over parity", "unknown": ""}[
        standing(estimate)
    ]
    return (
        f"Corrected with human labels: {short(estimate.value)} [{short(estimate.low)}, {short(estimate.high)}], "
        f"{place}."
    )
