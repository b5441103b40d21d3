"""The local server: its rooms without one, and the command with a real one."""

from __future__ import annotations

import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest

from judge.annotation.labelstudio.client import ServerError
from judge.annotation.server import accounts, serve
from judge.annotation.server.environment import CONSTRAINTS, VERSION
from judge.annotation.server.serve import served
from tests.annotation.conftest import Planner
from tests.support.command import Call, command_line, environment
from tests.support.paths import ROOT
from tests.support.refused import refused


def test_a_port_that_is_taken_is_refused() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ServerError, match="is in use"):
            serve.free_port(taken.getsockname()[1])
    assert serve.free_port() > 0


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
    started = serve.running(program, tmp_path, accounts.load(tmp_path), serve.free_port())
    with pytest.raises(ServerError, match=r"stopped with exit code 3: no such luck"), started:
        pass


def test_the_servers_packages_are_pinned_by_name_and_version_only() -> None:
    lines = CONSTRAINTS.read_text(encoding="utf-8").splitlines()
    assert f"label-studio=={VERSION}" in lines
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!-]+", line) for line in lines)


PROGRAM = """#!/bin/sh
exec {python} -m http.server --bind 127.0.0.1 --directory {site} $6
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A program that takes Label Studio's options and answers as it does when it is healthy."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "health").write_text("ok")
    path = tmp_path / "label-studio"
    path.write_text(PROGRAM.format(python=sys.executable, site=tmp_path / "site"), encoding="utf-8")
    path.chmod(0o700)
    return path


def test_a_folder_stays_locked_while_a_server_runs_though_its_command_is_gone(tmp_path: Path, program: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    port = serve.free_port()
    with serve.locked(data) as lock:
        server = serve.running(program, data, accounts.load(data), port, lock)
        server.__enter__()
    # The command's own hold on the folder is gone now; the server's is not.
    words = rf"in use by another server \(http://127\.0\.0\.1:{port}, process (\d+)\)"
    with pytest.raises(ServerError, match=words) as caught, serve.locked(data):
        pass
    found = re.search(words, str(caught.value))
    assert found
    assert f"`kill {found[1]}`" in str(caught.value)
    server.__exit__(None, None, None)
    with serve.locked(data) as lock:
        assert serve.port_of(lock) == port  # the next server takes the same port


def test_a_command_that_has_no_server_yet_locks_its_folder_too(tmp_path: Path) -> None:
    with serve.locked(tmp_path):
        words = rf"in use by another server \(process {os.getpid()}\)"
        with pytest.raises(ServerError, match=words), serve.locked(tmp_path):
            pass


def test_a_lock_file_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    for text in ("", "x", "1 2 3"):
        (tmp_path / serve.LOCK).write_text(text)
        with serve.locked(tmp_path) as lock:
            assert serve.port_of(lock) > 0


def test_a_folder_that_holds_other_things_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("x")
    (tmp_path / "notes").write_text("x")
    mode = tmp_path.stat().st_mode
    for folder, words in ((tmp_path, "holds other files"), (tmp_path / "notes", "is a file")):
        with pytest.raises(ServerError, match=words), served(folder, tmp_path / "venv"):
            pass
    assert (tmp_path.stat().st_mode, len(list(tmp_path.iterdir()))) == (mode, 2)


@pytest.mark.slow
def test_a_server_whose_command_was_killed_is_named_and_is_followed_by_one_on_the_same_port(tmp_path: Path) -> None:
    data = tmp_path / "data"
    command = command_line(
        "annotate", "serve", "--data", str(data), "--venv", str(ROOT / ".venv-label-studio"), "--annotators", "0"
    )
    ports = []
    for number, kind in enumerate((signal.SIGKILL, signal.SIGINT)):
        log = tmp_path / f"serve{number}.txt"
        with (
            log.open("w") as out,
            subprocess.Popen(command, stdout=out, stderr=out, env=environment()) as server,
        ):
            try:
                said = wait_for(log, "Ctrl-C stops the server", server)
            finally:
                server.send_signal(kind)
                server.wait(90)
        ports.append(re.findall(r"ready: http://127\.0\.0\.1:(\d+)", said)[0])
        if kind == signal.SIGKILL:
            second = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)
            assert second.returncode == 2
            left = re.findall(
                rf"in use by another server \(http://127\.0\.0\.1:{ports[0]}, process (\d+)\)", second.stderr
            )
            os.kill(int(left[0]), signal.SIGTERM)
            wait_until_closed(int(ports[0]))
    assert ports[0] == ports[1]
    wait_until_closed(int(ports[1]))
    assert (data / ".gitignore").read_text() == "*\n"


def wait_until_closed(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return
        time.sleep(0.1)
    raise AssertionError(port)


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
            with pytest.raises(ServerError, match="is in use by another server"), served(data, venv):
                pass
            for arguments, words in (
                (("push", str(campaign), "--url", url), "4 tasks added, 0 were there"),
                (("push", str(campaign)), "0 tasks added, 4 were there"),
                (("status", str(campaign)), "0 of 12 labels submitted"),
                (("pull", str(campaign), "--out", str(tmp_path / "a.jsonl")), "0 rows received"),
            ):
                done = subprocess.run(
                    command_line("annotate", *arguments),
                    env=environment() | {"LABEL_STUDIO_API_KEY": token},
                    capture_output=True,
                    text=True,
                    check=False,
                )
                assert (done.returncode, done.stderr) == (0, "")
                assert words in done.stdout
                assert token not in done.stdout
        finally:
            server.send_signal(kind)
            try:
                server.wait(90)
            except subprocess.TimeoutExpired:
                server.kill()  # or leaving the block would wait for ever
                raise
    assert server.returncode == 0
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(f"{url}/health", trust_env=False)
    kept = [path for path in tmp_path.rglob("*") if path.is_file() and data not in path.parents and path != log]
    assert not any(token in path.read_text(encoding="utf-8") for path in kept)


def wait_for(log: Path, words: str, server: subprocess.Popen[bytes]) -> str:
    until = time.monotonic() + 420  # above the command's own limit
    while words not in (said := log.read_text(encoding="utf-8")):
        assert server.poll() is None, said
        assert time.monotonic() < until, said
        time.sleep(0.1)
    return said


def test_without_a_token_the_command_says_where_to_get_one(call: Call, planned: Planner) -> None:
    campaign, _, _ = planned(items=1)
    bare = {name: value for name, value in environment().items() if name != "LABEL_STUDIO_API_KEY"}
    for arguments, words in (
        (("push", str(campaign)), "was not pushed yet"),
        (("push", str(campaign), "--url", "http://127.0.0.1:1"), "LABEL_STUDIO_API_KEY is not set"),
    ):
        with refused(words):
            call("annotate", *arguments, env=bare)
