"""`judge compare --expert`: a cheap judge of all comparisons, and an expert of a part, as two servers."""

from __future__ import annotations

import csv
import json
import random
import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from subprocess import Popen
from typing import Any

import numpy as np
import pytest

import judge as python_api
from judge.analysis.correction.correct import correct
from judge.analysis.correction.records import CorrectSettings
from judge.comparison.compare import JudgingPreview, preview_comparison
from judge.comparison.fewer_calls.designed import compare_designed
from judge.comparison.fewer_calls.expert_judge import ExpertPilot, compare_with_expert
from judge.comparison.results import load_run, resolve_again
from judge.core.calls.events import Event
from judge.core.calls.limits import Batches
from judge.core.errors import UsageError
from judge.core.files.manifest import ExpertDesign
from judge.core.files.run_directory import write_manifest
from judge.core.models.open_client import parse_spec
from judge.judging.expert.rates import ExpertRates, ExpertRow
from judge.judging.settings import CompareSettings
from judge.stats.estimate import Estimate
from tests.support.command import Call, command_line, environment
from tests.support.demo_labels import annotation
from tests.support.loopback import FaultPlan, Loopback
from tests.support.loopback.verdicts import strength
from tests.support.paths import PAIRS, ROOT
from tests.support.refused import refused
from tests.support.rows import jsonl

QUESTIONS, SUBGROUPS = 12, 10
ITEMS = QUESTIONS * SUBGROUPS
PRICES = (
    "as_of: today\ncurrency: USD\nmodels:\n"
    "  openai:cheap: {input: 0, output: 1000}\n  openai:expert: {input: 0, output: 20000}\n"
)
_RESPONSES = re.compile(r"<response_([ab])-\w+>\n(.*?)\n</response", re.DOTALL)


def says(wrong: float) -> Callable[[dict[str, Any]], str]:
    """A judge that names the stronger response, but of a share of the pairs the other one; in both orders alike."""

    def reply(body: dict[str, Any]) -> str:
        texts = dict(_RESPONSES.findall(body["messages"][-1]["content"]))
        a, b = (strength(texts[side], "any") for side in "ab")
        if random.Random("".join(sorted(texts.values()))).random() < wrong:
            a, b = b, a
        winner = "tie" if a == b else "A" if a > b else "B"
        schema = body["response_format"]["json_schema"]["schema"]["properties"]
        return json.dumps({name: winner if "enum" in each else "So." for name, each in schema.items()})

    return reply


def responses(folder: Path) -> tuple[str, str]:
    """Files of responses to the same items."""
    for name in ("base", "ft"):
        rows = (
            {
                "item_id": f"q{q}-g{g}",
                "text": f"{name} says {q * 31 + g * 7}",
                "question": f"Question {q}?",
                "question_id": f"q{q}",
                "subgroup": f"g{g}",
                "category": f"c{q % 2}",
            }
            for q in range(QUESTIONS)
            for g in range(SUBGROUPS)
        )
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    (folder / "prices.yaml").write_text(PRICES, encoding="utf-8")
    return str(folder / "base.jsonl"), str(folder / "ft.jsonl")


def settings(folder: Path, cheap: Loopback, expert: Loopback, **options: Any) -> CompareSettings:
    return CompareSettings(
        files=responses(folder),
        judge=parse_spec("openai:cheap", cheap.url),
        expert=parse_spec("openai:expert", expert.url),
        prompt="general",
        prices=folder / "prices.yaml",
        **{"expert_share": 0.5, "out": folder / "run"} | options,
    )


def servers(wrong: float = 0.2, **options: Any) -> tuple[Loopback, Loopback]:
    """The cheap judge, and the expert, which is never wrong."""
    return Loopback(prompt="general", writes=says(wrong)), Loopback(prompt="general", writes=says(0), **options)


def expert_of(run: Any) -> ExpertRates:
    assert run.summary.expert is not None
    return run.summary.expert  # type: ignore[no-any-return]


def design_of(run: Any) -> ExpertDesign:
    found = expert_of(run).design
    assert found is not None
    return found


def whole(found: ExpertRates) -> ExpertRow:
    return next(row for row in found.rows if row.dimension == "all")


