"""Bradley-Terry strengths over several runs of one judge, in which all pairs of contestants were compared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from judge.analysis.subgroups.records import StrengthRow
from judge.core.errors import UsageError
from judge.core.files.rows import named
from judge.judging.stored_verdicts import read_verdicts, run_settings
from judge.judging.verdicts import InconsistentRule
from judge.stats.win_rates.bradley_terry import bradley_terry


def strength_rows(runs: Sequence[Path], *, seed: int, rule: InconsistentRule | None = None) -> list[StrengthRow]:
    """Compute Bradley-Terry strengths for each criterion that all runs have.

    Args:
        runs: Run directories of one judge.
        seed: Seed of the bootstrap.
        rule: How orders that differ are scored, in tables of judgments.

    Raises:
        UsageError: The runs have different judges or rules, or no criterion in common.
    """
    about = [run_settings(run, rule) for run in runs]
    if len({(each.judge, each.inconsistent) for each in about}) > 1:
        raise UsageError(
            f"the runs have different judges or rules: {named(sorted({each.judge for each in about}))}",
            hint="strengths need runs of one judge and one --inconsistent rule",
        )
    criteria = [name for name in about[0].criteria if all(name in each.criteria for each in about)]
    if not criteria:
        raise UsageError("the runs have no criterion in common", hint="judge them with the same prompt")
    rows = [row for run in runs for row in read_verdicts(run, rule)]
    names = list(dict.fromkeys(name for row in rows for name in (row.reference, row.candidate)))
    found: list[StrengthRow] = []
    for criterion in criteria:
        own = [row for row in rows if row.criterion == criterion]
        result = bradley_terry(
            names,
            _places(names, (row.reference for row in own)),
            _places(names, (row.candidate for row in own)),
            np.array([np.nan if row.score is None else row.score for row in own]),
            np.unique([row.question_id for row in own], return_inverse=True)[1].astype(np.int64),
            seed=seed,
        )
        found += [
            StrengthRow(criterion=criterion, contestant=name, strength=each, never_met=result.never_met)
            for name, each in zip(names, result.strengths, strict=True)
        ]
    return found


def _places(names: Sequence[str], these: Iterable[str]) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    place = {name: number for number, name in enumerate(names)}
    return np.array([place[name] for name in these], dtype=np.int64)
