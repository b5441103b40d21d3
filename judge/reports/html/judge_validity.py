"""Can the judge be trusted? A finding per threat, each with its sentence; and what speaks against the answer."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from judge.comparison.families import family
from judge.comparison.summary import JudgeRow
from judge.reports.evidence import Gathered
from judge.reports.html.main_result import PARITY, listed, standing, weakness
from judge.reports.html.missing import Missing
from judge.stats.estimate import FEW_CLUSTERS, Estimate
from judge.stats.formatting import counted, plain_cell, short

Kind = Literal["sound", "caution", "unknown"]
LEAST = 0.8  # of the orders should agree: a rule of thumb of ours
LABELS: dict[Kind, str] = {"sound": "nothing against it", "caution": "caution", "unknown": "not known"}


@dataclass(frozen=True)
class Finding:
    """One threat to trust: what it is, what was found, in sentences, and whether it speaks against the answer.

    ``against`` are the sentences among them that do: those that stand under the answer, too.
    """

    name: str
    kind: Kind
    label: str
    sentences: tuple[str, ...]
    commands: tuple[str, ...] = ()
    against: tuple[str, ...] = ()


def findings(found: Gathered) -> tuple[Finding, ...]:
    """All threats, in the order of the page."""
    return (_judge(found), _position(found), _consistency(found), _length(found), _family(found), *_people(found))


def cautions(found: Gathered, absent: Missing, all_findings: tuple[Finding, ...]) -> tuple[str, ...]:
    """What a reader should know before believing the answer, in short."""
    lines = []
    if absent.share:
        lines.append(f"{absent.share:.1%} of the comparisons have no verdict (section 2).")
    clusters = {row.win_rate.clusters for row in found.summary.win_rates if row.dimension == "all"}
    if clusters and 0 < min(clusters) < FEW_CLUSTERS:
        unit = found.summary.how.clustered_by
        lines.append(f"The run rests on {counted(min(clusters), unit)}: what holds for these need not hold for others.")
    lines += [
        f"{each.name}: {line}"
        for each in all_findings
        if each.kind != "sound" and (each.name != "The judge" or found.summary.how.is_llm)
        for line in each.against or each.sentences[:1]
    ]
    return tuple(lines)


def _finding(
    name: str, kind: Kind, sentences: Iterable[str], commands: tuple[str, ...] = (), against: Iterable[str] = ()
) -> Finding:
    return Finding(name, kind, LABELS[kind], tuple(sentences), commands, tuple(against))


def _judge(found: Gathered) -> Finding:
    how = found.summary.how
    if not how.is_llm:
        return _finding(
            "The judge",
            "caution",
            (
                "The judge was the offline heuristic. It is NOT an LLM: it counts words, and knows nothing. "
                "What stands on this page is a demonstration, and no evidence about any model.",
            ),
        )
    models = listed(
        [
            f"{name} ({counted(number, 'reply').replace('replys', 'replies')})"
            for name, number in how.models_returned.items()
        ]
        or ["no model yet"]
    )
    several = len(how.models_returned) > 1
    note = ". Several models answered: the run has more than one judge." if several else "."
    return _finding("The judge", "caution" if several else "sound", (f"{how.judge}; answered by {models}{note}",))


def _rows(found: Gathered) -> list[JudgeRow]:
    return [row for row in found.summary.judge if row.criterion == found.main]


def _named(found: Gathered, row: JudgeRow, sentence: str) -> str:
    return sentence if len(found.pairs) == 1 else f"{row.candidate}: {sentence}"


def _off(found: Gathered, measure: str, *, below: float | None = None) -> list[JudgeRow]:
    """Rows of any criterion that speak against the judge: interval off .5, or, with ``below``, a value below it."""

    def against(row: JudgeRow) -> bool:
        estimate: Estimate = getattr(row, measure)
        if below is not None:
            return estimate.value is not None and estimate.value < below
        return standing(estimate) in ("better", "worse")

    return [row for row in found.summary.judge if against(row)]


def _with(rows: list[JudgeRow], off: list[JudgeRow]) -> list[JudgeRow]:
    """The rows of the main criterion, then those of others that speak against the judge."""
    return [*rows, *(row for row in off if row not in rows)]


def _position(found: Gathered) -> Finding:
    off, rows = _off(found, "first_shown"), _rows(found)
    if not off and not any(row.first_shown.value is not None for row in rows):
        return _finding("Position", "unknown", (f"No judgment on {found.main} names a winner.",))
    both = found.summary.how.orders == "both"
    unsure = [row for row in rows if standing(row.first_shown) == "unknown"]

    def sentence(row: JudgeRow) -> str:
        side = {
            "better": "it favours what is shown first",
            "worse": "it favours what is shown second",
            "open": "no preference for a place shows",
            "unknown": "there is no interval to tell by",
        }[standing(row.first_shown)]
        return _named(
            found,
            row,
            (
                f"Of the judgments on {row.criterion} that name a winner, {plain_cell(row.first_shown)} name the "
                f"response shown first; .5 is unbiased, and {side}."
                f"{weakness(row.first_shown, found.summary.how.clustered_by)}"
            ),
        )

    orders = (
        "Each pair was read in both orders, so that such a preference cancels, at the price of more ties."
        if both
        else "Each pair was read in one order only: a preference for a place does not cancel within a pair."
    )
    kind: Kind = "caution" if off or not both else "unknown" if unsure else "sound"
    against = [*map(sentence, off or (unsure if both else [])), *([] if both else [orders])]
    return _finding("Position", kind, (*map(sentence, _with(rows, off)), orders), against=against)


def _consistency(found: Gathered) -> Finding:
    off = _off(found, "consistency", below=LEAST)
    rows = [row for row in _with(_rows(found), off) if row.consistency.value is not None]
    if not rows:
        return _finding("Consistency", "unknown", ("No pair was read in both orders, so that no contradiction shows.",))

    def sentence(row: JudgeRow) -> str:
        return _named(
            found,
            row,
            (
                f"The two orders of a pair agree on {row.criterion} in {plain_cell(row.consistency)} of the "
                f"comparisons.{weakness(row.consistency, found.summary.how.clustered_by)}"
            ),
        )

    more = (f"Below {short(LEAST)}, much of what is judged hangs on the place of the response.",) if off else ()
    return _finding(
        "Consistency", "caution" if off else "sound", (*map(sentence, rows), *more), against=map(sentence, off)
    )


def _length(found: Gathered) -> Finding:
    off = _off(found, "longer_wins")
    rows = [row for row in _with(_rows(found), off) if row.longer_wins.value is not None]
    if not rows:
        return _finding("Length", "unknown", ("No comparison has a winner and unequal lengths.",))

    def sentence(row: JudgeRow) -> str:
        return _named(
            found,
            row,
            (
                f"Of the comparisons with a winner on {row.criterion}, the longer response wins "
                f"{plain_cell(row.longer_wins)}. Mean length: {row.reference} {row.mean_words_reference:.0f} words, "
                f"{row.candidate} {row.mean_words_candidate:.0f}."
            ),
        )

    def controlled() -> Iterator[str]:
        for length in found.evidence.analysis.lengths if found.evidence.analysis else ():
            if length.criterion == found.main and length.controlled.value is not None:
                who = "" if len(found.pairs) == 1 else f" of {length.candidate}"
                yield (
                    f"At equal length the win rate{who} on {found.main} would be {plain_cell(length.controlled)}, "
                    f"beside {plain_cell(length.plain)} as it is."
                )

    return _finding(
        "Length", "caution" if off else "sound", (*map(sentence, rows), *controlled()), against=map(sentence, off)
    )


def _family(found: Gathered) -> Finding:
    how = found.summary.how
    shared = tuple(line for line in found.summary.warnings if "of the family" in line)
    if shared:
        lines = tuple(f"{line[:1].upper()}{line[1:]}." for line in shared)
        return _finding("Family", "caution", lines, against=lines)
    if not how.is_llm:
        return _finding("Family", "sound", ("A heuristic is of no model family.",))
    entries = found.manifest.contestants.items()
    models = {name: list(entry.models) or [name] for name, entry in entries}
    unknown = [model for each in (*models.values(), [how.judge]) for model in each if family(model) is None]
    if unknown:
        return _finding(
            "Family",
            "unknown",
            (
                f"No family is known of {listed(list(dict.fromkeys(unknown)))}: whether the judge is of a contestant's "
                "family must be checked by hand.",
            ),
        )
    return _finding("Family", "sound", ("By their names, the judge is of no contestant's model family.",))


def _people(found: Gathered) -> Iterator[Finding]:
    if found.evidence.agreement is None:
        run = shlex.quote(str(found.folder))
        yield _finding(
            "People",
            "unknown",
            (
                "No human label was given: how far people would agree with the judge is not known.",
                "It would take about 150 comparisons, each labelled by three people:",
            ),
            (
                f"judge annotate plan {run} --items 150 --annotators 3 --overlap 3 --out campaign.yaml",
                "judge annotate serve",
                "judge annotate push campaign.yaml",
                "judge annotate pull campaign.yaml --out annotations.jsonl",
                f"judge report {run} --annotations annotations.jsonl --out report.html",
            ),
        )
        return
    yield _agreement(found)
    tests = [row for row in found.evidence.agreement.criteria if row.alternative is not None]
    passed = [row.alternative.passed for row in tests if row.alternative is not None]
    kind: Kind = "caution" if False in passed else "unknown" if None in passed or not passed else "sound"
    said = [f"{row.criterion}: {row.alternative.sentence}" for row in tests if row.alternative is not None]
    yield _finding(
        "Alternative annotator test",
        kind,
        said or ("It was not made: the labels share no criterion with the run.",),
        against=[line for line, good in zip(said, passed, strict=True) if good is not True],
    )
    if found.evidence.correction is None:
        yield _finding(
            "Correction", "unknown", (f"The win rates could not be corrected: {found.evidence.uncorrected}.",)
        )
    else:
        yield _correction(found)


def _agreement(found: Gathered) -> Finding:
    assert found.evidence.agreement is not None
    kappa = "kappa_linear"
    lines, lower = [], []
    for row in found.evidence.agreement.criteria:
        if row.judge is None:
            continue
        judge, human, apart = row.judge.judge_human[kappa], row.judge.human_human[kappa], row.judge.difference[kappa]
        lines.append(
            f"{row.criterion}: weighted kappa between judge and person {plain_cell(judge)}, between person and person "
            f"{plain_cell(human)}, on {counted(row.judge.items, 'comparison')} with a human label."
        )
        if apart.high is not None and apart.high < 0:
            lower.append(lines[-1])
    kind: Kind = "caution" if lower else "sound" if lines else "unknown"
    return _finding("People", kind, lines or ("Nothing in common to compare.",), against=lower)


def _correction(found: Gathered) -> Finding:
    assert found.evidence.correction is not None
    lines, moved = [], []
    for row in found.evidence.correction.rows:
        if row.dimension == "all":
            before, after = standing(row.judge_only), standing(row.corrected)
            who = "" if len(found.pairs) == 1 else f"{row.candidate}, "
            lines.append(
                f"{who}{row.criterion}: {plain_cell(row.corrected)} corrected with {counted(row.labelled, 'label')}, "
                f"{plain_cell(row.judge_only)} by the judge alone."
                + ("" if before == after else f" The correction changes which side of {short(PARITY)} it lies on.")
            )
            if before != after:
                moved.append(lines[-1])
    return _finding("Correction", "caution" if moved else "sound", lines, against=moved)
