"""`judge finetune` on a tiny model: the loss falls, and weights, rows and prompt are named; then it is asked."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from judge.cli.shared.finetune_output import finetuned_lines
from judge.core.errors import InputError, RunDirectoryError, UsageError, WriteError
from judge.core.files.manifest import GenerationManifest
from judge.core.files.run_directory import read_manifest
from judge.generation.generate import generate, preview_generation
from judge.generation.local.fingerprint import fingerprint
from judge.generation.local.loading import load
from judge.generation.models import parse_model
from judge.generation.settings import GenerateSettings
from judge.generation.training import TRAINED_ROWS
from judge.preferences.values.export import Selection
from judge.preferences.values.split import split
from judge.preferences.values.strata import load_strata
from judge.training.checkpoints import last_checkpoint
from judge.training.failures import explained
from judge.training.finetune import finetune, weights_of
from judge.training.progress import TrainingPlan, TrainingProgress
from judge.training.settings import FinetuneSettings
from judge.training.sft import planned_steps
from tests.support.generation import VALUES, settings
from tests.support.loopback import Loopback
from tests.support.paths import ROOT
from tests.support.rows import read_rows
from tests.support.values import truth, write_values

FEW = Selection(sample=24, dev_share=0.2, shuffle=True)


def small(tiny: Path, out: Path, **changes: Any) -> FinetuneSettings:
    given = FinetuneSettings(
        VALUES, tiny, out, selection=FEW, max_steps=4, eval_every=2, batch_size=4, learning_rate=0.03, dropout=0.0
    )
    return replace(given, **changes)


def same_weights(out: Path, other_out: Path) -> bool:
    one, other = (load_file(each / "adapter_model.safetensors") for each in (out, other_out))
    return one.keys() == other.keys() and all((one[name] == other[name]).all() for name in one)


def asked(tiny: Path, adapter: Path, out: Path, **options: Any) -> GenerateSettings:
    model = parse_model(f"hf:{tiny}", adapter=adapter)
    return GenerateSettings(VALUES, model, out, task="structured", sample=4, max_tokens=4, **options)


def test_the_loss_falls_and_a_score_can_name_what_was_trained(tiny: Path, tmp_path: Path) -> None:
    events: list[object] = []
    out = tmp_path / "adapter"
    found = finetune(small(tiny, out), on_event=events.append)
    results, manifest = found.results, found.manifest
    assert [point.step for point in results.losses] == [2, 4]
    first, last = results.losses
    assert first.loss is not None
    assert last.loss is not None
    assert last.loss < first.loss - 0.2
    assert last.dev_loss is not None
    assert isinstance(events[0], TrainingPlan)
    told = [event for event in events if isinstance(event, TrainingProgress)]
    assert [event.dev_loss for event in told if event.dev_loss is not None] == [first.dev_loss, last.dev_loss]
    # Of what, on what, and with which prompt.
    assert results.adapter == fingerprint(out)
    rows = read_rows(out / "training" / "rows.jsonl")
    train, dev = ([row for row in rows if row["part"] == part] for part in ("train", "dev"))
    assert (len(train), len(dev)) == (manifest.train_rows, manifest.dev_rows)
    assert len(train) + len(dev) == 24
    assert not {row["question_id"] for row in train} & {row["question_id"] for row in dev}
    card = (out / "README.md").read_text(encoding="utf-8")
    assert results.adapter in card
    assert manifest.configuration.prompt.sha256[:8] in card
    # The next command names what was given.
    command = shlex.split(finetuned_lines(found)[1])
    assert {str(VALUES), f"hf:{tiny}", str(out)} <= set(command)
    # Nothing is left to do, and another run does not overwrite it.
    assert finetune(small(tiny, out)).was_complete
    with pytest.raises(RunDirectoryError, match="learning_rate"):
        finetune(small(tiny, out, learning_rate=0.1))
    # The run that asks it knows the same.
    answers = generate(asked(tiny, out, tmp_path / "ft.jsonl"))
    run = read_manifest(answers.folder, GenerationManifest)
    assert run is not None
    assert run.training is not None
    assert run.configuration.adapter == run.training.weights == results.adapter
    assert read_rows(answers.folder / TRAINED_ROWS) == rows
    other = preview_generation(asked(tiny, out, tmp_path / "other.jsonl", persona_prompt="interview")).warnings
    assert len(other) == 1
    assert "trained with the prompt first_person+structured" in other[0]
    assert not preview_generation(asked(tiny, out, tmp_path / "ft.jsonl")).warnings
    with Loopback() as server:
        served = settings(tmp_path / "s.jsonl", server, task="structured", trained=out)
        assert "asked for JSON" in preview_generation(served).warnings[0]
        assert not preview_generation(replace(served, structured_output="text")).warnings
        with pytest.raises(UsageError, match="no finished run of judge finetune"):
            preview_generation(replace(served, trained=tiny))


@pytest.mark.slow
def test_a_run_that_is_killed_goes_on_and_has_the_same_weights(tiny: Path, tmp_path: Path) -> None:
    whole, killed = (small(tiny, tmp_path / name, max_steps=8, dropout=0.1) for name in ("whole", "killed"))
    finetune(whole)
    options = ["--base", tiny, "--out", killed.out, "--sample", 24, "--dev-share", 0.2, "--max-steps", 8]
    options += ["--eval-every", 2, "--batch-size", 4, "--learning-rate", 0.03, "--dropout", 0.1]
    command = [sys.executable, "-m", "judge", "finetune", VALUES, *options]
    process = subprocess.Popen(
        [str(part) for part in command],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    checkpoints = killed.out / "training" / "checkpoints"
    deadline = time.monotonic() + 240
    while last_checkpoint(checkpoints) is None and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    there = last_checkpoint(checkpoints)
    assert there is not None
    assert 0 < there.step < 8
    assert not (killed.out / "adapter_model.safetensors").exists()
    events: list[object] = []
    found = finetune(killed, on_event=events.append)
    assert isinstance(events[0], TrainingPlan)
    assert events[0].from_step == there.step
    assert found.results.steps == 8
    assert same_weights(whole.out, killed.out)


@pytest.mark.slow
def test_another_process_makes_the_same_adapter_to_the_byte(tiny: Path, tmp_path: Path) -> None:
    one, other = (small(tiny, tmp_path / name, max_steps=1, eval_every=1) for name in ("one", "other"))
    here = finetune(one).results
    options = ["--base", tiny, "--out", other.out, "--sample", 24, "--dev-share", 0.2, "--max-steps", 1]
    options += ["--eval-every", 1, "--batch-size", 4, "--learning-rate", 0.03, "--dropout", 0]
    command = [sys.executable, "-m", "judge", "finetune", VALUES, *options]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "1"}
    subprocess.run([str(part) for part in command], cwd=ROOT, env=environment, capture_output=True, check=True)
    assert (one.out / "adapter_config.json").read_bytes() == (other.out / "adapter_config.json").read_bytes()
    assert here.adapter == fingerprint(other.out)
    modules = json.loads((one.out / "adapter_config.json").read_text())["target_modules"]
    assert modules == sorted(modules)


@pytest.mark.slow
def test_training_stops_when_the_dev_loss_rises_and_keeps_the_best_weights(tiny: Path, tmp_path: Path) -> None:
    settings = small(tiny, tmp_path / "a", max_steps=30, eval_every=1, learning_rate=0.5, patience=2)
    results = finetune(settings).results
    assert results.stopped_early
    assert results.steps < 30
    dev = {point.step: point.dev_loss for point in results.losses if point.dev_loss is not None}
    assert results.best_step == min(dev, key=lambda step: dev[step])
    assert results.steps - results.best_step == 2

    # A run that ends before its last measurement, and whose folder is moved, knows how long the loss has not fallen,
    # and where its best weights are.
    class Ended(Exception):
        pass

    def end(event: object) -> None:
        if isinstance(event, TrainingProgress) and event.dev_loss is not None and event.step == results.steps:
            raise Ended

    ended, moved = replace(settings, out=tmp_path / "b"), replace(settings, out=tmp_path / "moved" / "b")
    with pytest.raises(Ended):
        finetune(ended, on_event=end)
    moved.out.parent.mkdir()
    ended.out.rename(moved.out)
    again = finetune(moved).results
    assert (again.steps, again.best_step, again.losses) == (results.steps, results.best_step, results.losses)
    assert same_weights(settings.out, moved.out)


@pytest.mark.slow
@pytest.mark.parametrize("dev_share", [0.2, 0.0])
def test_a_run_that_is_killed_after_its_last_step_has_the_same_weights(
    tiny: Path, tmp_path: Path, dev_share: float
) -> None:
    settings = small(tiny, tmp_path / "a", selection=Selection(sample=8, dev_share=dev_share, shuffle=True))
    whole = finetune(settings).results
    shutil.copytree(settings.out, tmp_path / "whole")
    (settings.out / "adapter_model.safetensors").unlink()
    path = settings.out / "training" / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "results": None}))
    found = finetune(settings)
    assert not found.was_complete
    assert found.results.model_copy(update={"wall_seconds": whole.wall_seconds}) == whole
    assert same_weights(settings.out, tmp_path / "whole")


@pytest.mark.slow
def test_all_weights_can_be_trained_and_asked(tiny: Path, tmp_path: Path) -> None:
    out = tmp_path / "model"
    found = finetune(small(tiny, out, method="full", max_steps=2, learning_rate=0.01))
    made = generate(
        GenerateSettings(
            VALUES, parse_model(f"hf:{out}"), tmp_path / "m.jsonl", task="structured", sample=2, max_tokens=4
        )
    )
    assert made.manifest.configuration.weights == found.results.adapter
    assert made.manifest.training is not None
    assert weights_of(out) == (out / "model.safetensors",)
    (out / "model.safetensors").unlink()
    loaded = load(tiny, adapter=None, chat_template=None, device="cpu")
    loaded.model.save_pretrained(out, max_shard_size="50KB")  # as a large model is saved
    parts = weights_of(out)
    assert (parts[0].name, len(parts) > 2) == ("model.safetensors.index.json", True)
    assert all(part.is_file() for part in parts)


@pytest.mark.parametrize("content", ["{", "[]", '{"weight_map": {"a": 1}}', '{"weight_map": {}}'])
def test_a_damaged_index_of_weights_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "model.safetensors.index.json").write_text(content, encoding="utf-8")
    with pytest.raises(RunDirectoryError, match=r"index\.json is damaged"):
        weights_of(tmp_path)


def test_rows_of_held_out_strata_are_refused_by_name(tiny: Path, tmp_path: Path) -> None:
    rows = [truth(f"Q{number}", "A", 1, stratum=stratum) for number in (1, 2) for stratum in ("sex", "age_x_religion")]
    values = write_values(tmp_path / "values.jsonl", rows)
    for side in ("all", "ood"):
        given = small(tiny, tmp_path / "a", values=values, selection=Selection(side))  # type: ignore[arg-type]
        with pytest.raises(InputError, match=r"held-out strata.*age_x_religion") as caught:
            finetune(given)
        assert "--allow held-out" in str(caught.value.hint)
    assert not (tmp_path / "a").exists()


def test_what_cannot_be_trained_is_refused_before_anything_is_made(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no config\.json"):
        finetune(small(tmp_path, tmp_path / "a"))
    with pytest.raises(UsageError, match="needs a GPU"):
        finetune(small(tiny, tmp_path / "a", method="qlora"))
    with pytest.raises(InputError, match="tokens, and --max-length is 20"):
        finetune(small(tiny, tmp_path / "a", max_length=20))
    for number in ({"learning_rate": 0.0}, {"epochs": 0.0, "max_steps": None}, {"learning_rate": float("nan")}):
        with pytest.raises(UsageError, match="trains nothing"):
            finetune(small(tiny, tmp_path / "a", **number))
    assert not (tmp_path / "a").exists()
    with pytest.raises(UsageError, match=r"values\.jsonl is a file"):
        finetune(small(tiny, VALUES))
    adapter = tmp_path / "adapter_config.json"
    adapter.touch()
    with pytest.raises(UsageError, match="is an adapter"):
        finetune(small(tmp_path, tmp_path / "a"))
    before = sorted(tiny.rglob("*"))
    with pytest.raises(RunDirectoryError, match="no run of this program made"):
        finetune(small(tiny, tiny))
    assert sorted(tiny.rglob("*")) == before


def test_the_sides_of_a_split_file_decide_what_is_held_out(tiny: Path, tmp_path: Path) -> None:
    rows = [truth(f"Q{number}", "A", 1, stratum=stratum) for number in (1, 2) for stratum in ("sex", "religion")]
    values = write_values(tmp_path / "values.jsonl", rows)
    mine = tmp_path / "strata.yaml"
    mine.write_text("sex: {attributes: [sex], split: train}\nreligion: {attributes: [religion], split: ood}\n")
    split(values, load_strata(mine), tmp_path / "split")
    for side in ("all", "ood"):
        chosen = Selection(side, tmp_path / "split" / "split.json")  # type: ignore[arg-type]
        with pytest.raises(InputError, match=r"held-out strata.*religion"):
            finetune(small(tiny, tmp_path / "a", values=values, selection=chosen))


def test_a_loss_that_is_no_number_ends_the_run(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not a number after step") as caught:
        finetune(small(tiny, tmp_path / "a", learning_rate=1e30))
    assert "lower --learning-rate" in str(caught.value.hint)


def test_a_full_disk_is_named(tmp_path: Path) -> None:
    full = Path("/dev/full")
    for write in (
        lambda: full.write_text("x" * 10_000),
        lambda: torch.save(torch.zeros(10_000), full),
        lambda: save_file({"a": torch.zeros(10_000)}, tmp_path / "no folder" / "x"),
    ):
        with pytest.raises(WriteError, match="cannot be written") as caught, explained(tmp_path):
            write()
        assert "last checkpoint" in str(caught.value.hint)
    with pytest.raises(RuntimeError, match="another"), explained(tmp_path):
        raise RuntimeError("another")


@pytest.mark.parametrize(
    ("changes", "steps"),
    [({"max_steps": 7}, 7), ({"epochs": 1.0}, 13), ({"epochs": 2.0, "accumulate": 4}, 8), ({"epochs": 0.1}, 2)],
)
def test_the_number_of_steps_follows_from_rows_and_batches(
    tiny: Path, tmp_path: Path, changes: dict[str, Any], steps: int
) -> None:
    given = replace(FinetuneSettings(VALUES, tiny, tmp_path), **changes)
    assert planned_steps(given, 100) == steps


def test_a_checkpoint_that_is_not_whole_is_not_used(tmp_path: Path) -> None:
    assert last_checkpoint(tmp_path) is None
    for step, text in ((2, json.dumps({"global_step": 2})), (10, json.dumps({"global_step": 10})), (12, '{"glob')):
        (tmp_path / f"checkpoint-{step}").mkdir()
        (tmp_path / f"checkpoint-{step}" / "trainer_state.json").write_text(text)
    (tmp_path / "checkpoint-14").mkdir()
    found = last_checkpoint(tmp_path)
    assert found is not None
    assert (found.path, found.step) == (tmp_path / "checkpoint-10", 10)
