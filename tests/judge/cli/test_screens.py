"""What commands print by default fits on one screen, at every usual width, and no line of it wraps."""

from __future__ import annotations

import json
import os
import pty
import re
import struct
import subprocess
import sys
from fcntl import ioctl
from pathlib import Path
from termios import TIOCSWINSZ

import pytest

from judge.core.screen.interval_bars import ASCII_BARS
from judge.core.screen.table_print import SCREEN_LINES
from tests.support.command import Call, environment
from tests.support.demo_labels import RUN, labelled
from tests.support.paths import ROOT

DEMO = ("--values", "examples/values.jsonl", "--judge", "heuristic")
_CODE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_CURSOR_BACK = "\x1b[?25h"  # what the progress bar, which does not stay, ends with
MARKS = {chr(mark) for mark in ASCII_BARS} - {"─"}


def on_a_terminal(width: int, *arguments: str, cwd: Path = ROOT, **more: str) -> list[str]:
    """Run `judge ...` on a terminal of this width, and return the lines that stay on it."""
    terminal, other = pty.openpty()
    ioctl(other, TIOCSWINSZ, struct.pack("HHHH", 60, width, 0, 0))
    command = [sys.executable, "-m", "judge", *arguments]
    env = {**environment(), "TERM": "xterm", **more}
    with subprocess.Popen(command, cwd=cwd, env=env, stdin=other, stdout=other, stderr=other) as process:
        os.close(other)
        text = b""
        while True:
            try:
                read = os.read(terminal, 65_536)
            except OSError:  # how Linux says that the other side is closed
                break
            if not read:
                break
            text += read
        assert process.wait(60) == 0, text
    os.close(terminal)
    assert b"\x1b[3" not in text or "NO_COLOR" not in more
    left = _CODE.sub("", text.decode().split(_CURSOR_BACK)[-1])
    return left.replace("\r\n", "\n").strip("\r\n").splitlines()


@pytest.mark.parametrize("width", [80, 100])
def test_the_demo_fits_on_a_terminal_with_its_bars(width: int, tmp_path: Path) -> None:
    pairs = ("examples/base.jsonl", "examples/ft.jsonl")
    lines = on_a_terminal(width, "compare", *pairs, *DEMO, "--out", str(tmp_path / "r"), NO_COLOR="1")
    assert 15 < len(lines) <= SCREEN_LINES
    assert max(map(len, lines)) <= width
    assert set("".join(lines)) >= MARKS


@pytest.mark.slow
@pytest.mark.parametrize("width", [80, 120])
def test_a_screen_holds_what_each_command_prints(width: int, tmp_path: Path) -> None:
    labels = str(labelled("overall", tmp_path))
    for command in (
        ("show", str(RUN)),
        ("analyze", str(RUN), "--length-controlled"),
        ("agreement", labels, "--judge", str(RUN)),
        ("correct", str(RUN), labels),
        ("plan", "--half-width", "0.03", "--pilot", str(RUN)),
    ):
        lines = on_a_terminal(width, *command)
        assert 8 < len(lines) <= SCREEN_LINES, lines
        assert max(map(len, lines)) <= width


def test_a_leaderboard_of_four_fits_on_a_screen(call: Call, tmp_path: Path) -> None:
    rows = [(ROOT / "examples" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines() for name in ("base", "ft")]
    files = []
    for number in range(4):
        mixed = [ft if place % 4 < number else base for place, (base, ft) in enumerate(zip(*rows, strict=True))]
        of_one_model = [json.dumps(json.loads(row) | {"model": f"model-{number}"}) for row in mixed]
        (tmp_path / f"m{number}.jsonl").write_text("\n".join(of_one_model), encoding="utf-8")
        files.append(f"model-{number}=m{number}.jsonl")
    values = ("--values", ROOT / "examples" / "values.jsonl", "--judge", "heuristic")
    assert call("compare", *files, "--all-pairs", *values, "--out", "board") == 0
    lines = on_a_terminal(80, "show", "board", cwd=tmp_path)
    assert len(lines) <= SCREEN_LINES
    assert max(map(len, lines)) <= 80
    assert sum("model-" in line and "●" in line for line in lines) == 4
