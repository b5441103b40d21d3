"""`judge compare --orders adaptive`: a pilot in both orders, then what is cheaper."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import judge as python_api
from judge.comparison.fewer_calls.adaptive_orders import PILOT, PilotJudged, compare_adaptive
from judge.comparison.fewer_calls.designed import compare_designed
from judge.comparison.results import load_run, resolve_again
from judge.core.calls.events import Event
from judge.core.errors import UsageError
from judge.core.files.run_directory import JOURNAL, MANIFEST, VERDICTS
from judge.core.models.open_client import parse_spec
from judge.judging.settings import CompareSettings
from tests.support.command import Call
from tests.support.loopback import Loopback
from tests.support.paths import EXAMPLES, PAIRS
from tests.support.refused import refused

QUESTIONS, SUBGROUPS = 10, 8
ITEMS = QUESTIONS * SUBGROUPS


def responses(folder: Path, *names: str) -> list[str]:
    """Files of responses to the same items."""
    found = []
    for name in names:
        path = folder / f"{name}.jsonl"
        rows = (
            {
                "item_id": f"q{q}-g{g}",
                "text": f"{name} says {q * 31 + g * 7}",
                "question": f"Question {q}?",
                "question_id": f"q{q}",
                "subgroup": f"g{g}",
            }
            for q in range(QUESTIONS)
            for g in range(SUBGROUPS)
        )
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        found.append(str(path))
    return found


def settings(folder: Path, server: Loopback, **options: Any) -> CompareSettings:
    return CompareSettings(
        files=tuple(responses(folder, "base", "ft")),
        judge=parse_spec("openai:m", server.url),
        prompt="general",
        out=folder / "run",
        **{"orders": "adaptive"} | options,
    )


def rows(run: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run / name).read_text(encoding="utf-8").splitlines()]


def test_a_judge_whose_orders_agree_reads_the_rest_in_one(tmp_path: Path) -> None:
    events: list[Event] = []
    with Loopback(prompt="general") as server:
        run = compare_adaptive(settings(tmp_path, server), on_event=events.append)
        assert len(server.seen) == ITEMS + PILOT
        found = run.summary.pilot_orders
        assert found is not None
        assert (found.rest, found.comparisons, found.effect, found.correlation) == ("one", PILOT, 0.0, 1.0)
        assert found.calls_ratio == 0.5
        assert [event.found for event in events if isinstance(event, PilotJudged)] == [found]
        again = compare_adaptive(settings(tmp_path, server))
        assert again.session is not None
        assert (again.session.calls, again.summary.pilot_orders, len(server.seen)) == (0, found, ITEMS + PILOT)
    assert load_run(run.folder).summary.pilot_orders == run.manifest.pilot_orders == found
    counts = run.summary.counts
    assert (counts.calls, counts.ok, counts.not_asked) == (ITEMS + PILOT, ITEMS + PILOT, 0)
    whole = next(row for row in run.summary.win_rates if row.dimension == "all")
    assert (whole.missing, whole.inconsistent, whole.win_rate.n) == (0, 0, ITEMS)
    assert sum(row.calls for row in run.summary.win_rates if row.dimension == "subgroup") == ITEMS + PILOT
    assert run.summary.judge[0].consistency.n == PILOT


def test_scores_of_one_order_are_corrected_by_the_pilots_effect_and_raw_ones_are_kept(tmp_path: Path) -> None:
    with Loopback(prompt="general", bias=0.5) as server:
        run = compare_adaptive(settings(tmp_path, server))
    found = run.summary.pilot_orders
    assert found is not None
    assert found.effect is not None
    assert found.effect > 0.1
    verdicts = [row for row in rows(run.folder, VERDICTS) if row["criterion"] == found.criterion]
    both = [row for row in verdicts if None not in (row["candidate_first"], row["reference_first"])]
    assert sum((row["candidate_first"] - row["reference_first"]) / 2 for row in both) / len(both) == pytest.approx(
        found.effect
    )
    alone = [row for row in verdicts if row not in both]
    if found.rest == "both":
        assert not alone
        return
    assert (len(both), len(alone)) == (PILOT, ITEMS - PILOT)
    for row in alone:
        gain = found.effect if row["candidate_first"] is not None else -found.effect
        judged = row["candidate_first"] if row["candidate_first"] is not None else row["reference_first"]
        assert row["score"] == pytest.approx(judged - gain)
        assert row["outcome"] == {1.0: "win", 0.5: "tie", 0.0: "loss"}[judged]


def test_a_judge_whose_orders_do_not_agree_reads_the_rest_in_both(tmp_path: Path) -> None:
    with Loopback(prompt="general", writes=lambda body: json.dumps(_noise(body))) as server:
        run = compare_adaptive(settings(tmp_path, server))
        assert len(server.seen) == 2 * ITEMS
    found = run.summary.pilot_orders
    assert found is not None
    assert found.rest == "both"
    assert found.calls_ratio is not None
    assert found.calls_ratio >= 1.2
    assert {row["candidate_first"] is None for row in rows(run.folder, VERDICTS)} == {False}


def _noise(body: dict[str, Any]) -> dict[str, str]:
    """The response shown first wins where the texts give an even number, the longer name where they do not."""
    import hashlib
    import re

    prompt = body["messages"][-1]["content"]
    texts = dict(re.findall(r"<response_([ab])-\w+>\n(.*?)\n</response", prompt, re.DOTALL))
    digest = hashlib.sha256("".join(sorted(texts.values())).encode()).digest()[0]
    # Two of three pairs are won by whoever is shown first, or by whoever is shown second: the orders disagree.
    winner = ("A", "B", "A" if texts["a"].startswith("ft") else "B")[digest % 3]
    properties = body["response_format"]["json_schema"]["schema"]["properties"]
    return {name: winner if "enum" in schema else "So." for name, schema in properties.items()}


def test_an_interrupted_pilot_goes_on_and_the_decision_is_that_of_a_run_in_one_go(tmp_path: Path) -> None:
    with Loopback(prompt="general", bias=0.3, tokens_out=1) as server:
        priced = tmp_path / "prices.yaml"
        priced.write_text(
            "as_of: today\ncurrency: USD\nmodels:\n  openai:m: {input: 0, output: 1000000}\n", encoding="utf-8"
        )
        wanted = settings(tmp_path, server, concurrency=1, max_tokens=1)
        part = compare_adaptive(replace(wanted, prices=priced, max_cost=45))
        assert part.session is not None
        assert part.session.ended_by == "max-cost"
        assert part.manifest.pilot_orders is None
        whole = compare_adaptive(wanted)
        assert set(server.counts.values()) == {1}  # no call was paid for twice
        direct = compare_adaptive(replace(wanted, out=tmp_path / "direct"))
    assert whole.manifest.pilot_orders is not None
    assert whole.manifest.pilot_orders == direct.manifest.pilot_orders
    of_both = [
        Counter((row["comparison_id"], row["order"]) for row in rows(one.folder, JOURNAL)) for one in (whole, direct)
    ]
    assert of_both[0] == of_both[1]


def test_a_larger_limit_goes_on_with_the_decision_and_a_small_plan_is_a_pilot(tmp_path: Path) -> None:
    with Loopback(prompt="general") as server:
        small = compare_designed(settings(tmp_path, server, limit=30))
        assert (small.manifest.pilot_orders, small.summary.counts.calls) == (None, 60)
        larger = compare_designed(settings(tmp_path, server, limit=PILOT + 10))
        found = larger.manifest.pilot_orders
        assert found is not None
        assert larger.summary.counts.calls == 2 * PILOT + 10
        whole = compare_designed(settings(tmp_path, server))
        assert (whole.manifest.pilot_orders, whole.summary.counts.calls) == (found, ITEMS + PILOT)
    shown = resolve_again(whole.folder, rule=None, resamples=None, reparse=False, write=False)
    assert shown.win_rates == whole.summary.win_rates


def test_rules_that_need_both_orders_are_refused(tmp_path: Path, call: Call) -> None:
    with Loopback(prompt="general") as server:
        with pytest.raises(UsageError, match="adaptive has the rule mean"):
            compare_adaptive(settings(tmp_path, server, inconsistent="exclude"))
        run = compare_adaptive(settings(tmp_path, server))
    with pytest.raises(UsageError, match="adaptive orders"):
        resolve_again(run.folder, rule="winner", resamples=None, reparse=False, write=False)
    with refused("--orders adaptive decides once", out=tmp_path / "new"):
        options = ("--orders", "adaptive", "--until-half-width", ".1")
        call("compare", *PAIRS, "--judge", "heuristic", *options, "--out", "new")


def test_from_python_and_the_command_line(tmp_path: Path, call: Call) -> None:
    files = str(EXAMPLES / "base.jsonl"), str(EXAMPLES / "ft.jsonl")
    values = EXAMPLES / "values.jsonl"
    run = python_api.compare(
        *files, values=values, judge="heuristic", orders="adaptive", out=tmp_path / "api", progress=False
    )
    options = ("--judge", "heuristic", "--orders", "adaptive", "--out", "run")
    assert call("compare", *files, "--values", str(values), *options) == 0
    manifest = json.loads((tmp_path / "run" / MANIFEST).read_text(encoding="utf-8"))
    assert run.manifest.pilot_orders is not None
    assert manifest["pilot_orders"] == run.manifest.pilot_orders.as_json()
    assert manifest["pilot_orders"]["items"] == PILOT
    page = tmp_path / "page.html"
    assert call("report", "run", "--out", str(page)) == 0
    assert "Pairs of a pilot were judged in both orders" in page.read_text(encoding="utf-8")
