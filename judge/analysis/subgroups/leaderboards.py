"""Leaderboards over the comparisons of one run, or of several of one judge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from judge.core.errors import UsageError
from judge.core.files.rows import named
from judge.core.records import Verdict
from judge.judging.stored_verdicts import read_verdicts, run_settings
from judge.judging.verdicts import InconsistentRule
from judge.stats.leaderboard.all_pairs import contestants_of, is_star, leaderboards
from judge.stats.leaderboard.bradley_terry import Leaderboard
from judge.stats.win_rates.two_way import GeneralizeTo
from judge.stats.win_rates.verdict_table import verdict_tables


def run_leaderboards(
    runs: Sequence[Path], *, to: GeneralizeTo = "questions", seed: int, rule: InconsistentRule | None = None
) -> tuple[Leaderboard, ...]:
    """Compute a leaderboard for each criterion that all runs have.

    Args:
        runs: Run directories of one judge, or tables of judgments.
        to: What the intervals generalise to: other questions, or other subgroups, too.
        seed: Seed of the rank sets.
        rule: How orders that differ are scored, in tables of judgments.

    Returns:
        One per criterion; none where all comparisons of one run are with one reference: its win rates say the same.

    Raises:
        UsageError: The runs have different judges or rules, or no criterion in common.
    """
    about = [run_settings(run, rule) for run in runs]
    if len({(each.judge, each.inconsistent) for each in about}) > 1:
        raise UsageError(
            f"the runs have different judges or rules: {named(sorted({each.judge for each in about}))}",
            hint="a leaderboard needs runs of one judge and one --inconsistent rule",
        )
    criteria = tuple(name for name in about[0].criteria if all(name in each.criteria for each in about))
    if not criteria:
        raise UsageError("the runs have no criterion in common", hint="judge them with the same prompt")
    tables = [
        table
        for run, each in zip(runs, about, strict=True)
        for table in verdict_tables(_of(read_verdicts(run, rule), criteria), criteria, partial=each.partial)
    ]
    if len(runs) == 1 and is_star(tables):
        return ()
    known = dict.fromkeys(name for each in about for name in each.contestants)
    names = contestants_of(tables)
    return leaderboards(tables, [name for name in known if name in names], to=to, seed=seed)


def _of(verdicts: Iterable[Verdict], criteria: tuple[str, ...]) -> Iterator[Verdict]:
    return (row for row in verdicts if row.criterion in criteria)
