"""The README's transcript is cut from a real output, and only its block is touched."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tools.transcript import SAMPLE, report, rewritten, transcript

PRINTED = "\n96 comparisons.  \n\npersona  .661 \nWritten to results/demo.\n"
BLOCK = """```
$ make demo
96 comparisons.

persona  .661
Written to results/demo.
```"""


def test_the_block_has_the_whole_output() -> None:
    assert transcript(PRINTED) == BLOCK


def test_only_the_block_changes() -> None:
    before = (
        "# Title\n```\nmake demo\n```\n<!-- transcript: make demo -->\n```\nold ``` text\n```\n\nafter\n```\nx\n```\n"
    )
    after = rewritten(before, PRINTED)
    assert after == before.replace("```\nold ``` text\n```", BLOCK)
    assert rewritten(after, PRINTED) == after


@pytest.mark.parametrize("readme", ["# Title\n", "<!-- transcript: make demo -->\n```\nnever closed```\n"])
def test_a_page_without_the_block_is_refused(readme: str) -> None:
    with pytest.raises(ValueError, match="must have one block"):
        rewritten(readme, PRINTED)


def made(sample: Path) -> dict[str, bytes]:
    """The page and the figures of a sample."""
    kept = [sample / "report.html", *sorted((sample / "figures").iterdir())]
    return {path.name: path.read_bytes() for path in kept}


def test_the_sample_s_page_and_figures_are_what_the_sample_gives_now(tmp_path: Path) -> None:
    sample = tmp_path / SAMPLE
    shutil.copytree(ROOT / SAMPLE, sample, ignore=shutil.ignore_patterns("report.html", "figures"))
    report(tmp_path)
    found, kept = made(sample), made(ROOT / SAMPLE)
    assert sorted(found) == sorted(kept)
    assert [name for name in found if found[name] != kept[name]] == [], "`make transcript` makes them anew"
