"""Remove API keys and passwords from text that comes from a server or goes to a screen or a file.

A server may send a key back as it is, or in one of the ways in which servers write texts: base64 (also with a prefix,
as in basic authentication), base32, base85, hexadecimal, URL-encoded, as character references or JSON escapes, in other
case, reversed, in ROT13, spaced out or broken over lines. All of these are removed.
"""

from __future__ import annotations

import base64
import codecs
import functools
import html
import os
import re
from dataclasses import dataclass
from urllib.parse import unquote

REMOVED = "[key removed]"
_HEADERS = ("OPENAI_CUSTOM_HEADERS", "ANTHROPIC_CUSTOM_HEADERS", "ANTHROPIC_AUTH_TOKEN")  # the SDKs read these
_variables = ["OPENAI_API_KEY", "ANTHROPIC_API_KEY", "LABEL_STUDIO_API_KEY"]  # whose values are removed
_LONGEST_WORD = 100
_SHORTEST = 4  # characters of a key that is removed as it is
_SHORTEST_ENCODED = 12  # letters and digits of a key that is looked for in other forms too
_KEY_SHAPE = re.compile(r"\b(?:(?:sk|pk|rk|xai)-[A-Za-z0-9_\-*]{8,}|(?:gsk_|hf_|AIza)[A-Za-z0-9_\-*]{20,})")
_PARTS_OF_A_SHAPE = ("k-", "ai-", "gsk_", "hf_", "AIza")
_USERINFO = re.compile(r"(?<=://)[^\s/?#:@]*:[^\s/?#]*@")
_ESCAPE = re.compile(r"\\u00([0-9a-fA-F]{2})|\\x([0-9a-fA-F]{2})")
_OTHER_THAN_LETTERS = bytes(code for code in range(128) if not chr(code).isalnum())
# What may stand between two letters of a key that is spaced out: a few signs, or their encoded forms.
_BETWEEN = (
    r"(?:[^0-9A-Za-z]|%(?:25)?[0-9A-Fa-f]{2}|&#?x?[0-9A-Za-z]{1,8};|\\u00[0-9A-Fa-f]{2}|\\x[0-9A-Fa-f]{2}|\\n){0,16}?"
)


def remove_key_of(variable: str) -> None:
    """Let :func:`redact` remove the value of this environment variable, too."""
    if variable not in _variables:
        _variables.append(variable)


def known_keys() -> tuple[str, ...]:
    """The keys in the environment, for several calls of :func:`redact`: to look them up takes longer than to search."""
    return _keys(tuple(map(os.environ.get, _variables)), tuple(map(os.environ.get, _HEADERS)))


def redact(text: str, keys: tuple[str, ...] | None = None) -> str:
    """Replace the keys in the environment, and whatever looks like a key, by ``[key removed]``.

    Args:
        text: Any text.
        keys: What :func:`known_keys` returned just now; None looks them up.
    """
    if not text:
        return text
    if keys is None:
        keys = known_keys()
    return _redacted_word(text, keys) if len(text) < _LONGEST_WORD else _redacted(text, keys)


@functools.lru_cache(maxsize=256)  # the names of models and fingerprints come with every reply
def _redacted_word(text: str, keys: tuple[str, ...]) -> str:
    return _redacted(text, keys)


def _redacted(text: str, keys: tuple[str, ...]) -> str:
    text = _without(text, keys)
    if any(part in text for part in _PARTS_OF_A_SHAPE):
        text = _KEY_SHAPE.sub(REMOVED, text)
    return _USERINFO.sub("[credentials removed]@", text) if "://" in text else text


def start_of(text: str, length: int, keys: tuple[str, ...] | None = None) -> str:
    """The first characters of a text without keys: one that is cut in two would not be found any more."""
    return redact(text, keys)[:length]


@functools.lru_cache(maxsize=8)
def _keys(values: tuple[str | None, ...], headers: tuple[str | None, ...]) -> tuple[str, ...]:
    """The keys in what the environment has: values that are one, and headers that hold some."""
    words = [word for header in headers for word in (header or "").split()]
    words = [word for word in words if len(word) >= 8 and not word.endswith(":")]
    return tuple(key for key in (*((value or "").strip() for value in values), *words) if len(key) >= _SHORTEST)


