"""`--extra-body`: fields for the body of each request, which are part of what makes a run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import judge as api
from judge.core.extra_body import extra_body
from judge.core.models import anthropic, openai
from judge.core.models.types import ChatRequest
from judge.study.run import run_study
from tests.support.command import OPENAI_KEY, Call
from tests.support.loopback import Loopback
from tests.support.paths import PAIRS
from tests.support.refused import refused
from tests.support.runs import journal, manifest
from tests.support.study import complete, served_study, speak

THINKING = {"enable_thinking": False}


def test_equal_fields_are_equal_in_any_order_and_none_are_none() -> None:
    assert extra_body('{"b": 1, "a": {"d": 2, "c": 3}}') == extra_body({"a": {"c": 3, "d": 2}, "b": 1})
    assert extra_body(None) is extra_body({}) is None


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("enable_thinking", "not JSON"),
        ("[1]", "no JSON object"),
        ({"model": "other"}, "has model, which the client writes itself"),
        ({"messages": []}, "has messages"),
        ({"temperature": 1}, "give --temperature"),
        ({"response_format": {}}, "give --structured-output"),
        ({"authorization": OPENAI_KEY}, "has a key"),
        ({"x": float("nan")}, "not JSON"),
    ],
)
def test_what_the_client_decides_and_what_is_no_object_is_refused(given: str | Mapping[str, Any], words: str) -> None:
    with refused(words):
        extra_body(given)


def test_both_formats_send_them() -> None:
    request = ChatRequest("", "hello", extra=extra_body({"top_k": 5}))
    assert openai.request_body("m", request, "max_tokens")["top_k"] == 5
    assert anthropic.request_body("m", request)["top_k"] == 5


def test_they_are_in_every_request_and_another_body_is_another_run(call: Call, tmp_path: Path) -> None:
    with Loopback() as server:
        served = ("--judge", "openai:m", "--base-url", server.url, "--limit", "2")
        assert call("compare", *PAIRS, *served, "--out", "run", "--extra-body", json.dumps(THINKING)) == 0
        assert [seen.body["enable_thinking"] for seen in server.seen] == [False] * 4
        assert call("compare", *PAIRS, *served, "--out", "plain") == 0
        for other in ((), ("--extra-body", '{"enable_thinking": true}')):
            with refused("run of another configuration: extra_body"):
                call("compare", *PAIRS, *served, "--out", "run", *other)
        assert len(server.seen) == 8
    assert manifest(tmp_path / "run")["configuration"]["extra_body"] == '{"enable_thinking": false}'
    assert "extra_body" not in manifest(tmp_path / "plain")["configuration"]
    keys = [{row.key for row in journal(tmp_path / name)} for name in ("run", "plain")]
    assert not keys[0] & keys[1]


def test_what_sends_no_request_refuses_them(call: Call, tmp_path: Path) -> None:
    with refused("the heuristic judge makes no request", out=tmp_path / "run"):
        call("compare", *PAIRS, "--judge", "heuristic", "--out", "run", "--extra-body", '{"a": 1}')


def test_from_python(tmp_path: Path) -> None:
    with Loopback() as server:
        served = {"judge": "openai:m", "base_url": server.url, "limit": 1, "progress": False, "out": tmp_path / "run"}
        run = api.compare(*PAIRS[:2], values=PAIRS[3], extra_body=THINKING, **served)  # type: ignore[arg-type]
        assert [seen.body["enable_thinking"] for seen in server.seen] == [False, False]
    assert run.manifest.configuration.extra_body == '{"enable_thinking": false}'


def test_in_a_study_of_its_models_and_of_its_judge(tmp_path: Path) -> None:
    with Loopback(writes=speak) as server:
        models = [
            {"name": name, "model": f"openai:{name}", "base_url": server.url, "extra_body": {"of": name}}
            for name in ("base", "ft")
        ]
        changes = {"generate": {"sample": 2}, "compare": {"extra_body": {"of": "judge"}}}
        study = served_study(tmp_path, server.url, **changes)
        text = study.read_text(encoding="utf-8")
        study.write_text(text.replace(text[text.index("models:") : text.index("generate:")], f"models: {models}\n"))
        complete(study)
        assert {seen.body["model"]: seen.body["of"] for seen in server.seen} == {
            "base": "base",
            "ft": "ft",
            "judge": "judge",
        }
        before = len(server.seen)
        study.write_text(study.read_text(encoding="utf-8").replace("of: judge", "of: another"))
        complete(study)
        assert len(server.seen) == before + 4
        study.write_text(study.read_text(encoding="utf-8").replace("of: another", "model: another"))
        with refused("compare.extra_body: --extra-body has model"):
            run_study(study)
