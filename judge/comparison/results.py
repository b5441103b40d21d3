"""Compute a run's verdicts, summary and tables from its directory. Makes no call."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from judge.comparison.files import write_summary, write_verdicts
from judge.comparison.imitations import ImitationCounts
from judge.comparison.panels.change import PanelChange
from judge.comparison.refusal_counts import RefusalCounts
from judge.comparison.run import Run
from judge.comparison.summary import How, Spent, Summary, summarize
from judge.core.files import run_directory as rundir
from judge.core.files.journal import Damage, describe
from judge.core.files.manifest import JudgingManifest, JudgingResults, MadeFrom, PanelBy
from judge.core.files.rows import file_sha256
from judge.core.records import Comparison, Verdict
from judge.core.refusal_calls.calls import refusal_journal
from judge.judging.call_plan import Plan
from judge.judging.checked_judgments import read_judgments
from judge.judging.expert.calls import expert_sha256
from judge.judging.expert.rates import expert_rates
from judge.judging.families import same_family
from judge.judging.journal_state import JournalState, journal_state
from judge.judging.open_run import open_plan
from judge.judging.panels.rates import panel_rates
from judge.judging.panels.read_judges import (
    LeftOutJudge,
    ReadJudge,
    all_together,
    calls_on_disk,
    folders,
    panel_sha256,
    read_left_out,
    read_panel,
    reasons,
)
from judge.judging.panels.votes import Votes, combined, panel_verdicts, read_votes
from judge.judging.panels.weights import unweighted, weights_of
from judge.judging.reply_parser.doubts import WINNERS_FIRST
from judge.judging.reply_parser.reread import Reread, reread
from judge.judging.verdicts import InconsistentRule, resolve
from judge.stats.estimate import LEVEL, RESAMPLES, FloatArray
from judge.stats.formatting import counted
from judge.stats.intervals.share_interval import METHOD
from judge.stats.win_rates.two_way import CLUSTERED_BY, TWO_WAY, GeneralizeTo


@dataclass(frozen=True)
class _Panel:
    """The judges of a panel, their votes, and the panel's scores (n, C) with the weights (n, J, C) that led to them."""

    by: PanelBy
    judges: Sequence[ReadJudge]
    votes: Votes
    scores: FloatArray
    weights: FloatArray | None


