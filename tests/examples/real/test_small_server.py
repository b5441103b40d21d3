"""A real model on a real server: SmolLM2-135M-Instruct by llama.cpp on one thread, in OpenAI's format.

What is tested is the way, not the answers: the model is small, and its verdicts mean nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from judge.call_files.runs import export_run, import_run
from judge.comparison.compare import compare
from judge.comparison.endpoint_check import diagnose
from judge.core.models.open_client import ModelSpec, parse_spec
from judge.generation.generate import generate
from judge.generation.models import parse_model
from judge.generation.settings import GenerateSettings
from judge.judging.settings import CompareSettings
from tests.support.generation import VALUES
from tests.support.paths import ROOT
from tests.support.rows import read_rows
from tests.support.run_batch import run_batch
from tests.support.runs import last_rows

pytestmark = pytest.mark.slow
PATIENCE = 300.0  # seconds for a call, on a machine with other work
ITEMS, ORDERS, REPLY = 2, 2, 120
HEARD = {"ok", "truncated", "parse_error"}  # the server answered; the model may be too weak to judge


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    pytest.importorskip("xllamacpp", reason="the extra `real` is not installed")
    from examples.real.model import NotAvailableError, fetch_gguf
    from examples.real.serve import served

    try:
        gguf = fetch_gguf(ROOT / "build" / "real")
    except NotAvailableError as error:
        pytest.skip(str(error))
    with served(gguf) as running:
        yield running


@pytest.fixture(scope="module")
def spec(address: str) -> ModelSpec:
    return parse_spec("openai:smollm2", address)


@pytest.fixture(scope="module")
def answers(address: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Open answers of the model with two seeds."""
    folder = tmp_path_factory.mktemp("answers")
    for seed in (0, 1):
        asked: dict[str, Any] = {"temperature": 0.7, "model_seed": seed, "max_tokens": 40, "words": (10, 20)}
        run = generate(settings(folder / f"s{seed}.jsonl", address, **asked))
        assert run.is_finished
    return folder / "s0.jsonl", folder / "s1.jsonl"


def settings(out: Path, address: str, **options: Any) -> GenerateSettings:
    model = parse_model("openai:smollm2", address)
    return GenerateSettings(VALUES, model, out, sample=ITEMS, timeout=PATIENCE, **options)


def comparison(files: tuple[Path, Path], out: Path, judge: ModelSpec, **options: Any) -> CompareSettings:
    return CompareSettings(
        files=tuple(str(path) for path in files),
        judge=judge,
        prompt="general",
        values=VALUES,
        out=out,
        timeout=PATIENCE,
        resamples=100,
        temperature=0.0,
        max_tokens=REPLY,  # so small a model may repeat itself without end
        **options,
    )


def test_doctor_gets_a_verdict_by_json_schema(spec: ModelSpec) -> None:
    found = diagnose(spec, prompt="general", prices=None, timeout=None)
    assert (found.works, found.mode, found.problem) == (True, "json_schema", None), found
    assert found.reply is not None
    assert found.reply.usage is not None
    assert found.reply.model == "smollm2"


def test_open_answers_are_words_and_differ_by_seed(answers: tuple[Path, Path]) -> None:
    texts = [[row["text"] for row in read_rows(path)] for path in answers]
    assert all(len(text.split()) >= 3 for of_seed in texts for text in of_seed), texts
    assert texts[0] != texts[1]


def test_a_number_by_json_schema_comes_with_the_probabilities_of_the_codes(address: str, tmp_path: Path) -> None:
    asked = settings(tmp_path / "n.csv", address, task="structured", structured_output="schema", probabilities=True)
    run = generate(asked)
    assert run.is_finished
    for row in read_rows(run.folder / "responses.jsonl"):
        shares = row["probabilities"]
        assert sum(shares.values()) == pytest.approx(1, abs=1e-4)
        assert 0 < max(shares.values()) < 1


def test_calls_are_made_by_json_schema_and_by_a_batch_file_that_others_ask(
    answers: tuple[Path, Path], spec: ModelSpec, address: str, tmp_path: Path
) -> None:
    asked = compare(comparison(answers, tmp_path / "asked", spec, concurrency=1, retry_failed=False))
    rows = last_rows(asked.folder).values()
    assert [row.status in HEARD for row in rows] == [True] * ITEMS * ORDERS, rows
    ready = compare(comparison(answers, tmp_path / "ready", spec, no_calls=True)).folder
    exported = export_run(ready, tmp_path / "calls.jsonl")
    assert [row["body"]["response_format"]["type"] for row in read_rows(exported.path)] == [
        "json_schema"
    ] * exported.calls
    assert exported.calls == ITEMS * ORDERS
    run_batch(exported.path, tmp_path / "results.jsonl", address.removesuffix("/v1"), timeout=PATIENCE)
    import_run(ready, tmp_path / "results.jsonl")
    imported = last_rows(ready)
    assert [row.status in HEARD for row in imported.values()] == [True] * ITEMS * ORDERS, imported
    assert {row.batch for row in imported.values()} == {"results.jsonl"}
