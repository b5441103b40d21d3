"""Writes what a page's commands print now into its output blocks.

usage: python -m tests.docs [PAGE...] (`make tutorial`), after a change of what the tutorial's commands print; then read
the page again: its words speak of its numbers.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.docs.blocks import Block, blocks
from tests.docs.walk import Walk, in_order
from tests.support.paths import ROOT


def rewritten(text: str, page: Sequence[Block], outputs: Mapping[int, str]) -> str:
    """The page's text with these outputs in place of its own."""
    for block in reversed(page):
        if block.line in outputs:
            text = text[: block.start] + outputs[block.line] + text[block.end :]
    return text


def main() -> None:
    for name in sys.argv[1:] or ["docs/tutorial.md", "docs/tutorial-plain-answers.md"]:
        path = ROOT / name
        page = blocks(path, name)
        with tempfile.TemporaryDirectory() as folder, Walk(Path(folder), "127.0.0.1:1") as walk:
            outputs = in_order(walk, page)
        path.write_text(rewritten(path.read_text(encoding="utf-8"), page, outputs), encoding="utf-8")
        print(f"{name}: {len(outputs)} outputs are what its commands print now")


if __name__ == "__main__":
    main()
