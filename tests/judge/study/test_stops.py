"""kill -9 in each stage of the demo study, offline: the same command completes it and repeats no call."""

from __future__ import annotations

import json
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.support.command import command_line, environment
from tests.support.study import DEMO

JOURNALS = (
    "generate-tiny-base-open-*/*.run/generations.jsonl",
    "generate-tiny-lora-open-*/*.run/generations.jsonl",
    "generate-tiny-base-structured-*/*.run/generations.jsonl",
    "generate-tiny-lora-structured-*/*.run/generations.jsonl",
    "compare-*/judgments.jsonl",
)
BEGUN = ("values-*", "models-*", *JOURNALS[:-1], "scores-*", JOURNALS[-1], "tables-*")


def start(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command_line("run", str(DEMO)),
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def begun(root: Path, pattern: str) -> bool:
    return any(path.is_dir() or path.stat().st_size for path in root.glob(pattern))


@pytest.mark.slow
def test_kill_9_in_each_stage_of_the_demo(tmp_path: Path) -> None:
    root = tmp_path / "results" / "demo-study"
    for pattern in BEGUN:
        process = start(tmp_path)
        while not begun(root, pattern):
            assert process.poll() is None, process.communicate()
            time.sleep(0.005)
        process.kill()
        process.communicate()
    process = start(tmp_path)
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert "The study demo-study is complete" in output
    for pattern in JOURNALS:
        (path,) = root.glob(pattern)
        keys = Counter(json.loads(line)["key"] for line in path.read_text(encoding="utf-8").splitlines())
        assert len(keys) == (192 if "compare" in pattern else 96)
        assert set(keys.values()) == {1}, path
    (summary,) = root.glob("tables-*/summary.json")
    assert json.loads(summary.read_text())["counts"]["ok"] == 192
    (responses,) = root.glob("generate-tiny-base-structured-*/tiny-base.csv")
    assert responses.read_text().startswith("custom_id,response\n")
    (process,) = [start(tmp_path)]
    output, _ = process.communicate(timeout=60)
    assert "[1/" not in output  # nothing is left to do
