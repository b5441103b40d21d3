"""The local server: its rooms without one, and the command with a real one."""

from __future__ import annotations

import re
import signal
import socket
import stat
import subprocess
import time
from pathlib import Path

import httpx2
import pytest

from annotation.client import ServerError
from annotation.server import accounts, process
from annotation.server.environment import CONSTRAINTS, VERSION
from annotation.server.serve import served
from tests.annotation.conftest import Planner
from tests.conftest import ROOT, command_line, environment


def test_a_port_that_is_taken_is_refused() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ServerError, match="is taken"):
            process.free_port(taken.getsockname()[1])
    assert process.free_port() > 0


def test_accounts_are_kept_for_their_owner_alone(tmp_path: Path) -> None:
    made = accounts.load(tmp_path)
    assert accounts.load(tmp_path) == made
    assert stat.S_IMODE((tmp_path / accounts.FILE).stat().st_mode) == 0o600
    assert len(made.token) == 40
    (tmp_path / accounts.FILE).write_text("{", encoding="utf-8")
    with pytest.raises(ServerError, match="cannot be read"):
        accounts.load(tmp_path)


def test_a_program_that_ends_at_once_is_told_with_its_last_words(tmp_path: Path) -> None:
    program = tmp_path / "label-studio"
    program.write_text("#!/bin/sh\necho no such luck\nexit 3\n", encoding="utf-8")
    program.chmod(0o700)
    started = process.running(program, tmp_path, accounts.load(tmp_path), process.free_port())
    with pytest.raises(ServerError, match=r"ended at once \(exit code 3\): no such luck"), started:
        pass


def test_the_servers_packages_are_pinned_by_name_and_version_only() -> None:
    lines = CONSTRAINTS.read_text(encoding="utf-8").splitlines()
    assert f"label-studio=={VERSION}" in lines
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!-]+", line) for line in lines)


@pytest.mark.slow
@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_the_command_serves_and_stops_and_a_campaign_runs_through_the_command_line(
    planned: Planner, tmp_path: Path, kind: signal.Signals
) -> None:
    campaign, _, _ = planned(items=4)
    data, venv = tmp_path / "data", ROOT / ".venv-label-studio"
    command = command_line("annotate", "serve", "--data", str(data), "--venv", str(venv), "--annotators", "1")
    log = tmp_path / "serve.txt"
    with log.open("w") as out, subprocess.Popen(command, stdout=out, stderr=out, env=environment()) as server:
        try:
            said = wait_for(log, "Ctrl-C stops the server", server)
            url, token = re.findall(r"ready: (\S+)", said)[0], re.findall(r"API_KEY=(\S+)", said)[0]
            assert stat.S_IMODE(data.stat().st_mode) == 0o700
            with pytest.raises(ServerError, match="is served already"), served(data, venv):
                pass
            for arguments, words in (
                (("push", str(campaign), "--url", url), "4 tasks added, 0 were there"),
                (("push", str(campaign)), "0 tasks added, 4 were there"),
                (("status", str(campaign)), "0 of 12 answers"),
                (("pull", str(campaign), "--out", str(tmp_path / "a.jsonl")), "0 rows received"),
            ):
                done = subprocess.run(
                    command_line("annotate", *arguments), env=environment() | {"LABEL_STUDIO_API_KEY": token},
                    capture_output=True, text=True, check=False,
                )  # fmt: skip
                assert (done.returncode, done.stderr) == (0, "")
                assert words in done.stdout
                assert token not in done.stdout
        finally:
            server.send_signal(kind)
            try:
                server.wait(30)
            except subprocess.TimeoutExpired:
                server.kill()  # or leaving the block would wait for ever
                raise
    assert server.returncode == 0
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(f"{url}/health", trust_env=False)
    kept = [path for path in tmp_path.rglob("*") if path.is_file() and data not in path.parents and path != log]
    assert not any(token in path.read_text(encoding="utf-8") for path in kept)


def wait_for(log: Path, words: str, server: subprocess.Popen[bytes]) -> str:
    until = time.monotonic() + 300
    while words not in (said := log.read_text(encoding="utf-8")):
        assert server.poll() is None, said
        assert time.monotonic() < until, said
        time.sleep(0.1)
    return said


def test_without_a_token_the_command_says_where_to_get_one(planned: Planner) -> None:
    campaign, _, _ = planned(items=1)
    bare = {name: value for name, value in environment().items() if name != "LABEL_STUDIO_API_KEY"}
    for arguments, words in (
        (("push", str(campaign)), "was not pushed yet"),
        (("push", str(campaign), "--url", "http://127.0.0.1:1"), "LABEL_STUDIO_API_KEY is not set"),
    ):
        done = subprocess.run(
            command_line("annotate", *arguments), env=bare, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 2
        assert words in done.stderr
        assert "Traceback" not in done.stderr
