"""The pictures of the pages: all there, small enough to load, and shown."""

from __future__ import annotations

from tests.support.paths import ROOT
from tools.pictures import IMAGES, VIEW, VIEWS

MOST_BYTES = 250_000


def test_every_picture_is_kept_small_and_shown() -> None:
    report, view = ((ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("report.md", "howto/view.md"))
    for name, width, place, page in [
        *((*each[:2], "images", report) for each in VIEWS),
        (*VIEW[:2], "../images", view),
    ]:
        content = (IMAGES / f"{name}.png").read_bytes()
        assert content.startswith(b"\x89PNG")
        assert int.from_bytes(content[16:20]) == width
        assert len(content) < MOST_BYTES
        assert f"({place}/{name}.png)" in page
