"""What a finish reason means: the reply is whole, cut off, held back, or the server has given up on it."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from judge.core.files.yaml import read_mapping
from judge.core.models.error_body import plain
from judge.core.models.types import ChatError, ErrorKind

_WORDS = Path(__file__).with_name("finish_reasons.yaml")


@dataclass(frozen=True)
class _Reasons:
    """The content of finish_reasons.yaml, without case and punctuation."""

    cut_off: frozenset[str]
    blocked: frozenset[str]
    failed: Mapping[str, ErrorKind]


@functools.cache
def _known() -> _Reasons:
    content = read_mapping(_WORDS)
    failed = {plain(word): ErrorKind(kind) for kind, words in content["failed"].items() for word in words}
    return _Reasons(frozenset(map(plain, content["cut_off"])), frozenset(map(plain, content["blocked"])), failed)


def is_cut_off(reason: str | None) -> bool:
    """Whether a limit was reached before the reply was whole."""
    return plain(reason or "") in _known().cut_off


def is_blocked(reason: str | None) -> bool:
    """Whether the provider held the reply back, or says that the model refused."""
    return plain(reason or "") in _known().blocked


def failure(reason: str | None) -> ChatError | None:
    """The error that a finish reason stands for, or None. The request may be billed: some of the reply was made."""
    kind = _known().failed.get(plain(reason or ""))
    if kind is None:
        return None
    return ChatError(kind, f"the server gave up on the reply (finish reason {reason})", maybe_billed=True)
