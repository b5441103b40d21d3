"""Keys and passwords are removed in whatever form a server sends them back."""

from __future__ import annotations

import base64
import codecs
import json
import textwrap
import time
from collections.abc import Callable
from urllib.parse import quote

import pytest

from judge.core.redact import redact, shown_address

PLAIN = "Xq7_Lm2-Pz9Rt4Vw6Yb8Nc3"  # of no known shape
SHAPED = "sk-test-openai-0123456789abcdef"


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


FORMS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "base64": b64,
    "base64 of a header": lambda key: b64(f"Bearer {key}"),
    "base64 of a name and the key": lambda key: b64(f"user:{key}\n"),
    "base64 of one byte more": lambda key: b64(f"x{key}y"),
    "base64 of two bytes more": lambda key: b64(f"xx{key}yy"),
    "base64 without padding": lambda key: b64(key).rstrip("="),
    "base64 for addresses": lambda key: base64.urlsafe_b64encode(f"é:{key}ÿ".encode()).decode(),
    "base64 over lines": lambda key: "\n".join(textwrap.wrap(b64(f"Authorization: Bearer {key}"), 19)),
    "base64 in an address": lambda key: quote(b64(key + "?"), safe=""),
    "hexadecimal": lambda key: key.encode().hex(),
    "hexadecimal, upper case": lambda key: key.encode().hex().upper(),
    "hexadecimal with colons": lambda key: key.encode().hex(":"),
    "URL-encoded": lambda key: quote(key, safe=""),
    "URL-encoded throughout": lambda key: "".join(f"%{ord(letter):02x}" for letter in key),
    "URL-encoded twice": lambda key: "".join(f"%25{ord(letter):02X}" for letter in key),
    "spaced": " ".join,
    "spaced by hyphens": "-".join,
    "spaced by nothing visible": "\u200b".join,
    "spaced and encoded": "%20".join,
    "over lines": lambda key: "\n".join(textwrap.wrap(key, 7)),
    "over lines in JSON": lambda key: json.dumps("\n".join(textwrap.wrap(key, 7))),
    "character references": lambda key: "".join(f"&#{ord(letter)};" for letter in key),
    "hexadecimal references": lambda key: "".join(f"&#x{ord(letter):X};" for letter in key),
    "JSON escapes": lambda key: "".join(f"\\u{ord(letter):04x}" for letter in key),
    "escapes of a shell": lambda key: "".join(f"\\x{ord(letter):02x}" for letter in key),
    "upper case": str.upper,
    "quoted letters": lambda key: json.dumps(list(key)),
    "reversed": lambda key: key[::-1],
    "ROT13": lambda key: codecs.encode(key, "rot13"),
    "base32": lambda key: base64.b32encode(key.encode()).decode(),
    "base32 of three bytes more": lambda key: base64.b32encode(f"xyz{key}é".encode()).decode(),
    "base85": lambda key: base64.b85encode(key.encode()).decode(),
    "base85 of three bytes more": lambda key: base64.b85encode(f"xyz{key}!".encode()).decode(),
    "base85 of Adobe": lambda key: base64.a85encode(f"k={key}".encode(), adobe=True).decode(),
}


@pytest.fixture(params=[PLAIN, SHAPED])
def key(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("OPENAI_API_KEY", request.param)
    return str(request.param)


@pytest.mark.parametrize("form", FORMS)
def test_a_key_is_removed_and_what_stands_around_it_is_kept(key: str, form: str) -> None:
    written = FORMS[form](key)
    found = redact(f"You sent <{written}> here; response A is better.")
    assert "[key removed]" in found
    assert written[2:-2] not in found
    assert found.startswith("You sent")
    assert found.endswith("response A is better.")


def test_texts_without_a_key_are_unchanged(key: str) -> None:
    for text in (
        "Response A names her bus stop; B does not. 100% sure & done.",
        '{"persona_analysis": "a \\u00e9 b\\nc", "overall_winner": "tie"}',
        "https://example.com/a?b=c%20d and user@example.com and https://medium.com/@user:x",
        "word " * 500,
    ):
        assert redact(text) == text


def test_long_texts_take_little_time(key: str) -> None:
    text = ("%41" * 3000 + key[0] * 3000 + "&#65;" * 3000 + " . " * 3000) * 3 + " ".join(key)
    started = time.perf_counter()
    assert "[key removed]" in redact(text)
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ftp://user:password@host/x", "ftp://[credentials removed]@host/x"),
        ("user:password@host", "[credentials removed]@host"),
        ("ftp://user:p@ss:w/ord@host", "ftp://[credentials removed]@host"),
        ("ftp://token@host", "ftp://[credentials removed]@host"),
        ("ftp://host/x?key=secret", "ftp://host/x?..."),
        ("localhost", "localhost"),
    ],
)
def test_an_address_is_shown_without_its_secrets(text: str, shown: str) -> None:
    assert shown_address(text) == shown


def test_passwords_in_addresses_are_removed_from_any_text() -> None:
    assert redact("cannot reach http://user:hunter2@proxy:8080/ now") == (
        "cannot reach http://[credentials removed]@proxy:8080/ now"
    )
