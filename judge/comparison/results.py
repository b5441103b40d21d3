"""Compute a run's verdicts, summary and tables from its directory. Makes no call."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from judge.comparison.families import same_family
from judge.comparison.files import write_summary, write_verdicts
from judge.comparison.imitations import ImitationCounts
from judge.comparison.refusal_counts import RefusalCounts
from judge.comparison.run import Run
from judge.comparison.summary import How, Spent, Summary, summarize
from judge.core.files import run_directory as rundir
from judge.core.files.journal import Damage, describe
from judge.core.files.manifest import JudgingManifest, JudgingResults, MadeFrom
from judge.core.files.rows import file_sha256
from judge.core.records import Comparison, Verdict
from judge.core.refusal_calls.calls import refusal_journal
from judge.judging.call_plan import Plan
from judge.judging.checked_judgments import read_judgments
from judge.judging.expert.calls import expert_sha256
from judge.judging.expert.rates import expert_rates
from judge.judging.open_run import open_plan
from judge.judging.reply_parser.doubts import WINNERS_FIRST
from judge.judging.reply_parser.reread import Reread, reread
from judge.judging.verdicts import InconsistentRule, JournalState, journal_state, resolve
from judge.stats.estimate import LEVEL, RESAMPLES
from judge.stats.formatting import counted
from judge.stats.intervals.share_interval import METHOD
from judge.stats.win_rates.two_way import CLUSTERED_BY, TWO_WAY, GeneralizeTo


@dataclass
class _Reading:
    """A run's journal, read under one rule."""

    folder: Path
    manifest: JudgingManifest
    plan: Plan
    rule: InconsistentRule
    resamples: int
    to: GeneralizeTo
    state: JournalState
    damage: list[Damage]
    refusals: RefusalCounts
    again: Reread | None = None
    imitations: ImitationCounts = field(default_factory=ImitationCounts)

    def verdicts(self) -> Iterator[Verdict]:
        """The verdicts, in planned order. Read to the end, they complete ``imitations`` and ``refusals``."""
        return resolve(self.plan, self.state, self.manifest.criteria, self.rule, self._look_at)

    def _look_at(self, comparison: Comparison) -> None:
        self.imitations.add(comparison)
        self.refusals.add(comparison)


def write_results(
    folder: Path,
    manifest: JudgingManifest,
    plan: Plan,
    rule: InconsistentRule,
    resamples: int = RESAMPLES,
    again: Reread | None = None,
    *,
    to: GeneralizeTo = "questions",
) -> Run:
    """Resolve verdicts, compute the summary, and write both; the manifest gets the counts.

    The manifest also gets what the numbers were made from (``made_from``): with another journal they are out of date.
    It is written last: after a kill old results are seen to be old.
    """
    made_from = _made_from(folder, manifest)
    reading = _read(folder, manifest, plan, rule, resamples, to, again)
    summary = _summarize(reading, write_verdicts(reading.verdicts(), folder / rundir.VERDICTS))
    write_summary(summary, folder)
    results = JudgingResults(
        inconsistent=rule,
        generalize_to=to,
        resamples=resamples,
        reparsed=again is not None,
        made_from=made_from,
        counts=summary.counts.model_dump(exclude={"reasons", "examples"}),
        spent=summary.spent.model_dump(),
        models_returned=summary.how.models_returned,
        fingerprints=dict(reading.state.fingerprints),
        wall_seconds=manifest.wall_seconds,
    )
    manifest = manifest.model_copy(update={"results": results})
    rundir.write_manifest(folder, manifest)
    return Run(folder, manifest, summary)


def load_run(folder: Path) -> Run:
    """Load a run from disk. Its numbers are computed again where the journal has changed since; nothing is written.

    Raises:
        RunDirectoryError: The folder has no run.
    """
    return Run(folder, rundir.require_manifest(folder), load_summary(folder))


def summary_for(folder: Path, to: GeneralizeTo | None) -> Summary:
    """Read the summary as :func:`load_summary`; with intervals for ``to`` where it was written for another target."""
    summary = load_summary(folder)
    if to is None or to == summary.how.generalize_to or summary.notes:
        return summary
    return resolve_again(folder, to=to).model_copy(update={"notes": ()})


