"""The pictures of the report: all there, small enough to load, and shown."""

from __future__ import annotations

from tests.support.paths import ROOT
from tools.pictures import IMAGES, VIEWS

MOST_BYTES = 250_000


def test_every_picture_is_kept_small_and_shown() -> None:
    page = (ROOT / "docs" / "report.md").read_text(encoding="utf-8")
    for name, width, *_ in VIEWS:
        content = (IMAGES / f"{name}.png").read_bytes()
        assert content.startswith(b"\x89PNG")
        assert int.from_bytes(content[16:20]) == width
        assert len(content) < MOST_BYTES
        assert f"(images/{name}.png)" in page
