"""The modules of the import package, as files of the checkout."""

from __future__ import annotations

from pathlib import Path

from tests.support.paths import ROOT

AT_TOP = ("prompts", "generation", "annotation", "preferences")  # judge/NAME is a link to the top-level folder


def sources() -> dict[str, Path]:
    """Every module of the import package, by its dotted name."""
    found = {}
    for path in sorted((ROOT / "judge").rglob("*.py")) + [p for name in AT_TOP for p in (ROOT / name).rglob("*.py")]:
        parts = path.relative_to(ROOT).with_suffix("").parts
        if parts[0] == "judge" and parts[1] in AT_TOP:
            continue  # seen through the link; the folder itself follows
        found[".".join(parts if parts[0] == "judge" else ("judge", *parts)).removesuffix(".__init__")] = path
    return found


MODULES = sources()
