"""Judge until it is decided on which side of .5 a win rate lies: five looks at most, one error for all of them.

Comparisons are judged spread over questions. After each look the clustered test of the win rate is held against a
bound (:mod:`judge.stats.win_rates.early_decision`); the number of comparisons of the next look follows from the
variance so far. What is decided is claimed for other questions of this kind, as the intervals of the tables are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace

import numpy as np

from judge.comparison.compare import JudgingPreview
from judge.comparison.files import write_summary
from judge.comparison.fitting_prompt import with_prompt
from judge.comparison.run import Run
from judge.comparison.stopping.rounds import judge_round, refuse_all_pairs
from judge.core.calls.cost_estimate import accept
from judge.core.calls.events import Event, OnEvent, ignore
from judge.core.errors import UsageError
from judge.core.files import run_directory as rundir
from judge.core.files.manifest import CandidateDecision, Decision, DecisionEnd, DecisionLook
from judge.judging.open_run import folder_of
from judge.judging.settings import CompareSettings
from judge.judging.stored_verdicts import Pool, pair_pools, read_verdicts
from judge.prompts import load_prompt
from judge.stats.formatting import counted
from judge.stats.win_rates.early_decision import Design, Look, Next, fewest_questions, first_look, look_at
from judge.stats.win_rates.verdict_table import OUTCOMES, VerdictTable, verdict_tables


@dataclass(frozen=True)
class LookTaken(Event):
    """A look at one candidate, when it was taken."""

    candidate: str
    criterion: str
    number: int
    look: Look


@dataclass
class _Candidate:
    """One candidate's looks so far, and its next one; None where there is none."""

    design: Design
    looks: tuple[Look, ...] = ()
    planned: Next | None = field(default=None)


def compare_until_decided(
    settings: CompareSettings,
    criterion: str,
    *,
    design: Design | None = None,
    confirm: Callable[[JudgingPreview], bool] = accept,
    on_event: OnEvent = ignore,
) -> Run:
    """Judge until each candidate's win rate is decided to be above or below .5, or its last look has been taken.

    With m candidates each has an m-th of the error (Bonferroni), so that the error holds for all of them together.
    Calls that failed are asked again at the end of each look; comparisons that are still missing count against the
    decision. No look follows a session that was interrupted, stopped by an error, or at the limit on money.

    Args:
        settings: As for :func:`~judge.comparison.compare.compare`; ``limit`` is the most items that are judged, and
            ``sequence`` is ``spread``, whatever it was.
        criterion: The criterion whose win rates are decided on.
        design: Error, power, and the win rate that is to be found with this power.
        confirm: Asked before each session that makes calls.
        on_event: Told of progress, and of each :class:`LookTaken`.

    Returns:
        The run after the last look. ``summary.decision`` has the decisions, looks and bounds, and so has its manifest.

    Raises:
        UsageError: The prompt has no such criterion; the sequence is ``uniform``; a pair of contestants has too few
            questions for any decision, so that calls would be made for nothing.
        PersonaJudgeError: As :func:`~judge.comparison.compare.compare`.
    """
    refuse_all_pairs(settings)
    design = design or Design()
    chosen, _ = with_prompt(settings)
    prompt = load_prompt(str(chosen.prompt))
    criteria, folder = prompt.criteria, folder_of(chosen, prompt)
    if criterion not in criteria:
        raise UsageError(f"the prompt has no criterion {criterion!r}", hint=f"one of {', '.join(criteria)}")
    if settings.sequence == "uniform":
        raise UsageError("a decision needs comparisons that are spread over questions", hint="--sequence spread")

    def confirmed(preview: JudgingPreview) -> bool:
        _check_questions(pair_pools(folder), design, settings.limit)
        return confirm(preview)

    size, candidates = first_look(design, 2**62).comparisons, dict[str, _Candidate]()
    while True:
        limit = size if settings.limit is None else min(size, settings.limit)
        wanted = replace(settings, limit=limit, sequence="spread")
        run, _ = judge_round(wanted, confirm=confirmed, on_event=on_event)
        assert run.session is not None
        if run.session.ended_by != "done":
            return _written(run, criterion, design, candidates, run.session.ended_by)
        tables, pools = _tables(run, criterion), pair_pools(run.folder)
        for table in tables:
            each = candidates.setdefault(table.candidate, _first(design, len(tables), size))
            if each.planned is None:
                continue
            last = each.planned.is_last or limit == settings.limit
            planned = Next(limit, last)
            pool = pools[table.reference, table.candidate]
            look, each.planned = _look(each, planned, table, pool)
            each.looks += (look,)
            on_event(LookTaken(table.candidate, criterion, len(each.looks), look))
        sizes = [each.planned.comparisons for each in candidates.values() if each.planned is not None]
        if not sizes:
            return _written(run, criterion, design, candidates, "decided")
        size = max(*sizes, limit + 1)


def _check_questions(pools: Mapping[tuple[str, str], Pool], design: Design, limit: int | None) -> None:
    """Refuse pairs of which no result could be decided, before they are paid for."""
    fewest = fewest_questions(design.error / len(pools))
    for (reference, candidate), pool in pools.items():
        questions = pool.questions if limit is None else min(pool.questions, limit)
        if questions < fewest:
            raise UsageError(
                f"{candidate} and {reference} have {counted(questions, 'question')} to be compared on, and fewer than "
                f"{fewest} decide nothing at an error of {design.error:g}, whatever the verdicts",
                hint="add questions, or leave out --until-decided",
            )


def _first(design: Design, candidates: int, size: int) -> _Candidate:
    return _Candidate(replace(design, error=design.error / candidates), planned=Next(size, is_last=False))


def _tables(run: Run, criterion: str) -> list[VerdictTable]:
    return verdict_tables((row for row in read_verdicts(run.folder) if row.criterion == criterion), (criterion,))


def _look(candidate: _Candidate, planned: Next, table: VerdictTable, pool: Pool) -> tuple[Look, Next | None]:
    missing = table.outcomes[:, 0] == OUTCOMES.index("missing")
    return look_at(
        candidate.design, candidate.looks, planned, table.scores[:, 0], np.asarray(missing), table.clusters, pool
    )


def _written(run: Run, criterion: str, design: Design, candidates: dict[str, _Candidate], ended_by: DecisionEnd) -> Run:
    """Write the decision into the run's manifest and summary."""
    decision = Decision(
        criterion=criterion,
        error=design.error,
        power=design.power,
        detect=design.detect,
        ended_by=ended_by,
        candidates=tuple(
            CandidateDecision(
                candidate=name,
                decision=_outcome(each),
                looks=tuple(DecisionLook(**asdict(look)) for look in each.looks),
            )
            for name in run.manifest.contestants
            if (each := candidates.get(name)) is not None
        ),
    )
    with rundir.locked(run.folder):
        manifest = rundir.require_manifest(run.folder).model_copy(update={"decision": decision})
        summary = run.summary.model_copy(update={"decision": decision})
        write_summary(summary, run.folder)
        rundir.write_manifest(run.folder, manifest)
    return replace(run, manifest=manifest, summary=summary)


def _outcome(candidate: _Candidate) -> str | None:
    if not candidate.looks or candidate.planned is not None:
        return None
    return candidate.looks[-1].decision or "undecided"