def test_the_expert_reads_a_part_and_its_win_rate_is_estimated_from_both(tmp_path: Path) -> None:
    cheap, expert = servers()
    events: list[Event] = []
    with cheap, expert:
        run = compare_with_expert(settings(tmp_path, cheap, expert), on_event=events.append)
        found, design = expert_of(run), design_of(run)
        assert len(cheap.seen) == 2 * ITEMS
        assert (len(expert.seen), set(expert.counts.values())) == (2 * found.sampled, {1})
        assert {seen.body["model"] for seen in expert.seen} == {"expert"}
        truth = python_api.compare(
            *responses(tmp_path),
            judge="openai:expert",
            base_url=expert.url,
            prompt="general",
            out=tmp_path / "all",
            progress=False,
        )
    assert 0.35 * ITEMS < found.sampled < 0.65 * ITEMS
    assert (found.missing, found.calls) == (0, 2 * found.sampled)
    assert (run.missing, run.is_finished) == (0, True)
    row = whole(found)
    assert (row.judged, row.sampled, row.read) == (ITEMS, found.sampled, found.sampled)
    true = next(each for each in truth.summary.win_rates if each.dimension == "all").win_rate.value
    assert true is not None
    assert row.win_rate.low is not None
    assert row.win_rate.high is not None
    assert row.win_rate.low <= true <= row.win_rate.high
    assert (
        row.cheap_only.value == next(each for each in run.summary.win_rates if each.dimension == "all").win_rate.value
    )
    assert row.worth is not None
    assert row.worth > row.read  # the cheap judge brings something
    assert design.r2 is not None
    assert 0.1 < design.r2 < 0.9
    assert (design.wanted, design.share) == (0.5, 0.5)
    assert sum(each.comparisons * each.chance for each in design.strata) == pytest.approx(0.5 * ITEMS)
    assert [event.found for event in events if isinstance(event, ExpertPilot)] == [design]
    assert {row.dimension for row in found.rows} == {"all", "subgroup", "category"}
    spent = run.summary.expert_spent
    assert spent is not None
    assert spent.cost == pytest.approx(2 * found.sampled * 2.0)
    assert run.session is not None
    assert run.session.spent == pytest.approx(2 * ITEMS * 0.1 + spent.cost)
    assert load_run(run.folder).summary == run.summary
    with (run.folder / "tables" / "expert.csv").open(encoding="utf-8", newline="") as file:
        assert float(next(csv.DictReader(file))["win_rate"]) == row.win_rate.value
    others = resolve_again(run.folder, to="questions+subgroups").expert
    assert others is not None
    assert whole(others).win_rate.value == row.win_rate.value
    assert whole(others).win_rate.low != row.win_rate.low  # clustered by subgroup, too
    assert (whole(others).cheap_only.method, row.cheap_only.method) == ("two_way_t", "logit_t")


def test_a_rerun_asks_nothing_and_a_larger_share_extends_the_sample(tmp_path: Path) -> None:
    cheap, expert = servers()
    with cheap, expert:
        small = compare_designed(settings(tmp_path, cheap, expert, expert_share=0.4))
        before = len(cheap.seen), len(expert.seen)
        again = compare_designed(settings(tmp_path, cheap, expert, expert_share=0.4))
        assert (len(cheap.seen), len(expert.seen)) == before
        assert again.summary.expert == small.summary.expert
        large = compare_designed(settings(tmp_path, cheap, expert, expert_share=0.7))
        assert len(cheap.seen) == before[0]
        assert set(expert.counts.values()) == {1}
        assert len(expert.seen) == 2 * expert_of(large).sampled > before[1]
        direct = compare_designed(settings(tmp_path, cheap, expert, expert_share=0.7, out=tmp_path / "direct"))
    # The pilot is that of the first share; all the same, most of the sample is.
    assert expert_of(direct).sampled == pytest.approx(expert_of(large).sampled, rel=0.2)


def test_auto_takes_the_share_that_r2_and_the_prices_suggest(tmp_path: Path) -> None:
    cheap, expert = servers(wrong=0.1)
    with cheap, expert:
        run = compare_designed(settings(tmp_path, cheap, expert, expert_share="auto"))
    design = design_of(run)
    assert design.r2 is not None
    assert (design.cheap_cost, design.expert_cost) == (pytest.approx(0.2), pytest.approx(4.0))
    best = (0.2 / 4.0 * (1 - design.r2) / design.r2) ** 0.5
    pilot = 40 / ITEMS
    assert design.share == pytest.approx(max(pilot, best))
    assert design.wanted == "auto"


