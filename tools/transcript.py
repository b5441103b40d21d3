"""Runs the demo and puts what came of it where it is shown: README's transcript, its figure, and the sample run.

usage: python -m tools.transcript (`make transcript`), after a change of what the demo prints or computes.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from judge.cli.app import command_tree

ROOT = Path(__file__).parent.parent
SAMPLE = "results/demo-sample"
FIGURE = "docs/images/demo-forest.svg"
_COMMAND = (
    "-m judge compare examples/base.jsonl examples/ft.jsonl --values examples/values.jsonl --judge heuristic --out"
).split()
BLOCK = re.compile(r"(?<=<!-- transcript: make demo -->\n)^```\n.*?^```$", re.DOTALL | re.MULTILINE)


def transcript(printed: str) -> str:
    """The fenced block that shows a run's output."""
    return "\n".join(["```", "$ make demo", *(line.rstrip() for line in printed.strip("\n").splitlines()), "```"])


def rewritten(readme: str, printed: str) -> str:
    """The README with the transcript of this output. Errors: ValueError if it has no such block, or several."""
    if len(BLOCK.findall(readme)) != 1:
        raise ValueError("README.md must have one block after <!-- transcript: make demo -->")
    return BLOCK.sub(lambda _: transcript(printed), readme)


def _demo(folder: Path, out: str) -> str:
    """Run the demo in a folder that has the examples, and return what it printed."""
    return _run(folder, *_COMMAND, out)


def report(folder: Path) -> None:
    """Make the sample's page and figures, in a folder that has the sample where the project has it."""
    _judge(folder, "figures", SAMPLE, "--format", "svg")
    _judge(folder, "report", SAMPLE, "--out", f"{SAMPLE}/report.html")


def _judge(folder: Path, *arguments: str) -> None:
    """Run `judge ...` in this process, without what it prints."""
    with contextlib.chdir(folder), contextlib.redirect_stdout(io.StringIO()):
        code = command_tree()(list(arguments), standalone_mode=False)
    if code:
        raise RuntimeError(f"judge {arguments[0]} ended with {code}")


def _run(folder: Path, *command: str) -> str:
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, *command],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout


def figure(run: Path, folder: Path) -> str:
    """README's figure of a run, as SVG, on white: a page that shows it may be dark. Drawn in a folder of its own."""
    _judge(folder, "figures", str(run), *"--format svg --criterion overall --out drawn".split())
    drawn = (folder / "drawn" / "forest-subgroup-overall.svg").read_text(encoding="utf-8")
    return drawn.replace("</desc>", '</desc><rect width="100%" height="100%" fill="#ffffff"/>', 1)


def main() -> None:
    """Make all anew. The README is written only if all ended well."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "examples").symlink_to(ROOT / "examples")
        readme = rewritten((ROOT / "README.md").read_text(encoding="utf-8"), _demo(folder, "results/demo"))
        _demo(folder, SAMPLE)
        report(folder)
        drawn = figure(folder / SAMPLE, folder)
        shutil.rmtree(ROOT / SAMPLE, ignore_errors=True)
        shutil.copytree(folder / SAMPLE, ROOT / SAMPLE, ignore=shutil.ignore_patterns(".lock"))
        (ROOT / FIGURE).write_text(drawn, encoding="utf-8")
        (ROOT / "README.md").write_text(readme, encoding="utf-8")
    print(f"README.md, {FIGURE} and {SAMPLE} are what the demo prints and makes now")


if __name__ == "__main__":
    main()
