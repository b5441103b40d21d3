"""What a run's judge said of each comparison: as a whole from its verdicts, in each order alone from its journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from judge.core.errors import InputError
from judge.core.files import run_directory as rundir
from judge.core.files.journal import read_journal
from judge.core.records import Judgment, Order, Verdict
from judge.human_labels.read_labels import INCONSISTENT, meaning
from judge.judging.reply_parser import ReplyParser
from judge.judging.stored_verdicts import read_verdicts, verdict_label
from judge.judging.verdicts import CallState, journal_state
from judge.prompts import load_prompt
from judge.stats.agreement.presentation_orders import Readings
from judge.stats.agreement.ratings import IntArray

ORDERS: tuple[Order, Order] = ("reference_first", "candidate_first")
INVALID = "invalid"
_SCORES = {1.0: "candidate", 0.0: "reference", 0.5: "tie"}


@dataclass
class RunJudge:
    """By criterion and comparison: the judge's label (None: it was not asked all there is to ask), and that by order.

    ``questions`` has the question of each comparison.
    """

    questions: dict[str, str] = field(default_factory=dict)
    labels: dict[str, dict[str, str | None]] = field(default_factory=dict)
    by_order: dict[str, dict[str, dict[Order, str]]] = field(default_factory=dict)

    def readings(self, criterion: str, places: Mapping[str, int], coded: Mapping[str, int]) -> Readings:
        """All comparisons of the run in each order; ``places`` of those that people labelled, ``coded`` the labels."""
        mine = self.by_order[criterion]
        codes = [[coded[mine[name][order]] if order in mine[name] else -1 for order in ORDERS] for name in mine]
        questions = np.unique(np.array([self.questions[name] for name in mine]), return_inverse=True)[1]
        return Readings(
            ORDERS,
            np.array(codes, dtype=np.int64).reshape(len(mine), len(ORDERS)),
            np.array([places.get(name, -1) for name in mine], dtype=np.int64),
            np.asarray(questions, dtype=np.int64),
        )


def read_run_judge(folder: Path) -> RunJudge:
    """Read a run's verdicts, and from its journal the label of each order, even if the other order is missing.

    Args:
        folder: The run directory.

    Raises:
        InputError: A file cannot be read, or a comparison has two questions.
        RunDirectoryError: The folder holds no run.
    """
    found = RunJudge()
    calls = _calls(folder)
    for row in read_verdicts(folder):
        question = found.questions.setdefault(row.comparison_id, row.question_id)
        if question != row.question_id:
            raise InputError(
                f"the questions {question!r} and {row.question_id!r}",
                path=folder / rundir.VERDICTS,
                row=row.comparison_id,
                hint=f"`judge show {folder} --write` makes the file anew",
            )
        found.labels.setdefault(row.criterion, {})[row.comparison_id] = _whole(row)
        made = calls.get(row.comparison_id)
        found.by_order.setdefault(row.criterion, {})[row.comparison_id] = (
            _from_verdict(row) if made is None else _from_calls(made, row.criterion)
        )
    return found


def _calls(folder: Path) -> dict[str, dict[tuple[Order, int], CallState]]:
    """The calls as the verdicts were made from them: replies are parsed anew where the run's were."""
    results = rundir.require_manifest(folder).results
    reparsed = results is not None and results.reparsed
    parser = ReplyParser(load_prompt(folder / rundir.PROMPT)) if reparsed else None
    return journal_state(read_journal(folder / rundir.JOURNAL, Judgment), parser).calls


def _whole(verdict: Verdict) -> str | None:
    """The verdict as a label. Missing only because something was not asked: None, and not invalid."""
    if verdict.outcome == "missing" and set(verdict.failures) == {"not_asked"}:
        return None
    return verdict_label(verdict)


def _from_calls(made: Mapping[tuple[Order, int], CallState], criterion: str) -> dict[Order, str]:
    found: dict[Order, str] = {}
    for order in ORDERS:
        mine = [call for (shown, _), call in made.items() if shown == order]
        labels = {meaning(call.winners[criterion], order) for call in mine if call.status == "ok"}
        if mine:
            found[order] = INVALID if not labels else labels.pop() if len(labels) == 1 else INCONSISTENT
    return found


def _from_verdict(verdict: Verdict) -> dict[Order, str]:
    """Without a journal: an order without a score is invalid if any call failed, else it was not read."""
    scores = {"reference_first": verdict.reference_first, "candidate_first": verdict.candidate_first}
    failed = any(kind != "not_asked" for kind in verdict.failures)
    found: dict[Order, str] = {}
    for order in ORDERS:
        score = scores[order]
        if score is not None:
            found[order] = _SCORES.get(score, INCONSISTENT)
        elif failed and not verdict.repeats:
            found[order] = INVALID
    return found


def codes_of(labels: list[str | None], coded: Mapping[str, int]) -> IntArray:
    """The codes of labels, -1 where there is none."""
    return np.array([-1 if label is None else coded[label] for label in labels], dtype=np.int64)
