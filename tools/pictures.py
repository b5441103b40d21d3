"""Takes pictures of the sample's report for the documentation: `docs/images/report-*.png`.

usage: python -m tools.pictures (`make pictures`), after a change of what the report looks like. It needs chromium.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from tests.support.browser import browser

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "results" / "demo-sample" / "report.html"
IMAGES = ROOT / "docs" / "images"
# Name, width in CSS pixels, scheme, the first element seen, height.
VIEWS: tuple[tuple[str, int, Literal["light", "dark"], str, int], ...] = (
    ("report-answer", 1280, "light", "body", 1120),
    ("report-whom-dark", 1280, "dark", "#subgroups", 900),
    ("report-explorer", 1280, "light", "#browse", 1000),
    ("report-narrow", 360, "light", "body", 900),
)


def main() -> None:
    """Take each picture anew. In the explorer the first comparison is open."""
    with browser() as opened:
        for name, width, scheme, first, height in VIEWS:
            page = opened.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
            page.goto(PAGE.as_uri())
            if first == "#browse":
                page.locator("#browse tbody a, #browse tbody button").first.click()
            page.locator(first).evaluate("element => element.scrollIntoView({ behavior: 'instant' })")
            page.screenshot(path=IMAGES / f"{name}.png")
            page.close()


if __name__ == "__main__":
    main()
