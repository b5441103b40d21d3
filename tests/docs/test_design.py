"""docs/design.md describes the tree as it is: every folder has a line, and every path that it names exists."""

from __future__ import annotations

import re

from tests.support.modules import AT_TOP, MODULES
from tests.support.paths import ROOT

DESIGN = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")


def test_every_path_in_the_design_exists() -> None:
    tops = "|".join((*AT_TOP, "judge", "tests"))
    named = set(re.findall(rf"(?<![\w/])(?:{tops})/[\w/-]+(?:\.py|\.yaml|/)", DESIGN))
    assert len(named) > 20
    assert sorted(path for path in named if not (ROOT / path).exists()) == []


def test_every_folder_has_a_line() -> None:
    folders = {path.parent.relative_to(ROOT).as_posix() for path in MODULES.values()}
    table = DESIGN[DESIGN.index("## Folders") : DESIGN.index("### One import package")]
    assert {name for name in folders if name.split("/")[0] in (*AT_TOP, "judge")} == folders
    for name in folders - {"judge"}:
        parent, _, last = name.rpartition("/")
        assert f"`{name}/`" in table or (f"`{parent}/" in table and f"`{last}/`" in table), name
