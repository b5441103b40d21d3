"""The local server: its rooms without one, and the command with a real one."""

from __future__ import annotations

import re
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from judge.annotation.labelstudio.client import ServerError
from judge.annotation.server import accounts, leftover, process
from judge.annotation.server.environment import CONSTRAINTS, VERSION
from judge.annotation.server.serve import served
from tests.annotation.conftest import Planner
from tests.support.command import command_line, environment
from tests.support.paths import ROOT


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


@contextmanager
def started(folder: Path, name: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A program of this name and its child, which would both run for long, in a group of their own."""
    program = folder / name
    program.write_text("#!/bin/sh\nsleep 60 &\necho ready\nwait\n", encoding="utf-8")
    program.chmod(0o700)
    with subprocess.Popen([program, *arguments], start_new_session=True, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        try:
            yield process
        finally:
            leftover.stop(process.pid)


def test_a_server_that_was_left_behind_is_ended_with_its_children(tmp_path: Path) -> None:
    with started(tmp_path, "label-studio", "start", "--port", "8123") as server:
        assert leftover.end(tmp_path) is None  # no note
        leftover.write(tmp_path, leftover.Note(server.pid, 8123))
        assert leftover.end(tmp_path) == server.pid
        assert not leftover.runs(server.pid)
    assert leftover.end(tmp_path) is None
    assert leftover.read(tmp_path) == leftover.Note(server.pid, 8123)


@pytest.mark.parametrize(("name", "port"), [("label-studio", "9999"), ("another", "8123")])
def test_a_process_that_is_not_the_server_is_left_alone(tmp_path: Path, name: str, port: str) -> None:
    with started(tmp_path, name, "--port", port) as other:
        leftover.write(tmp_path, leftover.Note(other.pid, 8123))
        assert leftover.end(tmp_path) is None
        assert other.poll() is None
        assert leftover.stop(other.pid)


@pytest.mark.parametrize("note", ["", "{", "[]", '{"pid": 1}'])
def test_a_note_that_cannot_be_read_is_none(tmp_path: Path, note: str) -> None:
    (tmp_path / leftover.NOTE).write_text(note, encoding="utf-8")
    assert leftover.read(tmp_path) is None


def test_a_folder_that_holds_other_things_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("x")
    (tmp_path / "notes").write_text("x")
    mode = tmp_path.stat().st_mode
    for folder, words in ((tmp_path, "holds other things"), (tmp_path / "notes", "is a file")):
        with pytest.raises(ServerError, match=words), served(folder, tmp_path / "venv"):
            pass
    assert (tmp_path.stat().st_mode, len(list(tmp_path.iterdir()))) == (mode, 2)


@pytest.mark.slow
def test_a_server_whose_command_was_killed_is_followed_by_one_on_the_same_port(tmp_path: Path) -> None:
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
        note = leftover.read(data)
        assert note is not None
        ports.append(note.port)
        assert ("left behind" in said) == bool(number)
        if kind == signal.SIGKILL:
            assert httpx2.get(f"http://127.0.0.1:{note.port}/health", trust_env=False).status_code == 200
            killed = note.pid
    assert ports[0] == ports[1]
    assert note.pid != killed
    assert not any(leftover.runs(pid) for pid in (note.pid, killed))
    assert (data / ".gitignore").read_text() == "*\n"


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


def test_without_a_token_the_command_says_where_to_get_one(planned: Planner) -> None:
    campaign, _, _ = planned(items=1)
    bare = {name: value for name, value in environment().items() if name != "LABEL_STUDIO_API_KEY"}
    for arguments, words in (
        (("push", str(campaign)), "was not pushed yet"),
        (("push", str(campaign), "--url", "http://127.0.0.1:1"), "LABEL_STUDIO_API_KEY is not set"),
    ):
        done = subprocess.run(
            command_line("annotate", *arguments),
            env=bare,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 2
        assert words in done.stderr
        assert "Traceback" not in done.stderr
