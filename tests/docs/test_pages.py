"""Every command block of README, the tutorial and the how-to pages is run as a reader would run it, or says why not."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.docs.__main__ import rewritten
from tests.docs.blocks import CAMPAIGN, Block, blocks, extract
from tests.docs.walk import Walk, in_order
from tests.support.command import environment
from tests.support.paths import ROOT

TUTORIAL = "docs/tutorial.md"
PLAIN = "docs/tutorial-plain-answers.md"
HOWTO = tuple(str(path.relative_to(ROOT)) for path in sorted((ROOT / "docs/howto").glob("*.md")))
PAGES = ("README.md", TUTORIAL, PLAIN, "docs/panels.md", *HOWTO)
BLOCKS = [block for page in PAGES for block in blocks(ROOT / page, page)]
COMMANDS = [block for block in BLOCKS if block.is_commands]
COMMAND = re.compile(r"^(?:judge|make|python|pip|export|vllm|ollama|\.) ")

# What no test runs. A block that becomes external has to be written down here, too.
EXTERNAL = {
    "README.md": [
        "make demo     # judges the bundled pairs by fixed rules: no key, no network",
        "pip install '.[files]'        # or: uv pip install '.[files]'",
    ],
    TUTORIAL: ["judge values build WVS_Cross-National_Wave_7_csv_v6_0.csv --country SGP --out values.jsonl"],
    "docs/howto/vllm-lora.md": [
        "vllm serve path/to/base --served-model-name base --enable-lora --max-lora-rank 16 \\",
        "make vllm",
    ],
    "docs/howto/ollama.md": ["ollama pull mistral-small3.1"],
    "docs/howto/own-survey.md": [
        "judge values build panel.sav --mapping harbour.yaml --strata sex,age_group,sex_x_age --out values.jsonl"
    ],
}


def alone(*, slow: bool) -> list[Block]:
    """Blocks that are run each for itself: those of all pages but the two that are walked in order."""
    return [
        block
        for block in COMMANDS
        if block.page not in (TUTORIAL, PLAIN, CAMPAIGN)
        and "external" not in block.marks
        and ("slow" in block.marks) == slow
    ]


def run_alone(walk: Walk, block: Block) -> None:
    for name in re.findall(r"--out ([\w./-]+)", block.text):  # what the block makes is not there before
        path = walk.folder / name
        if path.is_dir():
            shutil.rmtree(path)
        path.unlink(missing_ok=True)
    if "background" in block.marks:
        walk.serve(block)
    else:
        walk.run(block)


@pytest.mark.parametrize("block", alone(slow=False), ids=lambda block: block.name)
def test_a_block_does_what_it_says(walk: Walk, block: Block) -> None:
    run_alone(walk, block)


@pytest.mark.slow
@pytest.mark.parametrize("block", alone(slow=True), ids=lambda block: block.name)
def test_a_block_that_takes_long_does_what_it_says(walk: Walk, block: Block) -> None:
    if "path/to/" in block.text:
        make = "mkdir -p path/to; python examples/make_tiny_models.py path/to; cd path/to; mv tiny-base model"
        walk.run(Block("supplies", 1, "", f"{make}; mv tiny-lora lora", {}, 0, 0))
    run_alone(walk, block)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "least"), [(TUTORIAL, 10), (PLAIN, 3)])
def test_a_tutorial_prints_what_it_shows(name: str, least: int, tmp_path: Path) -> None:
    path = ROOT / name
    page = blocks(path, name)
    with Walk(tmp_path, "127.0.0.1:1") as walk:
        outputs = in_order(walk, page)
    text = path.read_text(encoding="utf-8")
    assert len(outputs) >= least
    assert rewritten(text, page, outputs) == text, "make tutorial writes it anew; then read it again"


def test_every_block_is_run_or_says_why_not() -> None:
    for block in COMMANDS:
        lines = [line for line in block.text.splitlines() if line and not line.startswith((" ", "#"))]
        assert all(COMMAND.match(line) for line in lines), f"{block.name}: no commands; say `output` or `printed`"
    found: dict[str, list[str]] = {}
    for block in COMMANDS:
        if "external" in block.marks:
            assert len(block.marks["external"]) > 10, f"{block.name}: why is it not run?"
            found.setdefault(block.page, []).append(block.text.splitlines()[0])
    assert found == EXTERNAL


def test_marks_are_known() -> None:
    for block in BLOCKS:
        assert set(block.marks) <= {"external", "slow", "background", "output", "printed", "transcript"}, block.name


def test_a_part_that_was_not_printed_is_no_output() -> None:
    printed = "\nfirst\nsecond \nthird\n"
    assert extract(printed, '"second" +1') == "second\n"
    assert extract(printed, '"first" +1, "third" +1') == "first\n...\nthird\n"
    assert extract(printed, '"first" +1, "second" +2') == "first\nsecond\nthird\n"
    assert extract(printed, "all") == "first\nsecond\nthird\n"
    with pytest.raises(ValueError, match="not printed"):
        extract(printed, '"fourth" +1')
    with pytest.raises(ValueError, match="not understood"):
        extract(printed, "first")


def test_a_command_that_fails_is_seen(tmp_path: Path) -> None:
    assert "PATH" in environment()
    with Walk(tmp_path, "127.0.0.1:1") as walk, pytest.raises(AssertionError, match=r"page:3 ended with 2"):
        walk.run(Block("page", 3, "", "judge show nowhere\n", {}, 0, 0))
