"""What the pages say is true: samples are read through their records, the transcript is what the command prints."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from judge.core import records
from tests.conftest import ROOT, Command

FORMATS = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
SAMPLES = dict(re.findall(r"<!-- record: (\w+) -->\n```json\n(.*?)```", FORMATS, re.DOTALL))
DEMO = (
    "compare", str(ROOT / "examples/base.jsonl"), str(ROOT / "examples/ft.jsonl"), "--values",
    str(ROOT / "examples/values.jsonl"), "--judge", "heuristic",
)  # fmt: skip


def test_every_record_that_flows_has_a_sample_row() -> None:
    assert set(SAMPLES) == {"Response", "GroundTruth", "Comparison", "Judgment", "Verdict", "Annotation"}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_row_is_a_row(name: str) -> None:
    record = getattr(records, name).model_validate(json.loads(SAMPLES[name]))
    shown = set(json.loads(SAMPLES[name]))
    known = set(type(record).model_fields)
    assert shown <= known
    # What a sample leaves out is a field that is written only where it is not at its default.
    assert all(not type(record).model_fields[name].is_required() for name in known - shown)


def test_the_transcript_in_readme_is_what_make_demo_prints(judge: Command) -> None:
    done = judge(*DEMO, "--out", "results/demo")
    assert done.returncode == 0, done.stderr
    found = re.search(r"<!-- transcript: make demo -->\n```\n(.*?)```", README, re.DOTALL)
    assert found
    printed = [line.rstrip() for line in done.stdout.splitlines()]
    for line in found[1].splitlines():
        if line.strip() not in ("", "...", "$ make demo"):
            assert line.rstrip() in printed


def test_the_committed_sample_run_is_what_the_demo_makes(judge: Command, tmp_path: Path) -> None:
    judge(*DEMO, "--out", "demo-sample")
    for name in ("summary.json", "summary.md", "verdicts.jsonl", "comparisons.jsonl", "tables/win_rates.csv"):
        made = (tmp_path / "demo-sample" / name).read_text(encoding="utf-8")
        kept = (ROOT / "results" / "demo-sample" / name).read_text(encoding="utf-8")
        assert made == kept, f"{name}: make the sample run again (results/README.md)"


def test_every_command_and_option_in_the_pages_exists(judge: Command) -> None:
    pages = [README, *(path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md"))]
    for page in pages:
        for block in re.findall(r"```\n(.*?)```", page, re.DOTALL):
            for command, rest in re.findall(r"^(?:\$ )?judge ((?:values )?[\w-]+)(.*)$", block, re.MULTILINE):
                help_text = judge(*command.split(), "--help").stdout
                assert help_text, command
                for option in re.findall(r"--[a-z-]+", rest.split("#")[0]):
                    assert option in help_text, f"judge {command} {option}"