def load_summary(folder: Path) -> Summary:
    """Read the summary as last written; compute it again where the journal has changed since, as ``notes`` say.

    A summary of schema version 1 (before version 2 recorded the methods and flags of estimates) is computed again from
    the same verdicts, without a note. Nothing is written.

    Raises:
        RunDirectoryError: The folder has no run.
    """
    manifest = rundir.require_manifest(folder)
    if manifest.results is not None and manifest.results.made_from == _made_from(folder, manifest):
        try:
            written = (folder / rundir.SUMMARY).read_bytes()
            found = json.loads(written)
            if isinstance(found, dict) and "counts" in found and "schema_version" not in found:
                summary = resolve_again(folder)
                return summary.model_copy(update={"notes": ()})
            return Summary.model_validate_json(written)
        except OSError:
            why = f"{rundir.SUMMARY} is not there"
        except ValueError:
            why = f"{rundir.SUMMARY} was written by another version, or is damaged"
    elif manifest.results is not None:
        why = "The judgments, --limit or --sequence have changed since the tables were last written"
    else:
        why = "The run has not been finished"
    summary = resolve_again(folder)
    note = f"{why}: these numbers were computed from the journal. `judge show {folder} --write` writes them."
    return summary.model_copy(update={"notes": (note,)})


def resolve_again(
    folder: Path,
    *,
    rule: InconsistentRule | None = None,
    resamples: int | None = None,
    reparse: bool = False,
    write: bool = False,
    to: GeneralizeTo | None = None,
) -> Summary:
    """Compute the numbers again from the journal, under another rule or with replies parsed again. Makes no call.

    Args:
        folder: The run directory.
        rule: How a comparison scores whose orders disagree; None as when results were last written.
        resamples: Recorded with the results, without effect on the intervals; None as when they were last written.
        reparse: Parse the raw replies again.
        write: Replace the files of the run by these numbers.
        to: What intervals generalise to; None as when results were last written.

    Raises:
        UsageError: ``to`` are other subgroups, too, and no comparison has a subgroup.
        RunDirectoryError: The folder has no run, or (to write) another process uses it.
    """
    rundir.require_manifest(folder)  # a lock would make the folder
    with rundir.locked(folder) if write else nullcontext():
        manifest = rundir.require_manifest(folder)
        plan = open_plan(folder, manifest, manifest.limit)
        before = manifest.results or JudgingResults()
        rule = rule or before.inconsistent
        resamples = resamples or before.resamples or RESAMPLES
        again = reread(folder) if reparse or before.reparsed else None
        to = to or before.generalize_to
        if write:
            return write_results(folder, manifest, plan, rule, resamples, again, to=to).summary
        reading = _read(folder, manifest, plan, rule, resamples, to, again)
        summary = _summarize(reading, reading.verdicts())
    note = f"Not written: the files in {folder} keep their numbers. --write replaces them."
    return summary.model_copy(update={"notes": (note,)})


def _journal(folder: Path) -> Path:
    return folder / rundir.JOURNAL


def _read(
    folder: Path,
    manifest: JudgingManifest,
    plan: Plan,
    rule: InconsistentRule,
    resamples: int,
    to: GeneralizeTo,
    again: Reread | None,
) -> _Reading:
    damage: list[Damage] = []
    state = journal_state(read_judgments(folder, manifest.criteria, damage.append, reparsed=again is not None), again)
    return _Reading(folder, manifest, plan, rule, resamples, to, state, damage, RefusalCounts(folder, manifest), again)


def _made_from(folder: Path, manifest: JudgingManifest) -> MadeFrom:
    """What decides the numbers beside the rule: the journals, and how much of the plan is judged."""
    journal = _journal(folder)
    refusals = refusal_journal(folder, manifest.refusals)
    more: dict[str, Any] = {} if refusals is None else {"refusals_sha256": file_sha256(refusals)}
    if manifest.sequence is not None:
        more["sequence"] = manifest.sequence
    if (expert := expert_sha256(folder, manifest)) is not None:
        more["expert_sha256"] = expert
    sha256 = file_sha256(journal) if journal.exists() else None
    return MadeFrom(journal_sha256=sha256, limit=manifest.limit, **more)


