"""The pages of `judge view`: what a run says of itself in words, rendered by templates that escape everything."""

from __future__ import annotations

import functools
import shlex
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from judge import __version__
from judge.comparison.headline import NOT_AN_LLM
from judge.core.calls.prices import money
from judge.core.clock import duration
from judge.core.files.arguments import readable
from judge.reports.html.main_result import WORDS, Standing, standing
from judge.reports.html.templating import environment as report_environment
from judge.reports.html.templating import policy, style
from judge.reports.live.run_now import RunNow
from judge.reports.live.so_far.leaderboard import Board
from judge.reports.live.so_far.win_rates_so_far import WinRateSoFar
from judge.reports.live.studies import StudyNow
from judge.stats.estimate import LEVEL, MIN_CLUSTERS
from judge.stats.formatting import counted, plain_cell, short

if TYPE_CHECKING:
    from jinja2 import Environment

MOST_RUNS = 500  # in the list
_FAST, _SLOW = 2, 10  # seconds between updates
_SO_FAR: dict[Standing, str] = WORDS | {"open": "open so far", "unknown": "no interval yet"}
_ALL_LOOKS = f"[ ]: {LEVEL:.0%} at all looks together, each criterion by itself: look as often as you like."
_ABOUT = {
    "questions": f"{_ALL_LOOKS} For other questions of this kind, not for other subgroups; clustered by question. The "
    "interval of the finished run is for one look, and narrower.",
    "pool": f"{_ALL_LOOKS} For the mean over all comparisons that this run could judge, not for other questions. Calls "
    "that failed or are not made yet widen it.",
}


@functools.cache
def environment() -> Environment:
    """Return Jinja's environment of the report, with the templates of this folder beside its own."""
    from jinja2 import ChoiceLoader, PackageLoader

    base = report_environment()
    assert base.loader is not None
    made = base.overlay(loader=ChoiceLoader([PackageLoader("judge.reports.live"), base.loader]))
    made.globals["NOT_AN_LLM"] = NOT_AN_LLM
    return made


@functools.cache
def _assets() -> tuple[str, str]:
    """The style and the script of the pages."""
    loader = environment().loader
    assert loader is not None
    css, script = (loader.get_source(environment(), name)[0] for name in ("live.css", "live.js"))
    return f"{style()}\n{css}", f'"use strict";\n(() => {{\n{script}\n}})();'


@functools.cache
def content_policy() -> str:
    """The Content-Security-Policy of the pages: their own style and script, and requests to this server."""
    style_text, script_text = _assets()
    return policy(style_text=style_text, script_text=script_text, nonce=None, connects=True)


def _render(template: str, **values: object) -> str:
    from markupsafe import Markup

    style_text, script_text = _assets()
    return (
        environment()
        .get_template(template)
        .render(
            style=Markup(style_text),  # noqa: S704 - ours
            script=Markup(script_text),  # noqa: S704 - ours
            policy=content_policy(),
            version=__version__,
            **values,
        )
    )


@dataclass(frozen=True)
class _Rate:
    """A win rate in words."""

    criterion: str
    standing: Standing
    word: str
    cell: str
    sentence: str
    numbers: tuple[str, ...]
    estimate: object


@dataclass(frozen=True)
class _Group:
    """The win rates of one candidate."""

    title: str
    candidate: str
    rates: tuple[_Rate, ...]


def list_page(
    runs: Sequence[RunNow], folders: Sequence[Path], studies: Sequence[StudyNow] = (), now: float | None = None
) -> str:
    """Render the list of studies and of runs: running ones first, then those that changed last."""
    at = time.time() if now is None else now
    ordered = sorted(runs, key=lambda run: (run.state.name != "running", -(run.changed or 0.0)))
    running = sum(run.state.name == "running" for run in runs)
    places = ", ".join(readable(str(folder)) for folder in folders[:5]) + (" and others" if len(folders) > 5 else "")
    number = counted(len(runs), "run") + (f" and {counted(len(studies), 'study', 'studies')}" if studies else "")
    summary = f"{number} in {places}, {running:,} running"
    left_out = len(ordered) - MOST_RUNS
    return _render(
        "live_list.html.j2",
        title=f"Runs in {places}",
        summary=f"{summary}.",
        announcement=f"{running:,} of {counted(len(runs), 'run')} running.",
        seconds=_FAST if running or any(run.read < 1 for run in runs) else _SLOW,
        runs=[_row(run, at) for run in ordered[:MOST_RUNS]],
        studies=[_study(each, runs, at) for each in sorted(studies, key=lambda study: -(study.changed or 0.0))],
        more=f"{left_out:,} older runs are not shown: name their folders." if left_out > 0 else "",
    )


