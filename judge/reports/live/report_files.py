"""The report page in a run's folder, where `judge report` put one: the only files that are served as they are."""

from __future__ import annotations

import functools
import re
from pathlib import Path

from judge.reports.html.templating import CREATOR
from judge.reports.live.regular_file import Stamp, read_regular, stamp_of

REPORT = "report.html"
BESIDE = "report_files"
_PART = re.compile(r"[0-9a-f]{12}-(?:index|part)-\d{4,9}\.js")


def has_report(folder: Path) -> bool:
    """Whether the folder has a page that `judge report` wrote."""
    path = folder / REPORT
    stamp = stamp_of(path)
    return stamp is not None and _is_report(path, stamp)


def read_report(folder: Path) -> bytes:
    """Read the report page.

    Raises:
        OSError: There is none.
    """
    if not has_report(folder):
        raise FileNotFoundError(folder / REPORT)
    return read_regular(folder / REPORT, follow_links=False)


def read_part(folder: Path, name: str) -> bytes:
    """Read a file beside the report page, which it loads.

    Raises:
        OSError: There is none, or no report names its files so.
    """
    if _PART.fullmatch(name) is None or (folder / BESIDE).is_symlink():
        raise FileNotFoundError(name)
    return read_regular(folder / BESIDE / name, follow_links=False)


@functools.lru_cache(maxsize=1_000)
def _is_report(path: Path, stamp: Stamp) -> bool:
    """Whether a file is a report page. ``stamp`` lets it be read again only once it has changed."""
    del stamp
    try:
        return CREATOR.encode() in read_regular(path, follow_links=False)
    except OSError:
        return False
