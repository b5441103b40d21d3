"""The README's transcript is cut from a real output, and only its block is touched."""

from __future__ import annotations

import base64
import re
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


LONG = re.compile(r"\d+\.\d{12,}")
IN_THE_PAGE = re.compile(r"(?<=data:text/csv;charset=utf-8;base64,)[A-Za-z0-9+/=]+")


def made(sample: Path) -> dict[str, str]:
    """The page and the figures of a sample, without the last digits of numbers, which differ between processors."""
    kept = [sample / "report.html", *sorted((sample / "figures").iterdir())]
    return {path.name: rounded(path.read_text("utf-8")) for path in kept}


def rounded(text: str) -> str:
    read = IN_THE_PAGE.sub(lambda found: base64.b64decode(found[0]).decode(), text)
    return LONG.sub(lambda found: f"{float(found[0]):.10f}", read)


def test_the_sample_s_page_and_figures_are_what_the_sample_gives_now(tmp_path: Path) -> None:
    sample = tmp_path / SAMPLE
    shutil.copytree(ROOT / SAMPLE, sample, ignore=shutil.ignore_patterns("report.html", "figures"))
    report(tmp_path)
    found, kept = made(sample), made(ROOT / SAMPLE)
    assert sorted(found) == sorted(kept)
    assert [name for name in found if found[name] != kept[name]] == [], "`make transcript` makes them anew"
