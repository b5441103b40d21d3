"""The one exception tree, and the exit codes it maps to.

Every error that a user can cause carries what is wrong, where, and what to do; the command line prints it without a
stack trace unless ``--debug`` is given.
"""

from __future__ import annotations

from pathlib import Path

EXIT_DONE = 0
EXIT_FAILURES_REMAIN = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130


class PersonaJudgeError(Exception):
    """Base of all errors raised on purpose. ``hint`` says what the user can do about it."""

    exit_code = EXIT_USAGE

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message if self.hint is None else f"{self.message}\n  what to do: {self.hint}"


class UsageError(PersonaJudgeError):
    """Options that do not fit together, an unknown model provider, a missing key."""


class InputError(PersonaJudgeError):
    """A file's content is not what the format asks for. ``where`` is ``file:line`` where a line is known."""

    def __init__(
        self,
        message: str,
        *,
        path: Path | str | None = None,
        line: int | None = None,
        row: str | None = None,
        hint: str | None = None,
    ) -> None:
        place = "" if path is None else f"{path}:{line}: " if line is not None else f"{path}: "
        of_row = "" if row is None else f" (row id {row})"
        super().__init__(f"{place}{message}{of_row}", hint=hint)
        self.path = path
        self.line = line
        self.row = row


class PromptError(InputError):
    """A prompt file that cannot be used: bad YAML, an undefined name, an unprotected response."""


class RunDirectoryError(PersonaJudgeError):
    """The run directory belongs to another configuration, is in use, or is damaged."""


class Declined(PersonaJudgeError):
    """The user did not agree to the calls: none was made."""

    exit_code = EXIT_FAILURES_REMAIN


class WriteError(PersonaJudgeError):
    """Something could not be put on disk (full or read-only disk). What is there stays readable."""

    exit_code = EXIT_FAILURES_REMAIN


class ProviderStop(PersonaJudgeError):
    """What every further call would share: bad key, unknown model, exhausted quota, an endpoint that is gone."""

    def __init__(self, message: str, *, hint: str | None = None, exit_code: int = EXIT_USAGE) -> None:
        super().__init__(message, hint=hint)
        self.exit_code = exit_code
