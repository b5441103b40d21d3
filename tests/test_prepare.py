"""What a bare machine lacks is named, and nothing is skipped in silence."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.paths import ROOT


def prepare(*arguments: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    shell = shutil.which("sh")
    assert shell
    environment = os.environ | ({} if path is None else {"PATH": str(path)})
    return subprocess.run(
        [shell, str(ROOT / "tools" / "prepare.sh"), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("tools", [("git",), ()], ids=["everything", "no git, and none is needed: the demo"])
def test_a_machine_that_has_everything_is_left_alone(tmp_path: Path, tools: tuple[str, ...]) -> None:
    done = prepare(sys.executable, *tools, path=None if tools else tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_no_python_is_named() -> None:
    done = prepare("")
    assert done.returncode == 2
    assert "Python 3.11" in done.stderr


@pytest.mark.parametrize(
    ("tools", "missing"), [(("git",), "git"), (("id:coreutils", "no-such-browser:chromium"), "chromium")]
)
def test_missing_packages_are_named_where_they_cannot_be_installed(
    tmp_path: Path, tools: tuple[str, ...], missing: str
) -> None:
    """A package may have another name than its command: COMMAND:PACKAGE."""
    id_command = shutil.which("id")
    assert id_command
    (tmp_path / "id").symlink_to(id_command)  # neither git nor apt-get
    done = prepare(sys.executable, *tools, path=tmp_path)
    assert done.returncode == 2
    assert f"missing Debian packages: {missing}\n" in done.stderr


def test_make_asks_for_git_only_where_the_tests_are_installed() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    recipes = {
        rule.partition(":")[0]: rule for rule in re.split(r"\n(?=[^\s#])", makefile) if "tools/prepare.sh" in rule
    }
    assert set(recipes) == {".venv/run.stamp", ".venv/dev.stamp", ".venv/slow.stamp"}
    assert "prepare.sh $(PYTHON)\n" in recipes[".venv/run.stamp"]
    assert "prepare.sh $(PYTHON) git\n" in recipes[".venv/dev.stamp"]
    assert "prepare.sh $(PYTHON) git chromium\n" in recipes[".venv/slow.stamp"]
    assert re.search(r"^slow: \.venv/slow\.stamp$", makefile, re.MULTILINE)
    assert re.search(r"^demo: \.venv/run\.stamp$", makefile, re.MULTILINE)
