"""The README's transcript is cut from a real output, and only its block is touched."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tools.transcript import SAMPLE, report, rewritten, transcript

PRINTED = """96 comparisons.\x20\x20

Win rate of ft against base
persona  .661\x20
By the way, a note.

By stratum: win rate
sex .5

By subgroup: win rate
sex_Female .5

By sex: win rate
Female .5

By age: win rate
16 .5

Judge behaviour
value .5

Written to results/demo.
"""
BLOCK = """```
$ make demo
96 comparisons.

Win rate of ft against base
persona  .661
By the way, a note.

...

By subgroup: win rate
sex_Female .5

...

Judge behaviour
value .5

Written to results/demo.
```"""


def test_one_table_by_slice_stands_for_the_others() -> None:
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
