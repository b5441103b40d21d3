"""The pages build as a site without a warning, every page can be reached, and nothing on it comes from outside."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml

from tests.support.paths import ROOT
from tools.site_links import outside, shown

LOADING = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src"}


class Loaded(HTMLParser):
    """What a page loads by itself, and where its links lead."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in LOADING and (target := given.get(LOADING[tag])):
            self.loads.append(target)
        if tag == "a" and (target := given.get("href")):
            self.links.append(target)


def test_nothing_is_loaded_from_outside(site: Path) -> None:
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 15
    for page in pages:
        for target in Loaded(page.read_text(encoding="utf-8")).loads:
            assert not re.match(r"(?:https?:)?//", target), f"{page.name} loads {target}"
    for style in site.rglob("*.css"):
        assert not re.search(r"url\(\s*[\"']?(?:https?:)?//", style.read_text(encoding="utf-8")), style


def test_every_link_and_every_picture_leads_somewhere(site: Path) -> None:
    for page in site.rglob("*.html"):
        if page.name == "404.html":  # served at any depth: its links are absolute
            continue
        found = Loaded(page.read_text(encoding="utf-8"))
        for target in (*found.loads, *found.links):
            path = target.partition("#")[0]
            if path and not re.match(r"(?:https?:|mailto:|data:|//)", target):
                assert (page.parent / path).exists(), f"{page.relative_to(site)} leads to {target}"


def test_every_page_is_in_the_navigation() -> None:
    def entries(part: object) -> list[str]:
        if isinstance(part, str):
            return [part]
        values = part.values() if isinstance(part, dict) else part
        return [entry for value in values for entry in entries(value)]  # type: ignore[attr-defined]

    listed = entries(yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"])
    pages = {str(path.relative_to(ROOT / "docs")) for path in (ROOT / "docs").rglob("*.md")}
    assert set(listed) == pages
    assert len(listed) == len(set(listed))


@pytest.mark.parametrize(
    ("page", "target", "path"),
    [
        ("generation.md", "../examples/study.yaml", "examples/study.yaml"),
        ("howto/campaign.md", "../../examples/study.yaml", "examples/study.yaml"),
        ("howto/campaign.md", "../annotation.md", None),
        ("generation.md", "../../elsewhere/file.md", None),
    ],
)
def test_only_links_out_of_docs_are_led_elsewhere(page: str, target: str, path: str | None) -> None:
    assert outside(page, target) == path


def test_a_file_is_shown_as_it_is() -> None:
    text = (ROOT / "examples" / "study.yaml").read_text(encoding="utf-8")
    assert text in shown("examples/study.yaml")
    assert "- `study.yaml`" in shown("examples")


def test_readme_leads_to_files_that_are_there() -> None:
    for text, target in re.findall(r"\[([^\]]+)\]\(([^)#]+)", (ROOT / "README.md").read_text(encoding="utf-8")):
        assert target.startswith("https://") or (ROOT / target).exists(), f"{text} leads to {target}"
