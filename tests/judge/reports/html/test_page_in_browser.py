"""The page as readers meet it: opened from disk in Chromium, light and dark, read by keyboard."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from judge.reports.html.run_page import write_report
from judge.reports.html.several_page import write_several
from tests.support.browser import browser, serious, watched
from tests.support.report_runs import CRITERIA

pytestmark = pytest.mark.slow
SECTIONS = ["result", "missing", "validity", "subgroups", "browse", "provenance"]


def count(page: Page) -> str:
    return page.locator("#count").inner_text()


def tab_to(page: Page, css: str, most: int = 120) -> None:
    """Go on by Tab until something has the focus."""
    for _ in range(most):
        if page.evaluate("css => document.activeElement.matches(css)", css):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{css} cannot be reached by Tab")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_section_is_there_and_open_to_everybody(labelled_page: Path, tmp_path: Path, scheme: str) -> None:
    with browser() as opened:
        seen = watched(opened, labelled_page, scheme=scheme)
        page = seen.page
        ids = page.eval_on_selector_all("main > section", "found => found.map(each => each.id)")
        assert ids == SECTIONS
        for each in SECTIONS:
            assert page.locator(f"#{each} h2").is_visible()
        assert page.locator("main svg.drawing").count() >= 6
        assert "NOT an LLM" in page.locator(".top").inner_text()
        assert serious(page) == []
        for summary in page.locator("main details > summary").all():
            summary.click()
        page.locator("#list .read").first.click()
        page.locator("#reader .response").first.wait_for()
        assert serious(page) == []
        paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
        ink = page.evaluate("getComputedStyle(document.querySelector('#result-title')).color")
        level = [sum(map(int, re.findall(r"\d+", colour)[:3])) for colour in (paper, ink)]
        assert (level[0] > level[1]) == (scheme == "light")
        page.screenshot(path=tmp_path / f"report-{scheme}.png")
        seen.assert_quiet()


def test_filters_list_and_reader_work_by_keyboard_alone(labelled_page: Path) -> None:
    with browser() as opened:
        seen = watched(opened, labelled_page)
        page = seen.page
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        assert count(page) == "96 comparisons match, of 96."
        tab_to(page, "#f-subgroup")
        page.keyboard.type("sex_Fem")
        expect(page.locator("#count")).to_have_text(re.compile("^12 "))
        subgroups = page.locator("#list tbody tr td:nth-child(2)").all_inner_texts()
        assert set(subgroups) == {"sex_Female"}
        tab_to(page, "#f-people")
        page.keyboard.type("judge and annotators d")
        expect(page.locator("#count")).not_to_have_text(re.compile("^12 "))
        assert set(page.locator("#list tbody tr td:last-child").all_inner_texts()) <= {"differ"}
        tab_to(page, "button[type=reset]")
        page.keyboard.press("Enter")
        expect(page.locator("#count")).to_have_text(re.compile("^96 "))
        tab_to(page, "[data-page=next]")
        page.keyboard.press("Enter")
        assert page.locator("#page").inner_text() == "Page 2 of 2"
        assert page.locator("#list tbody tr").count() == 46
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Shift+Tab")
        assert page.evaluate("document.activeElement.matches('.read')")
        page.keyboard.press("Enter")
        page.locator("#reader .response").first.wait_for()
        assert page.locator("#reader-title").inner_text().startswith("96 of 96")
        page.keyboard.press("ArrowLeft")
        expect(page.locator("#reader-title")).to_have_text(re.compile("^95 of 96"))
        assert page.locator("#reader .judgment").count() == 2
        page.keyboard.press("Escape")
        assert page.evaluate("document.activeElement.matches('.read')")
        assert not page.locator("#reader").is_visible()
        seen.assert_quiet()


def test_people_and_verdicts_stand_beside_both_responses(labelled_page: Path) -> None:
    with browser() as opened:
        seen = watched(opened, labelled_page)
        page = seen.page
        page.locator("#list .read").first.click()
        page.locator("#reader .response").first.wait_for()
        text = page.locator("#reader").inner_text()
        for words in (
            "Persona",
            "Question",
            "Ground truth",
            "Replies of the judge",
            "Labels",
            "annotator-03",
        ):
            assert words in text
        for criterion in CRITERIA:
            assert criterion in text
        assert [box.inner_text().split("\n")[0] for box in page.locator("#reader .response").all()] == ["base", "ft"]
        seen.assert_quiet()


def test_words_are_found_in_any_text(demo_page: Path) -> None:
    with browser() as opened:
        seen = watched(opened, demo_page)
        page = seen.page
        page.fill("#f-text", "BUBBLE TEA money")
        expect(page.locator("#count")).to_have_text("1 comparison matches, of 96.", timeout=60_000)
        page.locator("#list .read").click()
        page.locator("#reader .response").first.wait_for()
        assert "bubble tea money" in page.locator("#reader").inner_text()
        seen.assert_quiet()


def test_a_slow_press_on_a_row_opens_it_after_a_search(demo_page: Path) -> None:
    """The text field loses its focus at the press; a list redrawn before the release would lose the click."""
    with browser() as opened:
        page = watched(opened, demo_page).page
        page.fill("#f-text", "money")
        expect(page.locator("#count")).not_to_have_text("96 comparisons match, of 96.")
        first = page.locator("#list .read").first
        first.hover()
        page.mouse.down()
        page.wait_for_timeout(400)  # longer than the field waits for more input
        page.mouse.up()
        page.locator("#reader .response").first.wait_for()


def test_a_press_on_a_row_outlasts_a_new_search_that_keeps_the_row(demo_page: Path) -> None:
    with browser() as opened:
        page = watched(opened, demo_page).page
        page.locator("#list .read").nth(3).hover()
        page.mouse.down()
        page.evaluate("document.querySelector('form.filters').reset()")
        page.wait_for_timeout(200)
        page.mouse.up()
        page.locator("#reader .response").first.wait_for()
        assert page.locator("#reader-title").inner_text().startswith("4 of 96")


def test_the_reader_opens_though_the_list_changes_while_its_texts_load(
    demo_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("judge.reports.html.explorer.INSIDE", 10)
    assert write_report(demo_run, tmp_path / "report.html").files > 0
    with browser() as opened:
        page = watched(opened, tmp_path / "report.html").page
        expect(page.locator("#count")).to_have_text("96 comparisons match, of 96.")
        page.evaluate("document.head.append = (script) => { window.pending = script; }")
        page.locator("#list .read").nth(30).click()
        expect(page.locator("#reader-title")).to_have_text(re.compile("^31 of 96"))
        assert page.locator("#reader .response").count() == 0
        page.evaluate(
            "const select = document.querySelector('#f-outcome-0'); select.value = 'm';"
            "select.dispatchEvent(new Event('change', {bubbles: true}))"
        )
        expect(page.locator("#count")).to_have_text(re.compile("^0 "))
        page.evaluate("HTMLHeadElement.prototype.append.call(document.head, window.pending)")
        page.locator("#reader .response").first.wait_for()
        page.locator("[data-read=next]").click()
        expect(page.locator("#reader-title")).to_have_text(re.compile("^32 of 96"))


def test_the_numbers_beside_a_figure_are_a_file_away(demo_page: Path) -> None:
    with browser() as opened:
        seen = watched(opened, demo_page)
        page = seen.page
        page.locator("#figure-outcomes summary").click()
        with page.expect_download() as found:
            page.locator("#figure-outcomes a[download]").click()
        content = Path(found.value.path()).read_text(encoding="utf-8")
        assert found.value.suggested_filename == "outcomes.csv"
        assert content.startswith("reference,candidate,criterion")


@pytest.mark.parametrize("width", [360, 800, 1280, 2560])
def test_no_width_makes_the_page_scroll_sideways(demo_page: Path, hostile_page: Path, width: int) -> None:
    for out in (demo_page, hostile_page):
        with browser() as opened:
            page = watched(opened, out, width=width).page
            for summary in page.locator("main details > summary").all():
                summary.evaluate("each => each.parentElement.open = true")
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            for number in (0, 7, 20):
                page.locator("#list .read").nth(number).click()
                page.locator("#reader .response").first.wait_for()
                for more in page.locator("#reader button[aria-expanded]").all():
                    more.click()
                assert page.evaluate("document.querySelector('#reader').scrollWidth") <= width
                page.keyboard.press("Escape")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_hostile_texts_are_shown_and_do_nothing(hostile_page: Path, scheme: str) -> None:
    with browser() as opened:
        seen = watched(opened, hostile_page, scheme=scheme)
        page = seen.page
        assert page.locator("#list tbody tr").count() == 50
        long = 0
        page.locator("#list .read").first.click()
        for place in range(60):
            expect(page.locator("#reader-title")).to_have_text(re.compile(f"^{place + 1} of 60"))
            page.locator("#reader .response").first.wait_for()
            for more in page.locator("#reader button[aria-expanded]").all():
                assert "Show all 100," in more.inner_text()
                more.click()
                long += 1
            assert page.locator("#reader :is(script, img, style, iframe, base, meta, a)").count() == 0
            page.keyboard.press("ArrowRight")
        assert long >= 3  # both responses of one comparison, an analysis of another
        page.keyboard.press("Escape")
        for select in page.locator("form.filters select:enabled").all():
            select.evaluate(
                "each => { each.selectedIndex = 1; each.dispatchEvent(new Event('change', {bubbles: true})); }"
            )
        page.locator("button[type=reset]").click()
        page.fill("#f-text", "</script>")
        page.wait_for_timeout(500)
        assert page.locator("main :is(img, iframe, object, embed), body > script:not([type]) ~ *").count() == 0
        assert page.evaluate("[window.__pwned, document.querySelectorAll('script').length]") == [None, 2]
        assert page.locator(".mark").count() > 0
        if scheme == "light":
            assert serious(page) == []
        seen.assert_quiet()


def test_paper_has_everything_unfolded_and_no_controls(demo_page: Path) -> None:
    with browser() as opened:
        page = watched(opened, demo_page).page
        page.emulate_media(media="print")
        pdf = page.pdf(format="A4")
        assert pdf.startswith(b"%PDF")
        assert page.evaluate("[...document.querySelectorAll('details')].every(each => each.open)")
        assert not page.locator("#explorer").is_visible()
        assert page.locator("#provenance-title").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_several_runs_side_by_side(demo_run: Path, one_order_run: Path, tmp_path: Path, scheme: str) -> None:
    write_several([demo_run, one_order_run], tmp_path / "compare.html")
    with browser() as opened:
        seen = watched(opened, tmp_path / "compare.html", scheme=scheme)
        page = seen.page
        ids = page.eval_on_selector_all("main > section", "found => found.map(each => each.id)")
        assert ids == ["rates", "judges", "differences", "provenance"]
        assert serious(page) == []
        page.set_viewport_size({"width": 360, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        seen.assert_quiet()
