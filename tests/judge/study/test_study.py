"""A study from end to end on loopback: stages, resumption, changed settings, bad files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from judge.core.models.retry import RetryPolicy
from judge.core.models.types import HttpLimits
from judge.study.file import load_study
from judge.study.run import plan_study, run_study
from tests.judge.study.conftest import Finished
from tests.support import command, prompts
from tests.support.command import judge
from tests.support.loopback import Loopback
from tests.support.paths import EXAMPLES
from tests.support.refused import refused
from tests.support.rows import read_rows
from tests.support.study import CALLS, DEMO, complete, run, served_study, speak, stages, write


def test_a_study_runs_once_and_is_then_done(tmp_path: Path) -> None:
    with Loopback(writes=speak) as server:
        study = served_study(tmp_path, server.url)
        planned = plan_study(study)
        first = next(row.estimate for row in planned.rows if row.stage == "generate base open")
        assert first is not None
        assert (first.calls, first.cost) == (20, None)
        assert "20 calls, cost unknown" in first.description
        assert not server.seen
        assert not (tmp_path / "study").exists()
        done = complete(study)
        assert done.plan == planned
        assert len(server.seen) == CALLS
        again = complete(study)
        assert len(server.seen) == CALLS
    assert [row.state for row in again.plan.rows] == ["done"] * 5  # values, two models, comparison, tables
    assert again.results == {}
    found = stages(study)
    assert again.study.tables == found["tables"].folder
    summary = json.loads((found["tables"].folder / "summary.json").read_text())
    assert summary["counts"]["calls"] == summary["counts"]["ok"] == 40
    assert {row["model"] for path in found["generate ft open"].results for row in read_rows(path)} == {"ft-2025-04-14"}
    assert summary["how"]["resamples"] == 200


def test_the_plan_is_printed_by_run_and_estimate(tmp_path: Path) -> None:
    study = served_study(tmp_path, "http://127.0.0.1:1/v1")
    planned = judge("run", study, "--plan")
    assert planned.returncode == 0, planned.stderr
    assert "20 calls, cost unknown" in planned.stdout
    assert "The rest costs about USD 0.00 and what is not known yet." in planned.stdout
    assert judge("estimate", study).stdout == planned.stdout


@pytest.mark.parametrize(
    ("change", "calls", "redone", "kept"),
    [
        ({"tables": {"inconsistent": "half"}}, 0, ["tables"], ["compare", "generate base open"]),
        ({"compare": {"seed": 5}}, 0, ["compare", "tables"], ["generate base open", "generate ft open"]),
        ({"compare": {"temperature": 0.5}}, 40, ["compare", "tables"], ["generate base open", "generate ft open"]),
        ({"generate": {"temperature": 0.5}}, 40, ["generate base open", "generate ft open", "compare"], ["values"]),
        ({"generate": {"concurrency": 2}, "compare": {"concurrency": 9}}, 0, [], ["values", "compare", "tables"]),
    ],
)
def test_changed_settings_redo_a_stage_and_those_after_it_and_say_so(
    finished: Finished,
    tmp_path: Path,
    change: dict[str, dict[str, Any]],
    calls: int,
    redone: list[str],
    kept: list[str],
) -> None:
    study, server = finished.study, finished.server
    before = {name: stage.folder for name, stage in stages(study).items()}
    second = served_study(tmp_path, server.url, **change)
    done = complete(second)
    assert len(server.seen) == CALLS + calls
    after = {name: stage.folder for name, stage in stages(second).items()}
    for name in redone:
        assert after[name] != before[name]
        assert before[name].exists()
        assert any(line.startswith((f"{name} changed (", f"{name} depends on ")) for line in done.plan.changes)
    assert all(after[name] == before[name] for name in kept)
    back = complete(served_study(tmp_path, server.url))  # what was paid for is found again
    assert len(server.seen) == CALLS + calls
    assert not redone or any("its earlier results are used" in line for line in back.plan.changes)


def test_one_model_more_asks_only_that_model_and_the_judge(finished: Finished) -> None:
    study, server = finished.study, finished.server
    content = yaml.safe_load(study.read_text())
    content["models"].append({"name": "third", "model": "openai:third", "base_url": server.url})
    complete(write(study, content))
    asked = [seen.body["model"] for seen in server.seen[CALLS:]]
    assert set(asked) == {"third", "judge"}
    assert asked.count("third") == 20


def test_a_stage_that_does_not_finish_stops_the_study_and_goes_on(tmp_path: Path) -> None:
    bad = {"error": {"message": "no", "type": "invalid_request_error"}}

    def refuses(body: dict[str, Any]) -> tuple[int, dict[str, Any]] | None:
        hit = body["model"] == "ft" and "woman" in body["messages"][0]["content"]
        return (400, bad) if hit else None

    with Loopback(writes=speak, refuses=refuses) as server:
        study = served_study(tmp_path, server.url)
        assert run(study).study.unfinished == "generate ft open"
        assert "judge" not in {seen.body["model"] for seen in server.seen}
        failed = sum(1 for seen in server.seen if refuses(seen.body))
        server.refuses = lambda body: None
        asked = len(server.seen)
        complete(study)
        assert len(server.seen) == asked + failed + 40


def test_the_providers_own_address_needs_a_yes(tmp_path: Path) -> None:
    study = write(
        tmp_path / "study.yaml",
        {
            "name": "paid",
            "folder": str(tmp_path / "paid"),
            "values": {"file": str(EXAMPLES / "values.jsonl")},
            "models": [{"name": name, "model": f"openai:{name}"} for name in ("gpt-4.1", "gpt-4o")],
            "generate": {"sample": 3},
            "compare": {"judge": "heuristic"},
        },
    )
    with refused("no terminal to ask on", "--yes"):
        command.call("run", study)


GOOD = {
    "name": "s",
    "values": {"synthetic": True},
    "models": [{"name": "a", "model": "demo:base"}, {"name": "b", "model": "demo:lora"}],
    "compare": {"judge": "heuristic"},
}


SERVED = [{"name": name, "model": f"openai:unpriced-{name}"} for name in "ab"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"values": {}}, "give one of"),
        ({"values": {"synthetic": True, "file": "x"}}, "give one of"),
        ({"values": {"file": "absent.jsonl"}}, "absent.jsonl"),
        ({"models": [GOOD["models"][0]]}, "models"),
        ({"models": [GOOD["models"][0]] * 2}, "two models are called 'a'"),
        ({"models": [{"name": "a", "model": "demo:huge"}, GOOD["models"][1]]}, "demo:huge is no demo model"),
        ({"models": [{"name": "a", "model": "hf:absent"}, GOOD["models"][1]]}, "no config.json"),
        ({"generate": {"tasks": ["structured"]}}, "needs open"),
        ({"generate": {"temprature": 1}}, "generate.temprature is not a known key: did you mean generate.temperature?"),
        ({"compare": {"reference": "c"}}, "is none of the models (a, b)"),
        ({"compare": {"allow": ["all"]}}, "compare.allow does not know all"),
        ({"compare": {"judge": "gpt"}}, "unknown provider 'gpt'"),
        ({"compare": {"prompt": "poem"}}, "no prompt is called 'poem'"),
        ({"judge": "x"}, "judge"),
        ({"generate": {"words": [180, 60]}}, "generate: words: [180, 60] is no range"),
        ({"generate": {"tasks": ["open", "open"]}}, "tasks: open is named twice"),
        ({"generate": {"tasks": []}}, "tasks: name open"),
        ({"generate": {"allow": ["empty"]}}, "generate.allow"),
        ({"generate": {"persona_prompt": "poem"}}, "generate.persona_prompt: no persona prompt is called 'poem'"),
        ({"generate": {"max_cost": 1}, "models": SERVED}, "generate.max_cost: --max-cost needs a price"),
        (
            {"generate": {"split": "ood"}, "values": {"synthetic": True, "strata": ["sex"]}},
            "values.strata: none of them",
        ),
        ({"values": {"synthetic": True, "strata": ["caste"]}}, "values.strata: no stratum is called caste"),
        ({"values": {"synthetic": True, "strata": []}}, "strata: name one at least"),
        ({"values": {"synthetic": True, "strata": ["sex", "sex"]}}, "strata: sex is named twice"),
        ({"values": {"file": "x.jsonl", "min_n": 5}}, "min_n: decides how values are built"),
        ({"values": {"file": "absent.jsonl"}}, "values.file: "),
        ({"compare": {"prompt": "poem"}}, "compare.prompt: no prompt is called 'poem'"),
        ({"compare": {"judge": "gpt"}}, "compare.judge: unknown provider"),
        ({"compare": {}}, "compare.judge: no judge is named"),
        ({"compare": {"allow": ["empty", "empty"]}}, "allow: empty is named twice"),
        ({"compare": {"judge": "openai:unpriced", "max_cost": 1}}, "compare.max_cost: --max-cost needs a price"),
        ({"prices": "absent.yaml"}, "prices: "),
    ],
)
def test_study_files_that_are_none(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    study = write(tmp_path / "study.yaml", {**GOOD, "folder": str(tmp_path / "out"), **change})
    with refused(words, study, out=tmp_path / "out"):
        run_study(study)


def test_criteria_without_a_rule_are_not_judged_by_the_offline_judge(tmp_path: Path) -> None:
    part = {"judge": "heuristic", "prompt": prompts.write(tmp_path, prompts.custom()).name}
    content = {**GOOD, "folder": str(tmp_path / "out"), "compare": part}
    with refused("compare.judge: the heuristic judge has no rule for fluency, honesty", out=tmp_path / "out"):
        run_study(write(tmp_path / "study.yaml", content))


def test_a_missing_key_is_told_before_anything_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    content = {**GOOD, "folder": str(tmp_path / "out"), "compare": {"judge": "anthropic:claude-sonnet-4-5"}}
    with refused("ANTHROPIC_API_KEY"):
        run_study(write(tmp_path / "study.yaml", content))
    assert not list((tmp_path / "out").glob("*-*"))


def test_the_demo_study_is_a_study() -> None:
    assert list(stages(DEMO)) == [
        "values",
        "models",
        "generate tiny-base open",
        "generate tiny-lora open",
        "generate tiny-base structured",
        "generate tiny-lora structured",
        "scores",
        "compare",
        "tables",
    ]


def test_how_calls_are_made_is_set_by_the_study_and_decides_no_folder(tmp_path: Path) -> None:
    given = {
        "rpm": 60000,
        "tpm": 10000000,
        "timeout": 30,
        "max_retries": 2,
        "max_wait": 60,
        "follow_redirects": True,
        "max_reply_mb": 8,
    }
    with Loopback(writes=speak) as server:
        plain = stages(served_study(tmp_path, server.url))
        path = served_study(tmp_path, server.url, generate=given, compare=given)
        complete(path)
    for part in (load_study(path).generate, load_study(path).compare):
        limits = part.limits()
        assert limits["policy"] == RetryPolicy.of_retries(2, 60)
        assert limits["http"] == HttpLimits(follow_redirects=True, reply_mb=8)
    sessions = [json.loads(file.read_text())["sessions"] for file in (tmp_path / "study").rglob("manifest.json")]
    made = [(each["rpm"], each["tpm"], each["timeout"], each["retries"]) for entries in sessions for each in entries]
    assert set(made) == {(60000, 10000000, 30, 2)}
    assert len(made) == 3
    assert all(each["follow_redirects"] for entries in sessions for each in entries)
    assert {name: stage.settings for name, stage in stages(path).items()} == {
        name: stage.settings for name, stage in plain.items()
    }


def test_a_study_compares_all_pairs_of_its_models(tmp_path: Path) -> None:
    with Loopback(writes=speak) as server:
        study = served_study(tmp_path, server.url)
        content = yaml.safe_load(study.read_text())
        content["models"].append({"name": "third", "model": "openai:third", "base_url": server.url})
        content["compare"]["pairs_per_item"] = 2
        content["generate"]["sample"] = 4
        write(study, content)
        planned = next(row.estimate for row in plan_study(study).rows if row.stage == "compare")
        assert planned is not None
        assert planned.calls == 4 * 2 * 2
        complete(study)
    summary = json.loads((stages(study)["tables"].folder / "summary.json").read_text())
    assert summary["counts"]["calls"] == 4 * 2 * 2
    assert {each["contestant"] for each in summary["leaderboards"][0]["standings"]} == {"base", "ft", "third"}
    content["compare"]["reference"] = "base"
    write(study, content)
    with refused("leave out reference"):
        load_study(study)
