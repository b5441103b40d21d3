"""The page of a run too large for one file: most of it lies beside the page, or does not."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect

from judge.reports.html.run_page import Written, write_report
from tests.support.browser import browser, watched

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def written(large_run: Path) -> Written:
    """The page of the large run; not to be changed."""
    return write_report(large_run, large_run.parent / "report.html")


@pytest.fixture
def copied(written: Written, tmp_path: Path) -> Path:
    """A copy of the page, without the folder beside it."""
    return Path(shutil.copy(written.path, tmp_path))


@pytest.fixture
def folder(written: Written, copied: Path) -> Path:
    """A copy of the folder, beside the page's copy; to be changed."""
    assert written.folder is not None
    return Path(shutil.copytree(written.folder, copied.with_name(written.folder.name)))


def test_20_000_comparisons_are_paged_and_searched_without_a_stall(written: Written) -> None:
    assert (written.total, written.in_page) == (20_000, 500)
    with browser() as opened:
        seen = watched(opened, written.path)
        page = seen.page
        page.evaluate(
            "window.stalls = []; new PerformanceObserver((list) => list.getEntries().forEach((each) =>"
            " window.stalls.push(each.duration))).observe({type: 'longtask'})"
        )
        expect(page.locator("#count")).to_have_text("20,000 comparisons match, of 20,000.", timeout=60_000)
        for _ in range(20):
            page.locator("[data-page=next]").click()
        page.locator("[data-page=last]").click()
        assert page.locator("#page").inner_text() == "Page 400 of 400"
        assert page.locator("#list tbody tr").count() == 50
        page.locator("#list .read").last.click()
        page.locator("#reader .response").first.wait_for()
        page.keyboard.press("Escape")
        name = page.evaluate("document.querySelector('#reader .response .text').textContent").split()[1]
        page.fill("#f-text", f"base {name} ")
        expect(page.locator("#count")).to_have_text("1 comparison matches, of 20,000.", timeout=120_000)
        assert page.locator("head script").count() == 0  # loaded, and gone
        stalls = page.evaluate("window.stalls")
        assert max(stalls, default=0) < 1_000, stalls  # generous: on a busy machine; a frozen page takes many seconds
        files = {url.rsplit("/", 1)[-1] for url in seen.requests if url.endswith(".js")}
        assert len(files) == written.files
        seen.assert_quiet()


def test_a_reader_stays_on_a_page_chosen_while_more_comes(written: Written) -> None:
    with browser() as opened:
        page = watched(opened, written.path).page
        page.locator("[data-page=next]").click()
        expect(page.locator("#count")).to_have_text("20,000 comparisons match, of 20,000.", timeout=60_000)
        expect(page.locator("#page")).to_have_text("Page 2 of 400")


def test_without_the_files_beside_it_the_page_works_and_says_so(copied: Path) -> None:
    with browser() as opened:
        page = watched(opened, copied).page
        page.locator("#absent").wait_for()
        said = page.locator("#absent").inner_text()
        assert "19,500 of 20,000 comparisons are not shown" in said
        assert "report_files" in said
        expect(page.locator("#count")).to_have_text("500 comparisons match, of 500 on this page.")
        page.locator("#list .read").first.click()
        page.locator("#reader .response").first.wait_for()


def test_without_the_texts_a_comparison_says_where_they_are(copied: Path, folder: Path) -> None:
    for path in folder.glob("*-part-0001.js"):
        path.unlink()
    with browser() as opened:
        page = watched(opened, copied).page
        expect(page.locator("#count")).to_have_text("20,000 comparisons match, of 20,000.", timeout=60_000)
        for _ in range(15):
            page.locator("[data-page=next]").click()
        page.locator("#list .read").first.click()
        page.locator("#reader .alarm").wait_for()
        assert "missing beside this page" in page.locator("#reader").inner_text()
        page.keyboard.press("Escape")
        page.fill("#f-text", "no such words anywhere")
        expect(page.locator("#count")).to_have_text(
            re.compile("0 comparisons .* 250 .*were not searched"), timeout=120_000
        )


def test_files_of_another_report_are_not_taken(copied: Path, folder: Path) -> None:
    for path in folder.glob("*-index-*.js"):
        path.write_text(path.read_text(encoding="utf-8").replace('("', '("0', 1), encoding="utf-8")
    with browser() as opened:
        page = watched(opened, copied).page
        page.locator("#absent").wait_for()
        assert page.locator("#list tbody tr").count() == 50
