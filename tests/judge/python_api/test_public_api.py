"""The public Python API: what it exports, what importing it costs, its documentation and its examples."""

from __future__ import annotations

import doctest
import inspect
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import judge
from tests.support.command import OPENAI_KEY, environment
from tests.support.loopback import Loopback
from tests.support.paths import EXAMPLES, ROOT

FUNCTIONS = [name for name in judge.__all__ if inspect.isfunction(getattr(judge, name))]
CLASSES = [name for name in judge.__all__ if inspect.isclass(getattr(judge, name))]


@pytest.fixture(scope="module")
def examples_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("examples")
    for path in EXAMPLES.iterdir():
        if path.suffix in (".jsonl", ".csv", ".ipynb"):
            shutil.copy(path, folder)
    return folder


@pytest.fixture
def _in_examples(examples_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(examples_folder)
    monkeypatch.setattr(sys, "argv", ["python"])


def test_everything_exported_exists_and_nothing_else_is_public() -> None:
    assert judge.__all__ == sorted(judge.__all__)
    for name in judge.__all__:
        assert getattr(judge, name) is not None
    assert set(judge.__all__) <= set(dir(judge))
    with pytest.raises(AttributeError, match="no_such_name"):
        judge.no_such_name  # noqa: B018


def test_type_checkers_see_the_names_that_are_imported_lazily() -> None:
    source = inspect.getsource(judge)
    block = source[source.index("if TYPE_CHECKING") : source.index("__all__")]
    for name in set(judge.__all__) - {"__version__"}:
        assert name in block, name
    assert (ROOT / "judge" / "py.typed").is_file()


def test_no_public_name_is_a_subpackage() -> None:
    """Importing a submodule sets an attribute of its name on the package: it would replace the function."""
    assert not {name for name in judge.__all__ if (ROOT / "judge" / name).exists()}
    assert not {name for name in judge.__all__ if (ROOT / "judge" / f"{name}.py").exists()}


def test_import_judge_loads_no_other_package() -> None:
    code = "import judge, sys; print(json.dumps(sorted({m.split('.')[0] for m in sys.modules})))"
    done = subprocess.run(
        [sys.executable, "-c", f"import json; {code}"],
        env=environment(), capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    loaded = set(json.loads(done.stdout))
    assert "judge" in loaded
    assert not loaded & {"numpy", "pandas", "pydantic", "typer", "rich", "openai", "anthropic", "yaml"}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_each_function_documents_arguments_result_and_errors(name: str) -> None:
    function = getattr(judge, name)
    text = inspect.getdoc(function) or ""
    for section in ("Args:", "Returns:", "Raises:", "Example:"):
        assert section in text, f"{name} lacks {section}"
    for argument in inspect.signature(function).parameters:
        assert f"{argument}:" in text, f"{name} does not document {argument}"


@pytest.mark.parametrize("name", CLASSES)
def test_each_class_says_what_it_is(name: str) -> None:
    assert len(inspect.getdoc(getattr(judge, name)) or "") > 20


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.usefixtures("_in_examples")
def test_the_example_of_each_function_runs(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", OPENAI_KEY)
    (found,) = doctest.DocTestFinder(recurse=False).find(getattr(judge, name), name, globs={})
    assert found.examples, name
    with Loopback(writes=lambda body: "I would say that most people here agree. " * 8) as server:
        for example in found.examples:
            example.source = example.source.replace("http://localhost:8000/v1", server.url)
        result = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(found)
    assert result.failed == 0


def test_the_notebook_runs(examples_folder: Path) -> None:
    """In a kernel of its own: with a running event loop, from two DataFrames to a forest plot."""
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(examples_folder / "python.ipynb", as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells), "commit the notebook without outputs"
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(examples_folder)}}).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    assert any("image/png" in output.get("data", {}) for output in outputs)
    assert any("overall" in output.get("data", {}).get("text/html", "") for output in outputs)
    assert not [output for output in outputs if output.get("name") == "stderr"]
