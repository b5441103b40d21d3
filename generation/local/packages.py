"""What local models need, told in one sentence where it is not installed."""

from __future__ import annotations

from importlib.util import find_spec

from judge.core.errors import UsageError

PACKAGES = ("torch", "transformers", "peft")


def require_packages(*, adapter: bool) -> None:
    """Errors: a package is missing. peft is needed for adapters only."""
    missing = [name for name in PACKAGES if (name != "peft" or adapter) and find_spec(name) is None]
    if missing:
        raise UsageError(
            f"a local model needs {', '.join(missing)}",
            hint="pip install 'persona-judge[local]' -c constraints.txt; a CPU build of torch will do",
        )
