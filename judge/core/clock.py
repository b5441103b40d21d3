"""Spans and times in words."""

from __future__ import annotations

from datetime import datetime, timedelta


def duration(seconds: float) -> str:
    """Seconds in words: 45 s, 12 min, 3.2 h."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def time_after(seconds: float, now: datetime | None = None) -> str:
    """The local time after so many seconds: 15:04:10, or, an hour or more away, 03:12 on 2026-11-30 (rounded up)."""
    now = now or datetime.now().astimezone()
    try:
        then = now + timedelta(seconds=seconds)
    except OverflowError:
        return "no time that can be named"
    if seconds < 3600:
        return f"{then:%H:%M:%S}"
    then += timedelta(seconds=59)
    return f"{then:%H:%M}" if then.date() == now.date() else f"{then:%H:%M} on {then:%Y-%m-%d}"
