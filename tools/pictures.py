"""Takes pictures for the documentation: of the sample's report, `docs/images/report-*.png`, and of `judge view`.

usage: python -m tools.pictures (`make pictures`), after a change of what the report looks like. It needs chromium.
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
from pathlib import Path
from typing import Literal

from tests.support.browser import browser
from tests.support.loopback import FaultPlan, Loopback
from tests.support.served import small_run
from tests.support.viewing import Viewing

ROOT = Path(__file__).absolute().parent.parent
PAGE = ROOT / "results" / "demo-sample" / "report.html"
IMAGES = ROOT / "docs" / "images"
# Name, width in CSS pixels, scheme, the first element seen, height.
VIEWS: tuple[tuple[str, int, Literal["light", "dark"], str, int], ...] = (
    ("report-answer", 1280, "light", "body", 1120),
    ("report-whom-dark", 1280, "dark", "#subgroups", 900),
    ("report-explorer", 1280, "light", "#browse", 1000),
    ("report-narrow", 360, "light", "body", 900),
)


VIEW = ("view-run", 1280, 1390)  # name, width, height
PRICES = 'as_of: "2026-11-29"\ncurrency: USD\nmodels:\n  openai:m: {input: 2, output: 8}\n'


def main() -> None:
    """Take each picture anew. In the explorer the first comparison is open."""
    _take_report()
    _take_view()


def _take_report() -> None:
    with browser() as opened:
        for name, width, scheme, first, height in VIEWS:
            page = opened.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
            page.goto(PAGE.as_uri())
            if first == "#browse":
                page.locator("#browse tbody a, #browse tbody button").first.click()
            page.locator(first).evaluate("element => element.scrollIntoView({ behavior: 'instant' })")
            page.screenshot(path=IMAGES / f"{name}.png")
            page.close()


def _take_view() -> None:
    """The page of a run that goes on: a stand-in on loopback answers, at random, and fails now and then."""
    name, width, height = VIEW
    faults = FaultPlan({"server_error": 0.02, "refusal": 0.02}, always=True)
    with tempfile.TemporaryDirectory() as scratch, Loopback(latency=0.8, jitter=0.4, faults=faults) as server:
        os.chdir(scratch)  # the page shows the path of a run as it was given
        results, prices = Path("results"), Path("prices.yaml")
        results.mkdir()
        prices.write_text(PRICES)
        options = {"limit": None, "concurrency": 6, "prices": prices, "max_cost": 2.0}
        work = threading.Thread(target=small_run, args=(results / "run1", server), kwargs=options)
        work.start()
        with Viewing(results) as viewing, browser() as opened:
            page = opened.new_page(viewport={"width": width, "height": height})
            page.goto(viewing.served.address())
            page.locator("#runs a").click(timeout=60_000)
            time.sleep(15)
            page.screenshot(path=IMAGES / f"{name}.png")
            work.join()
        os.chdir(ROOT)


if __name__ == "__main__":
    main()
