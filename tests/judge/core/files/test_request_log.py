"""The log of requests: what a killed or failed session may have been billed for is never forgotten."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from judge.core.files.request_log import RequestLog, Requests, Reserved, read_requests


def killed(path: Path, sent: int, settled: set[int]) -> None:
    """A log as a kill leaves it."""
    log = RequestLog(path, read_requests(path), rows=5).__enter__()
    for number in range(1, sent + 1):
        assert log.send(Reserved(100 * number, 1.0)) == number
        if number in settled:
            log.settle(number)
    log._closing.set()
    log._thread.join()
    log._file.close()


def test_no_log_is_no_knowledge(tmp_path: Path) -> None:
    assert read_requests(tmp_path / "none") == Requests(None, [])


def test_after_a_kill_the_requests_without_a_price_are_known_and_the_next_session_keeps_them(tmp_path: Path) -> None:
    path = tmp_path / "requests.jsonl"
    killed(path, 4, {1, 3})
    assert read_requests(path) == Requests(5, [Reserved(200), Reserved(400)])
    with RequestLog(path, read_requests(path), rows=99) as log:
        assert read_requests(path) == Requests(5, [Reserved(200), Reserved(400)])
        number = log.send(Reserved(None, 2.0))
        assert read_requests(path).unsettled[-1] == Reserved(None, 2.0), "on disk before it leaves"
        log.settle(number)
        log.send(Reserved(7))
    assert read_requests(path) == Requests(5, [Reserved(200), Reserved(400), Reserved(7)])
    assert path.read_bytes().count(b"\n") == 4


@settings(deadline=None, max_examples=200)
@given(seed=st.integers(0, 2**32), flips=st.integers(1, 8))
def test_no_damage_makes_a_request_of_unknown_price_vanish(seed: int, flips: int) -> None:
    """Bits are flipped in lines that reserve: each line that can no longer be read still counts."""
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "requests.jsonl"
        killed(path, 12, set())
        data = bytearray(path.read_bytes())
        first = data.index(b"\n") + 1
        for _ in range(flips):
            data[rng.randrange(first, len(data))] ^= 1 << rng.randrange(8)
        path.write_bytes(data)
        found = read_requests(path)
        merged = 12 - (data.count(b"\n") - 1)  # a line end that is gone joins two requests
        assert len(found.unsettled) >= 12 - max(0, merged) - (not data.endswith(b"\n"))


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=400))
def test_any_file_can_be_read(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "requests.jsonl"
        path.write_bytes(content)
        assert len(read_requests(path).unsettled) <= content.count(b"\n") + 1
