"""The pages in Chromium: they follow a run by themselves, in light and dark, on a phone and by keyboard."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from playwright.sync_api import expect

from benchmarks.data import write_pairs
from judge.reports.html.run_page import write_report
from tests.support.browser import browser, serious, watched
from tests.support.loopback import FaultPlan, Loopback
from tests.support.report_runs import judged
from tests.support.served import small_run
from tests.support.viewing import Viewing

pytestmark = pytest.mark.slow


def test_a_page_follows_a_run_to_its_end_and_can_be_paused(tmp_path: Path) -> None:
    run = tmp_path / "results" / "run"
    faults = FaultPlan({"malformed": 0.2}, always=True)
    with Loopback(latency=1.0, faults=faults) as server, Viewing(run.parent) as viewing, browser() as opened:
        run.parent.mkdir()
        seen = watched(opened, viewing.served.address())
        page = seen.page
        expect(page.locator("#runs")).to_contain_text("No runs yet.")
        work = threading.Thread(target=small_run, args=(run, server), kwargs={"limit": 24, "concurrency": 3})
        work.start()
        page.locator("#runs a").click(timeout=30_000)  # the list finds it by itself
        expect(page.locator("#progress .state")).to_have_text("running")
        shown = page.locator("#progress .facts div").first.inner_text()
        expect(page.locator("#progress .facts div").first).not_to_have_text(shown, timeout=15_000)
        pause = page.get_by_role("button", name="Pause updates")
        pause.focus()
        page.keyboard.press("Enter")
        held = page.locator("#progress").inner_text()
        time.sleep(5)
        assert page.locator("#progress").inner_text() == held
        page.keyboard.press("Enter")
        page.get_by_role("link", name="All runs").focus()
        work.join()
        expect(page.locator("#progress .state")).to_have_text("finished", timeout=15_000)
        expect(page.locator("#announcer")).to_contain_text("Finished", timeout=15_000)
        expect(page.locator("#failures tbody tr")).to_have_count(1)
        assert page.evaluate("document.activeElement.textContent") == "All runs"
        assert page.title().startswith("finished")
        seen.assert_quiet()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_pages_are_open_to_everybody(demo_run: Path, hostile_run: Path, width: int, scheme: str) -> None:
    with Viewing(demo_run.parent, hostile_run.parent) as viewing, browser() as opened:
        for place in ("", viewing.of(demo_run), viewing.of(hostile_run)):
            seen = watched(opened, viewing.served.address() + place, width=width, scheme=scheme)
            assert serious(seen.page) == []
            assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
            assert seen.page.evaluate("window.__pwned") is None
            seen.assert_quiet()


def test_when_the_server_ends_the_page_says_so_and_goes_on_after(demo_run: Path) -> None:
    with browser() as opened:
        with Viewing(demo_run) as viewing:
            page = watched(opened, viewing.served.address()).page
        expect(page.locator("#updated")).to_contain_text("No answer", timeout=30_000)


def test_the_report_of_a_large_run_works_in_its_sandbox(tmp_path: Path) -> None:
    base, ft = write_pairs(tmp_path, 700)
    run = judged(tmp_path / "large", str(base), str(ft), resamples=100)
    assert write_report(run, run / "report.html").files
    with Viewing(run) as viewing, browser() as opened:
        seen = watched(opened, f"{viewing.served.address()}{viewing.of(run)}report.html")
        expect(seen.page.locator("#count")).to_have_text("700 comparisons match, of 700.", timeout=60_000)
        seen.page.locator("[data-page=last]").click()
        seen.page.locator("#list .read").last.click()
        seen.page.locator("#reader .response").first.wait_for()
        assert seen.page.evaluate("origin") == "null"
        seen.assert_quiet()
