"""The house: who may import whom."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("judge", "prompts", "preferences", "generation", "annotation")
STAGES = {"preferences", "generation", "annotation"}
TOP = {"judge.cli", "judge.cli_values", "judge.cli_generate", "judge.study", "judge.__main__"}
HEAVY = set("openai anthropic pandas numpy scipy rich label_studio_sdk krippendorff matplotlib pyreadstat".split())
HEAVY |= {"torch", "transformers", "peft"}


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports(path: Path, *, top_level_only: bool = False) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = tree.body if top_level_only else list(ast.walk(tree))
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.add(node.module or "")
    return found


MODULES = {module_name(path): path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))}


def room(module: str) -> str:
    if module in TOP or module.startswith("judge.study."):
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
        if target.split(".")[0] not in PACKAGES or target == "judge":
            continue
        there = room(target)
        assert here == "top" or there in ALLOWED[here], f"{module} must not import {target}"


def test_the_rule_is_about_something() -> None:
    assert {room(module) for module in MODULES} >= {"judge.core", "judge.stats", "judge", "prompts", "top"} | STAGES


def test_the_command_line_imports_nothing_heavy_until_a_command_runs() -> None:
    for module in sorted(name for name in TOP & set(MODULES) if name.startswith("judge.cli")):
        assert not {name.split(".")[0] for name in imports(MODULES[module], top_level_only=True)} & HEAVY, module


def test_statistics_do_no_input_or_output() -> None:
    for module, path in MODULES.items():
        if room(module) == "judge.stats":
            assert not imports(path) & {"pathlib", "os", "io", "json", "csv", "httpx2", "rich.console"}, module


def test_the_gpl_package_is_imported_in_one_module_only() -> None:
    users = {module for module, path in MODULES.items() if "krippendorff" in imports(path)}
    assert users <= {"judge.stats.alpha"}
