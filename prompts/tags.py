"""The tag of a call: a few random-looking characters that its messages hold and that no response can know."""

from __future__ import annotations

import string

_ALPHABET = string.ascii_lowercase + string.digits
LENGTH = 8


def tag_of(digest: bytes) -> str:
    """Make the tag of a call from a sha256 of what the call asks.

    It is the same each time, so that a call can be rendered again from its run directory.
    """
    number, tag = int.from_bytes(digest, "big") % len(_ALPHABET) ** LENGTH, ""
    for _ in range(LENGTH):
        number, at = divmod(number, len(_ALPHABET))
        tag += _ALPHABET[at]
    return tag