_STAGE = {"done": "finished", "lacking": "stopped", "begun": "running"}


def _study(study: StudyNow, runs: Sequence[RunNow], now: float) -> dict[str, object]:
    """A study in words; a stage whose folder is a run, or has one, leads to its page and has its state."""
    stages = []
    for stage in study.stages:
        run = next((each for each in runs if stage.folder in (Path(each.path), Path(each.path).parent)), None)
        state, words = _STAGE[stage.state], {"lacking": "done, calls failed"}.get(stage.state, stage.state)
        if stage.state == "begun":
            state, words = ("stopped", "begun") if run is None else (run.state.name, run.state.name)
        address = "" if run is None else f"run/{run.id}/"
        detail = "" if run is None or stage.state != "begun" else _percent(run)
        stages.append({"name": stage.name, "state": state, "words": words, "address": address, "detail": detail})
    return {
        "name": study.name,
        "stages": stages,
        "problem": study.problem,
        "changed": "" if study.changed is None else f"{duration(max(0.0, now - study.changed))} ago",
    }


def run_page(run: RunNow, now: float | None = None) -> str:
    """Render the page of one run."""
    at = time.time() if now is None else now
    view = _row(run, at) | {
        "words": run.state.words,
        "kind": "judged by" if run.kind == "judging" else "generated by",
        "settings": run.settings,
        "is_llm": run.is_llm,
        "judges": run.kind == "judging",
        "announcement": _announcement(run),
        "facts": _facts(run, at),
        "warnings": _warnings(run),
        "groups": _groups(run.win_rates),
        "boards": [_board(board) for board in run.boards],
        "is_final": any(rate.basis == "finished" for rate in run.win_rates),
        "about": _about(run),
        "no_rates": _no_rates(run),
        "failures": run.failures[:50],
        "has_report": run.has_report,
        "commands": _commands(run),
    }
    percent = f"{view['percent']}, " if run.share is not None and run.state.name == "running" else ""
    return _render(
        "live_run.html.j2",
        title=f"{percent}{run.state.name}: {run.title[:80]}",
        seconds=_FAST if run.state.name == "running" or run.read < 1 else _SLOW,
        run=view,
    )


def _row(run: RunNow, now: float) -> dict[str, object]:
    made = run.ok + run.failed
    return {
        "address": f"run/{run.id}/",
        "name": run.path,
        "title": run.title,
        "model": run.model,
        "state": run.state.name,
        "share": run.share,
        "percent": _percent(run),
        "calls": f"{made:,} of {run.planned:,}" if run.planned is not None else f"{made:,}",
        "failed": f"{run.failed:,} failed" if run.failed else "",
        "left": f"{duration(run.seconds_left)} left" if run.seconds_left else "",
        "reading": f"{run.read:.0%} of the journal read: numbers of this part" if run.read < 1 else "",
        "cost": _cost(run),
        "time": duration(run.seconds) if run.seconds else "",
        "changed": "" if run.changed is None else f"{duration(max(0.0, now - run.changed))} ago",
    }


def _about(run: RunNow) -> str:
    if not run.win_rates:
        return ""
    basis = run.win_rates[0].basis
    return f"[ ]: {run.method}; for one look, at the end of the plan." if basis == "finished" else _ABOUT[basis]


def _no_rates(run: RunNow) -> str:
    if run.problem is not None:
        return "the plan of the run cannot be read."
    return "the journal is being read." if run.read < 1 else "the intervals are being computed."


def _percent(run: RunNow) -> str:
    return "" if run.share is None else f"{int(100 * run.share)} %"


def _cost(run: RunNow) -> str:
    if run.cost is None:
        return "no price" if run.without_cost else ""
    return money(run.cost, run.currency)