def _summarize(reading: _Reading, verdicts: Iterator[Verdict]) -> Summary:
    manifest, state = reading.manifest, reading.state
    config = manifest.configuration
    prompt = config.prompt
    how = How(
        judge=config.judge,
        endpoint=manifest.endpoint,
        is_llm=config.is_llm,
        models_returned=dict(sorted(state.models.items())),
        prompt=prompt.name,
        prompt_version=prompt.version,
        prompt_sha256=prompt.sha256,
        criteria=manifest.criteria,
        orders=config.orders,
        repeats=config.repeats,
        inconsistent=reading.rule,
        interval=METHOD if reading.to == "questions" else TWO_WAY,
        clustered_by=CLUSTERED_BY[reading.to],
        generalize_to=reading.to,
        level=LEVEL,
        resamples=reading.resamples,
        seed=config.seed,
        apart=config.criteria == "apart",
        all_pairs=config.all_pairs,
        pairs_per_item=config.pairs_per_item,
    )
    planned: dict[str, None] = {}
    kept = list(verdicts) if manifest.expert is not None else None
    summary = summarize(
        _noting(verdicts if kept is None else iter(kept), planned),
        name=reading.folder.name,
        how=how,
        reasons=state.reasons(),
        spent=_spent(state, manifest, sum(session.unrecorded or 0 for session in manifest.sessions)),
        on_disk=sum(map(len, state.calls.values())),
        contestants=manifest.contestants,
        left_out=manifest.left_out,
        times=reading.plan.times if config.orders == "adaptive" else None,
    )
    expert = None
    if kept is not None:
        expert = expert_rates(reading.folder, manifest, reading.plan, kept, reading.rule, reading.again, to=reading.to)
    return summary.model_copy(
        update={
            "expert": None if expert is None else expert.rates,
            "expert_spent": None if expert is None else _spent(expert.state, manifest),
            "warnings": tuple(_warnings(reading, planned)),
            "refusals": reading.refusals.rows(),
            "refusals_spent": reading.refusals.spent,
            "decision": manifest.decision,
            "pilot_orders": manifest.pilot_orders,
        }
    )


def _spent(state: JournalState, manifest: JudgingManifest, unrecorded: int = 0) -> Spent:
    """What a journal's rows took; ``unrecorded`` requests have none."""
    return Spent(
        requests=state.requests + unrecorded,
        replies=state.rows,
        input_tokens=state.input_tokens,
        output_tokens=state.output_tokens,
        cost=state.cost,
        replies_without_cost=state.rows_without_cost,
        currency=manifest.prices.currency,
        taken_over=dict(sorted(state.taken_over.items())),
    )


def _noting(verdicts: Iterator[Verdict], planned: dict[str, None]) -> Iterator[Verdict]:
    """Pass verdicts on, and note their comparisons."""
    for verdict in verdicts:
        planned[verdict.comparison_id] = None
        yield verdict


def _doubts(state: JournalState, planned: Iterable[str]) -> Iterator[str]:
    """Warn of verdicts that count and deserve a look: winners before reasons, analyses that name the other response."""
    flags: Counter[str] = Counter()
    judged = 0
    for name in planned:
        for call in state.calls.get(name, {}).values():
            judged += call.status == "ok"
            flags.update(call.flags)
    if first := flags.pop(WINNERS_FIRST, 0):
        yield (
            f"{first:,} of {judged:,} replies name a winner before the reasons, so the reasons did not lead to it; "
            "some servers sort keys: --structured-output text keeps the order of the prompt"
        )
    others = {flag.partition(":")[2]: number for flag, number in sorted(flags.items())}
    if others:
        by_criterion = ", ".join(f"{criterion} {number:,}" for criterion, number in others.items())
        yield (
            f"in some of {judged:,} replies an analysis prefers the response that is not named as the winner "
            f"({by_criterion}): these verdicts are doubtful; the named winner counts"
        )


def _warnings(reading: _Reading, planned: Iterable[str]) -> Iterator[str]:
    manifest, state = reading.manifest, reading.state
    models = {name: tuple(entry.models) for name, entry in manifest.contestants.items()}
    config = manifest.configuration
    if config.is_llm:
        yield from same_family(config.judge, models)
    if len(state.models) > 1:
        yield f"replies came from several models: {', '.join(sorted(state.models))}"
    yield from _doubts(state, planned)
    if imitated := reading.imitations.warning:
        yield imitated
    if allowed := config.allow:
        yield f"checks were switched off with --allow: {', '.join(allowed)}"
    if lost := manifest.reply_modes_lost:
        yield f"structured output changed during the run: the endpoint stopped supporting {', '.join(lost)}"
    if reading.damage:
        yield (
            f"Damaged in the journal, and not counted: {counted(len(reading.damage), 'row')} "
            f"({'; '.join(describe(reading.damage))}); rerun the command: it moves them to judgments.damaged.jsonl, "
            "and makes those of their calls again that are planned"
        )
    yield from manifest.warnings
