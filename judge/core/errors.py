"""The exceptions that are raised on purpose, and their exit codes.

Each says what is wrong, where, and what to do. The command line prints it without a stack trace unless ``--debug`` is
given.
"""

from __future__ import annotations

from pathlib import Path

EXIT_DONE = 0
EXIT_FAILURES_REMAIN = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130


class PersonaJudgeError(Exception):
    """Base of all errors raised on purpose.

    Attributes:
        message: What is wrong, and where.
        hint: What the user can do about it, or None.
        exit_code: The exit code of a command that ends with this error.
    """

    exit_code = EXIT_USAGE

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message if self.hint is None else f"{self.message}\n  what to do: {self.hint}"


class UsageError(PersonaJudgeError):
    """Options contradict each other, a model provider is unknown, or an API key is missing."""


class InputError(PersonaJudgeError):
    """A file cannot be read, or its content does not fit the format.

    Attributes:
        path: The file, or None.
        line: The line, from 1, or None where it is unknown.
        row: The id of the row, or None.
    """

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
    """A prompt file cannot be used: not YAML, an undefined name, a response that is not quoted."""


class RunDirectoryError(PersonaJudgeError):
    """The run directory belongs to another configuration, is in use, or is damaged."""


class Declined(PersonaJudgeError):
    """The user did not agree to the calls: none was made."""

    exit_code = EXIT_FAILURES_REMAIN


class WriteError(PersonaJudgeError):
    """A file could not be written (disk full or read-only). What was written before stays readable."""

    exit_code = EXIT_FAILURES_REMAIN


class ProviderStop(PersonaJudgeError):
    """An error that every further call would share: a bad key, an unknown model, no credit, an unreachable endpoint."""

    def __init__(self, message: str, *, hint: str | None = None, exit_code: int = EXIT_USAGE) -> None:
        super().__init__(message, hint=hint)
        self.exit_code = exit_code
