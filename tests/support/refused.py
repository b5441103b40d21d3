"""What a refusal of bad input is: an error with what is wrong, where, and what to do; nothing is written."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from judge.core.errors import EXIT_USAGE, PersonaJudgeError


@contextlib.contextmanager
def refused(*words: object, out: Path | None = None) -> Iterator[pytest.ExceptionInfo[PersonaJudgeError]]:
    """The block raises an error with these words and with what to do, for exit code 2; ``out`` does not exist then."""
    with pytest.raises(PersonaJudgeError) as caught:
        yield caught
    error = caught.value
    assert error.exit_code == EXIT_USAGE
    assert error.hint, f"no hint: {error}"
    for word in words:
        assert str(word) in str(error), f"{word} is not in: {error}"
    assert out is None or not out.exists()
