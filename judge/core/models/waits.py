"""How long a server asks to wait: its headers and words, in all the forms that providers use."""

from __future__ import annotations

import email.utils
import math
import re
import time
from collections.abc import Mapping
from datetime import datetime

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(  # of 1h2m3.5s, of "1 hour and 5 minutes"
    r"(\d+(?:\.\d+)?)\s?(ms|milliseconds?|s(?:ec(?:ond)?s?)?|m(?:in(?:ute)?s?)?|h(?:(?:ou)?rs?)?|d(?:ays?)?)(?![a-z])",
    re.IGNORECASE,
)
_IN_WORDS = re.compile(
    r"\b(?:try again|retry|wait|resets?)(?: \w+)? (?:in|after|for|at least)(?: about)? (?=\d)", re.IGNORECASE
)
_EPOCH = 1e9  # a number of seconds that is larger is a time, one that is larger still a time in milliseconds
_EPOCH_MS = 1e11
_SHORT = 60.0  # seconds that are waited for a limit that may have too little left, as of tokens


def asked_wait(headers: Mapping[str, str], *, crowded: bool) -> float | None:
    """Read the wait that the headers of an error ask for.

    ``retry-after-ms``, ``retry-after`` (seconds, a span, a date, a time) and their kin decide first. Where there is
    none, the times at which rate limits are reset do, if the error is that of a rate limit: of the limits that are used
    up the last, else of all the first.

    Args:
        headers: The headers of the reply, whatever the case of their names.
        crowded: Whether the error is that of a rate limit.

    Returns:
        Seconds, 0 or more; None where the headers ask for none, or cannot be read.
    """
    given = {name.lower(): value.strip() for name, value in headers.items()}
    now = _seconds_of_date(given.get("date", ""), 0.0) or time.time()  # the server's clock may differ from ours
    for name in ("retry-after-ms", "x-ms-retry-after-ms"):
        if (found := seconds_of(given.get(name, ""), now)) is not None:
            return found / 1000
    for name in ("retry-after", "x-ratelimit-retry-after", "x-retry-after"):
        if (found := seconds_of(given.get(name, ""), now)) is not None:
            return found
    return _until_reset(given, now) if crowded else None


def seconds_of(text: str, now: float | None = None) -> float | None:
    """Read a wait: ``20``, ``1m2.5s``, ``2 hours``, a date of HTTP or ISO 8601, or seconds since 1970; else None."""
    now = time.time() if now is None else now
    text = text.strip()
    try:
        number = float(text)
    except ValueError:
        found, rest = _span(text)
        return _seconds_of_date(text, now) if found is None or rest else found
    if not math.isfinite(number):
        return None
    if number > _EPOCH:
        number = (number / 1000 if number > _EPOCH_MS else number) - now
    return max(0.0, number)


def wait_in_words(words: str) -> float | None:
    """Read the wait that a message asks for ("try again in 1m2s", "retry after 2 hours"), or None."""
    found = _IN_WORDS.search(words)
    return None if found is None else _span(words[found.end() :])[0]


def _span(text: str) -> tuple[float | None, str]:
    """The seconds of the span of time that a text begins with (None: with none), and the rest of the text."""
    seconds: float | None = None
    while (part := _PART.match(text)) is not None:
        unit = part[2].lower()
        seconds = (seconds or 0.0) + float(part[1]) * _UNITS["ms" if unit.startswith(("ms", "mil")) else unit[0]]
        text = re.sub(r"^(,|\s|and\b)+", "", text[part.end() :])
    return seconds, text


def _seconds_of_date(text: str, now: float) -> float | None:
    """Seconds from ``now`` until a date, 0 where it has passed; None for what is no date."""
    for read in (email.utils.parsedate_to_datetime, datetime.fromisoformat):
        try:
            return max(0.0, read(text).timestamp() - now)
        except (ValueError, OverflowError, TypeError, OSError):
            continue
    return None


def _until_reset(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds until the rate limits are reset: ``x-ratelimit-reset-requests`` (OpenAI, Groq) and its kin."""
    used_up: list[float] = []
    others: list[float] = []
    for name, value in headers.items():
        if "ratelimit" not in name.replace("-limit", "limit"):
            continue
        if name == "ratelimit":  # the draft of the IETF: "default";r=0;t=30
            for part in value.split(","):
                terms = dict(re.findall(r";\s*([rt])=(\d+)", part))
                if "t" in terms:
                    (used_up if terms.get("r") == "0" else others).append(float(terms["t"]))
        elif "reset" in name and (seconds := seconds_of(value, now)) is not None:
            left = headers.get(name.replace("reset", "remaining"))
            if left in ("0", "0.0"):
                used_up.append(seconds)
            elif left is None or seconds <= _SHORT:  # a limit with room is hardly the one that was reached
                others.append(seconds)
    return max(used_up) if used_up else min(others, default=None)
