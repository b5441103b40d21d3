"""What an installation puts into site-packages: one import package, `judge`, which no folder of the user shadows."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.command import ROOT, environment
from tests.support.modules import AT_TOP, MODULES


def run(folder: Path, *command: str, path: str) -> str:
    """What a command prints, started in a folder with this PYTHONPATH."""
    done = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env=environment() | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The content of a wheel that was built from a copy of the repository."""
    copy = tmp_path_factory.mktemp("repository")
    for name in ("judge", *AT_TOP):
        shutil.copytree(ROOT / name, copy / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy / name)
    run(copy, "-c", "from setuptools.build_meta import build_wheel; build_wheel('dist')", path="")
    (wheel,) = (copy / "dist").glob("*.whl")
    site = tmp_path_factory.mktemp("site-packages")
    zipfile.ZipFile(wheel).extractall(site)
    return site


def test_the_wheel_installs_one_package_with_every_module(installed: Path) -> None:
    names = {path.name for path in installed.iterdir() if path.suffix != ".dist-info"}
    assert names == {"judge"}
    packed = {path.relative_to(installed).with_suffix("").as_posix() for path in installed.rglob("*.py")}
    assert {name.removesuffix("/__init__").replace("/", ".") for name in packed} == set(MODULES)


def test_the_wheel_brings_every_file_that_the_code_reads(installed: Path) -> None:
    for name in ("judge", *(f"judge/{each}" for each in AT_TOP)):
        for path in (ROOT / name).rglob("*"):
            if path.suffix in (".yaml", ".j2", ".js", ".css", ".txt", ".typed"):
                assert (installed / path.relative_to(ROOT)).is_file(), path


@pytest.mark.parametrize("installation", ["editable", "wheel"])
def test_a_folder_of_the_user_does_not_shadow_ours(installed: Path, installation: str, tmp_path: Path) -> None:
    for name in AT_TOP:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise ImportError('the user has a package of this name')\n")
    path = "." if installation == "editable" else f".:{installed}"
    assert "persona-value" in run(tmp_path, "-m", "judge", "prompts", path=path)
    origin = run(tmp_path, "-c", "import judge.prompts; print(judge.prompts.__file__)", path=path)
    assert Path(origin.strip()).is_relative_to(ROOT if installation == "editable" else installed)
