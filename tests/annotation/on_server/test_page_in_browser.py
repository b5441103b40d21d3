"""The page as annotators meet it: read in Chromium, light and dark, labelled by keyboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from judge.annotation.labels.resolve import resolve_annotations
from judge.annotation.labelstudio.pull import fetch
from judge.annotation.labelstudio.push import push
from judge.annotation.server.serve import Served
from tests.annotation.conftest import Planner
from tests.support.annotators import Person
from tests.support.browser import browser
from tests.support.paths import ROOT

pytestmark = pytest.mark.slow

# For every element with text of its own: its text, its box, and the contrast of its colour with what lies behind it.
READ = """() => {
const lum = c => { const [r, g, b] = c.map(v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
                   return .2126 * r + .7152 * g + .0722 * b; };
const rgb = s => s.match(/[\\d.]+/g).map(Number);
const behind = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor);
                      if (c.length == 3 || c[3] > .99) return c.slice(0, 3); } return [255, 255, 255]; };
const kept = [...document.querySelectorAll('.pj-page *')].filter(e => e.tagName == 'INPUT' && e.type == 'text'
    || e.tagName != 'STYLE' && [...e.childNodes].some(n => n.nodeType == 3 && n.data.trim()));
return kept.map(e => { const box = e.getBoundingClientRect();
    const a = lum(rgb(getComputedStyle(e).color).slice(0, 3)), b = lum(behind(e));
    return {text: e.textContent, left: box.left, right: box.right, top: box.top, bottom: box.bottom,
            size: parseFloat(getComputedStyle(e).fontSize),
            contrast: (Math.max(a, b) + .05) / (Math.min(a, b) + .05)}; });
}"""


def sign_in(page: Page, url: str, person: Person) -> None:
    page.goto(f"{url}/user/login")
    page.fill("input[name=email]", person.account.email)
    page.fill("input[name=password]", person.account.password)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda there: "/user/login" not in there)


def open_page(page: Page, url: str, project: int, theme: str) -> None:
    page.evaluate("theme => localStorage.setItem('preferred-color-scheme', theme)", theme)
    page.goto(f"{url}/projects/{project}/data?labeling=1")
    page.locator(".pj-criterion .lsf-choice").first.wait_for()
    page.get_by_text("Read both to the end").first.wait_for()  # the instructions stand in front
    page.locator("[aria-label='Close modal']").click()
    page.locator("[aria-label='Close modal']").wait_for(state="detached")


def test_an_item_is_labelled_by_keyboard_and_arrives(
    planned: Planner, server: Served, client: Any, people: list[Person], tmp_path: Path
) -> None:
    _, campaign, key = planned(items=3, seed=4)
    project = push(client, server.url, campaign, key).project
    first, second = key.items[:2]
    with browser() as opened:
        page = opened.new_page(viewport={"width": 1280, "height": 800})
        sign_in(page, server.url, people[1])
        for theme in ("light", "dark"):
            open_page(page, server.url, project, theme)
            assert_it_reads_well(page, first.data)
            answer(page, "1es")
            page.evaluate("document.querySelectorAll('.pj-page input').forEach(field => field.blur())")
            page.screenshot(path=tmp_path / f"labelling-page-{theme}.png")
        page.locator(".pj-comment input").press_sequentially("Read by keyboard.")
        page.press(".pj-comment input", "Enter")
        page.locator(".pj-comment p").first.wait_for()
        assert_it_reads_well(page, first.data)
        submit(page, first.data, lambda: page.keyboard.press("Control+Enter"))
        answer(page, "2wa")
        page.locator(".pj-comment input").press_sequentially("Not confirmed.")  # it must not get lost all the same
        submit(page, second.data, lambda: page.locator("[aria-label='Submit current annotation']").click())
    found = resolve_annotations(fetch(client, server.url, campaign).rows, campaign, key)
    assert [(one.comparison_id, one.choices, one.comment) for one in found.annotations] == [
        (first.comparison_id, {"persona": "A", "value": "tie", "overall": "B"}, "Read by keyboard."),
        (second.comparison_id, {"persona": "B", "value": "B", "overall": "A"}, "Not confirmed."),
    ]
    assert key.annotators == {people[1].email: "annotator-01"}
    seconds = found.annotations[0].seconds
    assert seconds is not None
    assert 0 < seconds < 300
    for theme in ("light", "dark"):  # for docs/annotation.md: copied by hand when the page changes
        assert (ROOT / "docs" / "images" / f"labelling-page-{theme}.png").exists()


def answer(page: Page, keys: str) -> None:
    """Answer the three questions by keyboard."""
    for key in keys:
        page.keyboard.press(key)
    page.wait_for_function("document.querySelectorAll('.pj-page .ant-radio-checked').length == 3")


def submit(page: Page, data: dict[str, str], how: Callable[[], None]) -> None:
    """Submit what was answered, and wait until the next item stands there."""
    page.wait_for_function("document.querySelectorAll('.pj-page .ant-radio-checked').length == 3")
    how()
    page.wait_for_function("text => !document.body.innerText.includes(text)", arg=data["response_1"][:40])
    page.locator(".pj-criterion .lsf-choice").first.wait_for()


def assert_it_reads_well(page: Page, data: dict[str, str]) -> None:
    """All texts are there, inside the window of 1280 x 800, large enough, and dark enough on what lies behind them."""
    texts = page.evaluate(READ)
    shown = " ".join(" ".join(one["text"] for one in texts).split())
    for text in data.values():
        assert " ".join(text.split()) in shown
    assert min(one["size"] for one in texts if "[" not in one["text"]) >= 13
    assert min(one["contrast"] for one in texts) >= 4.5  # WCAG 2.1, level AA
    assert min(one["left"] for one in texts) >= 0
    assert max(one["right"] for one in texts) <= 1280
    assert max(one["bottom"] for one in texts) <= 745  # where the bar with Submit begins
