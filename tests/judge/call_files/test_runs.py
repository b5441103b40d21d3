"""Calls go out as a file and their results come in: the same verdicts as by asking, and no call twice."""

from __future__ import annotations

import json
from math import log
from pathlib import Path
from typing import Any

import pytest

from judge.call_files.runs import export_run, import_run
from judge.comparison.compare import compare
from judge.comparison.fewer_calls.designed import compare_designed, refuse_with_rounds
from judge.core.errors import InputError, UsageError
from judge.core.files.rows import file_sha256
from judge.core.models.open_client import ModelSpec
from judge.core.models.types import HttpLimits
from judge.generation.generate import generate
from judge.judging.settings import CompareSettings
from tests.support.generation import VALUES, journal, manifest, run_of, settings, texts
from tests.support.loopback import Loopback
from tests.support.paths import EXAMPLES
from tests.support.refused import refused
from tests.support.rows import read_rows
from tests.support.run_batch import run_batch, write_rows
from tests.support.runs import last_rows, verdicts
from tests.support.served import small_run

CALLS = 8


def settings_of(out: Path, server: Loopback, provider: str = "openai", **more: Any) -> CompareSettings:
    address = server.url if provider == "openai" else server.root
    return CompareSettings(
        files=(str(EXAMPLES / "base.jsonl"), str(EXAMPLES / "ft.jsonl")),
        judge=ModelSpec(provider, "m", address),
        prompt="persona-value",
        values=EXAMPLES / "values.jsonl",
        out=out,
        limit=CALLS // 2,
        resamples=100,
        http=HttpLimits(),
        **more,
    )


@pytest.fixture
def ready(tmp_path: Path, server: Loopback) -> Path:
    """A run that is made ready, without a call."""
    run = compare(settings_of(tmp_path / "run", server, no_calls=True))
    assert run.summary.counts.ok == 0
    assert not server.seen
    return run.folder


@pytest.fixture
def server() -> Any:
    with Loopback() as running:
        yield running


def test_the_verdicts_are_those_of_asking(ready: Path, server: Loopback, tmp_path: Path) -> None:
    exported = export_run(ready, tmp_path / "calls.jsonl")
    assert (exported.calls, exported.completed, exported.wire) == (CALLS, 0, "openai")
    run_batch(exported.path, tmp_path / "results.jsonl", server.root)
    done = import_run(ready, tmp_path / "results.jsonl")
    assert (done.imported.completed, done.missing) == (CALLS, 0)
    assert {row.batch for row in last_rows(ready).values()} == {"results.jsonl"}
    asked = small_run(tmp_path / "asked", server)  # type: ignore[arg-type]
    key = [(row.comparison_id, row.criterion, row.outcome) for row in verdicts(ready)]
    assert key == [(row.comparison_id, row.criterion, row.outcome) for row in verdicts(asked.folder)]
    assert done.run is not None
    assert done.run.summary.counts.ok == CALLS


def test_anthropic(server: Loopback, tmp_path: Path) -> None:
    run = compare(settings_of(tmp_path / "run", server, "anthropic", no_calls=True)).folder
    exported = export_run(run, tmp_path / "calls.jsonl")
    first = json.loads(exported.path.read_text().splitlines()[0])
    assert set(first) == {"custom_id", "params"}
    assert exported.wire == "anthropic"
    run_batch(exported.path, tmp_path / "results.jsonl", server.root)
    assert import_run(run, tmp_path / "results.jsonl").missing == 0


def test_what_lacks_is_exported_again_and_a_second_import_adds_nothing(
    ready: Path, server: Loopback, tmp_path: Path
) -> None:
    calls, results = tmp_path / "calls.jsonl", tmp_path / "results.jsonl"
    export_run(ready, calls)
    rows = run_batch(calls, results, server.root)
    rows[0]["response"] = {"status_code": 500, "body": {"error": {"message": "no luck"}}}
    rows[1] = {"custom_id": rows[1]["custom_id"], "response": None, "error": {"code": "batch_expired"}}
    rows[2]["response"]["body"]["choices"][0]["message"]["content"] = "I like both."
    rows[3]["response"]["body"] = {"greeting": "?"}
    write_rows(results, [rows[5], *rows[:5], rows[6]])
    with results.open("a") as file:
        file.write(json.dumps(rows[7])[:60])  # cut off
    done = import_run(ready, results)
    assert done.imported.completed == 3
    assert dict(done.imported.failed) == {"server": 1, "malformed": 1, "bad_reply": 1}
    assert (done.imported.not_run, len(done.imported.damaged), done.missing) == (1, 1, 5)
    before = (ready / "judgments.jsonl").read_bytes()
    rows_ok = [row for row in rows if row["custom_id"] in {rows[n]["custom_id"] for n in (4, 5, 6)}]
    write_rows(results, rows_ok)
    again = import_run(ready, results)
    assert (again.imported.completed, again.imported.known) == (0, 3)
    assert (ready / "judgments.jsonl").read_bytes() == before
    assert export_run(ready, calls).calls == 5
    run_batch(calls, results, server.root)
    assert import_run(ready, results).missing == 0
    assert export_run(ready, tmp_path / "none.jsonl").calls == 0
    assert not (tmp_path / "none.jsonl").exists()
    assert {row.attempt for row in last_rows(ready).values()} == {0, 1}
    compare(settings_of(ready, server))
    assert len(server.seen) == CALLS + 5  # asking finds nothing to ask


def test_a_file_without_any_result_is_refused(ready: Path, tmp_path: Path) -> None:
    with refused("results.jsonl: cannot be read"):
        import_run(ready, tmp_path / "results.jsonl")
    (tmp_path / "outputs.json").write_text('[\n{"instruction": "q"}\n]\n', encoding="utf-8")
    with pytest.raises(InputError, match="none of the 3 lines is a result: not JSON") as caught:
        import_run(ready, tmp_path / "outputs.json")
    assert caught.value.line == 1


