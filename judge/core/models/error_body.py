"""Read what a server says of an error, whatever the shape of the body: an object, a list, text, HTML, an event stream.

Servers send ``{"error": {...}}`` (OpenAI), ``{"error": "..."}``, ``[{"error": ...}]`` (Gemini), ``{"detail": ...}``
(FastAPI), ``{"message": ...}`` and ``{"errors": [...]}`` (Cohere), ``{"title": ..., "detail": ...}`` (RFC 9457), errors
of an upstream as JSON within a message, plain text, and web pages of gateways. Some send a number in place of a code
(MiniMax, Baidu, Zhipu, Cloudflare): it is known by the field that it stands in.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from judge.core.models.waits import seconds_of, wait_in_words
from judge.core.redact import start_of

_MOST_TEXT = 20_000  # characters of a text or a web page that are looked at
_LONGEST = 600  # characters of one message
_LONGEST_CODE = 100
_LONGEST_NUMBER = 10
_DEEPEST = 8
_MOST_ITEMS = 5
_MESSAGES = (
    "title",
    "message",
    "msg",
    "errormessage",
    "errormsg",
    "errmsg",
    "errordescription",
    "statusmsg",
    "faultstring",
    "exception",
)
_CODES = ("code", "type", "status", "errorcode", "errcode", "errortype", "statuscode", "reason", "kind")
_PARTS = (
    "error",
    "errors",
    "detail",
    "details",
    "fault",
    "baseresp",
    "innererror",
    "metadata",
    "headers",
    "raw",
    "body",
    "response",
)
_PARAMETERS = ("param", "parameter")
# Seconds or a time to wait for: Gemini, OpenRouter (headers within the body), LiteLLM and others, Hugging Face.
_WAITS = ("retrydelay", "retryafter", "retryafterseconds", "xratelimitreset", "resetsinseconds", "estimatedtime")
_HTML = re.compile(r"^\s*<(?:!doctype|html|head|body|\?xml|[a-z]+[\s>])", re.IGNORECASE)
_IS_PAGE = re.compile(r"<(?:!doctype html|html|head|body)\b", re.IGNORECASE)
_XML_CODE = re.compile(r"<code>\s*([\w.]+)\s*</code>", re.IGNORECASE)
_STATUS_IN_WORDS = re.compile(r"\b(?:error code|status code|status|code|http)\W{0,3}([45]\d\d)\b", re.IGNORECASE)
_LEADING_STATUS = re.compile(r"^\W*(?:error\s+)?([45]\d\d)\b\W*(.*)", re.IGNORECASE | re.DOTALL)


@dataclass
class Said:
    """What an error body says.

    Attributes:
        messages: The words, outermost first.
        codes: Codes, types and reasons, without case and punctuation.
        statuses: HTTP statuses that stand in the body, outermost first.
        parameter: The parameter that it names as the reason; empty where it names none.
        retry_after: Seconds to wait, where the body says so.
        page: The text of the web page that the body is, in lower case; empty where it is none.
    """

    messages: list[str] = field(default_factory=list)
    codes: set[str] = field(default_factory=set)
    statuses: list[int] = field(default_factory=list)
    parameter: str = ""
    retry_after: float | None = None
    page: str = ""

    @property
    def message(self) -> str:
        """All words in one line."""
        return ": ".join(self.messages)

    @property
    def status(self) -> int | None:
        """The innermost HTTP status in the body: the upstream's own."""
        return self.statuses[-1] if self.statuses else None

    def add_message(self, text: str) -> None:
        """Add words, unless they stand there already."""
        text = start_of(" ".join(text.split()), _LONGEST)
        if text and not any(text in known for known in self.messages):
            self.messages.append(text)

    def add_code(self, value: object, field: str = "") -> None:
        """Add a code, or the HTTP status that it is; a number with the ``field`` that it stands in."""
        if isinstance(value, bool) or not isinstance(value, str | int):
            return
        text = str(value).strip()
        if re.fullmatch(r"[45]\d\d", text):
            self.statuses.append(int(text))
        elif text.isdecimal() and len(text) < _LONGEST_NUMBER:
            self.codes.add(plain(f"{field} {text}"))
        elif text and len(text) < _LONGEST_CODE:
            text = text.rsplit("#", 1)[-1]  # AWS: com.amazon.coral.service#ExpiredTokenException
            self.codes |= {plain(text), plain(text.split(".", 1)[0])}  # Alibaba, Tencent: Throttling.RateQuota


def plain(code: str) -> str:
    """A code without case and punctuation: RESOURCE_EXHAUSTED and ResourceExhausted are one."""
    return _plain_word(code) if len(code) < _LONGEST_CODE else _plain(code)


@lru_cache(maxsize=512)  # the names of fields come with every reply
def _plain_word(code: str) -> str:
    return _plain(code)


def _plain(code: str) -> str:
    return "".join(letter for letter in code.lower() if letter.isalnum())


def decoded(content: bytes, charset: str | None = None) -> str:
    """Decode a body: UTF-8, else in the character set that its header names, else in Latin-1, which takes any byte."""
    for name in ("utf-8-sig", charset or "latin-1"):
        try:
            return content.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    return content.decode("latin-1")


def read_error_body(content: bytes, charset: str | None = None) -> Said:
    """Read an error body of any shape. Never raises. ``charset`` is the character set that its header names."""
    said = Said()
    text = decoded(content, charset)
    value = _json(text) if text.lstrip()[:1] in ("{", "[", '"') else None
    if value is None:
        _read_text(text[:_MOST_TEXT], said, 0)
    else:
        _read(value, said, 0)
    if said.retry_after is None:
        said.retry_after = wait_in_words(said.message)
    if not said.statuses:
        said.statuses = [int(found) for found in _STATUS_IN_WORDS.findall(said.message)[:1]]
    return said


