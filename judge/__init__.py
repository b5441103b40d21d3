"""Does fine-tuning make a language model speak for population subgroups? Pairwise comparison by an LLM judge.

The public Python API. Each name is imported when it is first used, so that ``import judge`` costs next to nothing.
See docs/python.md.
"""

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from judge.comparison.run import Run
    from judge.core.errors import (
        InputError,
        PersonaJudgeError,
        PromptError,
        ProviderStop,
        RunDirectoryError,
        UsageError,
        WriteError,
    )
    from judge.core.records import Verdict
    from judge.python_api.arrays import alpha, win_rate
    from judge.python_api.compare_and_generate import compare, generate, load_run, report
    from judge.python_api.formats import convert, export
    from judge.python_api.frame import frame
    from judge.python_api.statistics import agreement, analyze, correct, sample_size
    from judge.python_api.surveys import build_values, score
    from judge.stats.estimate import Estimate

__all__ = [
    "Estimate",
    "InputError",
    "PersonaJudgeError",
    "PromptError",
    "ProviderStop",
    "Run",
    "RunDirectoryError",
    "UsageError",
    "Verdict",
    "WriteError",
    "__version__",
    "agreement",
    "alpha",
    "analyze",
    "build_values",
    "compare",
    "convert",
    "correct",
    "export",
    "frame",
    "generate",
    "load_run",
    "report",
    "sample_size",
    "score",
    "win_rate",
]

_MODULES = {
    "judge.python_api.arrays": "alpha win_rate",
    "judge.python_api.compare_and_generate": "compare generate load_run report",
    "judge.python_api.formats": "convert export",
    "judge.python_api.frame": "frame",
    "judge.python_api.statistics": "agreement analyze correct sample_size",
    "judge.python_api.surveys": "build_values score",
    "judge.comparison.run": "Run",
    "judge.core.errors": (
        "InputError PersonaJudgeError PromptError ProviderStop RunDirectoryError UsageError WriteError"
    ),
    "judge.core.records": "Verdict",
    "judge.stats.estimate": "Estimate",
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names.split()}


def __getattr__(name: str) -> object:
    """Import a public name when it is first asked for."""
    if (module := _MODULE_OF.get(name)) is None:
        raise AttributeError(f"module 'judge' has no attribute {name!r}")
    found: object = getattr(import_module(module), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return __all__
