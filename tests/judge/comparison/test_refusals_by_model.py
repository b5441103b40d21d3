"""`judge compare --refusals`: refusals among the responses, by the rule, a model, or as their files say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import judge as api
from judge.comparison.compare import preview_comparison
from judge.comparison.results import load_summary, resolve_again
from judge.comparison.summary import RefusalRow
from judge.core.errors import UsageError
from judge.core.models.open_client import parse_spec
from judge.judging.settings import CompareSettings
from tests.support.classifier import classifies, classifying
from tests.support.command import Call
from tests.support.loopback import Loopback
from tests.support.rows import IDS, full_row, jsonl
from tests.support.runs import journal

REFUSAL = "I'm sorry, but as an AI I have no opinion on this."


def files(folder: Path, **more: object) -> list[str]:
    """Two files of six responses; the first of `ft` are three refusals, two of them the same text."""
    base = [full_row(item, "Base") for item in IDS]
    ft = [full_row(item, "Tuned") for item in IDS]
    for row in ft[:2]:
        row["text"] = REFUSAL
    ft[2]["text"] = "Sorry, not today."
    for row in ft:
        row.update(more)
    return [str(jsonl(folder / f"{name}.jsonl", rows)) for name, rows in (("base", base), ("ft", ft))]


def compare(call: Call, server: Loopback, folder: Path, *more: str) -> int:
    judge = ("--judge", "openai:m", "--base-url", server.url, "--out", "run", "--limit", "6")
    return call("compare", *files(folder), *judge, *more)


def rows(folder: Path) -> dict[str, RefusalRow]:
    return {row.contestant: row for row in load_summary(folder / "run").refusals}


def test_the_judge_classifies_each_distinct_text_once(call: Call, tmp_path: Path) -> None:
    with Loopback(writes=classifies) as server:
        assert compare(call, server, tmp_path, "--refusals", "model") == 0
        assert classifying(server) == 11  # of twelve responses two are the same
        assert rows(tmp_path) == {
            "base": RefusalRow(contestant="base", by="openai:m", responses=6, refusals=0),
            "ft": RefusalRow(contestant="ft", by="openai:m", responses=6, refusals=3),
        }
        spent = load_summary(tmp_path / "run").refusals_spent
        assert spent is not None
        assert (spent.requests, spent.replies, spent.output_tokens, spent.cost) == (11, 11, 1_100, None)
        seen = len(server.seen)
        assert compare(call, server, tmp_path, "--refusals", "model") == 0
        assert compare(call, server, tmp_path) == 0  # what was said before is kept
        assert len(server.seen) == seen
        assert rows(tmp_path)["ft"].refusals == 3
        again = resolve_again(tmp_path / "run", rule="half", resamples=None, reparse=False, write=False)
        assert again.refusals[1].refusals == 3
        assert compare(call, server, tmp_path, "--refusals", "rule") == 0
        assert len(server.seen) == seen
    assert rows(tmp_path)["ft"] == RefusalRow(contestant="ft", by="rule", responses=6, refusals=2)


def test_a_failed_call_is_missing_and_is_made_again(call: Call, tmp_path: Path) -> None:
    broken = True

    def slips(body: dict[str, Any]) -> str | None:
        kind = classifies(body)
        return "{}" if broken and kind is not None and "as an AI" in body["messages"][-1]["content"] else kind

    with Loopback(writes=slips) as server:
        assert compare(call, server, tmp_path, "--refusals", "model") == 1
        found = rows(tmp_path)["ft"]
        assert (found.refusals, found.failed, found.unclassified) == (1, {"malformed": 2}, 2)
        broken = False
        before = classifying(server), len(journal(tmp_path / "run"))
        assert compare(call, server, tmp_path, "--refusals", "model") == 0
        assert (classifying(server), len(journal(tmp_path / "run"))) == (before[0] + 1, before[1])
    assert (rows(tmp_path)["ft"].refusals, rows(tmp_path)["ft"].failed) == (3, {})


def test_another_model_on_another_server_beside_the_offline_judge(call: Call, tmp_path: Path) -> None:
    with Loopback(writes=classifies) as server:
        options = ("--judge", "heuristic", "--refusals", "openai:small", "--refusals-base-url", server.url)
        assert call("compare", *files(tmp_path), "--out", "run", *options) == 0
        assert {seen.body["model"] for seen in server.seen} == {"small"}
    assert rows(tmp_path)["ft"].by == "openai:small"


def test_without_the_option_the_flags_of_the_files_count(call: Call, tmp_path: Path) -> None:
    assert call("compare", *files(tmp_path, refusal=True), "--judge", "heuristic", "--out", "run") == 0
    assert rows(tmp_path) == {"ft": RefusalRow(contestant="ft", by="files", responses=6, refusals=6)}


def test_the_estimate_states_the_further_calls(tmp_path: Path) -> None:
    spec = parse_spec("openai:m", "http://localhost:1/v1")
    settings = CompareSettings(files=tuple(files(tmp_path)), judge=spec, prompt="persona-value", refusals=spec)
    preview = preview_comparison(settings)
    assert preview.refusals is not None
    assert (preview.estimate.calls, preview.refusals.estimate.calls) == (12, 11)
    assert preview.paid == ((spec, 12), (spec, 11))


def test_from_python(tmp_path: Path) -> None:
    with Loopback(writes=classifies) as server:
        run = api.compare(
            *files(tmp_path),
            judge="openai:m",
            base_url=server.url,
            out=tmp_path / "run",
            refusals="model",
            progress=False,
        )
    assert [row.refusals for row in run.summary.refusals] == [0, 3]
    assert (run.unclassified, run.is_finished) == (0, True)


def test_the_offline_judge_cannot_classify(call: Call, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="none that is a language model"):
        call("compare", *files(tmp_path), "--judge", "heuristic", "--out", "run", "--refusals", "model")
