"""A page read without a browser: its elements and their attributes."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Read:
    """Elements as (tag, attributes), the texts of scripts and styles, and the visible text."""

    elements: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    raw: dict[str, list[str]] = field(default_factory=lambda: {"script": [], "style": []})
    text: str = ""

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def policy(self) -> str:
        return next(each["content"] for each in self.all("meta") if "http-equiv" in each)


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found = Read()
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.elements.append((tag, {name: value or "" for name, value in attrs}))
        self._inside = tag if tag in self.found.raw else ""

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.found.raw[self._inside].append(data)
        else:
            self.found.text += data


def read(page: str) -> Read:
    """Parse a page."""
    parser = _Parser()
    parser.feed(page)
    parser.close()
    parser.found.text = " ".join(parser.found.text.split())
    return parser.found
