"""Mail addresses in what people write: they must not leave the key file."""

from __future__ import annotations

import re

REMOVED = "[address removed]"
# Wider than RFC 5321 on purpose: what merely looks like an address is removed too. `name (at) host.org` is not seen.
_ADDRESS = re.compile(r"[^\s@<>()\[\]\",;:]+@[^\s@<>()\[\]\",;:]*[^\W_]")


def without_addresses(text: str) -> tuple[str, int]:
    """The text with each mail address blanked out, and how many there were."""
    return _ADDRESS.subn(REMOVED, text)
