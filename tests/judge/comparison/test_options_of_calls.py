"""Options that concern calls reach the judge, the expert and the model that classifies, or are stated not to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from judge.core.errors import UsageError
from judge.core.extra_body import extra_body
from judge.core.models.open_client import parse_spec
from judge.core.refusal_calls.choice import refusal_choice
from judge.judging.expert.choice import expert_of
from tests.support.classifier import classifies
from tests.support.command import Call
from tests.support.loopback import Loopback
from tests.support.rows import IDS, full_row, jsonl

FIELDS = ("temperature", "max_tokens", "seed", "of_judge", "of_expert", "of_refusals")
SESSION = {"concurrency": 3, "rpm": 6000, "tpm": 900_000, "timeout": 40, "retries": 2}


def sent(server: Loopback) -> dict[str, set[tuple[Any, ...]]]:
    """What the requests to each model have of the fields."""
    found: dict[str, set[tuple[Any, ...]]] = {}
    for seen in server.seen:
        found.setdefault(seen.body["model"], set()).add(tuple(seen.body.get(name) for name in FIELDS))
    return found


def test_what_each_model_is_sent(call: Call, tmp_path: Path) -> None:
    files = [
        str(jsonl(tmp_path / f"{name}.jsonl", [full_row(item, name) for item in IDS[:4]])) for name in ("base", "ft")
    ]
    own = {"judge": "--extra-body", "expert": "--expert-extra-body", "refusals": "--refusals-extra-body"}
    bodies = [each for name, option in own.items() for each in (option, json.dumps({f"of_{name}": 1}))]
    limits = [
        *("--concurrency", "3", "--rpm", "6000", "--tpm", "900000", "--timeout", "40", "--max-retries", "2"),
        *("--temperature", "0.5", "--max-tokens", "900", "--model-seed", "7"),
    ]
    with Loopback(writes=classifies) as server:
        given = ["compare", *files, "--judge", "openai:cheap", "--base-url", server.url, *bodies, *limits]
        given += ["--expert", "openai:expert", "--expert-base-url", server.url, "--expert-share", "1"]
        given += ["--refusals", "openai:small", "--refusals-base-url", server.url, "--out", "run"]
        assert call(*given, "--yes") == 0
        assert sent(server) == {
            "cheap": {(0.5, 900, 7, 1, None, None)},
            "expert": {(0.5, 900, 7, None, 1, None)},
            "small": {(None, None, None, None, None, 1)},  # the same question in every run
        }
        asked = len(server.seen)
        assert call(*given, "--yes") == 0
        assert len(server.seen) == asked
    manifests = [json.loads(path.read_text()) for path in (tmp_path / "run").rglob("manifest.json")]
    assert len(manifests) == 3
    for manifest in manifests:
        assert {name: manifest["sessions"][0][name] for name in SESSION} == SESSION


def test_the_judge_that_classifies_has_its_own_fields() -> None:
    judge = parse_spec("openai:m", "http://127.0.0.1:9/v1")
    thinking, other = extra_body({"think": False}), extra_body({"think": True})
    chosen = [refusal_choice("model", None, judge, extra, thinking) for extra in (None, other)]
    assert [each.extra for each in chosen if not isinstance(each, str) and each is not None] == [thinking, other]
    named = refusal_choice("openai:m", judge.base_url, judge, None, thinking)
    assert not isinstance(named, str)
    assert named is not None
    assert named.extra is None
    with pytest.raises(UsageError, match="--refusals-extra-body is for a model"):
        refusal_choice("rule", None, judge, other)
    with pytest.raises(UsageError, match="--expert-extra-body is for an expert"):
        expert_of(None, None, other)
