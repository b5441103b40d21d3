"""`judge compare --until-decided`: on which side of .5 a win rate lies, as functions return it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import judge as python_api
from judge.comparison.results import load_run
from judge.comparison.stopping.decision import LookTaken, compare_until_decided
from judge.core.calls.events import Event
from judge.core.errors import UsageError
from judge.core.files.run_directory import JOURNAL, MANIFEST, SUMMARY
from judge.core.models.open_client import ModelSpec, parse_spec
from judge.core.models.retry import RetryPolicy
from judge.judging.settings import CompareSettings
from judge.stats.win_rates.early_decision import Design, first_look
from tests.support.command import Call
from tests.support.loopback import FaultPlan, Loopback
from tests.support.paths import EXAMPLES, PAIRS
from tests.support.refused import refused

PAIR = (str(EXAMPLES / "base.jsonl"), str(EXAMPLES / "ft.jsonl"))
FIRST = first_look(Design(), 10_000).comparisons


def settings(out: Path, *files: str, **options: Any) -> CompareSettings:
    return CompareSettings(
        files=files or PAIR,
        out=out,
        values=EXAMPLES / "values.jsonl",
        **{"judge": parse_spec("heuristic", None), "resamples": 200} | options,
    )


def test_a_clear_win_rate_is_decided_at_the_first_look_and_the_run_says_so(tmp_path: Path) -> None:
    events: list[Event] = []
    run = compare_until_decided(settings(tmp_path / "run"), "overall", on_event=events.append)
    decision = run.summary.decision
    assert decision is not None
    (found,) = decision.candidates
    assert (found.candidate, found.decision, decision.is_decided) == ("ft", "above", True)
    (look,) = found.looks
    assert (look.comparisons, look.missing, look.questions) == (FIRST, 0, 12)
    assert look.p is not None
    assert look.p <= look.level < 0.05
    assert [(each.candidate, each.number) for each in events if isinstance(each, LookTaken)] == [("ft", 1)]
    assert run.manifest.decision == load_run(tmp_path / "run").summary.decision == decision
    assert run.manifest.sequence == "spread"
    assert run.summary.counts.calls == 2 * FIRST
    again = compare_until_decided(settings(tmp_path / "run"), "overall")  # no call is made again
    assert again.session is not None
    assert (again.session.calls, again.summary.decision) == (0, decision)
    for name in (MANIFEST, SUMMARY):
        assert json.loads((tmp_path / "run" / name).read_text(encoding="utf-8"))["decision"]["criterion"] == "overall"


def test_a_contestant_against_itself_is_undecided_at_the_end_of_its_pool(tmp_path: Path) -> None:
    run = compare_until_decided(settings(tmp_path / "run", PAIR[0], f"twin={PAIR[0]}"), "overall")
    assert run.summary.decision is not None
    (found,) = run.summary.decision.candidates
    assert (found.decision, found.looks[-1].is_last) == ("undecided", True)
    assert not run.summary.decision.is_decided


def test_a_limit_makes_its_look_the_last(tmp_path: Path) -> None:
    run = compare_until_decided(settings(tmp_path / "run", PAIR[0], f"twin={PAIR[0]}", limit=20), "value")
    assert run.summary.decision is not None
    assert [look.comparisons for look in run.summary.decision.candidates[0].looks] == [20]


def test_candidates_share_the_error_and_each_has_a_decision(tmp_path: Path) -> None:
    alone = compare_until_decided(settings(tmp_path / "one", limit=40), "overall").summary.decision
    both = compare_until_decided(
        settings(tmp_path / "two", *PAIR, f"twin={PAIR[0]}", limit=40), "overall"
    ).summary.decision
    assert alone is not None
    assert both is not None
    assert [(each.candidate, each.decision) for each in both.candidates] == [("ft", "above"), ("twin", "undecided")]
    assert (alone.candidates[0].looks[-1].level, both.candidates[0].looks[-1].level) == pytest.approx((0.05, 0.025))


def test_calls_that_failed_are_asked_again_at_the_end_of_the_look(tmp_path: Path) -> None:
    """One call in three meets a server error, which is not retried at once; with the second session none is missing."""
    with Loopback(faults=FaultPlan({"server_error": 0.3})) as server:
        options = {"judge": ModelSpec("openai", "m", server.url), "limit": 20, "policy": RetryPolicy.of_retries(0)}
        run = compare_until_decided(settings(tmp_path / "run", **options), "overall")
    assert len(run.manifest.sessions) == 2
    assert run.summary.decision is not None
    look = run.summary.decision.candidates[0].looks[-1]
    assert (look.comparisons, look.missing, run.missing) == (20, 0, 0)
    with Loopback(faults=FaultPlan({"refusal": 0.4})) as server:
        spec = ModelSpec("openai", "m", server.url)
        lost = compare_until_decided(settings(tmp_path / "lost", judge=spec, limit=12), "overall")
    assert lost.summary.decision is not None
    (found,) = lost.summary.decision.candidates
    outcomes = [row.missing for row in lost.summary.win_rates if (row.dimension, row.criterion) == ("all", "overall")]
    assert (found.decision, [found.looks[-1].missing]) == ("undecided", outcomes)
    assert found.looks[-1].missing >= 6


def test_no_look_is_taken_where_the_money_is_used_up(tmp_path: Path) -> None:
    prices = tmp_path / "prices.yaml"
    prices.write_text("as_of: today\ncurrency: EUR\nmodels:\n  openai:m: {input: 0, output: 1000}\n", encoding="utf-8")
    with Loopback(tokens_out=3000) as server:
        spec = ModelSpec("openai", "m", server.url)
        run = compare_until_decided(settings(tmp_path / "run", judge=spec, max_cost=0.5, prices=prices), "overall")
    assert run.summary.decision is not None
    assert (run.summary.decision.ended_by, run.summary.decision.candidates) == ("max-cost", ())


def test_what_cannot_be_decided_is_refused_before_any_call(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no criterion 'nope'"):
        compare_until_decided(settings(tmp_path / "run"), "nope")
    with pytest.raises(UsageError, match="spread over questions"):
        compare_until_decided(settings(tmp_path / "run", sequence="uniform"), "overall")
    assert not (tmp_path / "run").exists()


def test_the_command_and_python_decide_alike(call: Call, tmp_path: Path) -> None:
    common = ("compare", *PAIRS, "--judge", "heuristic", "--out", "run", "--resamples", "200")
    options = (*common, "--until-decided", "overall", "--detect", "0.7")
    assert call(*options) == 0
    run = python_api.compare(
        *PAIR,
        values=EXAMPLES / "values.jsonl",
        judge="heuristic",
        out=tmp_path / "api",
        until_decided="overall",
        detect=0.7,
        progress=False,
    )
    assert load_run(tmp_path / "run").summary.decision == run.summary.decision
    assert run.summary.decision is not None
    assert run.summary.decision.detect == 0.7
    with refused("stop at different places"):
        call(*options, "--until-half-width", "0.1")
    with refused("--until-decided decides by itself"):
        call("compare", *PAIRS, "--judge", "openai:gpt-4.1", "--until-decided", "overall")


def test_questions_that_can_decide_nothing_are_refused_before_a_call_is_made(tmp_path: Path) -> None:
    """Five questions have no p below .0625; with two candidates, six none below .05 / 2."""
    for limit, files in ((5, PAIR), (6, (*PAIR, f"twin={PAIR[0]}"))):
        with pytest.raises(UsageError, match=f"{limit} questions to be compared on"):
            compare_until_decided(settings(tmp_path / f"run-{limit}", *files, limit=limit), "overall")
        assert not (tmp_path / f"run-{limit}" / JOURNAL).exists()
    enough = compare_until_decided(settings(tmp_path / "six", limit=6), "overall").summary.decision
    assert enough is not None
    assert [look.questions for look in enough.candidates[0].looks] == [6]
