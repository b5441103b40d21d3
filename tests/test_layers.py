"""The house: who may import whom."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import environment

ROOT = Path(__file__).parent.parent
PACKAGES = ("judge", "prompts", "preferences", "generation", "annotation")
STAGES = {"preferences", "generation", "annotation"}
TOP = {"judge.study", "judge.__main__"}  # and the command line, judge.cli and judge.cli_*
HEAVY = {
    "openai", "anthropic", "pandas", "numpy", "scipy", "rich", "label_studio_sdk", "krippendorff", "matplotlib",
    "torch", "transformers", "peft", "pyreadstat", "jinja2", "yaml", "aiohttp", "httpx2", "httpx", "asyncio",
    "concurrent", "ssl",
}  # fmt: skip


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports(path: Path) -> set[str]:
    """What a file imports, anywhere in it, as modules; of other packages the name that follows `from`."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            assert node.module is not None
            # `from judge import cli` imports the module judge.cli, and judge itself
            through = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {node.module} | (through & set(MODULES))
    return found


MODULES = {module_name(path): path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))}


def room(module: str) -> str:
    if module in TOP or module == "judge.cli" or module.startswith(("judge.cli_", "judge.study.")):
        return "top"
    parts = module.split(".")
    if parts[0] == "judge" and len(parts) > 1 and parts[1] in ("core", "stats"):
        return ".".join(parts[:2])
    return parts[0]


# The ground floor uses nothing above it. prompts stands beside judge.core: it uses its errors and records only.
ALLOWED = {
    "judge.core": {"judge.core"},
    "prompts": {"prompts", "judge.core"},
    "judge.stats": {"judge.stats", "judge.core", "prompts"},
    "judge": {"judge", "judge.stats", "judge.core", "prompts"},
    "preferences": {"preferences", "judge.stats", "judge.core", "prompts"},
    "generation": {"generation", "judge.stats", "judge.core", "prompts"},
    "annotation": {"annotation", "judge.stats", "judge.core", "prompts"},
}


@pytest.mark.parametrize("module", MODULES)
def test_imports_run_one_way(module: str) -> None:
    here = room(module)
    for target in imports(MODULES[module]):
        if target.split(".")[0] not in PACKAGES or target == "judge":  # judge/__init__.py holds the version alone
            continue
        assert target in MODULES, f"{module} imports {target}, which is no module here"
        there = room(target)
        assert here == "top" or there in ALLOWED[here], f"{module} must not import {target}"


def test_the_rule_is_about_something() -> None:
    assert {room(module) for module in MODULES} >= {"judge.core", "judge.stats", "judge", "prompts", "top"} | STAGES


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("from judge import cli", {"judge", "judge.cli"}),
        ("from judge import cli as c, __version__", {"judge", "judge.cli"}),
        ("from judge.core import rundir", {"judge.core", "judge.core.rundir"}),
        ("from judge.core.rundir import replacing", {"judge.core.rundir"}),
        ("import judge.core.rundir", {"judge.core.rundir"}),
        ("def f():\n    from judge import run", {"judge", "judge.run"}),
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
        "from judge.cli import main\n"
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
    assert not modules & {
        "openai",
        "anthropic",
        "pandas",
        "scipy",
        "label_studio_sdk",
        "matplotlib",
        "pyreadstat",
        "aiohttp",
    }


def test_statistics_do_no_input_or_output() -> None:
    for module, path in MODULES.items():
        if room(module) == "judge.stats":
            assert not imports(path) & {"pathlib", "os", "io", "json", "csv", "httpx2", "rich.console"}, module


def test_the_gpl_package_is_imported_in_one_module_only() -> None:
    users = {module for module, path in MODULES.items() if "krippendorff" in imports(path)}
    assert users <= {"judge.stats.alpha"}