@dataclass
class _Reading:
    """A run's journal, or those of its judges, read under one rule."""

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
    panel: _Panel | None = None
    left_out: Sequence[LeftOutJudge] = ()
    imitations: ImitationCounts = field(init=False)

    def __post_init__(self) -> None:
        self.imitations = ImitationCounts(len(self.manifest.contestants))

    def verdicts(self) -> Iterator[Verdict]:
        """The verdicts, in planned order. Read to the end, they complete ``imitations`` and ``refusals``."""
        if self.panel is not None:
            return panel_verdicts(self.plan, self.panel.votes, self.panel.scores, self._look_at)
        return resolve(self.plan, self.state, self.manifest.criteria, self.rule, self._look_at)

    @property
    def reasons(self) -> dict[str, tuple[str, str]]:
        """The most frequent words of each kind of failure."""
        return self.state.reasons() if self.panel is None else reasons(self.panel.judges)

    @property
    def on_disk(self) -> int:
        """The calls with a result."""
        return self.state.calls.number if self.panel is None else calls_on_disk(self.panel.judges)

    @property
    def unrecorded(self) -> int:
        """Requests of calls that have no row."""
        manifests = [self.manifest] if self.panel is None else [each.manifest for each in self.panel.judges]
        manifests += [each.manifest for each in self.left_out]
        return sum(session.unrecorded or 0 for each in manifests for session in each.sessions)

    @property
    def spent(self) -> Spent:
        """What the run took, by judges that are not named any more, too."""
        state = self.state
        if self.left_out:
            state = all_together([state, *(each.state for each in self.left_out)])
        found = _spent(state, self.manifest, self.unrecorded)
        return found.model_copy(update={"left_out": {each.name: each.state.cost for each in self.left_out}})

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
    reparsed: bool = False,
    to: GeneralizeTo = "questions",
) -> Run:
    """Resolve verdicts, compute the summary, and write both; the manifest gets the counts.

    The manifest also gets what the numbers were made from (``made_from``): with another journal they are out of date.
    It is written last: after a kill old results are seen to be old.
    """
    made_from = _made_from(folder, manifest)
    reading = _read(folder, manifest, plan, rule, resamples, to, again, reparsed=reparsed)
    summary = _summarize(reading, write_verdicts(reading.verdicts(), folder / rundir.VERDICTS))
    write_summary(summary, folder)
    results = JudgingResults(
        inconsistent=rule,
        generalize_to=to,
        resamples=resamples,
        reparsed=reparsed,
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
    panel: PanelChange | None = None,
) -> Summary:
    """Compute the numbers again from the journal, under another rule or with replies parsed again. Makes no call.

    Args:
        folder: The run directory.
        rule: How a comparison scores whose orders disagree; None as when results were last written.
        resamples: Recorded with the results, without effect on the intervals; None as when they were last written.
        reparse: Parse the raw replies again.
        write: Replace the files of the run by these numbers.
        to: What intervals generalise to; None as when results were last written.
        panel: What is changed of how the judges of a panel decide.

    Raises:
        UsageError: ``panel`` is given, and the run has one judge; ``to`` are other subgroups, too, and no comparison
            has a subgroup.
        RunDirectoryError: The folder has no run, or (to write) another process uses it.
    """
    rundir.require_manifest(folder)  # a lock would make the folder
    with rundir.locked(folder) if write else nullcontext():
        manifest = rundir.require_manifest(folder)
        plan = open_plan(folder, manifest, manifest.limit)
        if panel is not None:
            manifest = panel.applied(folder, manifest, plan, write=write)
        before = manifest.results or JudgingResults()
        rule = rule or before.inconsistent
        resamples = resamples or before.resamples or RESAMPLES
        reparsed = reparse or before.reparsed
        again = reread(folder) if reparsed and manifest.panel is None else None
        to = to or before.generalize_to
        if write:
            for _, own in folders(folder, manifest):
                resolve_again(own, rule=rule, resamples=resamples, reparse=reparse, write=True, to=to)
            return write_results(folder, manifest, plan, rule, resamples, again, reparsed=reparsed, to=to).summary
        reading = _read(folder, manifest, plan, rule, resamples, to, again, reparsed=reparsed)
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
    *,
    reparsed: bool,
) -> _Reading:
    damage: list[Damage] = []
    panel = None
    found = read_panel(folder, manifest, damage, reparsed=reparsed)
    if found is None:
        rows = read_judgments(folder, manifest.criteria, damage.append, reparsed=reparsed)
        state = journal_state(rows, again)
    else:
        by, judges = found
        votes = read_votes(plan, judges, manifest.criteria, rule)
        weights = weights_of(folder, by, votes, manifest.configuration.seed)
        panel = _Panel(by, judges, votes, combined(votes, by, weights), weights)
        state = all_together([each.state for each in judges])
    refusals = RefusalCounts(folder, manifest)
    left_out = read_left_out(folder, manifest)
    return _Reading(folder, manifest, plan, rule, resamples, to, state, damage, refusals, again, panel, left_out)


def _made_from(folder: Path, manifest: JudgingManifest) -> MadeFrom:
    """What decides the numbers beside the rule: the journals, and how much of the plan is judged."""
    journal = _journal(folder)
    refusals = refusal_journal(folder, manifest.refusals)
    more: dict[str, Any] = {} if refusals is None else {"refusals_sha256": file_sha256(refusals)}
    if manifest.sequence is not None:
        more["sequence"] = manifest.sequence
    if (expert := expert_sha256(folder, manifest)) is not None:
        more["expert_sha256"] = expert
    if manifest.without:
        more["without"] = manifest.without
    if (panel := panel_sha256(folder, manifest)) is not None:
        more["panel_sha256"] = panel
    sha256 = file_sha256(journal) if journal.exists() else None
    return MadeFrom(journal_sha256=sha256, limit=manifest.limit, **more)


