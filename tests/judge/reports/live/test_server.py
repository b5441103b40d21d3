"""The server, attacked over real HTTP: only who has the address reads, and only what is meant to be read."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from judge.core.errors import UsageError
from judge.reports.live.report_files import read_part
from judge.reports.live.server import serving
from judge.reports.live.viewer import Viewer
from tests.support.paths import ROOT
from tests.support.report_pages import read
from tests.support.viewing import Viewing

REPORT = ROOT / "results" / "demo-sample" / "report.html"


@pytest.fixture
def run(demo_run: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "results" / "run"
    shutil.copytree(demo_run, folder)
    return folder


@pytest.fixture
def viewing(run: Path) -> Iterator[Viewing]:
    with Viewing(run.parent) as found:
        yield found


def test_the_list_leads_to_the_page_of_a_run(viewing: Viewing, run: Path) -> None:
    listed = viewing.get()
    (link,) = [each["href"] for each in read(listed.text).all("a") if each["href"].startswith("run/")]
    assert (listed.status, link) == (200, viewing.of(run))
    page = viewing.get(link)
    assert page.status == 200
    assert "ft against base" in read(page.text).text
    assert viewing.get(link, method="HEAD").text == ""


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/", 403),
        ("", 403),
        ("/favicon.ico", 403),
        ("/wrong/", 403),
        ("/{token}x/", 403),
        ("/{short}/", 403),
        ("//{token}/", 403),
        ("/%C3%A9%FF/", 403),
        ("/%00/", 403),
        ("/{token}", 404),
        ("/{token}/run/", 404),
        ("/{token}/run/0000000000000000/", 404),
        ("/{token}/../../../../etc/passwd", 404),
        ("/{token}/..%2f..%2f..%2fetc%2fpasswd", 404),
        ("/{token}/run/..%2f..%2f..%2fetc%2fpasswd/", 404),
        ("/{token}/run/{run}/../../../../etc/passwd", 404),
        ("/{token}/run/{run}/manifest.json", 404),
        ("/{token}/run/{run}/judgments.jsonl", 404),
        ("/{token}/run/{run}/report_files/..%2fmanifest.json", 404),
        ("/{token}/run/{run}/report_files/%2e%2e%2freport.html", 404),
        ("/{token}/run/{run}/report_files/0123456789ab-index-0000.js", 404),
        ("/{token}/run/{run}/report.html%00.js", 404),
        ("/{token}/run/{run}/report.html", 404),
    ],
)
def test_other_addresses_are_refused(viewing: Viewing, run: Path, target: str, status: int) -> None:
    token = viewing.served.token
    target = target.format(token=token, short=token[:-1], run=viewing.of(run).split("/")[1])
    answer = viewing.get(target, whole=True)
    assert answer.status == status
    assert token not in answer.text
    assert "root:" not in answer.text
    assert "script" not in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "[::1]:{port}", ""]
)
def test_other_hosts_are_refused_even_with_the_token(viewing: Viewing, host: str) -> None:
    assert viewing.get(headers={"Host": host.format(port=viewing.served.port)}).status == 421


def test_the_name_localhost_is_this_machine(viewing: Viewing) -> None:
    assert viewing.get(headers={"Host": f"localhost:{viewing.served.port}"}).status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
def test_nothing_can_be_written(viewing: Viewing, run: Path, method: str) -> None:
    assert viewing.get(method=method).status == 405
    assert viewing.get(viewing.of(run), method=method).status == 405


def test_no_request_of_a_page_elsewhere_is_allowed_to_read(viewing: Viewing) -> None:
    answer = viewing.get(headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in answer.headers
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert "set-cookie" not in answer.headers


def test_it_listens_on_loopback_alone(viewing: Viewing) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.2", viewing.served.port))  # not taken: the server has one address, not all


def test_a_port_that_is_taken_is_named(viewing: Viewing) -> None:
    async def again() -> None:
        async with serving(Viewer([]), viewing.served.port):
            raise AssertionError("two servers on one port")

    with pytest.raises(UsageError, match=str(viewing.served.port)):
        asyncio.run(again())


def test_each_start_draws_another_long_token(run: Path) -> None:
    with Viewing(run) as one, Viewing(run) as other:
        assert one.served.token != other.served.token
        assert len(one.served.token) >= 32


def test_a_report_in_the_run_s_folder_is_served_in_a_sandbox(viewing: Viewing, run: Path) -> None:
    page = viewing.of(run)
    shutil.copy(REPORT, run)
    assert "report.html" in [each["href"] for each in read(viewing.get(page).text).all("a")]
    answer = viewing.get(f"{page}report.html")
    assert answer.text == (run / "report.html").read_text(encoding="utf-8")
    assert answer.headers["content-security-policy"].startswith("sandbox allow-scripts")
    assert "allow-same-origin" not in answer.headers["content-security-policy"]


def test_another_page_or_a_link_in_its_place_is_not_served(viewing: Viewing, run: Path) -> None:
    page = f"{viewing.of(run)}report.html"
    (run / "report.html").write_text("<script>alert(1)</script>")
    assert viewing.get(page).status == 404
    (run / "report.html").unlink()
    (run / "report.html").symlink_to(REPORT)
    assert viewing.get(page).status == 404


def test_parts_of_a_report_are_served_by_their_names_alone(run: Path, tmp_path: Path) -> None:
    beside = run / "report_files"
    beside.mkdir()
    name = "0123456789ab-part-0000.js"
    (beside / name).write_text("personaJudge.part();")
    (beside / "notes.txt").write_text("private")
    (beside / "0123456789ab-part-0001.js").symlink_to(run / "manifest.json")
    assert read_part(run, name) == b"personaJudge.part();"
    for other in ("notes.txt", "../manifest.json", f"../report_files/{name}", "0123456789ab-part-0001.js", f"{name}\n"):
        with pytest.raises(OSError, match=r"\S"):
            read_part(run, other)
    shutil.move(beside, tmp_path / "moved")
    beside.symlink_to(tmp_path / "moved")
    with pytest.raises(OSError, match=r"\S"):
        read_part(run, name)


@pytest.mark.parametrize(
    "request_text",
    [
        "GET {path} HTTP/1.0\r\n\r\n",
        "GET {path} HTTP/1.1\r\n\r\n",
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nHost: evil.example\r\n\r\n",
        "GET {path} HTTP/1.1\r\nHost: evil.example\r\nHost: {host}\r\n\r\n",
        "GET http://evil.example{path} HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        "GET * HTTP/1.1\r\nHost: {host}\r\n\r\n",
        "CONNECT {host} HTTP/1.1\r\nHost: {host}\r\n\r\n",
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nX: " + "x" * 100_000 + "\r\n\r\n",
        "GET /" + "x" * 100_000 + " HTTP/1.1\r\nHost: {host}\r\n\r\n",
        "GET {path}\r\n\r\n",
        "\x00\xff\r\n\r\n",
    ],
)
def test_odd_requests_get_no_page_and_the_next_one_is_answered(
    viewing: Viewing, request_text: str, caplog: pytest.LogCaptureFixture
) -> None:
    host, path = f"127.0.0.1:{viewing.served.port}", f"/{viewing.served.token}/"
    with socket.create_connection(("127.0.0.1", viewing.served.port), timeout=20) as connection:
        connection.sendall(request_text.replace("{path}", path).replace("{host}", host).encode("latin-1"))
        connection.shutdown(socket.SHUT_WR)
        found = b""
        while part := connection.recv(65_536):
            found += part
    assert not found.startswith((b"HTTP/1.0 200", b"HTTP/1.1 200"))
    assert b"<table" not in found
    assert caplog.records == []  # the terminal of the user stays as it is
    assert viewing.get().status == 200


def test_a_folder_whose_name_is_no_text_is_shown(viewing: Viewing, run: Path) -> None:
    odd = Path(os.fsdecode(os.fsencode(run.parent) + b"/r\xff\n"))
    shutil.copytree(run, odd)
    shutil.copytree(run, run.parent / "no manifest")
    (run.parent / "no manifest" / "manifest.json").write_text("{")
    assert "r\\xff" in viewing.get().text
    assert viewing.get(viewing.of(odd)).status == viewing.get(viewing.of(run.parent / "no manifest")).status == 200


def test_a_run_that_comes_or_goes_is_seen(viewing: Viewing, run: Path) -> None:
    page = viewing.of(run)
    shutil.copytree(run, run.parent / "second")
    shutil.rmtree(run)
    assert viewing.get(page).status == 404
    assert [each.folder.name for each in viewing.viewer.runs()] == ["second"]
