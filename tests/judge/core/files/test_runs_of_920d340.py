"""Run directories made at 920d340, before manifests were records: they open, are shown, and resume."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from judge.comparison.compare import compare
from judge.comparison.results import load_run, resolve_again
from judge.core.files.manifest import GenerationManifest
from judge.core.files.run_directory import read_manifest
from judge.core.models.open_client import parse_spec
from judge.generation.generate import generate, preview_generation
from judge.generation.models import parse_model
from judge.generation.settings import GenerateSettings
from judge.judging.settings import CompareSettings
from tests.support.paths import ROOT
from tests.support.rows import read_rows

OLD = ROOT / "tests" / "fixtures" / "920d340"


@pytest.fixture
def judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the judging run, in its folder with the inputs."""
    shutil.copytree(OLD / "judged", tmp_path / "judged")
    monkeypatch.chdir(tmp_path / "judged")
    return Path("run")


@pytest.fixture
def generated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the generation run, in its folder with the values file."""
    shutil.copytree(OLD / "generated", tmp_path / "generated")
    monkeypatch.chdir(tmp_path / "generated")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-openai-0123456789abcdef")
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    return Path("m.jsonl")


def settings(run: Path) -> CompareSettings:
    return CompareSettings(
        files=("base.jsonl", "ft.jsonl"),
        judge=parse_spec("heuristic", None),
        prompt="persona-value",
        values=Path("values.jsonl"),
        out=run,
        limit=10,
        resamples=200,
    )


def cut_short(run: Path) -> list[str]:
    """What a kill leaves: two thirds of the journal, and a session without an end. Returns the rows that are left."""
    for name in ("verdicts.jsonl", "summary.json", "summary.md"):
        (run / name).unlink()
    shutil.rmtree(run / "tables")
    journal = run / "judgments.jsonl"
    rows = journal.read_text(encoding="utf-8").splitlines(keepends=True)
    left = rows[: 2 * len(rows) // 3]
    journal.write_text("".join(left), encoding="utf-8")
    manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    del manifest["results"]
    manifest["sessions"][0] |= {"ended": None, "ended_by": None, "wall_seconds": None}
    (run / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return left


def test_a_judging_run_opens_and_is_shown(judged: Path) -> None:
    run = load_run(judged)
    old = json.loads((judged / "summary.json").read_text(encoding="utf-8"))
    assert run.session is None
    assert run.manifest.configuration.judge == "heuristic"
    assert not run.manifest.configuration.is_llm
    assert run.manifest.criteria == ("persona", "value", "overall")
    assert run.manifest.limit == 10
    assert run.summary.counts.model_dump()["ok"] == old["counts"]["ok"] == 20
    again = resolve_again(judged, rule=None, resamples=None, reparse=True, write=False)
    assert [(row.win_rate.value, row.win_rate.low, row.win_rate.high) for row in again.win_rates] == [
        tuple(row["win_rate"][name] for name in ("value", "low", "high")) for row in old["win_rates"]
    ]


def test_a_complete_judging_run_is_the_run_of_the_same_command(judged: Path) -> None:
    before = {path: path.read_bytes() for path in (judged / "judgments.jsonl", judged / "verdicts.jsonl")}
    old = json.loads((judged / "manifest.json").read_text(encoding="utf-8"))
    run = compare(settings(judged))
    assert run.session is not None
    assert (run.session.calls, run.is_finished) == (0, True)
    assert {path: path.read_bytes() for path in before} == before
    new = json.loads((judged / "manifest.json").read_text(encoding="utf-8"))
    assert old.keys() <= new.keys()
    kept = ("schema_version", "configuration", "contestants", "inputs", "comparisons_sha256", "sessions", "created")
    assert {name: new[name] for name in kept} == {name: old[name] for name in kept}
    assert old["results"]["spent"].items() <= new["results"]["spent"].items()
    results = ("models_returned", "made_from", "inconsistent", "resamples", "wall_seconds")
    assert {name: new["results"][name] for name in results} == {name: old["results"][name] for name in results}
    assert old["results"]["counts"].items() <= new["results"]["counts"].items()


def test_a_judging_run_that_was_cut_short_resumes(judged: Path) -> None:
    verdicts = (judged / "verdicts.jsonl").read_bytes()
    left = cut_short(judged)
    run = compare(settings(judged))
    assert run.session is not None
    assert run.session.calls == 20 - len(left) > 0
    rows = (judged / "judgments.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    assert rows[: len(left)] == left
    assert (judged / "verdicts.jsonl").read_bytes() == verdicts
    assert [session.ended_by for session in run.manifest.sessions] == [None, "done"]
    assert load_run(judged).summary == run.summary


def test_keys_of_the_manifest_that_this_version_does_not_know_are_kept(judged: Path) -> None:
    path = judged / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["later"] = {"a": [1, None]}
    manifest["sessions"][0]["later"] = "x"
    path.write_text(json.dumps(manifest), encoding="utf-8")
    compare(settings(judged))
    written = json.loads(path.read_text(encoding="utf-8"))
    assert (written["later"], written["sessions"][0]["later"]) == ({"a": [1, None]}, "x")


def test_a_generation_run_opens_and_needs_no_call(generated: Path) -> None:
    old = json.loads(Path("m.jsonl.run/manifest.json").read_text(encoding="utf-8"))
    rows = read_rows(generated)
    wanted = GenerateSettings(values=Path("values.jsonl"), model=parse_model("openai:m"), out=generated)
    manifest = read_manifest(Path("m.jsonl.run"), GenerationManifest)
    assert manifest is not None
    assert manifest.results is not None
    assert manifest.results.planned == manifest.results.answered == 12
    estimate = preview_generation(wanted).estimate
    assert (estimate.calls, estimate.completed) == (0, 12)
    run = generate(wanted)
    assert (run.session.calls, run.is_finished) == (0, True)
    since = {"reasoning": None, "probabilities": None}  # fields that there are since then
    assert read_rows(generated) == [row | since for row in rows]
    new = json.loads(Path("m.jsonl.run/manifest.json").read_text(encoding="utf-8"))
    kept = ("configuration", "results", "sessions", "journal_bytes", "model", "endpoint")
    assert {name: new[name] for name in kept} == {name: old[name] for name in kept}