def _summarize(reading: _Reading, verdicts: Iterator[Verdict]) -> Summary:
    manifest, state = reading.manifest, reading.state
    config = manifest.configuration
    prompt = config.prompt
    how = How(
        judge=manifest.judge,
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
    states = [state] if reading.panel is None else [each.state for each in reading.panel.judges]
    doubts = [_Doubts(each) for each in states]
    kept = list(verdicts) if manifest.expert is not None else None
    summary = summarize(
        _passing(doubts, verdicts if kept is None else iter(kept)),
        name=reading.folder.name,
        how=how,
        reasons=reading.reasons,
        spent=reading.spent,
        on_disk=reading.on_disk,
        contestants=manifest.contestants,
        left_out=manifest.left_out,
    )
    found = reading.panel
    panel = (
        None
        if found is None
        else panel_rates(manifest, found.by, found.judges, found.votes, found.scores, found.weights)
    )
    expert = None
    if kept is not None:
        expert = expert_rates(reading.folder, manifest, reading.plan, kept, reading.rule, reading.again, to=reading.to)
    return summary.model_copy(
        update={
            "panel": panel,
            "expert": None if expert is None else expert.rates,
            "expert_spent": None if expert is None else _spent(expert.state, manifest),
            "warnings": tuple(_warnings(reading, doubts)),
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


class _Doubts:
    """Verdicts that count and deserve a look: winners before reasons, analyses that name the other response."""

    def __init__(self, state: JournalState) -> None:
        self._state = state
        self._flags: Counter[str] = Counter()
        self._judged = 0

    def look(self, comparison: str) -> None:
        """Look at the calls of a comparison."""
        for call in self._state.calls.get(comparison, {}).values():
            self._judged += call.status == "ok"
            self._flags.update(call.flags)

    def warnings(self) -> Iterator[str]:
        """Warn of what the judge's replies show, when all verdicts were passed on."""
        if len(self._state.models) > 1:
            yield f"replies came from several models: {', '.join(sorted(self._state.models))}"
        flags, judged = self._flags, self._judged
        if first := flags.get(WINNERS_FIRST, 0):
            yield (
                f"{first:,} of {judged:,} replies name a winner before the reasons, so the reasons did not lead to it; "
                "some servers sort keys: --structured-output text keeps the order of the prompt"
            )
        others = {flag.partition(":")[2]: number for flag, number in sorted(flags.items()) if flag != WINNERS_FIRST}
        if others:
            by_criterion = ", ".join(f"{criterion} {number:,}" for criterion, number in others.items())
            yield (
                f"in some of {judged:,} replies an analysis prefers the response that is not named as the winner "
                f"({by_criterion}): these verdicts are doubtful; the named winner counts"
            )


def _passing(doubts: Sequence[_Doubts], verdicts: Iterable[Verdict]) -> Iterator[Verdict]:
    """Pass verdicts on, those of a comparison one after the other, and look at the calls of each comparison."""
    last = None
    for verdict in verdicts:
        if verdict.comparison_id != last:
            last = verdict.comparison_id
            for each in doubts:
                each.look(last)
        yield verdict


def _warnings(reading: _Reading, doubts: Sequence[_Doubts]) -> Iterator[str]:
    manifest = reading.manifest
    models = {name: tuple(entry.models) for name, entry in manifest.contestants.items()}
    config = manifest.configuration
    if reading.panel is not None:
        for each, own_doubts in zip(reading.panel.judges, doubts, strict=True):
            own = {name: found for name, found in models.items() if name not in each.about.without}
            yield from same_family(each.about.judge, own)
            yield from (f"{each.about.name}: {text}" for text in own_doubts.warnings())
        if alike := unweighted(reading.folder, reading.panel.by, manifest.criteria):
            yield f"no label under {', '.join(alike)}: there all judges weigh alike, as in their mean"
    else:
        if config.is_llm:
            yield from same_family(config.judge, models)
        yield from doubts[0].warnings()
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