def test_what_the_expert_failed_to_judge_is_missing_and_no_vote(tmp_path: Path) -> None:
    cheap, expert = servers(faults=FaultPlan({"refusal": 0.15}))
    with cheap, expert:
        few = settings(tmp_path, cheap, expert)
        run = compare_designed(few)
        found = expert_of(run)
        row = whole(found)
        assert sum(found.failed.values()) == found.missing > 10
        assert row.read < row.sampled
        assert (run.missing, run.is_finished) == (found.missing, False)
        assert row.win_rate.n == row.read
        expert.faults = FaultPlan()
        again = compare_designed(few)
        assert expert_of(again).missing == 0
        assert expert_of(again).design == found.design  # what was decided stands
    assert whole(expert_of(again)).sampled == row.sampled


def test_one_limit_on_money_is_for_both_judges(tmp_path: Path) -> None:
    cheap, expert = servers()
    with cheap, expert:
        asked = settings(tmp_path, cheap, expert, concurrency=1, max_tokens=100)
        first = compare_designed(replace(asked, max_cost=10.0))  # less than the cheap judge takes: 24
        assert (first.session and first.session.ended_by, len(expert.seen)) == ("max-cost", 0)
        second = compare_designed(replace(asked, max_cost=100.0))
        assert second.session is not None
        assert second.session.ended_by == "max-cost"
        assert 80 < second.session.spent <= 100
        assert (len(cheap.seen), len(expert.seen)) == (2 * ITEMS, 37)
        assert expert_of(second).design is None
        third = compare_designed(replace(asked, max_cost=200.0))
        assert third.session is not None
        assert 180 < third.session.spent <= 200
        assert expert_of(third).design is not None
        done = compare_designed(asked)
        assert set(expert.counts.values()) == set(cheap.counts.values()) == {1}
        direct = compare_designed(replace(asked, out=tmp_path / "direct"))
    assert done.session is not None
    assert done.session.ended_by == "done"
    assert expert_of(done) == expert_of(direct)


@pytest.mark.slow
def test_after_kill_9_both_judges_go_on_and_no_call_on_disk_is_paid_again(tmp_path: Path) -> None:
    cheap, expert = servers(latency=0.02)
    with cheap, expert:
        command = command_line(
            "compare",
            *responses(tmp_path),
            "--judge",
            "openai:cheap",
            "--base-url",
            cheap.url,
            "--expert",
            "openai:expert",
            "--expert-base-url",
            expert.url,
            "--expert-share",
            ".5",
            "--prompt",
            "general",
            "--prices",
            str(tmp_path / "prices.yaml"),
            "--out",
            str(tmp_path / "run"),
            "--concurrency",
            "4",
            "--yes",
        )
        journaled: set[str] = set()
        before: Counter[str] = Counter()
        for rows in (20, 90):  # in the pilot, and after it
            with Popen(command, env=environment()) as process:
                _wait_for(tmp_path, rows)
                process.kill()
            time.sleep(0.1)  # the server sees what was still under way
            journaled = {json.loads(line)["key"] for line in _journal(tmp_path)}
            before = Counter(expert.counts)
        run = compare_designed(settings(tmp_path, cheap, expert))
        assert len(cheap.seen) == 2 * ITEMS
    found = expert_of(run)
    assert (found.missing, len(_journal(tmp_path))) == (0, 2 * found.sampled)
    assert len(expert.seen) <= 2 * found.sampled + 2 * 4
    again = [call for call, times in expert.counts.items() if times > before[call] > 0]
    assert len(again) <= 4
    assert len(journaled) + len(again) >= 90


def _journal(folder: Path) -> list[str]:
    found = list((folder / "run").glob("expert-*/judgments.jsonl"))
    return found[0].read_text(encoding="utf-8").splitlines() if found else []


def _wait_for(folder: Path, rows: int) -> None:
    deadline = time.monotonic() + 60
    while len(_journal(folder)) < rows:
        assert time.monotonic() < deadline, "no such row in time"
        time.sleep(0.005)


def test_consent_is_asked_before_each_judge_and_after_the_pilot(tmp_path: Path) -> None:
    cheap, expert = servers()
    asked: list[str] = []

    def at_most_the_pilot(preview: JudgingPreview) -> bool:
        asked.append(str(preview.model))
        return len(asked) < 3

    with cheap, expert:
        run = compare_with_expert(settings(tmp_path, cheap, expert), confirm=at_most_the_pilot)
    assert asked == ["openai:cheap", "openai:expert", "openai:expert"]
    found = expert_of(run)
    assert found.not_asked > 0
    assert whole(found).read == design_of(run).pilot == len(expert.seen) / 2


