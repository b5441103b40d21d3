"""The fenced blocks of a page, and the comments before them that say what to do with each.

    <!-- external: needs a GPU -->        listed by the test, not run
    <!-- slow: installs Label Studio -->  run by the slow tests alone
    <!-- background -->                   a server: started, and stopped when the page is done
    <!-- output: "Win rate" +4 -->        what the commands before printed: 4 lines from the one that has this text;
                                          several parts with commas between, joined by a line of dots; `all` is all
    <!-- printed: by what -->             an output that this test does not make

A block without a language, or in `sh` or `console`, is commands unless one of the last two stands before it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_FENCE = re.compile(r"((?:^<!--[^\n]*-->\n)*)^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_COMMENT = re.compile(r"<!-- ([\w-]+)(?:: (.*?))? -->")
_PART = re.compile(r'"([^"]+)" \+(\d+)')
_SHELL = ("", "sh", "console")
_SHOWN = ("output", "printed", "transcript")
DOTS = "..."
CAMPAIGN = "docs/howto/campaign.md"  # in order, against a real Label Studio: test_campaign_page.py


@dataclass(frozen=True)
class Block:
    """One fenced block. ``marks`` holds the comments before it by name; ``start`` and ``end`` bound its text."""

    page: str
    line: int
    language: str
    text: str
    marks: dict[str, str]
    start: int
    end: int

    @property
    def is_commands(self) -> bool:
        return self.language in _SHELL and not any(mark in self.marks for mark in _SHOWN)

    @property
    def name(self) -> str:
        return f"{self.page}:{self.line}"


def blocks(path: Path, name: str) -> list[Block]:
    """All fenced blocks of a page, in order."""
    text = path.read_text(encoding="utf-8")
    return [
        Block(
            page=name,
            line=text.count("\n", 0, found.start(2)) + 1,
            language=found[2],
            text=found[3],
            marks={mark: words or "" for mark, words in _COMMENT.findall(found[1])},
            start=found.start(3),
            end=found.end(3),
        )
        for found in _FENCE.finditer(text)
    ]


def extract(printed: str, wanted: str) -> str:
    """The wanted parts of an output. Errors: ValueError names the part that is not there, or that is no part."""
    lines = [line.rstrip() for line in printed.strip("\n").splitlines()]
    if wanted == "all":
        return "\n".join(lines) + "\n"
    parts = _PART.findall(wanted)
    if not parts:
        raise ValueError(f"not understood: {wanted}")
    shown: list[str] = []
    end = -1
    for beginning, count in parts:
        at = next((number for number, line in enumerate(lines) if beginning in line), None)
        if at is None:
            raise ValueError(f"not printed: {beginning!r}")
        if shown and at != end:
            shown.append(DOTS)
        end = at + int(count)
        shown += lines[at:end]
    return "\n".join(shown) + "\n"
