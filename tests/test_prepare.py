"""What a bare machine lacks is named, and nothing is skipped in silence."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

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


def test_a_machine_that_has_everything_is_left_alone() -> None:
    done = prepare(sys.executable, "git")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_no_python_is_named() -> None:
    done = prepare("")
    assert done.returncode == 2
    assert "Python 3.11" in done.stderr


def test_missing_packages_are_named_where_they_cannot_be_installed(tmp_path: Path) -> None:
    id_command = shutil.which("id")
    assert id_command
    (tmp_path / "id").symlink_to(id_command)  # neither git nor apt-get
    done = prepare(sys.executable, "git", path=tmp_path)
    assert done.returncode == 2
    assert "missing Debian packages: git\n" in done.stderr


def test_a_package_may_have_another_name_than_its_command(tmp_path: Path) -> None:
    id_command = shutil.which("id")
    assert id_command
    (tmp_path / "id").symlink_to(id_command)
    done = prepare(sys.executable, "id:coreutils", "no-such-browser:chromium", path=tmp_path)
    assert done.returncode == 2
    assert "missing Debian packages: chromium\n" in done.stderr


def test_a_machine_without_git_can_run_the_demo(tmp_path: Path) -> None:
    done = prepare(sys.executable, path=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


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