def _facts(run: RunNow, now: float) -> list[tuple[str, str, str]]:
    """Name, value and detail of what a run is asked first."""
    made = run.ok + run.failed
    running = run.state.name == "running"
    facts = [
        (
            "Calls",
            _percent(run) or f"{made:,}",
            f"{made:,} of {run.planned:,}" if run.planned is not None else "number of planned calls not known yet",
        ),
        ("Failed", f"{run.failed:,}", f"{run.failed / made:.1%} of the calls made" if made and run.failed else ""),
    ]
    if running:
        rate = "" if run.rate is None else f"{run.rate:.1f}/s" if run.rate >= 0.1 else f"{run.rate * 60:.1f}/min"
        facts += [
            ("Rate", rate or "?", "calls, over the last minute"),
            ("Time left", "?" if run.seconds_left is None else duration(run.seconds_left), "at this rate"),
        ]
    limit = "" if run.max_cost is None else f"of {money(run.max_cost, run.currency)} (--max-cost)"
    is_partial = run.cost is not None and run.without_cost > 0
    unknown = f"{counted(run.without_cost, 'reply', 'replies')} without a price" if is_partial else ""
    facts.append(("Cost so far" if running else "Cost", _cost(run) or "none yet", limit or unknown))
    facts.append(
        (
            "Time",
            duration(run.seconds) if run.seconds else "?",
            "" if run.changed is None else f"last change {duration(max(0.0, now - run.changed))} ago",
        )
    )
    return facts


def _warnings(run: RunNow) -> list[str]:
    found = []
    if run.problem is not None:
        found.append(run.problem)
    if run.damaged:
        found.append(
            f"Left out: {counted(run.damaged, 'row')} of the journal that cannot be read, or are not of this run. "
            "Rerun the command: it sets damaged rows aside and makes their calls again."
        )
    return found


def _announcement(run: RunNow) -> str:
    """What a screen reader is told: not each change, but each tenth of the calls and each change of state."""
    tenth = "" if run.share is None else f", {int(10 * run.share) * 10} % of the calls"
    return f"{run.state.name.capitalize()}{tenth}."


def _groups(rates: Sequence[WinRateSoFar]) -> list[_Group]:
    of: dict[tuple[str, str], list[_Rate]] = {}
    for rate in rates:
        of.setdefault((rate.candidate, rate.reference), []).append(_rate(rate))
    return [
        _Group(f"{candidate} against {reference}", candidate, tuple(found))
        for (candidate, reference), found in of.items()
    ]


def _board(board: Board) -> dict[str, object]:
    """A board in words: ranks only where the run is finished, since before they are not tested."""
    places = [
        {
            "place": place.ranks or str(number),
            "contestant": place.contestant,
            "rate": _rate(place.rate),
            "estimate": place.rate.estimate,
            "judged": f"{sum(place.rate.outcomes.values()) - place.rate.outcomes['missing']:,}",
        }
        for number, place in enumerate(board.places, start=1)
    ]
    return {"criterion": board.criterion, "places": places, "has_ranks": any(place.ranks for place in board.places)}


def _rate(rate: WinRateSoFar) -> _Rate:
    estimate, counts = rate.estimate, rate.outcomes
    kind = standing(estimate)
    judged = sum(counts.values()) - counts["missing"]
    waiting = rate.planned - judged - counts["missing"]
    sentence = f"{counted(judged, 'comparison')} judged, over {counted(estimate.clusters, 'question')}."
    if estimate.value is None:
        cell = "undefined"
        sentence = "No comparison has all its judgments yet." if not judged else "No comparison has a score."
    elif estimate.low is None:
        cell = short(estimate.value)
        sentence += f" An interval needs at least {MIN_CLUSTERS} questions."
    else:
        cell = plain_cell(estimate)
    numbers = (counts["win"], counts["loss"], counts["tie"], counts["inconsistent"], counts["missing"])
    return _Rate(
        criterion=rate.criterion,
        standing=kind,
        word=(WORDS if rate.basis == "finished" else _SO_FAR)[kind],
        cell=cell,
        sentence=sentence,
        numbers=tuple(f"{each:,}" for each in (*numbers, max(0, waiting), rate.planned)),
        estimate=estimate,
    )


def _commands(run: RunNow) -> list[str]:
    """What to type once a run does not go on."""
    if run.kind == "generation" or run.state.name == "running":
        return []
    path = run.path
    commands = [f"judge show {shlex.quote(path)}"]
    if not run.has_report:
        commands.append(f"judge report {shlex.quote(path)} --out {shlex.quote(f'{path}/report.html')}")
    return commands