def test_the_estimate_has_the_cost_of_either_judge(tmp_path: Path) -> None:
    cheap, expert = servers()
    with cheap, expert:
        preview = preview_comparison(settings(tmp_path, cheap, expert))
    assert preview.expert is not None
    assert preview.estimate.calls == 2 * ITEMS
    assert (preview.expert.estimate.calls, preview.expert.most) == (ITEMS, False)
    assert preview.estimate.cost is not None
    assert preview.expert.estimate.cost == pytest.approx(preview.estimate.cost * 20 / 2)


def test_what_cannot_work_is_refused_before_a_call_is_made(tmp_path: Path, call: Call) -> None:
    cheap, expert = servers()
    with cheap, expert:
        asked = settings(tmp_path, cheap, expert)
        for changes, words in (
            ({"expert": asked.judge}, "the judge itself"),
            ({"orders": "adaptive"}, "needs all pairs read alike"),
            ({"expert_share": 1.5}, "--expert-share is 1.5"),
            ({"all_pairs": True}, "one reference"),
            ({"no_calls": True}, "cannot know all calls"),
            ({"batch": Batches()}, "made live"),
            ({"expert_share": "auto", "expert": parse_spec("openai:dear", expert.url)}, "openai:dear has none"),
        ):
            with pytest.raises(UsageError, match=words):
                compare_designed(replace(asked, **changes))  # type: ignore[arg-type]
        assert not cheap.seen
    for words, options in (
        ("leave out --expert", ("--expert", "openai:x", "--until-half-width", ".1", "--yes")),
        ("--expert-base-url is for an expert", ("--expert-base-url", "http://localhost:1")),
        ("--expert-share is some", ("--expert", "openai:x", "--expert-share", "some")),
    ):
        with refused(words, out=tmp_path / "new"):
            call("compare", *PAIRS, "--judge", "openai:y", *options, "--out", "new")


def test_the_offline_judge_is_a_cheap_judge_and_the_page_has_the_experts_table(tmp_path: Path, call: Call) -> None:
    files = [ROOT / "examples" / f"{name}.jsonl" for name in ("base", "ft")]
    with Loopback() as expert:
        run = python_api.compare(
            *files,
            values=ROOT / "examples" / "values.jsonl",
            judge="heuristic",
            expert="openai:expert",
            expert_base_url=expert.url,
            expert_share=0.4,
            out=tmp_path / "run",
            progress=False,
        )
    found = expert_of(run)
    assert np.isfinite(whole(found).win_rate.value or np.nan)
    page = tmp_path / "page.html"
    assert call("report", str(tmp_path / "run"), "--out", str(page)) == 0
    text = page.read_text(encoding="utf-8")
    assert "Win rates by the expert against base" in text
    assert f"--expert openai:expert --expert-base-url {expert.url} --expert-share 0.4" in text


def test_people_correct_the_expert_and_the_expert_the_cheap_judge(tmp_path: Path) -> None:
    cheap, expert = servers(wrong=0.4)
    with cheap, expert:
        run = compare_designed(settings(tmp_path, cheap, expert))
    by_expert = {
        row["comparison_id"]: {"A": "reference", "B": "candidate", "tie": "tie"}[row["winners"]["overall"]]
        for row in map(json.loads, _journal(tmp_path))
        if row["order"] == "reference_first"
    }
    labels = [
        annotation(name, "ann-1", {"overall": by_expert[name]}, "reference_first", inclusion_probability=1 / 3)
        for name in sorted(by_expert)[::2]
    ]  # people say what the expert says
    file = jsonl(tmp_path / "annotations.jsonl", labels)
    (row, *_) = correct(CorrectSettings(run.folder, file, resamples=100)).rows
    assert row.dimension == "all"
    assert row.judge_only == whole(expert_of(run)).win_rate
    assert row.labelled == len(labels)
    (both_ways, *_) = python_api.correct(run.folder, file, generalize_to="questions+subgroups").rows
    others = resolve_again(run.folder, to="questions+subgroups").expert
    assert others is not None
    assert both_ways.judge_only == whole(others).win_rate != row.judge_only
    manifest = run.manifest.model_copy(update={"expert": None})
    write_manifest(run.folder, manifest)
    (alone, *_) = correct(CorrectSettings(run.folder, file, resamples=100)).rows
    assert alone.judge_only.value == whole(expert_of(run)).cheap_only.value
    assert alone.human_only == row.human_only
    assert row.tuning is not None
    assert alone.tuning is not None
    assert row.tuning > alone.tuning  # the expert predicts people better
    assert _width(row.corrected) < _width(alone.corrected)


def _width(estimate: Estimate) -> float:
    assert estimate.high is not None
    assert estimate.low is not None
    return estimate.high - estimate.low
