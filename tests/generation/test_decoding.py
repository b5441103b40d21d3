"""The seed of each call, and the temperature where none is given."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from judge.core.errors import RunDirectoryError
from judge.core.files.manifest import GenerationManifest
from judge.core.files.run_directory import read_manifest
from judge.generation.calls import CallMaker
from judge.generation.decoding import decoding_of, is_of_earlier_version
from judge.generation.generate import generate, preview_generation
from judge.generation.items import chosen_items
from judge.generation.models import identity, parse_model
from judge.generation.settings import GenerateSettings
from judge.prompts.persona import load_speaking
from tests.support.generation import VALUES, manifest, settings
from tests.support.loopback import Loopback
from tests.support.paths import ROOT
from tests.support.rows import read_rows

OLD = ROOT / "tests" / "fixtures" / "5c84fcf" / "generated"


def number(body: dict[str, Any]) -> str:
    return '{"answer": 2}' if "response_format" in body or "output_config" in body else "Answer: 2"


def seeds_of(server: Loopback) -> dict[str, int]:
    """The seed that each prompt was sent."""
    return {str(seen.body["messages"]): seen.body["seed"] for seen in server.seen}


def test_each_prompt_has_its_own_seed_which_is_the_same_for_every_model(tmp_path: Path) -> None:
    seeds = []
    for model, seed in (("openai:base", 3), ("openai:ft", 3), ("openai:ft", 4)):
        with Loopback(fixed_text="I like it.") as server:
            generate(settings(tmp_path / f"{model[7:]}{seed}.jsonl", server, model=model, model_seed=seed, sample=8))
        seeds.append(seeds_of(server))
    assert seeds[0] == seeds[1]
    assert len(set(seeds[0].values())) == 8
    assert not set(seeds[1].values()) & set(seeds[2].values())
    assert all(0 <= seed < 2**31 for seed in seeds[0].values())


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_a_number_is_asked_for_at_temperature_0_unless_the_model_rejects_it(tmp_path: Path, provider: str) -> None:
    for rejects in ((), ("temperature",)):
        out = tmp_path / f"{len(rejects)}.jsonl"
        with Loopback(writes=number, rejects=rejects) as server:
            address = server.url if provider == "openai" else server.root
            run = generate(settings(out, server, model=f"{provider}:m", base_url=address, task="structured", sample=6))
        assert run.is_finished
        sent = [seen.body.get("temperature") for seen in server.seen]
        assert sent == ([0.0] + [None] * 6 if rejects else [0.0] * 6)
        assert {row["parameters"]["temperature"] for row in read_rows(out)} == ({None} if rejects else {0.0})
        learned = ["`temperature` is not sent: the endpoint rejects it"] if rejects else []
        assert manifest(out)["sessions"][-1]["adapted"] == learned


def test_an_open_answer_has_no_temperature_of_ours(tmp_path: Path) -> None:
    with Loopback(fixed_text="I like it.") as server:
        generate(settings(tmp_path / "m.jsonl", server, sample=3))
    assert {seen.body.get("temperature") for seen in server.seen} == {None}


@pytest.fixture
def earlier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GenerateSettings:
    """A seeded run of numbers, made at 5c84fcf: all items had the seeds 3 and 4, and no temperature was sent."""
    shutil.copytree(OLD, tmp_path / "old")
    monkeypatch.chdir(tmp_path / "old")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-openai-0123456789abcdef")
    return GenerateSettings(
        values=Path("values.jsonl"),
        model=parse_model("openai:m", "http://127.0.0.1:8123/v1"),
        out=Path("m.jsonl"),
        task="structured",
        samples=2,
        model_seed=3,
    )


def test_a_run_of_an_earlier_version_goes_on_by_its_own_rules_and_says_so(earlier: GenerateSettings) -> None:
    preview = preview_generation(earlier)
    assert (preview.estimate.calls, preview.estimate.completed) == (0, 12)
    assert len(preview.warnings) == 1
    assert generate(earlier).session.calls == 0
    more = replace(earlier, samples=3)
    assert preview_generation(more).estimate.calls == 6
    run = read_manifest(Path("m.jsonl.run"), GenerationManifest)
    assert run is not None
    assert is_of_earlier_version(run)
    decoding = decoding_of(more, run)
    maker = CallMaker(load_speaking("first_person", "structured"), more, identity(more.model), decoding)
    calls = list(maker.calls(chosen_items(more)))
    assert {(call.sample, call.seed) for call in calls} == {(0, 3), (1, 4), (2, 5)}
    assert {maker.request(call, mode="text", max_tokens=None).temperature for call in calls} == {None}
    new = preview_generation(replace(earlier, out=Path("n.jsonl")))
    assert (new.warnings, new.estimate.calls) == ((), 12)
    with pytest.raises(RunDirectoryError, match="temperature"):
        generate(replace(earlier, temperature=0.5))


def test_a_local_model_mixes_the_prompt_in_itself() -> None:
    local = replace(
        GenerateSettings(VALUES, parse_model("openai:m"), Path("m.jsonl"), model_seed=3),
        model=replace(parse_model("openai:m"), spec=replace(parse_model("openai:m").spec, provider="hf")),
    )
    decoding = decoding_of(local)
    assert decoding.seed("a", "b", 0) == decoding.seed("c", "d", 0) == 3
