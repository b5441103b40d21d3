"""The server's own virtual environment: it pins old versions of packages that we need too."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock

from judge.annotation.labelstudio.client import ServerError

VERSION = "1.23.2"
CONSTRAINTS = Path(__file__).parent / "constraints.txt"
_STAMP = "persona-judge.stamp"


def ensure(folder: Path, say: Callable[[str], None]) -> Path:
    """Install Label Studio into a virtual environment unless it is there (about a minute and 1 GB).

    Of two processes at once, one installs. An environment with other package versions is rebuilt.

    Args:
        folder: The environment's folder.
        say: Called with a line before an installation.

    Returns:
        The ``label-studio`` program.

    Raises:
        ServerError: The installation failed; the message has the installer's last lines.
    """
    folder = folder.resolve()
    program = folder / "bin" / "label-studio"
    wanted = hashlib.sha256(CONSTRAINTS.read_bytes()).hexdigest()
    stamp = folder / _STAMP
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_name(f"{folder.name}.lock")):
        if program.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
            return program
        say(f"installing label-studio {VERSION} into {folder} (about a minute and 1 GB, once)")
        _run([sys.executable, "-m", "venv", "--clear", str(folder)])
        _run(
            [
                str(folder / "bin" / "python"),
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "--constraint",
                str(CONSTRAINTS),
                f"label-studio=={VERSION}",
            ],
        )
        stamp.write_text(wanted, encoding="utf-8")
    return program


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - a fixed command
    if done.returncode:
        words = [line for line in done.stderr.splitlines() if line.strip() and not line.startswith("WARNING")]
        raise ServerError(
            f"{' '.join(command[1:4])} failed: {' '.join(words[-3:])}",
            hint="check the network and the disk space (1 GB), then rerun the command",
        )
