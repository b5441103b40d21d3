"""Labels of a run's judge: per comparison from its verdicts, and per order from its journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from judge.core.errors import InputError
from judge.core.files import run_directory as rundir
from judge.core.files.journal import refuse
from judge.core.records import Order, Verdict
from judge.human_labels.read_labels import INCONSISTENT, meaning
from judge.judging.checked_judgments import read_judgments
from judge.judging.journal_state import CallState, CallStates, Slot, journal_state
from judge.judging.reply_parser.reread import reread
from judge.judging.stored_verdicts import read_verdicts, verdict_label
from judge.stats.agreement.presentation_orders import Readings
from judge.stats.agreement.ratings import IntArray

ORDERS: tuple[Order, Order] = ("reference_first", "candidate_first")
INVALID = "invalid"
_SCORES = {1.0: "candidate", 0.0: "reference", 0.5: "tie"}


@dataclass
class RunJudge:
    """Labels of a run's judge.

    Attributes:
        questions: Question of each comparison.
        labels: Label by criterion and comparison; None if calls of the comparison were not made.
        winners: The winner by criterion and comparison, where one order names it and the other is a tie.
        by_order: Label by criterion, comparison and order; empty for a panel, whose judges have orders of their own.
    """

    questions: dict[str, str] = field(default_factory=dict)
    labels: dict[str, dict[str, str | None]] = field(default_factory=dict)
    winners: dict[str, dict[str, str]] = field(default_factory=dict)
    by_order: dict[str, dict[str, dict[Order, str]]] = field(default_factory=dict)

    def readings(self, criterion: str, places: Mapping[str, int], coded: Mapping[str, int]) -> Readings | None:
        """Return the judge's labels of all comparisons of the run in each order; None of a panel.

        Args:
            criterion: The criterion.
            places: Index of each comparison among those with an annotator's label.
            coded: Code of each label.
        """
        if criterion not in self.by_order:
            return None
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

    The verdict of a panel is the side of its score: see :func:`side`.

    Args:
        folder: The run directory.

    Raises:
        InputError: A file cannot be read, or a comparison has two questions.
        RunDirectoryError: The folder is not a run directory.
    """
    found = RunJudge()
    is_panel = rundir.require_manifest(folder).panel is not None
    calls: Mapping[str, Mapping[Slot, CallState]] = {} if is_panel else _calls(folder)
    # A run has many comparisons and few combinations of labels: each text and each combination is kept once.
    texts: dict[str, str] = {}
    combinations: dict[tuple[tuple[Order, str], ...], dict[Order, str]] = {}
    for row in read_verdicts(folder):
        name = texts.setdefault(row.comparison_id, row.comparison_id)
        question = found.questions.setdefault(name, texts.setdefault(row.question_id, row.question_id))
        if question != row.question_id:
            raise InputError(
                f"the comparison has two questions, {question!r} and {row.question_id!r}",
                path=folder / rundir.VERDICTS,
                row=row.comparison_id,
                hint=f"`judge show {folder} --write` writes the file again",
            )
        found.labels.setdefault(row.criterion, {})[name] = side(row) if is_panel else _whole(row)
        if is_panel:
            continue
        orders = {row.reference_first, row.candidate_first} - {0.5}
        if row.outcome == "inconsistent" and len(orders) == 1 and (winner := _SCORES.get(orders.pop() or 0.0)):
            found.winners.setdefault(row.criterion, {})[name] = winner
        made = calls.get(name)
        labels = _from_verdict(row) if made is None else _from_calls(made, row.criterion)
        labels = combinations.setdefault(tuple(labels.items()), labels)
        found.by_order.setdefault(row.criterion, {})[name] = labels
    return found


def side(verdict: Verdict) -> str | None:
    """Return the contestant that a score favours, by how little it may be, as a label.

    At 1/2 it is a tie where all judges and orders say so, else inconsistent. None, not invalid, where calls were not
    made.
    """
    if verdict.score is None or verdict.score == 0.5:
        return _whole(verdict)
    return "candidate" if verdict.score > 0.5 else "reference"


def _calls(folder: Path) -> CallStates:
    """Read the calls behind the verdicts; replies are parsed again if those of the run were."""
    manifest = rundir.require_manifest(folder)
    reparsed = manifest.results is not None and manifest.results.reparsed
    again = reread(folder) if reparsed else None
    return journal_state(read_judgments(folder, manifest.criteria, refuse, reparsed=reparsed), again).calls


def _whole(verdict: Verdict) -> str | None:
    """Return the verdict as a label; None, not invalid, if it is missing only because calls were not made."""
    if verdict.outcome == "missing" and set(verdict.failures) == {"not_asked"}:
        return None
    return verdict_label(verdict)


def _from_calls(made: Mapping[Slot, CallState], criterion: str) -> dict[Order, str]:
    found: dict[Order, str] = {}
    for order in ORDERS:
        mine = [call for (shown, _, of), call in made.items() if shown == order and of in (None, criterion)]
        labels = {meaning(call.winners[criterion], order) for call in mine if call.status == "ok"}
        if mine:
            found[order] = INVALID if not labels else labels.pop() if len(labels) == 1 else INCONSISTENT
    return found


def _from_verdict(verdict: Verdict) -> dict[Order, str]:
    """Derive labels without a journal: an order without a score is invalid if any call failed, else not judged."""
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
    """Return the codes of labels (U,), -1 where there is none."""
    return np.array([-1 if label is None else coded[label] for label in labels], dtype=np.int64)
