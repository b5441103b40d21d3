"""What may not be in the repository, and what must be."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from tests.conftest import LONG

MOST_PRINTED = 35  # tests in which the text on the screen is what is tested: help, escapes, widths, progress, keys
ROOT = Path(__file__).parent.parent


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_no_key_no_registry_and_no_path_of_a_machine_is_committed() -> None:
    forbidden = re.compile(
        r"\b(?:sk|sk-ant)-(?!test|loopback|ant-test)[A-Za-z0-9_-]{20,}|https?://[^\s\"']*(?:/simple\b|pypi\.|registry\.)|"
        r"(?:^|[\s\"'(=])/(?:home|Users|root|tmp|work)/\w+"
    )
    for path in tracked():
        if path == Path(__file__):
            continue
        text = path.read_text(encoding="utf-8", errors="replace" if path.suffix == ".png" else "strict")
        assert not forbidden.search(text), f"{path}: {forbidden.search(text)}"


def test_what_is_to_be_refused_is_within_the_block() -> None:
    for path in tracked():
        if path.suffix == ".py" and "tests" in path.parts:
            alone = re.search(r"^ *refused\(", path.read_text(encoding="utf-8"), re.MULTILINE)
            assert alone is None, f"{path}: `refused(...)` without `with` checks nothing"


def test_the_folders_that_were_asked_for_are_there() -> None:
    for name in ("judge", "generation", "annotation", "prompts", "tests", "results"):
        assert (ROOT / name).is_dir()
    for name in ("README.md", "CHANGELOG.md", "LICENSE", "Makefile", "pyproject.toml", "constraints.txt", ".ci/run"):
        assert (ROOT / name).is_file(), name


def test_constraints_hold_names_and_versions_only() -> None:
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!-]+", line), line


def test_the_formatter_decides() -> None:
    switched_off = sum(path.read_text().count("# fmt: " + "skip") for path in tracked() if path.suffix == ".py")
    assert switched_off <= 40


def test_the_tests_mirror_the_source_tree() -> None:
    """tests/X/test_Y.py lies beside X; a folder of tests that has no X says here why."""
    elsewhere = {
        "annotation/on_server": "tests that share one real Label Studio",
        "attack": "attacks on the whole program",
    }
    for path in tracked():
        if path.is_relative_to(ROOT / "tests") and path.name.startswith("test_"):
            folder = path.parent.relative_to(ROOT / "tests")
            assert folder.as_posix() in elsewhere or (ROOT / folder).is_dir(), path


def test_the_long_test_files_exist() -> None:
    assert [name for name in LONG if not (ROOT / name).exists()] == []


def test_no_test_imports_another() -> None:
    """What several tests need is in tests/support or a conftest.py."""
    for path in tracked():
        if path.is_relative_to(ROOT / "tests") and path.suffix == ".py":
            found = re.search(r"^\s*(?:from|import) [\w.]*\btest_\w+", path.read_text(encoding="utf-8"), re.MULTILINE)
            assert not found, f"{path}: {found[0].strip()}"  # type: ignore[index]


PRINTED = {"stdout", "stderr", "getvalue", "readouterr"}


def reads_what_is_printed(node: ast.AST, names: set[str]) -> bool:
    """Whether an expression reads what a command printed, or one of the names that stand for it."""
    return any(
        (isinstance(each, ast.Attribute) and each.attr in PRINTED) or (isinstance(each, ast.Name) and each.id in names)
        for each in ast.walk(node)
    )


def asserts_printed_text(test: ast.FunctionDef, helpers: set[str]) -> bool:
    """Whether a test asserts printed text: of a command in it, or what a helper of its module returns of one."""
    names = set(helpers)
    for each in ast.walk(test):
        if isinstance(each, ast.Assign) and reads_what_is_printed(each.value, names):
            names |= {name.id for target in each.targets for name in ast.walk(target) if isinstance(name, ast.Name)}
    return any(isinstance(each, ast.Assert) and reads_what_is_printed(each.test, names) for each in ast.walk(test))


def test_few_tests_assert_printed_text() -> None:
    """Numbers and facts are asserted on what functions return: words on the screen can then change in one place."""
    found = []
    for path in tracked():
        if path.is_relative_to(ROOT / "tests") and path.name.startswith("test_") and path != Path(__file__):
            text = path.read_text()
            if not any(name in text for name in PRINTED):  # most files: to parse and walk all of them takes seconds
                continue
            functions = [each for each in ast.walk(ast.parse(text)) if isinstance(each, ast.FunctionDef)]
            helpers = {
                each.name
                for each in functions
                if any(isinstance(line, ast.Return) and reads_what_is_printed(line, set()) for line in ast.walk(each))
            }
            found += [
                f"{path.relative_to(ROOT)}: {each.name}"
                for each in functions
                if each.name.startswith("test_") and asserts_printed_text(each, helpers)
            ]
    assert 0 < len(found) <= MOST_PRINTED, "\n".join(found)


def rows(name: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in (ROOT / "examples" / name).read_text(encoding="utf-8").splitlines()]


def test_the_bundled_data_is_as_large_and_varied_as_promised() -> None:
    values, base, ft = (rows(f"{name}.jsonl") for name in ("values", "base", "ft"))
    ids = [row["item_id"] for row in values]
    assert len(set(ids)) == len(ids) >= 96
    assert [row["item_id"] for row in base] == [row["item_id"] for row in ft] == ids
    assert len({row["subgroup"]["id"] for row in values}) >= 8  # type: ignore[index]
    questions = {(row["question"]["id"], row["question"]["category"]) for row in values}  # type: ignore[index]
    assert len(questions) >= 12
    assert min(Counter(category for _, category in questions).values()) >= 2


@pytest.mark.parametrize("name", ["base.jsonl", "ft.jsonl"])
def test_bundled_responses_have_60_to_180_words_and_are_all_different(name: str) -> None:
    texts = [str(row["text"]) for row in rows(name)]
    assert all(60 <= len(text.split()) <= 180 for text in texts)
    assert len(set(texts)) == len(texts)
    assert all("illustrative" in str(row["model"]) for row in rows(name))


def test_bundled_ground_truth_says_that_it_is_invented() -> None:
    assert all("illustrative" in str(row["source"]) for row in rows("values.jsonl"))
