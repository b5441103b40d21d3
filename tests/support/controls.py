"""Text that would control a terminal, turn the direction of a line, or be a link in Markdown."""

from __future__ import annotations

import unicodedata

from markdown_it import MarkdownIt
from markdown_it.token import Token

HOSTILE = (
    "\x1b]0;pwned\x07\x1b[2J\x1b[31mred",
    "\x9b2J\x9d0;x\x9c",
    "a\rb\x08c",
    "\u202eright to left\u2066\u200f",
    "tag\U000e0041\u200b\ufeff",
    "a\u2028b\x85c",
    "\x1b]8;;https://example.com\x1b\\click\x1b]8;;\x1b\\",
)
LINKS = (
    "[click](https://example.com/a)",
    "![pixel](https://example.com/p.png)",
    "<https://example.com>",
    "[a][b]",
    "[a]: https://example.com",
    "https://example.com/?a|b`",
    "www.example.com",
    "HTTP://EXAMPLE.COM",
    "me@example.com",
    "javascript:alert(1)",
    "[x](javascript:alert(1))",
    "&#91;x](https://example.com)",
    "mailto:me@example.com",
    "<a href=x>",
    "[](https://example.com)",
    "\\[x](https://example.com)",
    "`[x`](https://example.com)",
    "ftp://h/x",
)


def is_clean(text: str) -> bool:
    """No control or direction character but line ends, tabs, and the joiners of scripts and emoji."""
    return all(
        letter in "\n\t\u200c\u200d\u00ad" or unicodedata.category(letter) not in ("Cc", "Cs", "Zl", "Zp")
        for letter in text
    ) and not any(letter in text for letter in "\u061c\u200e\u200f\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u2069")


def tokens(text: str) -> list[Token]:
    found = MarkdownIt("commonmark").enable("table").parse(text)
    return [inner for token in found for inner in (token, *(token.children or ()))]
