"""Output files of the commands: none overwrites a campaign, a key, or a file that is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from judge.annotation.campaign.campaign import KEY_SUFFIX
from judge.core.errors import UsageError
from judge.core.files import run_directory as rundir
from judge.core.files.outputs import check_begins, check_kind, check_outputs, has_fields


def check_output_paths(outputs: Iterable[Path], inputs: Iterable[Path], *, keys: bool = False) -> None:
    """Refuse outputs that would overwrite an input or any key file.

    Args:
        outputs: Files to write.
        inputs: Files that are read; a folder stands for all files in it.
        keys: Allow an output with the name of a key file, for a new key.

    Raises:
        UsageError: An output is refused.
    """
    outputs = list(outputs)
    read: list[Path] = []
    for path in inputs:
        read += [file for file in path.rglob("*") if file.is_file()] if path.is_dir() else [path]
    check_outputs(outputs, read)
    for path in outputs:
        if not keys and path.name.endswith(KEY_SUFFIX):
            raise UsageError(
                f"{path} has the name of a key file", hint="give another --out: a lost key cannot be recovered"
            )


def check_annotations(out: Path, summary: Path) -> None:
    """Refuse to replace a file that is not of annotations, and a summary of something else.

    Raises:
        UsageError: A file is there, and of another kind.
    """
    check_kind(out, lambda line: has_fields(line, {"comparison_id", "annotator"}))
    check_begins(summary, '{\n  "campaign":')


def write_export(contents: Mapping[Path, str]) -> None:
    """Write files for another tool. Files that exist with the same contents are accepted.

    Raises:
        UsageError: A file exists with other contents, possibly answers; nothing was written.
    """
    for path, text in contents.items():
        if path.exists() and path.read_bytes() != text.encode():
            raise UsageError(
                f"{path} exists with other contents, possibly answers",
                hint="give another --out, or move the file",
            )
    for path, text in contents.items():
        with rundir.replacing(path) as file:
            file.write(text)
