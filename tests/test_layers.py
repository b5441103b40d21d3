"""The structure: which folders there are, how large they may be, and who may import whom."""

from __future__ import annotations

import ast
import functools
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.command import environment
from tests.support.modules import AT_TOP, MODULES
from tests.support.paths import ROOT

# From bottom to top. A package imports packages of lower levels and its own modules, and nothing else of the project.
LEVELS = (
    {"judge.core"},
    {"judge.prompts", "judge.stats", "judge.responses"},
    {"judge.judging", "judge.human_labels", "judge.generation", "judge.annotation", "judge.preferences"},
    {"judge.comparison", "judge.analysis", "judge.training"},
    {"judge.reports", "judge.study", "judge.call_files"},
    {"judge.cli", "judge.python_api"},
    {"judge.__main__"},
)
MOST_LEVELS = 7
MOST_MODULES = 15
HEAVY = set(
    "openai anthropic pandas numpy scipy rich label_studio_sdk krippendorff matplotlib torch transformers peft "
    "trl datasets accelerate pyreadstat jinja2 yaml aiohttp httpx2 httpx asyncio concurrent ssl".split()
)


@functools.cache
def imports(path: Path) -> frozenset[str]:
    """What a file imports, anywhere in it, as modules; of other packages the name that follows `from`."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            assert node.module is not None
            for alias in node.names:
                submodule = f"{node.module}.{alias.name}"
                found.add(submodule if submodule in MODULES else node.module)
    return frozenset(found)


@functools.cache
def project_imports() -> dict[str, set[str]]:
    """What each module imports of the project.

    judge/__init__.py holds the version and the lazy public names: whoever imports it imports nothing else.
    """
    return {
        name: {target for target in imports(path) if target.split(".")[0] == "judge" and target not in (name, "judge")}
        for name, path in MODULES.items()
    }


def package(module: str) -> str:
    """The package of the picture of levels that a module belongs to."""
    return ".".join(module.split(".")[:2])


def folder(module: str) -> str:
    """The folder that a module lies in."""
    return module if MODULES[module].name == "__init__.py" else module.rpartition(".")[0]


def circles(arrows: Mapping[str, set[str]]) -> list[str]:
    """Every name from which a walk along the arrows comes back to it."""

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        ahead = set(arrows.get(start, ()))
        while ahead:
            name = ahead.pop()
            if name not in seen:
                seen.add(name)
                ahead |= arrows.get(name, set())
        return seen

    return sorted(name for name in arrows if name in reached(name))


def of_folders(arrows: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """Arrows between folders. A folder and one within it are two folders."""
    found: dict[str, set[str]] = {}
    for name, targets in arrows.items():
        found.setdefault(folder(name), set()).update(folder(target) for target in targets)
    return {name: targets - {name} for name, targets in found.items()}


def test_every_import_names_a_module() -> None:
    unknown = {
        (name, target) for name, targets in project_imports().items() for target in targets if target not in MODULES
    }
    assert not unknown


@pytest.mark.parametrize("module", MODULES)
def test_no_import_points_upward(module: str) -> None:
    level = {name: number for number, names in enumerate(LEVELS) for name in names}
    here = package(module)
    if here == "judge":
        return
    for target in project_imports()[module]:
        there = package(target)
        assert there == here or level[there] < level[here], f"{module} must not import {target}"


def test_every_package_has_a_level_and_there_are_few() -> None:
    assert {package(name) for name in MODULES} - {"judge"} == set().union(*LEVELS)
    assert len(LEVELS) <= MOST_LEVELS


def test_no_circle_of_files() -> None:
    assert circles(project_imports()) == []


def test_no_circle_of_folders() -> None:
    assert circles(of_folders(project_imports())) == []


def test_no_folder_of_too_many_modules() -> None:
    count = Counter(path.parent for path in MODULES.values() if not path.name.startswith("__"))
    assert {str(path.relative_to(ROOT)): n for path, n in count.items() if n > MOST_MODULES} == {}


def test_the_folders_of_the_user_are_at_the_top() -> None:
    for name in ("judge", "generation", "annotation", "prompts", "tests", "results"):
        assert (ROOT / name).is_dir()
        assert not (ROOT / name).is_symlink()
    for name in AT_TOP:
        assert (ROOT / "judge" / name).resolve() == ROOT / name


def test_a_circle_is_found() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}}) == ["b", "c"]
    assert circles({"a": {"b"}, "b": set()}) == []


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("from judge import cli", {"judge.cli"}),
        ("from judge import cli as c, __version__", {"judge.cli", "judge"}),
        ("from judge.core import files", {"judge.core.files"}),
        ("from judge.core.files.journal import read_journal", {"judge.core.files.journal"}),
        ("import judge.core.files.journal", {"judge.core.files.journal"}),
        ("def f():\n    from judge.core import records", {"judge.core.records"}),
        ("from pathlib import Path", {"pathlib"}),
    ],
)
def test_imports_through_a_package_are_seen(tmp_path: Path, code: str, found: set[str]) -> None:
    path = tmp_path / "module.py"
    path.write_text(code, encoding="utf-8")
    assert imports(path) == found


def loaded(*arguments: str) -> set[str]:
    """Names of the top-level packages that a command has imported when it ends."""
    script = (
        "import sys\n"
        "from judge.cli.app import main\n"
        "sys.argv = ['judge', *sys.argv[1:]]\n"
        "try:\n    main()\n"
        "except SystemExit as end:\n    assert not end.code, end.code\n"
        "print(*{name.split('.')[0] for name in sys.modules}, file=sys.stderr)\n"
    )
    command = [sys.executable, "-c", script, *arguments]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=60, check=True)
    return set(done.stderr.split())


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("compare", "--help"),
        ("annotate", "plan", "--help"),
        ("values", "--help"),
        ("analyze", "--help"),
        ("report", "--help"),
        ("figures", "--help"),
        ("--version",),
    ],
)
def test_help_loads_nothing_heavy(arguments: tuple[str, ...]) -> None:
    modules = loaded(*arguments)
    assert {"judge", "typer"} <= modules
    assert not modules & HEAVY


def test_the_list_of_commands_does_not_even_load_pydantic() -> None:
    assert "pydantic" not in loaded("--help")  # typer itself loads it to read a command's options


def test_a_command_that_needs_no_model_loads_no_sdk() -> None:
    modules = loaded("prompts")
    assert {"rich", "pydantic", "yaml"} <= modules
    heavy = set("openai anthropic pandas scipy label_studio_sdk matplotlib pyreadstat aiohttp".split())
    assert not modules & heavy


def test_statistics_do_no_input_or_output() -> None:
    for module, path in MODULES.items():
        if package(module) == "judge.stats":
            assert not imports(path) & {"pathlib", "os", "io", "json", "csv", "httpx2", "rich.console"}, module


def test_the_gpl_package_is_imported_in_one_module_only() -> None:
    users = {module for module, path in MODULES.items() if "krippendorff" in imports(path)}
    assert users <= {"judge.stats.agreement.alpha"}