def shown_address(text: str) -> str:
    """An address as a message may show it: without credentials and query, whatever its form."""
    head, at, rest = text.rpartition("@")
    if at:
        scheme, slashes, _ = head.partition("://")
        text = f"{scheme + slashes if slashes else ''}[credentials removed]@{rest}"
    address, mark, _ = text.partition("?")
    return redact(f"{address}?..." if mark else address)


@dataclass(frozen=True)
class _Form:
    """One way of writing a key: its letters and digits in lower case, and a pattern that finds them in a text."""

    letters: str

    @functools.cached_property
    def pattern(self) -> re.Pattern[str]:
        """Compiled where it is needed: this takes 30 ms."""
        return re.compile(_BETWEEN.join(map(_encoded, self.letters)), re.IGNORECASE)


def _without(text: str, keys: tuple[str, ...]) -> str:
    if not keys:
        return text
    for key in keys:
        text = text.replace(key, REMOVED)
    for written in _base85(keys):
        if written in text:
            text = re.sub(rf"[!-~]{{0,5}}{re.escape(written)}[!-~]{{0,5}}", REMOVED, text)
    letters = _letters(text)
    for form in _forms(keys):
        if form.letters not in letters:
            continue
        text = form.pattern.sub(REMOVED, text)
        letters = _letters(text)
        if form.letters in letters:
            return f"{REMOVED}: the text contained it in a form that cannot be removed"
    return text


def _letters(text: str) -> str:
    """The letters and digits of a text in lower case, encoded ones decoded."""
    for _ in range(2):  # what is encoded twice is decoded twice
        if "%" in text:
            text = unquote(text, errors="replace")
        if "&" in text:
            text = html.unescape(text)
        if "\\" in text:
            text = _ESCAPE.sub(lambda found: chr(int(found[1] or found[2], 16)), text).replace("\\n", " ")
    return _plain(text)


def _plain(text: str) -> str:
    return text.lower().encode("ascii", "ignore").translate(None, _OTHER_THAN_LETTERS).decode()


@functools.lru_cache(maxsize=8)
def _forms(keys: tuple[str, ...]) -> tuple[_Form, ...]:
    """All forms of all keys that are long enough to be no accident."""
    found = []
    for key in keys:
        plain = (key, key[::-1], codecs.encode(key, "rot13"), key.encode().hex())
        for text in (*plain, *_base64(key.encode()), *_base32(key.encode())):
            letters = _plain(text)
            if len(letters) >= _SHORTEST_ENCODED:
                found.append(_Form(letters))
    return tuple(found)


def _base64(key: bytes) -> list[str]:
    """What base64 makes of a key, wherever it stands in a text: the parts that no neighbour can change."""
    found = []
    for before in range(3):
        text = base64.b64encode(b"\0" * before + key).decode().rstrip("=")
        first = (0, 2, 3)[before]  # letters that the bytes before take part in
        last = len(text) - (1 if (before + len(key)) % 3 else 0)
        found.append(text[first:last])
    return found


def _base32(key: bytes) -> list[str]:
    """What base32 makes of a key, wherever it stands in a text: the parts that no neighbour can change."""
    found = []
    for before in range(5):
        text = base64.b32encode(b"\0" * before + key).decode().rstrip("=")
        last = (before + len(key)) * 8 // 5  # letters of which all five bits are known
        found.append(text[-(-before * 8 // 5) : last])
    return found


@functools.lru_cache(maxsize=8)
def _base85(keys: tuple[str, ...]) -> tuple[str, ...]:
    """What base85 (both alphabets) makes of the whole groups of four bytes of a key, wherever it stands in a text."""
    found = []
    for key in keys:
        for before in range(4):
            groups = key.encode()[-before % 4 :]
            groups = groups[: len(groups) // 4 * 4]
            if len(groups) >= _SHORTEST_ENCODED:
                found += [base64.b85encode(groups).decode(), base64.a85encode(groups).decode()]
    return tuple(found)


def _encoded(letter: str) -> str:
    """A pattern for one letter or digit of a key: as it is, or as a reference or an escape of it."""
    codes = {ord(letter), ord(letter.upper())}
    ways = [letter]
    for code in codes:
        ways += [f"%(?:25)?{code:02x}", f"&#0*{code};", f"&#x0*{code:x};", rf"\\u00{code:02x}", rf"\\x{code:02x}"]
    return f"(?:{'|'.join(ways)})"
