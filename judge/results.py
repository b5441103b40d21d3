"""From a run directory to its numbers: verdicts, summary and tables, without a call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from judge.core import rundir
from judge.core.errors import RunDirectoryError
from judge.core.journal import read_journal
from judge.core.records import Judgment, Verdict
from judge.families import same_family
from judge.parse import ReplyParser
from judge.plan import Plan
from judge.report.files import write_summary, write_verdicts
from judge.run import open_plan
from judge.stats.bootstrap import LEVEL, RESAMPLES
from judge.summary import How, Spent, Summary, interval_method, summarize
from judge.verdicts import InconsistentRule, JournalState, journal_state, resolve
from prompts import load_prompt


def write_results(
    folder: Path,
    manifest: dict[str, Any],
    plan: Plan,
    rule: InconsistentRule,
    resamples: int = RESAMPLES,
    parser: ReplyParser | None = None,
) -> Summary:
    """Resolve verdicts, compute the summary and write both; the manifest gets the counts."""
    state = journal_state(read_journal(folder / rundir.JOURNAL, Judgment), parser)
    verdicts = resolve(plan, state, tuple(manifest["criteria"]), rule)
    verdicts = write_verdicts(verdicts, folder / rundir.VERDICTS)
    summary = _summarize(folder, manifest, plan, rule, resamples, state, verdicts)
    write_summary(summary, folder)
    manifest["results"] = {
        "inconsistent": rule,
        "resamples": resamples,
        "counts": summary.counts.model_dump(),
        "spent": summary.spent.model_dump(),
        "models_returned": summary.how.models_returned,
        "fingerprints": dict(state.fingerprints),
        "wall_seconds": round(sum(session["wall_seconds"] or 0 for session in manifest["sessions"]), 3),
    }
    rundir.write_json(folder / rundir.MANIFEST, manifest)
    return summary


def load_summary(folder: Path) -> Summary:
    """The summary as it was last written. Errors: there is none yet, or it is of another version."""
    rundir.require_manifest(folder)
    path = folder / rundir.SUMMARY
    try:
        return Summary.model_validate_json(path.read_bytes())
    except OSError:
        raise RunDirectoryError(
            f"{path} is not there: the run was cut off", hint="give the `judge compare` command again, or `judge show "
            f"{folder} --write` for what there is"
        ) from None  # fmt: skip
    except ValueError as error:
        raise RunDirectoryError(f"{path} cannot be read: {error}", hint="`judge show --write` makes it anew") from None


def resolve_again(
    folder: Path, *, rule: InconsistentRule | None, resamples: int | None, reparse: bool, write: bool
) -> Summary:
    """The numbers anew from the journal, under another rule or with replies parsed again. Costs no call."""
    manifest = rundir.require_manifest(folder)
    plan = open_plan(folder, manifest, manifest["limit"])
    before = manifest.get("results", {})
    rule = rule or before.get("inconsistent", "mean")
    resamples = resamples or before.get("resamples", RESAMPLES)
    parser = ReplyParser(load_prompt(folder / rundir.PROMPT)) if reparse else None
    if write:
        with rundir.locked(folder):
            return write_results(folder, manifest, plan, rule, resamples, parser)
    state = journal_state(read_journal(folder / rundir.JOURNAL, Judgment), parser)
    verdicts = resolve(plan, state, tuple(manifest["criteria"]), rule)
    return _summarize(folder, manifest, plan, rule, resamples, state, verdicts)


def _summarize(
    folder: Path,
    manifest: dict[str, Any],
    plan: Plan,
    rule: InconsistentRule,
    resamples: int,
    state: JournalState,
    verdicts: Iterable[Verdict],
) -> Summary:
    config = manifest["configuration"]
    prompt = config["prompt"]
    how = How(
        judge=config["judge"],
        endpoint=manifest["endpoint"],
        is_llm=config["judge"] != "heuristic",
        models_returned=dict(sorted(state.models.items())),
        prompt=prompt["name"],
        prompt_version=prompt["version"],
        prompt_sha256=prompt["sha256"],
        criteria=tuple(manifest["criteria"]),
        orders=config["orders"],
        repeats=config["repeats"],
        inconsistent=rule,
        interval=interval_method(),
        level=LEVEL,
        resamples=resamples,
        seed=config["seed"],
    )
    spent = Spent(
        requests=state.requests,
        replies=state.rows,
        input_tokens=state.input_tokens,
        output_tokens=state.output_tokens,
        cost=state.cost,
        replies_without_cost=state.rows_without_cost,
        currency=manifest["prices"]["currency"],
    )
    return summarize(
        verdicts,
        name=folder.name,
        how=how,
        spent=spent,
        planned_calls=plan.calls,
        left_out=(manifest["left_out"]["unpaired"], manifest["left_out"]["empty"]),
        warnings=tuple(_warnings(manifest, state)),
    )


def _warnings(manifest: dict[str, Any], state: JournalState) -> Iterator[str]:
    models = {name: tuple(entry["models"]) for name, entry in manifest["contestants"].items()}
    judge = manifest["configuration"]["judge"]
    if judge != "heuristic":
        yield from same_family(judge, models)
    if len(state.models) > 1:
        yield f"replies came from several models: {', '.join(sorted(state.models))}"
    if allowed := manifest["configuration"]["allow"]:
        yield f"checks were switched off with --allow: {', '.join(allowed)}"
