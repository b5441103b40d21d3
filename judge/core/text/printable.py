"""Show untrusted text: no character of it controls the terminal or the direction of reading."""

from __future__ import annotations

import re

# Terminal controls (C0, DEL, C1), marks and overrides of direction, and what is not seen at all. The zero-width joiners
# stay: several scripts and emoji need them.
_HIDDEN = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f"
    "\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f"
)
_ESCAPED = re.compile(f"[{_HIDDEN}]")


def printable(text: str) -> str:
    r"""Escape control, direction and invisible characters: ``\x1b``, ``\u202e``. Tabs and line ends stay."""
    return text if text.isascii() and text.isprintable() else _ESCAPED.sub(_escape, text)


def one_line(text: str) -> str:
    """As :func:`printable`, on one line, so that text cannot pass for a line of the program's own."""
    return printable(" ".join(text.splitlines()))


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
