"""Open an address in the user's browser without showing its token to other users of the machine."""

from __future__ import annotations

import html
import tempfile
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def opened_in_browser(address: str) -> Iterator[None]:
    """Open an address by way of a file that only this user can read, for as long as the body runs.

    The arguments of a program are visible to all users of a machine; those of the browser then name the file alone.
    """
    with tempfile.TemporaryDirectory(prefix="judge-view-") as folder:
        path = Path(folder) / "open.html"  # the folder has mode 0700
        path.write_text(
            '<!DOCTYPE html><meta charset="utf-8"><meta name="referrer" content="no-referrer">'
            f'<meta http-equiv="refresh" content="0;url={html.escape(address)}">'
            f'<p><a href="{html.escape(address)}">Open the runs</a></p>\n',
            encoding="utf-8",
        )
        webbrowser.open(path.as_uri())
        yield