def error_in_reply(data: object) -> bool:
    """Whether the JSON of a reply with status 200 has words for an error. Ask only where it has no reply."""
    if isinstance(data, list):
        return any(error_in_reply(part) for part in data[:_MOST_ITEMS])
    if not isinstance(data, Mapping):
        return False
    keys = {plain(str(key)): value for key, value in data.items()}
    if any(keys.get(name) for name in ("error", "errors", "detail", "fault", "errorcode", "errcode")):
        return True
    if keys.get("success") is False or keys.get("object") == "error" or keys.get("type") == "error":
        return True
    base = keys.get("baseresp")  # MiniMax sends it with every reply; 0 is none
    if isinstance(base, Mapping) and base.get("status_code") not in (None, 0, "0"):
        return True
    inner = keys.get("response")  # Tencent wraps its errors
    if isinstance(inner, Mapping) and error_in_reply(inner):
        return True
    return not keys.get("choices") and any(isinstance(keys.get(name), str) and keys[name] for name in _MESSAGES)


def error_beside_text(data: Mapping[str, Any]) -> bool:
    """Whether a reply that has a text says that it failed all the same: what there is of the text is then a part.

    Some servers send an empty error with every reply, or a code that means success.
    """
    error = data.get("error")
    if isinstance(error, dict):
        code = error.get("code")
        return bool(error.get("message")) and (code is None or str(code).lower() not in ("0", "200", "ok", "success"))
    base = data.get("base_resp")
    return isinstance(base, dict) and base.get("status_code") not in (None, 0, "0")


def _json(text: str) -> Any:
    """The first value of a JSON text, also where others follow; None for any other text."""
    try:
        return json.JSONDecoder().raw_decode(text.strip())[0]
    except (ValueError, RecursionError):
        return None


def _read(value: object, said: Said, depth: int, within: str = "") -> None:
    if depth > _DEEPEST:
        return
    if isinstance(value, str):
        _read_text(value, said, depth)
    elif isinstance(value, list):
        for part in value[:_MOST_ITEMS]:
            _read(part, said, depth + 1, within)
    elif isinstance(value, Mapping):
        _read_object(value, said, depth, within)


def _read_object(value: Mapping[str, Any], said: Said, depth: int, within: str) -> None:
    keys = {plain(str(key)): part for key, part in value.items()}
    for name in _CODES:
        said.add_code(keys.get(name), f"{within} {name}")
    if isinstance(word := keys.get("error"), str) and " " not in word:
        said.add_code(word)
    for name in _PARAMETERS:
        if isinstance(keys.get(name), str) and plain(keys[name]) not in ("", "none", "null"):
            said.parameter = said.parameter or keys[name]
    place = keys.get("loc")
    if isinstance(place, list) and place:
        said.parameter = said.parameter or str(place[-1])
        keys["msg"] = f"{'.'.join(map(str, place))}: {keys.get('msg', '')}"
    for name in _WAITS:
        delay = keys.get(name)
        if isinstance(delay, str | int | float) and not isinstance(delay, bool) and said.retry_after is None:
            said.retry_after = seconds_of(str(delay))
    for name in _MESSAGES:
        _read(keys.get(name), said, depth + 1)
    for name in _PARTS:
        _read(keys.get(name), said, depth + 1, name)


def _read_text(text: str, said: Said, depth: int) -> None:
    """Read words, or what stands in them: JSON, an event stream, a web page."""
    start = text.lstrip()[:1]
    if start in ("{", "[") and (value := _json(text)) is not None:
        _read(value, said, depth + 1)
        return
    events = list(_events(text))
    if events:
        for event in events[:_MOST_ITEMS]:
            _read(event, said, depth + 1)
        return
    if _HTML.match(text):
        if _IS_PAGE.search(text):
            said.page = text.lower()
        elif (code := _XML_CODE.search(text)) is not None:
            said.add_code(code[1])
        text = _page(text)
    if (found := _LEADING_STATUS.match(text)) and _is_phrase(int(found[1]), found[2]):
        said.statuses.append(int(found[1]))
    said.add_message(text)


def _events(text: str) -> Iterator[Any]:
    """The JSON values of a stream of events."""
    if not re.match(r"\s*(event|data|id|retry)?:", text):
        return
    for line in text.splitlines():
        if line.startswith("data:") and (value := _json(line[5:])) is not None:
            yield value


def _page(text: str) -> str:
    """The title of a web page, else its first words."""
    title = re.search(r"<(title|h1|message)\b[^>]*>(.*?)</\1>", text, re.IGNORECASE | re.DOTALL)
    code = re.search(r"<code>(.*?)</code>", text, re.IGNORECASE | re.DOTALL)
    found = title[2] if title and title[2].strip() else re.sub(r"(?is)<(script|style)\b.*?</\1>", " ", text)
    words = html.unescape(re.sub(r"<[^>]*>", " ", found))
    return f"{code[1]}: {words}" if code and not re.search("[<>]", code[1]) else words


def _is_phrase(status: int, words: str) -> bool:
    """Whether the words after a number are those of this HTTP status."""
    try:
        return words.strip().lower().startswith(HTTPStatus(status).phrase.lower())
    except ValueError:
        return False
