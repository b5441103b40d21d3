"""The tiny model behind a server of the OpenAI format, as vLLM serves a base model and its adapters by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from judge.generation.local.client import open_local
from tests.support.generation import generate, texts
from tests.support.refused import refused
from tests.support.rows import read_rows
from tests.support.serving import Serving


def test_base_and_adapter_are_served_by_name(
    tiny: Path, lora: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = ("--sample", 8, "--temperature", 0.8, "--max-tokens", 20, "--model-seed", 0)
    greedy = ("--sample", 8, "--temperature", 0, "--max-tokens", 20)
    models = {"base": open_local(tiny, batch_size=8), "my-lora": open_local(tiny, adapter=lora, batch_size=8)}
    with Serving(models) as server:
        found = {}
        for name in models:
            out = tmp_path / f"{name}.jsonl"
            assert generate(out, "--model", f"openai:{name}", "--base-url", server.url, *few) == 0
            found[name] = texts(out)
        assert all(found["base"][key] != text for key, text in found["my-lora"].items())
        there = tmp_path / "there.jsonl"
        assert generate(there, "--model", "openai:base", "--base-url", server.url, *greedy) == 0
        with refused("`absent` does not exist"):
            generate(tmp_path / "x.jsonl", "--model", "openai:absent", "--base-url", server.url, *few)
    # One path from a model's name to its text: served or here, the same model says the same.
    here = tmp_path / "here.jsonl"
    assert generate(here, "--model", f"hf:{tiny}", *greedy) == 0
    assert texts(here) == texts(there)
    assert {row["finish_reason"] for row in read_rows(here)} <= {"stop", "length"}
