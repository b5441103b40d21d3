"""`judge view` as a process: it serves at the address that it prints, and ends when it is told to."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest

from judge.core.errors import UsageError
from tests.support.command import Call, command_line, environment
from tests.support.paths import ROOT

SAMPLE = ROOT / "results" / "demo-sample"


def address_in(log: Path, process: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        if (found := re.search(r"http://\S+", log.read_text())) is not None:
            return found[0]
        time.sleep(0.05)
    raise AssertionError("it printed no address")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_told_to_end(tmp_path: Path, number: signal.Signals) -> None:
    shutil.copytree(SAMPLE, tmp_path / "results" / "demo")
    arguments = ["results/demo"] if number is signal.SIGTERM else []
    log = tmp_path / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            command_line("view", *arguments), cwd=tmp_path, env=environment(), stdout=out, stderr=out
        )
    try:
        address = address_in(log, process)
        with urllib.request.urlopen(address, timeout=20) as answer:  # a shell's proxy is not asked: NO_PROXY
            assert answer.status == 200
            assert ("/run/" in address) == bool(arguments)
    finally:
        process.send_signal(number)
        code = process.wait(30)
    assert code == 0
    assert sorted(path.name for path in (tmp_path / "results" / "demo").iterdir()) == sorted(
        path.name for path in SAMPLE.iterdir()
    )


def test_a_run_that_is_not_there_is_refused_before_anything_is_served(call: Call) -> None:
    with pytest.raises(UsageError, match="results/run9 is not there"):
        call("view", "results/run9")
