"""Run the whole pipeline with a real model on a small machine (`make real`). Rerun it to resume.

python -m examples.real.run                       # everything
python -m examples.real.run --sample results/real-sample    # and copy what is committed
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from examples.real.model import PACKAGE, prepare
from examples.real.planted import Found, as_markdown, look_for_the_plant, shares_of
from examples.real.serve import NAME, served
from examples.real.survey import prepare_values
from judge.generation.open_run import folder_of
from judge.preferences.values.values_file import read_values
from judge.study.file import load_study
from judge.study.generate_stage import Generate
from judge.study.run import stages_of
from judge.study.stage import Stage
from judge.study.state import State

STUDY = Path("examples/real/study.yaml")
BUILD = Path("build/real")
OUT = Path("results/real")
SMALL = OUT / "judged-by-the-small-model"
PORT = 8091  # the same whenever the run is resumed: the address is part of what a run was asked for
LIMIT = 12  # pairs that the small model judges, in both orders
# Large blocks of memory are kept, not given back after each step and asked for again.
_ENVIRONMENT = {"MALLOC_MMAP_THRESHOLD_": "4294967296", "MALLOC_TRIM_THRESHOLD_": "17179869184"}
_PACKAGES = ("persona-judge", "torch", "transformers", "peft", "trl", "gguf", "xllamacpp")


class Clock:
    """CPU seconds of this process and its children, step by step, kept in a file over several sessions."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.seconds: dict[str, float] = json.loads(path.read_text()) if path.is_file() else {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Add what is spent within to the step of this name."""
        before = _cpu_seconds()
        try:
            yield
        finally:
            self.seconds[name] = round(self.seconds.get(name, 0.0) + _cpu_seconds() - before, 1)
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.write_text(json.dumps(self.seconds, indent=2))


def _cpu_seconds() -> float:
    found = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in found)


def _judge(*arguments: object) -> None:
    """Run a command of this project, and show it."""
    command = ["judge", *map(str, arguments)]
    print(f"\n$ {' '.join(command)}", flush=True)
    subprocess.run([sys.executable, "-m", *command], check=True, env={**os.environ, **_ENVIRONMENT})


def _stages() -> dict[str, Stage]:
    study = load_study(STUDY)
    stages = stages_of(study)
    State(study.root).look(stages)
    return {stage.name: stage for stage in stages}


def _answers(stages: dict[str, Stage], name: str) -> Generate:
    stage = stages[f"generate {name}"]
    assert isinstance(stage, Generate)
    return stage


def planted(stages: dict[str, Stage]) -> list[Found]:
    """Look for what was planted in the structured answers of base and adapter."""
    values = [row for row in read_values(stages["values"].results[0]) if row.subgroup.stratum == "age_x_religion"]
    names = ("base", "adapter")
    found = {name: shares_of(folder_of(_answers(stages, f"{name} structured").path)) for name in names}
    return look_for_the_plant(values, found)


def main() -> int:
    """Run what is not done yet. The exit code is 1 if what was planted is not found, or what was not is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=Path, help="copy tables, pages and responses to this folder")
    given = parser.parse_args()
    os.environ.update(_ENVIRONMENT)
    clock, started = Clock(OUT / "cpu_seconds.json"), time.monotonic()
    with clock.step("prepare the model and the values"):
        model = prepare(BUILD)
        prepare_values(BUILD)
    with clock.step("study: values, training, answers, scores, heuristic judge"):
        _judge("run", STUDY, "--yes")
    stages = _stages()
    base, adapter = (_answers(stages, f"{name} open").path for name in ("base", "adapter"))
    with clock.step("the small model judges"), served(model.gguf, PORT) as address:
        judge = ("--judge", f"openai:{NAME}", "--base-url", address)
        _judge("doctor", *judge)
        how = ("--limit", LIMIT, "--temperature", 0, "--max-tokens", 300, "--concurrency", 1, "--timeout", 600)
        pair = (base, adapter, "--values", stages["values"].results[0])
        _judge("compare", *pair, *judge, *how, "--out", SMALL, "--yes", "--allow", "missing")
    with clock.step("pages"):
        scores = stages["scores"].folder
        _judge("report", stages["compare"].folder, "--structured", scores, "--out", OUT / "report.html")
        _judge("report", SMALL, "--out", OUT / "report-small-judge.html")
    found = planted(stages)
    lines = ["## What was planted", "", *as_markdown(found), "", "## Time", "", *_times(clock), "", _versions()]
    (OUT / "run.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n" + "\n".join(lines) + f"\n\nThis session took {(time.monotonic() - started) / 60:.1f} minutes.")
    if given.sample is not None:
        _copy(given.sample, stages)
    return 0 if is_as_planted(found) else 1


def is_as_planted(found: list[Found]) -> bool:
    """Whether the adapter's answers differ between religions where that was planted, and only there."""
    own = [row for row in found if row.source == "adapter" and row.p is not None]
    return bool(own) and all((row.p is not None and row.p < 0.05) == row.is_planted for row in own)


def _times(clock: Clock) -> list[str]:
    rows = [f"| {name} | {seconds:,.0f} |" for name, seconds in clock.seconds.items()]
    return ["| step | CPU seconds |", "|---|---|", *rows, f"| all | {sum(clock.seconds.values()):,.0f} |"]


def _versions() -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    return f"Python {platform.python_version()}, {packages}, {PACKAGE.replace('==', ' ')}."


def _copy(folder: Path, stages: dict[str, Stage]) -> None:
    """Copy what is committed: no weights, no journals."""
    for part in ("tables", "scores", "small-judge", "responses"):
        shutil.rmtree(folder / part, ignore_errors=True)
    for source, part in (
        (stages["tables"].folder, "tables"),
        (stages["scores"].folder, "scores"),
        (SMALL, "small-judge"),
    ):
        for path in sorted(source.rglob("*")):
            if path.name == "summary.md" or (path.suffix == ".csv" and path.name != "replies.csv"):
                to = folder / part / path.relative_to(source)
                to.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, to)
    (folder / "responses").mkdir(parents=True, exist_ok=True)
    for name in ("base", "control", "adapter"):
        shutil.copyfile(_answers(stages, f"{name} open").path, folder / "responses" / f"{name}.jsonl")
    trained = stages["finetune"].results[1]
    shutil.copyfile(trained, folder / "training.json")
    for name in ("report.html", "report-small-judge.html", "run.md"):
        shutil.copyfile(OUT / name, folder / name)


if __name__ == "__main__":
    sys.exit(main())
