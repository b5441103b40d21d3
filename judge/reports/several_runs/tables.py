"""Tables of several runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from judge.comparison.tables import INCONSISTENT
from judge.core.screen.tables import Table
from judge.reports.several_runs.differences import SeveralRuns
from judge.stats.agreement.pattern_intervals import INTERVAL
from judge.stats.formatting import EstimateFormatter, or_dash, p_cell
from judge.stats.intervals.share_interval import METHOD
from judge.stats.win_rates.paired import P_VALUE

NONE = "-"


@dataclass(frozen=True)
class Sections:
    """The tables of several runs; None where there are no rows."""

    runs: Table
    differs: Table | None
    rates: Table
    agreements: Table
    differences: Table | None


def sections(found: SeveralRuns) -> Sections:
    """Return all tables: runs, differing settings, win rates, agreement of judges, differences of win rates."""
    return Sections(
        _runs(found),
        _differs(found) if found.differs else None,
        _rates(found),
        _agreements(found),
        _differences(found) if found.differences else None,
    )


def several_tables(found: SeveralRuns) -> Iterator[Table]:
    """Return the tables in order, without empty ones."""
    each = sections(found)
    for table in (each.runs, each.differs, each.rates, each.agreements, each.differences):
        if table is not None:
            yield table


def _head(found: SeveralRuns) -> str:
    return (
        "; ".join(
            f"{run.name}: {run.judged:,} of {run.comparisons:,} comparisons judged, {run.failed_calls:,} calls failed, "
            f"{run.not_asked_calls:,} not made"
            for run in found.runs
        )
        + "."
    )


def _runs(found: SeveralRuns) -> Table:
    body = tuple(
        (
            run.name,
            run.judge if run.is_llm else f"{run.judge} (not an LLM)",
            f"{run.prompt} {run.prompt_version}",
            run.reference,
            ", ".join(run.candidates),
            f"{run.judged:,}/{run.comparisons:,}",
        )
        for run in found.runs
    )
    return Table("Runs", _head(found), ("run", "judge", "prompt", "reference", "candidates", "judged"), body, labels=5)


def _differs(found: SeveralRuns) -> Table:
    names = tuple(run.name for run in found.runs)
    body = tuple((each.what, *each.values) for each in found.differs)
    note = "From the manifests. Settings that are not listed are equal in all runs."
    return Table("Differences in settings", _head(found), ("setting", *names), body, (note,), labels=1 + len(names))


def _rates(found: SeveralRuns) -> Table:
    marks = EstimateFormatter("question", "95 %, as described in the tables of each run")
    cells = {(row.run, row.candidate, row.criterion): marks.cell(row.win_rate) for row in found.rates}
    body = tuple(
        (run.name, name, *(cells.get((run.name, name, criterion), NONE) for criterion in found.criteria))
        for run in found.runs
        for name in run.candidates
    )
    return Table(
        f"Win rates against {found.runs[0].reference}",
        _head(found),
        ("run", "candidate", *found.criteria),
        body,
        ("Over all comparisons of each run; the differences below are over common comparisons only.", *marks.notes()),
        labels=2,
    )


def _agreements(found: SeveralRuns) -> Table:
    marks = EstimateFormatter(
        "question",
        f"95% {INTERVAL}, by question, {found.agreement_resamples:,} resamples, seed {found.seed}",
    )
    body = tuple(
        (
            f"{row.first} and {row.second}",
            row.criterion,
            marks.cell(row.agreement),
            marks.cell(row.kappa),
            marks.cell(row.alpha),
            f"{row.common:,}",
            f"{row.inconsistent:,}",
            f"{row.missing:,}",
            f"{row.other_texts:,}",
        )
        for row in found.agreements
    )
    return Table(
        "Agreement between judges", _head(found),
        ("runs", "criterion", "agreement", "Cohen's kappa", "Krippendorff's alpha", "common", INCONSISTENT, "missing",
         "other texts"), body,
        ("On common comparisons with the same texts. Inconsistent verdicts count as disagreement in the agreement "
         "rate, and are excluded from kappa and alpha (nominal). Missing: no verdict in one of the runs; excluded.",
         *marks.notes()), labels=2,
    )  # fmt: skip


def _differences(found: SeveralRuns) -> Table:
    marks = EstimateFormatter("question", f"95% {METHOD}, paired by item and sample, by question")
    body = tuple(
        (
            f"{row.second} minus {row.first}",
            _candidates(row.first_candidate, row.second_candidate),
            row.criterion,
            or_dash(row.first_value),
            or_dash(row.second_value),
            marks.cell(row.difference, signed=True),
            p_cell(row.p),
            p_cell(row.p_holm),
            f"{row.paired:,}",
            f"{row.same_texts:,}",
            f"{row.missing:,}",
            f"{row.only_first + row.only_second:,}",
        )
        for row in found.differences
    )
    return Table(
        "Differences of win rates", _head(found),
        ("runs", "candidate", "criterion", "first", "second", "difference", "p", "p (Holm)", "paired", "same texts",
         "missing", "in one only"), body,
        (f"Over items scored in both runs. {P_VALUE.format(what='runs')} Holm: over all rows of a criterion. Same "
         "texts: paired items with equal responses in both runs; there only the judging differs.",
         *marks.notes()), labels=3,
    )  # fmt: skip


def _candidates(first: str, second: str) -> str:
    return first if first == second else f"{second} minus {first}"