@pytest.mark.parametrize("kind", ["other run", "twice"])
def test_results_of_another_run_and_two_that_differ_are_refused(
    ready: Path, server: Loopback, tmp_path: Path, kind: str
) -> None:
    calls, results = tmp_path / "calls.jsonl", tmp_path / "results.jsonl"
    export_run(ready, calls)
    rows = run_batch(calls, results, server.root)
    if kind == "twice":
        again = json.loads(json.dumps(rows[2]))
        again["response"]["body"]["choices"][0]["message"]["content"] = "other"
        write_rows(results, [*rows, rows[1], again])
        match = "a second result of the call"
    else:
        rows[4]["custom_id"] = "0" * 64
        write_rows(results, rows)
        match = "1 of 8 results are of calls that this run does not have"
    with pytest.raises(InputError, match=match):
        import_run(ready, results)
    assert not last_rows(ready)


def test_the_heuristic_and_a_file_of_another_kind_are_refused(ready: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("notes")
    with pytest.raises(UsageError, match=r"notes.txt is there, and is no file of calls"):
        export_run(ready, tmp_path / "notes.txt")
    assert (tmp_path / "notes.txt").read_text() == "notes"


def test_results_cost_what_a_batch_costs(ready: Path, server: Loopback, tmp_path: Path) -> None:
    prices = tmp_path / "prices.yaml"
    prices.write_text("as_of: now\ncurrency: USD\nbatch: {openai: 0.5}\nmodels:\n  openai:m: {input: 2, output: 8}\n")
    export_run(ready, tmp_path / "calls.jsonl")
    run_batch(tmp_path / "calls.jsonl", tmp_path / "results.jsonl", server.root)
    import_run(ready, tmp_path / "results.jsonl", prices)
    rows = list(last_rows(ready).values())
    for row in rows:
        assert row.usage is not None
        assert row.cost == pytest.approx((row.usage.input * 2 + row.usage.output * 8) / 2 / 1e6)
    found = compare(settings_of(ready, server, prices=prices))
    assert found.session is not None
    assert found.session.spent == pytest.approx(sum(row.cost or 0 for row in rows))


@pytest.mark.parametrize("task", ["open", "structured"])
def test_generation(server: Loopback, tmp_path: Path, task: str) -> None:
    server.fixed_text = '{"answer": 1}' if task == "structured" else "I think so, as most of my neighbours do."
    out = tmp_path / "base.jsonl"
    ready = generate(settings(out, server, task=task, sample=6, samples=2, no_calls=True))
    assert ready.missing == 12
    exported = export_run(out, tmp_path / "calls.jsonl")
    run_batch(exported.path, tmp_path / "results.jsonl", server.root)
    assert import_run(run_of(out), tmp_path / "results.jsonl").missing == 0
    assert len(texts(out)) == 12
    assert {row.batch for row in journal(out)} == {"results.jsonl"}
    assert manifest(out)["imported"][0]["completed"] == exported.calls
    before = len(server.seen)
    assert generate(settings(out, server, task=task, sample=6, samples=2)).is_finished
    assert len(server.seen) == before


def with_probabilities(answer: dict[str, Any]) -> None:
    places = [("Answer: ", {"Answer: ": 1.0}), ("2", {"2": 0.9, "x": 0.1})]
    content = [
        {
            "token": token,
            "logprob": log(likely[token]),
            "top_logprobs": [{"token": each, "logprob": log(share)} for each, share in likely.items()],
        }
        for token, likely in places
    ]
    answer["choices"][0]["logprobs"] = {"content": content}


def test_probabilities_and_a_split_elsewhere_go_with_the_calls(server: Loopback, tmp_path: Path) -> None:
    sexes = sorted({row["subgroup"]["id"] for row in read_rows(VALUES) if row["subgroup"]["stratum"] == "sex"})
    split = tmp_path / "elsewhere" / "split.json"
    split.parent.mkdir()
    sides = {"train": {"sha256": "", "subgroups": {}}, "ood": {"sha256": "", "subgroups": {"sex": sexes}}}
    split.write_text(json.dumps({"values": {"sha256": file_sha256(VALUES)}, **sides}))
    server.fixed_text, server.changes = "Answer: 2", with_probabilities
    out = tmp_path / "base.jsonl"
    options: dict[str, Any] = {"task": "structured", "structured_output": "text", "probabilities": True, "sample": 4}
    options |= {"split": "ood", "split_file": split}
    generate(settings(out, server, **options, no_calls=True))
    exported = export_run(out, tmp_path / "calls.jsonl")
    run_batch(exported.path, tmp_path / "results.jsonl", server.root)
    assert all(seen.body["logprobs"] for seen in server.seen)
    assert import_run(run_of(out), tmp_path / "results.jsonl").missing == 0
    rows = read_rows(out)
    assert {row["subgroup"] for row in rows} <= set(sexes)
    assert [row["probabilities"]["2"] for row in rows] == [pytest.approx(1)] * 4


def test_a_design_that_decides_after_a_pilot_cannot_go_without_calls(server: Loopback, tmp_path: Path) -> None:
    wanted = settings_of(tmp_path / "run", server, no_calls=True, orders="adaptive")
    with pytest.raises(UsageError, match="--no-calls cannot know all calls"):
        compare_designed(wanted)
    with pytest.raises(UsageError, match="--no-calls cannot know all calls"):
        refuse_with_rounds(settings_of(tmp_path / "run", server, no_calls=True))
